// string.format and string.rep.
#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "lua/lua_libraries.h"
#include "lua/script_buffer.h"

namespace pongo {
namespace {

constexpr double kTwoTo63 = 0x1p63;

// What the conversion instruction of x86 gives for numbers that do not fit, on every machine.
std::int64_t to_signed(double number) {
    if (number >= -kTwoTo63 && number < kTwoTo63) return static_cast<std::int64_t>(number);
    return INT64_MIN;
}

int to_int(double number) {
    return number > INT_MIN - 1.0 && number < INT_MAX + 1.0 ? static_cast<int>(number) : INT_MIN;
}

std::uint64_t to_unsigned(double number) {
    if (number >= kTwoTo63) {
        return static_cast<std::uint64_t>(to_signed(number - kTwoTo63)) ^ (std::uint64_t{1} << 63);
    }
    return static_cast<std::uint64_t>(to_signed(number));
}

// A conversion of a format, such as "%-5.2f".
class Conversion {
  public:
    // The text begins behind the '%'.
    Conversion(lua_State* lua, const char* text) {
        const char* at = text + std::strspn(text, kFlags);
        flags_ = {text, static_cast<std::size_t>(at - text)};
        if (at - text > kMostFlags) luaL_error(lua, "invalid format (repeated flags)");
        for (const char* const end = skip_digits(at); at < end; ++at) {
            width_ = width_ * 10 + static_cast<std::size_t>(*at - '0');
        }
        if (*at == '.') {
            has_precision_ = true;
            at = skip_digits(at + 1);
        }
        if (*at >= '0' && *at <= '9') luaL_error(lua, "invalid format (width or precision too long)");
        kind_ = *at;
        options_ = {text, static_cast<std::size_t>(at - text)};
    }

    char kind() const { return kind_; }
    bool is_simple() const { return options_.empty(); }
    bool has_precision() const { return has_precision_; }
    // Nothing is said but how wide it is, and whether zeros fill it up.
    bool only_pads() const { return !has_precision_ && (flags_.empty() || flags_ == "0"); }
    std::size_t width() const { return width_; }
    char padding() const { return flags_.empty() ? ' ' : '0'; }
    // With the letter at its end.
    std::size_t size() const { return options_.size() + 1; }

    template <typename Value>
    void append(ScriptBuffer& buffer, const char* length, Value value) const {
        const std::string format = "%" + std::string(options_) + length + kind_;
        const int written = std::snprintf(buffer.room(kMostBytes), kMostBytes, format.c_str(), value);
        // Up to a zero byte, which "%c" can give.
        if (written > 0) buffer.wrote(std::strlen(buffer.room(0)));
    }

  private:
    static constexpr const char* kFlags = "-+ #0";
    static constexpr int kMostFlags = 5;
    // A number has up to 309 digits, and 99 after the point.
    static constexpr std::size_t kMostBytes = 512;

    static const char* skip_digits(const char* at) {
        for (int digits = 0; digits < 2 && *at >= '0' && *at <= '9'; ++digits) ++at;
        return at;
    }

