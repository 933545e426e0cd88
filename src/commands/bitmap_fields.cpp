#include <string_view>
#include <vector>

#include "commands/bitmap_handlers.h"
#include "engine/args.h"
#include "values/bitfield.h"

namespace pongo::bitmaps {
namespace {

constexpr std::string_view kInvalidType =
    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.";

struct FieldOperation {
    enum class Kind : std::uint8_t { Get, Set, Increment };

    Kind kind;
    IntegerType type;
    Overflow overflow;
    std::uint64_t bit_offset;
    std::int64_t operand;

    bool writes() const { return kind != Kind::Get; }
    std::uint64_t last_bit() const { return bit_offset + type.bits - 1; }
};

IntegerType read_type(Call& call, std::string_view text) {
    if (const auto type = IntegerType::parse(text)) return *type;
    call.fail(kInvalidType);
    return {false, 1};
}

Overflow read_overflow(Call& call, Args& args) {
    if (args.accept("WRAP")) return Overflow::Wrap;
    if (args.accept("SAT")) return Overflow::Saturate;
    if (args.accept("FAIL")) return Overflow::Fail;
    call.fail("ERR Invalid OVERFLOW type specified");
    return Overflow::Wrap;
}

FieldOperation read_operation(Call& call, Args& args, FieldOperation::Kind kind, Overflow overflow) {
    FieldOperation operation{kind, {false, 1}, overflow, 0, 0};
    operation.type = read_type(call, args.next());
    std::string_view offset = args.next();
    const bool in_fields = offset.starts_with('#');
    if (in_fields) offset.remove_prefix(1);
    operation.bit_offset = read_bit_offset(call, offset, in_fields ? operation.type.bits : 1);
    if (operation.writes()) operation.operand = args.integer();
    return operation;
}

std::vector<FieldOperation> read_operations(Call& call) {
    using Kind = FieldOperation::Kind;
    std::vector<FieldOperation> operations;
    Overflow overflow = Overflow::Wrap;
    Args args(call, 2);
    while (args.more()) {
        if (args.accept("GET", 2)) {
            operations.push_back(read_operation(call, args, Kind::Get, overflow));
        } else if (args.accept("SET", 3)) {
            operations.push_back(read_operation(call, args, Kind::Set, overflow));
        } else if (args.accept("INCRBY", 3)) {
            operations.push_back(read_operation(call, args, Kind::Increment, overflow));
        } else if (args.accept("OVERFLOW", 1)) {
            overflow = read_overflow(call, args);
        } else {
            args.reject();
        }
    }
    return operations;
}

void run_reading(Call& call, const std::vector<FieldOperation>& operations) {
    const auto value = call.find<String>(call.arg(1));
    const std::string_view bytes = value ? value->view() : std::string_view();
    call.reply().array(operations.size());
    for (const FieldOperation& operation : operations) {
        call.reply().integer(read_integer(bytes, operation.type, operation.bit_offset));
    }
}

// Replies to one operation; true if it wrote something else than was there.
bool run(Call& call, const FieldOperation& operation, const WritableBits& bits) {
    const std::int64_t before = read_integer({bits.bytes, bits.size}, operation.type, operation.bit_offset);
    if (!operation.writes()) {
        call.reply().integer(before);
        return false;
    }
    const bool replaces = operation.kind == FieldOperation::Kind::Set;
    const auto after = replaces ? fit(operation.type, operation.operand, operation.overflow)
                                : add(operation.type, before, operation.operand, operation.overflow);
    if (!after) {
        call.reply().null();
        return false;
    }
    write_integer(bits.bytes, operation.type, operation.bit_offset, *after);
    call.reply().integer(replaces ? before : *after);
    return bits.grown || before != *after;
}

void run_writing(Call& call, const std::vector<FieldOperation>& operations) {
    std::uint64_t last_bit = 0;
    for (const FieldOperation& operation : operations) {
        if (operation.writes()) last_bit = std::max(last_bit, operation.last_bit());
    }
    auto entry = call.find_for_write<String>(call.arg(1));
    if (call.failed()) return;
    const WritableBits bits = make_writable(call, entry, last_bit);

    std::uint64_t changes = 0;
    call.reply().array(operations.size());
    for (const FieldOperation& operation : operations) changes += run(call, operation, bits) ? 1 : 0;
    if (changes > 0) {
        entry.changed("setbit", EventClass::String, changes);
    } else if (bits.grown) {
        // Redis keeps the zeros of an overflow that failed, without an event; copies must have them, too.
        entry.changed_silently();
    }
}

bool any_writes(const std::vector<FieldOperation>& operations) {
    return std::any_of(operations.begin(), operations.end(), [](const auto& each) { return each.writes(); });
}

}  // namespace

void bitfield(Call& call) {
    const auto operations = read_operations(call);
    if (call.failed()) return;

    if (any_writes(operations)) {
        run_writing(call, operations);
    } else {
        run_reading(call, operations);
    }
}

void bitfield_ro(Call& call) {
    const auto operations = read_operations(call);
    if (any_writes(operations)) call.fail("ERR BITFIELD_RO only supports the GET subcommand");
    if (call.failed()) return;

    run_reading(call, operations);
}

}  // namespace pongo::bitmaps
