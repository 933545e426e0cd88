#include "lua/struct.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>

#include "base/bytes.h"
#include "base/numbers.h"
#include "lua/script_buffer.h"

namespace pongo {
namespace {

// Sizes in formats are what fits into an int.
constexpr int kLargestSize = std::numeric_limits<int>::max();
constexpr int kLargestInteger = 32;
constexpr int kDefaultAlignment = 8;

constexpr bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
}

// Reads a format from option to option.
class Format {
  public:
    // Like every C string, it ends at the first zero.
    Format(lua_State* lua, const char* text) : lua_(lua), next_(text), steps_(lua) {}

    // False at the end. What a size that is out of bounds makes of it is a Lua error.
    bool next() {
        steps_.add();
        option_ = *next_;
        if (option_ == '\0') return false;
        ++next_;
        size_ = size_of_option();
        return true;
    }

    char option() const { return option_; }
    // How many bytes the option takes; 0 for those that take none, and those that tell only later.
    std::size_t size() const { return static_cast<std::size_t>(size_); }
    bool big_endian() const { return big_endian_; }

    // How many bytes there must be before the option, if it is to begin at `offset` or later. Sizes that are
    // no powers of two lead to results that mean nothing, but are Redis's.
    std::size_t padding(std::size_t offset) const {
        if (size_ == 0 || option_ == 'c') return 0;
        const auto align = static_cast<std::size_t>(size_ < alignment_ ? size_ : alignment_);
        return (align - (offset & (align - 1))) & (align - 1);
    }

    // An option that only changes how the others are read.
    void apply_control() {
        switch (option_) {
            case ' ':
                break;
            case '>':
                big_endian_ = true;
                break;
            case '<':
                big_endian_ = false;
                break;
            case '!':
                apply_alignment();
                break;
            default:
                luaL_argerror(lua_, 1, lua_pushfstring(lua_, "invalid format option '%c'", option_));
        }
    }

  private:
    int size_of_option() {
        switch (option_) {
            case 'b':
            case 'B':
            case 'x':
                return 1;
            case 'h':
            case 'H':
                return 2;
            case 'l':
            case 'L':
            case 'T':
            case 'd':
                return 8;
            case 'f':
                return 4;
            case 'c':
                return number(1);
            case 'i':
            case 'I':
                return integer_size();
            default:
                return 0;
        }
    }

    int integer_size() {
        const int size = number(4);
        if (size > kLargestInteger)
            luaL_error(lua_, "integral size %d is larger than limit of %d", size, kLargestInteger);
        return size;
    }

    void apply_alignment() {
        alignment_ = number(kDefaultAlignment);
        if (!std::has_single_bit(static_cast<unsigned>(alignment_)))
            luaL_error(lua_, "alignment %d is not a power of 2", alignment_);
    }

    int number(int if_there_is_none) {
        if (!is_digit(*next_)) return if_there_is_none;
        std::int64_t value = 0;
        for (; is_digit(*next_); ++next_) {
            steps_.add();
            value = value * 10 + (*next_ - '0');
            if (value > kLargestSize) luaL_error(lua_, "integral size overflow");
        }
        return static_cast<int>(value);
    }

    lua_State* lua_;
    const char* next_;
    Steps steps_;
    char option_ = '\0';
    int size_ = 0;
    int alignment_ = 1;
    bool big_endian_ = false;
};

// What the conversion instructions of x86-64 make of numbers that do not fit.
std::uint64_t integer_of(double value) {
    constexpr double kTwoTo63 = 9223372036854775808.0;
    constexpr std::uint64_t kDoesNotFit = std::uint64_t{1} << 63;
    if (std::isnan(value) || value < -kTwoTo63) return kDoesNotFit;
    if (value < 0) return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
    return value < 2 * kTwoTo63 ? static_cast<std::uint64_t>(value) : 0;
}

void pack_integer(ScriptBuffer& out, const Format& format, std::uint64_t value) {
    const std::size_t size = format.size();
    char* const bytes = out.room(size);
    // Bytes beyond the eighth are zero, also of a negative number.
    for (std::size_t i = 0; i < size; ++i, value >>= 8)
        bytes[format.big_endian() ? size - 1 - i : i] = static_cast<char>(value & 0xff);
    out.wrote(size);
}

double unpack_integer(const Format& format, const char* bytes) {
    const std::size_t size = format.size();
    std::uint64_t value = 0;
    // Of more than eight bytes, the low eight count.
    for (std::size_t i = 0; i < size; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[format.big_endian() ? i : size - 1 - i]);
    if (format.option() < 'a') return static_cast<double>(value);
    // The place of the sign, in sizes beyond eight as x86-64 shifts.
    const std::uint64_t from_sign = ~std::uint64_t{0} << ((size * 8 - 1) & 63);
    if ((value & from_sign) != 0) value |= from_sign;
    return static_cast<double>(static_cast<std::int64_t>(value));
}

template <typename Float, typename Bits>
void pack_float(ScriptBuffer& out, const Format& format, Float value) {
    pack_integer(out, format, std::bit_cast<Bits>(value));
}

template <typename Float, typename Bits>
double unpack_float(const Format& format, const char* bytes) {
    Bits bits = load_as<Bits>(bytes);
    if (format.big_endian())
        bits = sizeof bits == 4 ? __builtin_bswap32(static_cast<std::uint32_t>(bits))
                                : static_cast<Bits>(__builtin_bswap64(bits));
    return static_cast<double>(std::bit_cast<Float>(bits));
}

std::string_view checked_string(lua_State* lua, int argument) {
    std::size_t size = 0;
    const char* bytes = luaL_checklstring(lua, argument, &size);
    return {bytes, size};
}

// The bytes for 'c' and 's'. Complaints of short strings name the argument after, as in Redis.
void pack_string(lua_State* lua, ScriptBuffer& out, const Format& format, int argument) {
    std::string_view bytes = checked_string(lua, argument);
    if (format.option() == 'c' && format.size() != 0) {
        luaL_argcheck(lua, bytes.size() >= format.size(), argument + 1, "string too short");
        bytes = bytes.substr(0, format.size());
    }
    out.append(bytes);
    if (format.option() == 's') out.append('\0');
}

int pack(lua_State* lua) {
    Format format(lua, luaL_checkstring(lua, 1));
    // A missing argument is told as nil.
    lua_pushnil(lua);
    ScriptBuffer out(lua);
    int argument = 2;
    while (format.next()) {
        for (std::size_t left = format.padding(out.view().size()); left > 0; --left) out.append('\0');
        switch (format.option()) {
            case 'b':
            case 'B':
            case 'h':
            case 'H':
            case 'l':
            case 'L':
            case 'T':
            case 'i':
            case 'I':
                pack_integer(out, format, integer_of(luaL_checknumber(lua, argument++)));
                break;
            case 'x':
                out.append('\0');
                break;
            case 'f':
                pack_float<float, std::uint32_t>(out, format,
                                                 static_cast<float>(luaL_checknumber(lua, argument++)));
                break;
            case 'd':
                pack_float<double, std::uint64_t>(out, format, luaL_checknumber(lua, argument++));
                break;
            case 'c':
            case 's':
                pack_string(lua, out, format, argument++);
                break;
            default:
                format.apply_control();
        }
    }
    out.push();
    return 1;
}

// What is unpacked: the data, how far it is read, and how many values are on the stack.
class Unpacker {
  public:
    Unpacker(lua_State* lua, std::string_view data, std::size_t offset)
        : lua_(lua), data_(data), offset_(offset) {}

