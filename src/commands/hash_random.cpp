#include <limits>

#include "commands/hash_handlers.h"
#include "commands/reply_elements.h"

namespace pongo::hashes {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

struct Wanted {
    std::uint64_t count = 0;
    bool repeatedly = false;  // The same field may be drawn any number of times.
    bool values = false;
};

Wanted read_wanted(Call& call) {
    Args args(call, 2);
    const std::int64_t count =
        args.integer_between(-kMost, kMost,
                             "ERR value is out of range, value must between -9223372036854775807 and "
                             "9223372036854775807");
    Wanted wanted{.repeatedly = count < 0};
    if (args.more()) {
        wanted.values = args.accept("WITHVALUES");
        if (!wanted.values || args.more()) args.reject();
        if (!call.failed() && (count < -kMost / 2 || count > kMost / 2)) call.fail(errors::kOutOfRange);
    }
    wanted.count = static_cast<std::uint64_t>(count < 0 ? -count : count);
    return wanted;
}

}  // namespace

void hrandfield(Call& call) {
    if (call.argc() == 2) {
        const auto hash = call.find<Hash>(call.arg(1));
        if (call.failed()) return;
        return hash ? reply_with(call.reply(), hash->random(call.context().random).name)
                    : call.reply().null();
    }

    const Wanted wanted = read_wanted(call);
    if (call.failed()) return;
    const auto hash = call.find<Hash>(call.arg(1));
    if (call.failed()) return;
    const std::uint64_t count = !hash               ? 0
                                : wanted.repeatedly ? wanted.count
                                                    : std::min(wanted.count, hash->size());
    const bool in_pairs = wanted.values && call.reply().protocol() == Protocol::Resp3;
    call.reply().array(wanted.values && !in_pairs ? 2 * count : count);
    if (count == 0) return;
    const auto reply_with_field = [&](const Hash::Text& name, const Hash::Text& value) {
        if (in_pairs) call.reply().array(2);
        reply_with(call.reply(), name);
        if (wanted.values) reply_with(call.reply(), value);
    };
    if (wanted.repeatedly) {
        draw_repeatedly(call.reply(), count, [&](std::uint64_t some) {
            hash->draw(some, call.context().random, reply_with_field);
        });
    } else {
        hash->sample(count, call.context().random, reply_with_field);
    }
}

}  // namespace pongo::hashes
