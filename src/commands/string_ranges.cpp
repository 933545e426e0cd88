#include <algorithm>
#include <cstring>

#include "commands/string_handlers.h"
#include "engine/args.h"

namespace pongo::strings {
namespace {

// Fails the call if a string of `size` bytes cannot have `more` behind them.
bool may_grow(Call& call, std::size_t size, std::size_t more) {
    const auto limit = static_cast<std::uint64_t>(call.settings().proto_max_bulk_len.get());
    if (size <= limit && more <= limit - size) return true;
    call.fail(errors::kStringTooLong);
    return false;
}

// The bytes from `first` to `last`, both counted from the end when negative.
std::string_view range_of(std::string_view bytes, std::int64_t first, std::int64_t last) {
    const auto size = static_cast<std::int64_t>(bytes.size());
    if (first < 0 && last < 0 && first > last) return {};
    if (first < 0) first = std::max<std::int64_t>(first + size, 0);
    if (last < 0) last = std::max<std::int64_t>(last + size, 0);
    last = std::min(last, size - 1);
    if (first > last) return {};
    return bytes.substr(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first + 1));
}

}  // namespace

void append(Call& call) {
    const std::string_view more = call.arg(2);
    auto entry = call.find_for_write<String>(call.arg(1));
    if (call.failed()) return;
    const std::size_t before = entry ? entry.value().size() : 0;

    if (!entry) {
        call.keys().put(entry, call.string_payload(2), std::nullopt);
    } else if (may_grow(call, before, more.size())) {
        char* bytes = entry.raw_bytes(before + more.size());
        std::copy(more.begin(), more.end(), bytes + before);
    } else {
        return;
    }
    entry.changed("append", EventClass::String);

    call.reply().integer(static_cast<std::int64_t>(before + more.size()));
}

void getrange(Call& call) {
    Args args(call, 2);
    const std::int64_t first = args.integer();
    const std::int64_t last = args.integer();
    if (call.failed()) return;

    const auto value = call.find<String>(call.arg(1));
    if (!value) return call.reply().bulk(std::string_view());
    const std::string_view range = range_of(value->view(), first, last);
    if (BlobRef blob = value->shared()) {
        const auto offset = range.empty() ? 0 : static_cast<std::size_t>(range.data() - blob->data());
        return call.reply().bulk(std::move(blob), offset, range.size());
    }
    call.reply().bulk(range);
}

void setrange(Call& call) {
    const std::int64_t offset = Args(call, 2).integer();
    const std::string_view bytes = call.arg(3);
    if (call.failed()) return;
    if (offset < 0) return call.fail("ERR offset is out of range");

    auto entry = call.find_for_write<String>(call.arg(1));
    if (call.failed()) return;
    const std::size_t before = entry ? entry.value().size() : 0;
    if (bytes.empty()) return call.reply().integer(static_cast<std::int64_t>(before));
    const auto start = static_cast<std::size_t>(offset);
    if (!may_grow(call, start, bytes.size())) return;

    if (!entry) call.keys().put(entry, String::encode_raw(std::string_view()), std::nullopt);
    const std::size_t after = std::max(before, start + bytes.size());
    std::copy(bytes.begin(), bytes.end(), entry.raw_bytes(after) + start);
    entry.changed("setrange", EventClass::String);

    call.reply().integer(static_cast<std::int64_t>(after));
}

void strlen(Call& call) {
    const auto value = call.find<String>(call.arg(1));
    call.reply().integer(value ? static_cast<std::int64_t>(value->size()) : 0);
}

}  // namespace pongo::strings