    std::string_view options_;
    std::string_view flags_;
    std::size_t width_ = 0;
    bool has_precision_ = false;
    char kind_;
};

void append_quoted(ScriptBuffer& buffer, std::string_view text) {
    buffer.append('"');
    for (const char c : text) {
        switch (c) {
            case '"':
            case '\\':
            case '\n':
                buffer.append('\\');
                buffer.append(c);
                break;
            case '\r':
                buffer.append("\\r");
                break;
            case '\0':
                buffer.append("\\000");
                break;
            default:
                buffer.append(c);
        }
    }
    buffer.append('"');
}

void append_string(lua_State* lua, ScriptBuffer& buffer, const Conversion& conversion, int argument) {
    constexpr std::size_t kWholeFrom = 100;
    std::size_t size = 0;
    const char* text = luaL_checklstring(lua, argument, &size);
    if (!conversion.has_precision() && size >= kWholeFrom) {
        buffer.append(std::string_view(text, size));
    } else if (conversion.is_simple()) {
        buffer.append(std::string_view(text));  // Up to a zero byte.
    } else {
        conversion.append(buffer, "", text);
    }
}

void append_integer(ScriptBuffer& buffer, const Conversion& conversion, std::int64_t number) {
    constexpr std::size_t kMostDigits = 20;
    if (!conversion.only_pads()) return conversion.append(buffer, "l", static_cast<long>(number));
    std::array<char, kMostDigits> digits;
    const char* const end = std::to_chars(digits.data(), digits.data() + kMostDigits, number).ptr;
    std::string_view rest(digits.data(), static_cast<std::size_t>(end - digits.data()));
    const std::size_t missing = conversion.width() - std::min(conversion.width(), rest.size());
    if (number < 0 && conversion.padding() == '0') {
        buffer.append('-');
        rest.remove_prefix(1);
    }
    std::memset(buffer.room(missing), conversion.padding(), missing);
    buffer.wrote(missing);
    buffer.append(rest);
}

void append_converted(lua_State* lua, ScriptBuffer& buffer, const Conversion& conversion, int argument) {
    switch (conversion.kind()) {
        case 'c':
            conversion.append(buffer, "", to_int(luaL_checknumber(lua, argument)));
            break;
        case 'd':
        case 'i':
            append_integer(buffer, conversion, to_signed(luaL_checknumber(lua, argument)));
            break;
        case 'o':
        case 'u':
        case 'x':
        case 'X':
            conversion.append(buffer, "l",
                              static_cast<unsigned long>(to_unsigned(luaL_checknumber(lua, argument))));
            break;
        case 'e':
        case 'E':
        case 'f':
        case 'g':
        case 'G':
            conversion.append(buffer, "", luaL_checknumber(lua, argument));
            break;
        case 'q': {
            std::size_t size = 0;
            const char* text = luaL_checklstring(lua, argument, &size);
            append_quoted(buffer, {text, size});
            break;
        }
        case 's':
            append_string(lua, buffer, conversion, argument);
            break;
        default:
            luaL_error(lua, "invalid option '%%%c' to 'format'", conversion.kind());
    }
}

int format(lua_State* lua) {
    std::size_t size = 0;
    const char* text = luaL_checklstring(lua, 1, &size);
    const char* const end = text + size;
    const int arguments = lua_gettop(lua);
    int argument = 1;
    ScriptBuffer buffer(lua);
    while (text < end) {
        if (*text != '%') {
            const auto* next =
                static_cast<const char*>(std::memchr(text, '%', static_cast<std::size_t>(end - text)));
            if (next == nullptr) next = end;
            buffer.append(std::string_view(text, static_cast<std::size_t>(next - text)));
            text = next;
        } else if (text[1] == '%') {
            buffer.append('%');
            text += 2;
        } else {
            if (++argument > arguments) luaL_argerror(lua, argument, "no value");
            const Conversion conversion(lua, text + 1);
            append_converted(lua, buffer, conversion, argument);
            text += 1 + conversion.size();
        }
    }
    buffer.push();
    return 1;
}

int repeat(lua_State* lua) {
    constexpr std::size_t kBlock = std::size_t{64} << 10;
    std::size_t size = 0;
    const char* text = luaL_checklstring(lua, 1, &size);
    const int times = luaL_checkint(lua, 2);
    if (times <= 0 || size == 0) {
        lua_pushliteral(lua, "");
        return 1;
    }
    const auto count = static_cast<std::size_t>(times);
    if (size > memory_left(lua) / count) {
        lua_pushliteral(lua, "not enough memory");
        return lua_error(lua);
    }
    ScriptBuffer buffer(lua);
    const std::size_t total = size * count;
    buffer.room(total);
    buffer.append(std::string_view(text, size));
    // What is there is doubled, but from caches.
    while (buffer.view().size() < total) {
        const std::size_t done = buffer.view().size();
        buffer.append(buffer.view().substr(
            0, std::min({done, total - done, std::max(kBlock / size, std::size_t{1}) * size})));
    }
    buffer.push();
    return 1;
}

}  // namespace

void set_format_functions(lua_State* lua) {
    lua_getfield(lua, -1, LUA_STRLIBNAME);
    lua_pushcfunction(lua, format);
    lua_setfield(lua, -2, "format");
    lua_pushcfunction(lua, repeat);
    lua_setfield(lua, -2, "rep");
    lua_pop(lua, 1);
}

}  // namespace pongo
