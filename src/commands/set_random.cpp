#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "commands/reply_elements.h"
#include "commands/set_handlers.h"

namespace pongo::sets {
namespace {

// Tells copies of the data set which members go, many at a time.
class RemovalNotice {
  public:
    explicit RemovalNotice(Call& call) : call_(call) {}
    RemovalNotice(const RemovalNotice&) = delete;
    RemovalNotice& operator=(const RemovalNotice&) = delete;
    ~RemovalNotice() { tell(); }

    void add(const Set::Element& member) {
        if (!call_.propagating()) return;
        members_.push_back(member.to_string());
        if (members_.size() == kMost) tell();
    }

  private:
    static constexpr std::size_t kMost = 1024;

    void tell() {
        if (members_.empty()) return;
        std::vector<std::string_view> args{"SREM", call_.arg(1)};
        args.insert(args.end(), members_.begin(), members_.end());
        call_.propagate_as(args);
        members_.clear();
    }

    Call& call_;
    std::vector<std::string> members_;
};

void pop_one(Call& call) {
    auto entry = call.find_for_write<Set>(call.arg(1));
    if (call.failed()) return;
    if (!entry) return call.reply().null();

    const std::string member = entry.value().random(call.context().random).to_string();
    HeldValue held(entry);
    const SetLimits limits = limits_of(call);
    SetEditor(held, limits).remove(member);
    entry.changed("spop", EventClass::Set);
    call.propagate_as({"SREM", call.arg(1), member});

    call.reply().bulk(member);
}

void pop_all(Call& call, Writable<Set>& entry) {
    const Set set = entry.value();
    const std::uint64_t size = set.size();
    call.reply().set(size);
    set.for_each([&](const Set::Element& member) { reply_with(call.reply(), member); });

    HeldValue(entry).replace(Set::empty());
    entry.changed("spop", EventClass::Set, size);
    call.propagate_as({"DEL", call.arg(1)});
}

void pop_several(Call& call) {
    const auto count = static_cast<std::uint64_t>(Args(call, 2).at_least(0, errors::kOutOfRangePositive));
    if (call.failed()) return;
    auto entry = call.find_for_write<Set>(call.arg(1));
    if (call.failed()) return;
    if (!entry || count == 0) return call.reply().set(0);
    if (count >= entry.value().size()) return pop_all(call, entry);

    call.reply().set(count);
    HeldValue held(entry);
    const SetLimits limits = limits_of(call);
    RemovalNotice notice(call);
    SetEditor(held, limits).pop(count, call.context().random, [&](const Set::Element& member) {
        reply_with(call.reply(), member);
        notice.add(member);
    });
    entry.changed("spop", EventClass::Set, count);
}

}  // namespace

void spop(Call& call) {
    if (call.argc() > 3) return call.fail_syntax();
    call.argc() == 3 ? pop_several(call) : pop_one(call);
}

void srandmember(Call& call) {
    if (call.argc() > 3) return call.fail_syntax();
    if (call.argc() == 2) {
        const auto set = call.find<Set>(call.arg(1));
        return set ? reply_with(call.reply(), set->random(call.context().random)) : call.reply().null();
    }

    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    const std::int64_t wanted =
        Args(call, 2).integer_between(-kMost, kMost,
                                      "ERR value is out of range, value must between -9223372036854775807 "
                                      "and 9223372036854775807");
    if (call.failed()) return;
    const auto set = call.find<Set>(call.arg(1));
    if (!set || wanted == 0) return call.reply().array(0);
    const auto reply_with_member = [&](const Set::Element& member) { reply_with(call.reply(), member); };
    if (wanted < 0) {
        const auto count = static_cast<std::uint64_t>(-wanted);
        call.reply().array(count);
        return draw_repeatedly(call.reply(), count, [&](std::uint64_t some) {
            set->draw(some, call.context().random, reply_with_member);
        });
    }
    const std::uint64_t count = std::min(static_cast<std::uint64_t>(wanted), set->size());
    call.reply().array(count);
    set->sample(count, call.context().random, reply_with_member);
}

}  // namespace pongo::sets
