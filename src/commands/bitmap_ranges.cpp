#include <algorithm>

#include "commands/bitmap_handlers.h"
#include "engine/args.h"

namespace pongo::bitmaps {
namespace {

// What the arguments say: where to begin and end, in bytes or bits, counted from the end when negative.
struct Bounds {
    std::int64_t first = 0;
    std::int64_t last = -1;
    bool in_bits = false;

    bool reversed() const { return first < 0 && last < 0 && first > last; }
};

bool read_unit_is_bit(Call& call, std::string_view word) {
    const bool is_bit = equals_ignore_case(word, "BIT");
    if (!is_bit && !equals_ignore_case(word, "BYTE")) call.fail_syntax();
    return is_bit;
}

// Nothing if it is empty.
std::optional<BitRange> range_within(std::uint64_t size_bytes, Bounds bounds) {
    const auto units = static_cast<std::int64_t>(bounds.in_bits ? size_bytes * kBitsPerByte : size_bytes);
    if (bounds.first < 0) bounds.first = std::max<std::int64_t>(bounds.first + units, 0);
    if (bounds.last < 0) bounds.last = std::max<std::int64_t>(bounds.last + units, 0);
    bounds.last = std::min(bounds.last, units - 1);
    if (bounds.first > bounds.last) return std::nullopt;
    const auto first = static_cast<std::uint64_t>(bounds.first);
    const auto last = static_cast<std::uint64_t>(bounds.last);
    if (bounds.in_bits) return BitRange{first, last};
    return BitRange{first * kBitsPerByte, last * kBitsPerByte + kBitsPerByte - 1};
}

Bounds read_bounds_to_count(Call& call) {
    Bounds bounds;
    if (call.argc() == 2) return bounds;
    Args args(call, 2);
    if (args.left() < 2 || args.left() > 3) args.reject();
    bounds.first = args.integer();
    bounds.last = args.integer();
    // Redis does not look at the unit of what is empty in any case.
    if (args.more() && !bounds.reversed()) bounds.in_bits = read_unit_is_bit(call, args.next());
    return bounds;
}

Bounds read_bounds_to_find(Call& call) {
    Bounds bounds;
    if (call.argc() == 3) return bounds;
    Args args(call, 3);
    if (args.left() > 3) args.reject();
    bounds.first = args.integer();
    if (args.left() == 2) bounds.in_bits = read_unit_is_bit(call, call.arg(5));
    if (args.more()) bounds.last = args.integer();
    return bounds;
}

}  // namespace

void bitcount(Call& call) {
    const auto value = call.find<String>(call.arg(1));
    if (call.failed()) return;
    if (!value) return call.reply().integer(0);
    const Bounds bounds = read_bounds_to_count(call);
    if (call.failed()) return;

    const auto range = range_within(value->size(), bounds);
    const std::uint64_t count = range && !bounds.reversed() ? count_bits(value->view(), *range) : 0;
    call.reply().integer(static_cast<std::int64_t>(count));
}

void bitpos(Call& call) {
    const std::int64_t bit = Args(call, 2).integer();
    if (call.failed()) return;
    if (bit != 0 && bit != 1) return call.fail("ERR The bit argument must be 1 or 0.");
    const auto value = call.find<String>(call.arg(1));
    if (call.failed()) return;
    // As many zeros as one likes.
    if (!value) return call.reply().integer(bit == 1 ? -1 : 0);
    const Bounds bounds = read_bounds_to_find(call);
    if (call.failed()) return;

    const auto range = range_within(value->size(), bounds);
    if (!range) return call.reply().integer(-1);
    if (const auto position = find_bit(value->view(), bit == 1, *range)) {
        return call.reply().integer(static_cast<std::int64_t>(*position));
    }
    // Without an end, the zeros behind the string count.
    const bool has_end = call.argc() > 4;
    call.reply().integer(bit == 0 && !has_end ? static_cast<std::int64_t>(range->last + 1) : -1);
}

}  // namespace pongo::bitmaps
