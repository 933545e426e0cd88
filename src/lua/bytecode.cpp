#include "lua/bytecode.h"

#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

namespace pongo {
namespace {

constexpr int kHasArgTable = 1;
constexpr int kDeepestNesting = 50;
constexpr std::size_t kLongestDump = std::size_t{1} << 20;

static_assert(std::endian::native == std::endian::little && sizeof(int) == 4 && sizeof(std::size_t) == 8);
// The signature, Lua 5.1, the official format, little-endian, and the sizes of int, size_t, an instruction
// and a number, which is no integer.
constexpr std::string_view kHeader{"\x1BLua\x51\x00\x01\x04\x08\x04\x08\x00", 12};
static_assert(std::is_same_v<lua_Number, double>);

// Reads what is in front. After the first thing that is not as it should be, everything is zero.
class DumpReader {
  public:
    explicit DumpReader(std::string_view dump) : left_(dump) {}

    bool failed() const { return failed_; }
    void fail() {
        failed_ = true;
        left_ = {};
    }
    bool at_end() const { return left_.empty(); }

    std::string_view bytes(std::size_t size) {
        if (size > left_.size()) {
            fail();
            return {};
        }
        const std::string_view taken = left_.substr(0, size);
        left_.remove_prefix(size);
        return taken;
    }

    template <typename T>
    T plain() {
        T value{};
        const std::string_view taken = bytes(sizeof value);
        if (!taken.empty()) std::memcpy(&value, taken.data(), sizeof value);
        return value;
    }

    int byte() { return plain<std::uint8_t>(); }

    // How many elements follow, each of which takes at least so many bytes.
    std::size_t count(std::size_t bytes_each) {
        const int value = plain<int>();
        if (value < 0 || static_cast<std::size_t>(value) > left_.size() / bytes_each) fail();
        return failed_ ? 0 : static_cast<std::size_t>(value);
    }

    // With a NUL at the end, which counts; a size of zero stands for no string.
    std::string string() {
        const std::string_view text = bytes(plain<std::size_t>());
        return std::string(text.substr(0, text.empty() ? 0 : text.size() - 1));
    }

  private:
    std::string_view left_;
    bool failed_ = false;
};

void read_code(DumpReader& reader, Prototype& prototype) {
    const std::size_t count = reader.count(sizeof(std::uint32_t));
    prototype.code.reserve(count);
    for (std::size_t i = 0; i < count; ++i) prototype.code.emplace_back(reader.plain<std::uint32_t>());
}

Constant read_constant(DumpReader& reader) {
    switch (reader.byte()) {
        case LUA_TNIL:
            return std::monostate();
        case LUA_TBOOLEAN:
            return reader.byte() != 0;
        case LUA_TNUMBER:
            return reader.plain<lua_Number>();
        case LUA_TSTRING:
            return reader.string();
        default:
            reader.fail();
            return std::monostate();
    }
}

void read_locals(DumpReader& reader, Prototype& prototype) {
    for (std::size_t left = reader.count(sizeof(std::size_t) + 2 * sizeof(int)); left > 0; --left) {
        std::string name = reader.string();
        const int start_pc = reader.plain<int>();
        const int end_pc = reader.plain<int>();
        prototype.locals.push_back({std::move(name), start_pc, end_pc});
    }
}

void note_assignments(Prototype& prototype) {
    prototype.assigned_upvalues.resize(static_cast<std::size_t>(prototype.upvalues));
    const auto note = [&](int upvalue) {
        if (upvalue < prototype.upvalues)
            prototype.assigned_upvalues[static_cast<std::size_t>(upvalue)] = true;
    };
    for (int pc = 0; const auto instruction = prototype.instruction(pc); pc = prototype.next_pc(pc)) {
        if (instruction->opcode() == Opcode::SetUpval) note(instruction->b());
        const Prototype* const nested = prototype.made_by(*instruction);
        if (!nested) continue;
        for (int i = 0; i < nested->upvalues; ++i) {
            const auto source = prototype.instruction(pc + 1 + i);
            const bool is_upvalue = source && source->opcode() == Opcode::GetUpval;
            if (is_upvalue && nested->assigned_upvalues[static_cast<std::size_t>(i)]) note(source->b());
        }
    }
}

Prototype read_prototype(DumpReader& reader, int depth) {
    Prototype prototype;
    if (depth > kDeepestNesting) reader.fail();
    reader.string();                // The name of the source,
    reader.bytes(2 * sizeof(int));  // and where the function is there.
    prototype.upvalues = reader.byte();
    prototype.parameters = reader.byte();
    const int vararg = reader.byte();
    prototype.is_vararg = vararg != 0;
    prototype.has_arg_table = (vararg & kHasArgTable) != 0;
    prototype.registers = reader.byte();
    read_code(reader, prototype);
    for (std::size_t left = reader.count(1); left > 0; --left) {
        prototype.constants.push_back(read_constant(reader));
    }
    for (std::size_t left = reader.count(1); left > 0 && !reader.failed(); --left) {
        prototype.nested.push_back(read_prototype(reader, depth + 1));
    }
    reader.bytes(reader.count(sizeof(int)) * sizeof(int));  // The lines.
    read_locals(reader, prototype);
    for (std::size_t left = reader.count(sizeof(std::size_t)); left > 0; --left) reader.string();
    note_assignments(prototype);
    return prototype;
}

int append(lua_State*, const void* bytes, std::size_t size, void* target) {
    std::string& dump = *static_cast<std::string*>(target);
    if (size > kLongestDump - dump.size()) return 1;
    dump.append(static_cast<const char*>(bytes), size);
    return 0;
}

}  // namespace

std::optional<Prototype> read_bytecode(std::string_view dump) {
    DumpReader reader(dump);
    if (reader.bytes(kHeader.size()) != kHeader) return std::nullopt;
    std::optional<Prototype> prototype = read_prototype(reader, 0);
    if (reader.failed() || !reader.at_end()) prototype.reset();
    return prototype;
}

std::optional<Prototype> read_function(lua_State* lua) {
    std::string dump;
    if (lua_iscfunction(lua, -1) || lua_dump(lua, append, &dump) != 0) return std::nullopt;
    return read_bytecode(dump);
}

std::optional<Instruction> Prototype::instruction(int pc) const {
    if (pc < 0 || static_cast<std::size_t>(pc) >= code.size()) return std::nullopt;
    return code[static_cast<std::size_t>(pc)];
}

const Prototype* Prototype::made_by(Instruction instruction) const {
    const auto index = static_cast<std::size_t>(instruction.bx());
    return instruction.opcode() == Opcode::Closure && index < nested.size() ? &nested[index] : nullptr;
}

int Prototype::next_pc(int pc) const {
    const Instruction instruction = code[static_cast<std::size_t>(pc)];
    if (instruction.opcode() == Opcode::SetList && instruction.c() == 0) return pc + 2;
    const Prototype* const made = made_by(instruction);
    return pc + 1 + (made ? made->upvalues : 0);
}

const LocalVariable* Prototype::local_at(int reg, int pc) const {
    for (const LocalVariable& local : locals) {
        if (local.start_pc > pc) break;
        if (pc < local.end_pc && reg-- == 0) return &local;
    }
    return nullptr;
}

}  // namespace pongo