    void read(Format& format) {
        if (offset_ <= data_.size()) offset_ += format.padding(offset_);
        need(format.size());
        luaL_checkstack(lua_, 2, "too many results");
        const char* const bytes = data_.data() + offset_;
        offset_ += format.size();
        switch (format.option()) {
            case 'b':
            case 'B':
            case 'h':
            case 'H':
            case 'l':
            case 'L':
            case 'T':
            case 'i':
            case 'I':
                push(unpack_integer(format, bytes));
                break;
            case 'x':
                break;
            case 'f':
                push(unpack_float<float, std::uint32_t>(format, bytes));
                break;
            case 'd':
                push(unpack_float<double, std::uint64_t>(format, bytes));
                break;
            case 'c':
                push_sized(bytes, format.size());
                break;
            case 's':
                push_terminated();
                break;
            default:
                format.apply_control();
        }
    }

    std::size_t offset() const { return offset_; }
    int values() const { return values_; }

  private:
    void need(std::size_t bytes) {
        luaL_argcheck(lua_, offset_ <= data_.size() && bytes <= data_.size() - offset_, 2,
                      "data string too short");
    }

    void push(double number) {
        lua_pushnumber(lua_, number);
        ++values_;
    }

    void push(std::string_view bytes) {
        lua_pushlstring(lua_, bytes.data(), bytes.size());
        ++values_;
    }

    void push_sized(const char* bytes, std::size_t size) {
        if (size != 0) return push({bytes, size});
        if (values_ == 0 || lua_isnumber(lua_, -1) == 0)
            luaL_error(lua_, "format 'c0' needs a previous size");
        size = integer_of(lua_tonumber(lua_, -1));
        need(size);
        lua_pop(lua_, 1);
        --values_;
        push({bytes, size});
        offset_ += size;
    }

    void push_terminated() {
        const std::size_t end = data_.find('\0', offset_);
        if (end == std::string_view::npos) luaL_error(lua_, "unfinished string in data");
        push(data_.substr(offset_, end - offset_));
        offset_ = end + 1;
    }

    lua_State* lua_;
    std::string_view data_;
    std::size_t offset_;
    int values_ = 0;
};

int unpack(lua_State* lua) {
    Format format(lua, luaL_checkstring(lua, 1));
    const std::string_view data = checked_string(lua, 2);
    // One below zero is far beyond the end.
    const auto from = static_cast<std::size_t>(luaL_optinteger(lua, 3, 1));
    luaL_argcheck(lua, from > 0, 3, "offset must be 1 or greater");
    Unpacker unpacker(lua, data, from - 1);
    while (format.next()) unpacker.read(format);
    lua_pushinteger(lua, static_cast<lua_Integer>(unpacker.offset() + 1));
    return unpacker.values() + 1;
}

int size(lua_State* lua) {
    Format format(lua, luaL_checkstring(lua, 1));
    std::size_t total = 0;
    while (format.next()) {
        total += format.padding(total);
        if (format.option() == 's') luaL_argerror(lua, 1, "option 's' has no fixed size");
        if (format.option() == 'c' && format.size() == 0)
            luaL_argerror(lua, 1, "option 'c0' has no fixed size");
        // Letters that mean nothing have no size; only other characters are refused.
        if (!is_letter_or_digit(format.option())) format.apply_control();
        total += format.size();
    }
    lua_pushinteger(lua, static_cast<lua_Integer>(total));
    return 1;
}

constexpr luaL_Reg kFunctions[] = {{"pack", pack}, {"unpack", unpack}, {"size", size}, {nullptr, nullptr}};

}  // namespace

void open_struct(lua_State* lua) {
    lua_createtable(lua, 0, std::size(kFunctions) - 1);
    luaL_register(lua, nullptr, kFunctions);
}

}  // namespace pongo
