#include <vector>

#include "commands/bitmap_handlers.h"
#include "commands/families.h"
#include "engine/args.h"

namespace pongo {
namespace bitmaps {

std::uint64_t read_bit_offset(Call& call, std::string_view text, unsigned unit_bits) {
    const auto limit_bytes = static_cast<std::uint64_t>(call.settings().proto_max_bulk_len.get());
    if (const auto units = parse_int64(text)) {
        // Redis lets the product wrap around: a negative one is caught, any other is as good as what it is.
        const std::uint64_t offset = static_cast<std::uint64_t>(*units) * unit_bits;
        if (offset <= INT64_MAX && offset / kBitsPerByte < limit_bytes) return offset;
    }
    call.fail("ERR bit offset is not an integer or out of range");
    return 0;
}

std::uint64_t read_bit_offset(Call& call, std::string_view text) {
    return read_bit_offset(call, text, 1);
}

WritableBits make_writable(Call& call, Writable<String>& entry, std::uint64_t last_bit) {
    const bool created = !entry;
    if (created) call.keys().put(entry, String::encode_raw(std::string_view()), std::nullopt);
    const std::size_t before = entry.value().size();
    const std::size_t after = std::max<std::size_t>(before, last_bit / kBitsPerByte + 1);
    return {entry.raw_bytes(after), after, created || after > before};
}

}  // namespace bitmaps

namespace {

using namespace bitmaps;  // The handlers that stand in files of their own.

void getbit(Call& call) {
    const std::uint64_t offset = read_bit_offset(call, call.arg(2));
    if (call.failed()) return;

    const auto value = call.find<String>(call.arg(1));
    call.reply().integer(value && bit_at(value->view(), offset) ? 1 : 0);
}

void setbit(Call& call) {
    const std::uint64_t offset = read_bit_offset(call, call.arg(2));
    const bool bit = call.arg(3) == "1";
    if (!bit && call.arg(3) != "0") call.fail("ERR bit is not an integer or out of range");
    if (call.failed()) return;

    auto entry = call.find_for_write<String>(call.arg(1));
    if (call.failed()) return;
    const WritableBits bits = make_writable(call, entry, offset);
    const bool before = bit_at({bits.bytes, bits.size}, offset);
    if (bits.grown || before != bit) {
        set_bit(bits.bytes, offset, bit);
        entry.changed("setbit", EventClass::String);
    }

    call.reply().integer(before ? 1 : 0);
}

BitOperation read_bit_operation(Call& call) {
    const std::string_view word = call.arg(1);
    if (equals_ignore_case(word, "AND")) return BitOperation::And;
    if (equals_ignore_case(word, "OR")) return BitOperation::Or;
    if (equals_ignore_case(word, "XOR")) return BitOperation::Xor;
    if (!equals_ignore_case(word, "NOT")) {
        call.fail_syntax();
    } else if (call.argc() != 4) {
        call.fail("ERR BITOP NOT must be called with a single source key.");
    }
    return BitOperation::Not;
}

// Missing keys are empty strings.
std::vector<String> read_sources(Call& call) {
    std::vector<String> sources;
    sources.reserve(call.argc());
    for (const std::string_view key : call.args().subspan(3)) {
        const auto value = call.find<String>(key);
        if (call.failed()) break;
        if (value) {
            sources.push_back(*value);
        } else {
            sources.emplace_back(Payload{});
        }
    }
    return sources;
}

BlobRef combine(BitOperation operation, const std::vector<String>& sources) {
    std::size_t size = 0;
    std::vector<std::string_view> views;
    for (const String& source : sources) {
        views.push_back(source.view());
        size = std::max(size, source.size());
    }
    BlobRef result = BlobRef::allocate(size);
    result.resize(size);
    combine_bits(operation, views, result->data());
    return result;
}

void bitop(Call& call) {
    const BitOperation operation = read_bit_operation(call);
    if (call.failed()) return;
    const std::vector<String> sources = read_sources(call);
    if (call.failed()) return;

    BlobRef result = combine(operation, sources);
    const std::size_t size = result->size();
    WriteEntry entry = call.keys().find_for_write(call.arg(2));
    if (size > 0) {
        call.keys().put(entry, String::encode_raw(result), std::nullopt);
        entry.changed("set", EventClass::String);
    } else if (entry) {
        entry.remove("del");
    }

    call.reply().integer(static_cast<std::int64_t>(size));
}

constexpr KeySpec noted(KeySpec spec, std::string_view notes) {
    spec.notes = notes;
    return spec;
}

// It only reads if all of it is understood and nothing in it writes.
std::uint16_t use_of_bitfield(std::span<const std::string_view> args) {
    for (std::size_t i = 2; i < args.size();) {
        const std::size_t operands = args.size() - i - 1;
        if (equals_ignore_case(args[i], "GET") && operands >= 2) {
            i += 3;
        } else if (equals_ignore_case(args[i], "OVERFLOW") && operands >= 1) {
            i += 2;
        } else {
            return KeyRW | KeyAccess | KeyUpdate;
        }
    }
    return KeyRO | KeyAccess;
}

constexpr Change kUnitSince[] = {{"7.0.0", "The option `BYTE|BIT`."}};

constexpr CommandSpec kCommands[] = {
    {.name = "BITCOUNT",
     .handler = bitcount,
     .arity = at_least(1),
     .flags = ReadOnly,
     .categories = CatBitmap,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Bitmap,
     .since = "2.6.0",
     .cost = "O(N)",
     .summary = "Counts the bits of a string that are 1, in all of it or in a range.",
     .syntax = "key [index=(start:integer end:integer [index_unit=<BYTE | BIT>@7.0.0])]",
     .history = kUnitSince},
    {.name = "BITFIELD",
     .handler = bitfield,
     .arity = at_least(1),
     .flags = Write | DenyOom,
     .categories = CatBitmap,
     .keys = noted(key_at(1, KeyRW | KeyAccess | KeyUpdate | KeyVariableFlags),
                   "Reads with `GET`, and writes with the others."),
     .key_use = use_of_bitfield,
     .group = Group::Bitmap,
     .since = "3.2.0",
     .cost = "O(1) for each operation.",
     .summary = "Reads, sets and counts up integers of any width within a string.",
     .syntax = "key [operation=<GET encoding_offset=(encoding offset:integer) | write=([OVERFLOW "
               "wrap_sat_fail=<WRAP | SAT | FAIL>] write_operation=<SET encoding_offset_value=(encoding "
               "offset:integer value:integer) | INCRBY encoding_offset_increment=(encoding offset:integer "
               "increment:integer)>)>...]"},
    {.name = "BITFIELD_RO",
     .handler = bitfield_ro,
     .arity = at_least(1),
     .flags = ReadOnly | Fast,
     .categories = CatBitmap,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Bitmap,
     .since = "6.0.0",
     .cost = "O(1) for each operation.",
     .summary = "Reads integers of any width within a string.",
     .syntax = "key [GET encoding_offset=(encoding offset:integer)]..."},
    {.name = "BITOP",
     .handler = bitop,
     .arity = at_least(3),
     .flags = Write | DenyOom,
     .categories = CatBitmap,
     .keys = {key_at(2, KeyOW | KeyUpdate), keys_from(3, -1, 1, KeyRO | KeyAccess)},
     .group = Group::Bitmap,
     .since = "2.6.0",
     .cost = "O(N)",
     .summary = "Combines strings bit by bit, and stores the result.",
     .syntax = "operation destkey:key key..."},
    {.name = "BITPOS",
     .handler = bitpos,
     .arity = at_least(2),
     .flags = ReadOnly,
     .categories = CatBitmap,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Bitmap,
     .since = "2.8.7",
     .cost = "O(N)",
     .summary = "Finds the first bit of a string that is 1, or 0.",
     .syntax =
         "key bit:integer [index=(start:integer [end_index=(end:integer [index_unit=<BYTE | BIT>@7.0.0])])]",
     .history = kUnitSince},
    {.name = "GETBIT",
     .handler = getbit,
     .arity = exactly(2),
     .flags = ReadOnly | Fast,
     .categories = CatBitmap,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Bitmap,
     .since = "2.2.0",
     .cost = "O(1)",
     .summary = "Returns one bit of a string.",
     .syntax = "key offset:integer"},
    {.name = "SETBIT",
     .handler = setbit,
     .arity = exactly(3),
     .flags = Write | DenyOom,
     .categories = CatBitmap,
     .keys = key_at(1, KeyRW | KeyAccess | KeyUpdate),
     .group = Group::Bitmap,
     .since = "2.2.0",
     .cost = "O(1)",
     .summary = "Sets one bit of a string, which grows with zeros as far as it must.",
     .syntax = "key offset:integer value:integer"},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> bitmap_commands() {
    return kCommands;
}

}  // namespace pongo
