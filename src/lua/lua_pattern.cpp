#include "lua/lua_pattern.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace pongo {
namespace {

using Byte = unsigned char;

constexpr char kEscape = '%';
// There is room for these in the stack of any C function.
constexpr int kFewCaptures = LUA_MINSTACK / 2;

// The classes of ASCII, whatever the locale, as bits.
enum Class : std::uint16_t {
    Letter = 1 << 0,
    Control = 1 << 1,
    Digit = 1 << 2,
    Lower = 1 << 3,
    Punctuation = 1 << 4,
    Space = 1 << 5,
    Upper = 1 << 6,
    HexDigit = 1 << 7,
    Zero = 1 << 8,
};

constexpr std::uint16_t classes_of(int c) {
    const auto within = [c](int first, int last) { return c >= first && c <= last; };
    std::uint16_t classes = 0;
    if (within('a', 'z')) classes |= Letter | Lower;
    if (within('A', 'Z')) classes |= Letter | Upper;
    if (within('0', '9')) classes |= Digit;
    if (within('0', '9') || within('a', 'f') || within('A', 'F')) classes |= HexDigit;
    if (c < 32 || c == 127) classes |= Control;
    if (c == ' ' || within('\t', '\r')) classes |= Space;
    if (within(33, 126) && (classes & (Letter | Digit)) == 0) classes |= Punctuation;
    if (c == 0) classes |= Zero;
    return classes;
}

constexpr auto kClasses = [] {
    std::array<std::uint16_t, 256> all{};
    for (int c = 0; c < 256; ++c) all[static_cast<std::size_t>(c)] = classes_of(c);
    return all;
}();

bool is_in(Byte c, std::uint16_t classes) {
    return (kClasses[c] & classes) != 0;
}

// What a small letter after '%' stands for; 0 if it is no class.
constexpr std::uint16_t class_named(char name) {
    switch (name) {
        case 'a':
            return Letter;
        case 'c':
            return Control;
        case 'd':
            return Digit;
        case 'l':
            return Lower;
        case 'p':
            return Punctuation;
        case 's':
            return Space;
        case 'u':
            return Upper;
        case 'w':
            return Letter | Digit;
        case 'x':
            return HexDigit;
        case 'z':
            return Zero;
        default:
            return 0;
    }
}

// The class after '%': a letter, which stands for the complement if it is a capital; any other is itself.
bool in_class(Byte c, char name) {
    const bool capital = is_in(static_cast<Byte>(name), Upper);
    const std::uint16_t classes = class_named(capital ? static_cast<char>(name - 'A' + 'a') : name);
    return classes != 0 ? is_in(c, classes) != capital : c == static_cast<Byte>(name);
}

// The set begins with '[' and ends before `set_end`, which is behind its ']'.
bool in_set(Byte c, const char* set, const char* set_end) {
    const char* const last = set_end - 1;
    const bool complement = set[1] == '^';
    const char* at = set + (complement ? 2 : 1);
    for (; at < last; ++at) {
        if (*at == kEscape) {
            if (in_class(c, *++at)) return !complement;
        } else if (at[1] == '-' && at + 2 < last) {
            if (static_cast<Byte>(at[0]) <= c && c <= static_cast<Byte>(at[2])) return !complement;
            at += 2;
        } else if (static_cast<Byte>(*at) == c) {
            return !complement;
        }
    }
    return complement;
}

// What it costs to see whether a character fits, beyond a step: a set may be long.
std::size_t further_steps(const char* item, const char* item_end) {
    return static_cast<std::size_t>(item_end - item) / 16;
}

}  // namespace

const char* PatternMatcher::follow(const char* at, const char* pattern) {
    if (++depth_ > kMostDepth) luaL_error(lua_, "pattern too complex");
    const auto result = [this](const char* found) {
        --depth_;
        return found;
    };
    for (;;) {
        step();
        switch (*pattern) {
            case '\0':
                return result(at);
            case '(':
                if (pattern[1] == ')') return result(open_capture(at, pattern + 2, kPosition));
                return result(open_capture(at, pattern + 1, kUnfinished));
            case ')':
                return result(close_capture(at, pattern + 1));
            case '$':
                if (pattern[1] == '\0') return result(at == end_ ? at : nullptr);
                break;
            case kEscape:
                if (pattern[1] == 'b') {
                    at = balanced(at, pattern + 2);
                    pattern += 4;
                } else if (pattern[1] == 'f') {
                    pattern += 2;
                    if (!at_frontier(at, pattern)) at = nullptr;
                } else if (is_in(static_cast<Byte>(pattern[1]), Digit)) {
                    at = repeated(at, pattern[1]);
                    pattern += 2;
                } else {
                    break;
                }
                if (at == nullptr) return result(nullptr);
                continue;
            default:
                break;
        }
        const char* item_end = end_of_item(pattern);
        step(further_steps(pattern, item_end));
        switch (*item_end) {
            case '?':
                if (fits(at, pattern, item_end)) {
                    if (const char* found = follow(at + 1, item_end + 1)) return result(found);
                }
                pattern = item_end + 1;
                break;
            case '*':
                return result(expand_most(at, pattern, item_end));
            case '+':
                if (!fits(at, pattern, item_end)) return result(nullptr);
                return result(expand_most(at + 1, pattern, item_end));
            case '-':
                return result(expand_least(at, pattern, item_end));
            default:
                if (!fits(at, pattern, item_end)) return result(nullptr);
                ++at;
                pattern = item_end;
        }
    }
}

const char* PatternMatcher::end_of_item(const char* pattern) {
    const char first = *pattern++;
    if (first == kEscape) {
        if (*pattern == '\0') luaL_error(lua_, "malformed pattern (ends with '%%')");
        return pattern + 1;
    }
    if (first != '[') return pattern;
    if (*pattern == '^') ++pattern;
    // A ']' that comes first belongs to the set.
    do {
        if (*pattern == '\0') luaL_error(lua_, "malformed pattern (missing ']')");
        if (*pattern++ == kEscape && *pattern != '\0') ++pattern;
    } while (*pattern != ']');
    return pattern + 1;
}

bool PatternMatcher::fits(const char* at, const char* item, const char* item_end) const {
    if (at >= end_) return false;
    switch (*item) {
        case '.':
            return true;
        case kEscape:
            return in_class(static_cast<Byte>(*at), item[1]);
        case '[':
            return in_set(static_cast<Byte>(*at), item, item_end);
        default:
            return *item == *at;
    }
}

const char* PatternMatcher::expand_most(const char* at, const char* item, const char* item_end) {
    const char* last = at;
    const std::size_t item_steps = 1 + further_steps(item, item_end);
    if (*item == '.') last = end_;
    for (; fits(last, item, item_end); ++last) step(item_steps);
    for (;; --last) {
        if (const char* found = follow(last, item_end + 1)) return found;
        if (last == at) return nullptr;
    }
}

const char* PatternMatcher::expand_least(const char* at, const char* item, const char* item_end) {
    for (;; ++at) {
        if (const char* found = follow(at, item_end + 1)) return found;
        step(further_steps(item, item_end));
        if (!fits(at, item, item_end)) return nullptr;
    }
}

const char* PatternMatcher::open_capture(const char* at, const char* pattern, std::ptrdiff_t length) {
    if (captures_open_ >= kMostCaptures) luaL_error(lua_, "too many captures");
    captures_[static_cast<std::size_t>(captures_open_++)] = {at, length};
    const char* found = follow(at, pattern);
    if (found == nullptr) --captures_open_;
    return found;
}

const char* PatternMatcher::close_capture(const char* at, const char* pattern) {
    int index = captures_open_ - 1;
    while (index >= 0 && captures_[static_cast<std::size_t>(index)].length != kUnfinished) --index;
    if (index < 0) luaL_error(lua_, "invalid pattern capture");
    Capture& capture = captures_[static_cast<std::size_t>(index)];
    capture.length = at - capture.begin;
    const char* found = follow(at, pattern);
    if (found == nullptr) capture.length = kUnfinished;
    return found;
}

const char* PatternMatcher::balanced(const char* at, const char* pair) {
    if (pair[0] == '\0' || pair[1] == '\0') luaL_error(lua_, "unbalanced pattern");
    if (*at != pair[0]) return nullptr;
    int open = 1;
    for (const char* next = at + 1; next < end_; ++next) {
        step();
        if (*next == pair[1]) {
            if (--open == 0) return next + 1;
        } else if (*next == pair[0]) {
            ++open;
        }
    }
    return nullptr;
}

const char* PatternMatcher::repeated(const char* at, char digit) {
    const int index = digit - '1';
    if (index < 0 || index >= captures_open_ ||
        captures_[static_cast<std::size_t>(index)].length == kUnfinished) {
        luaL_error(lua_, "invalid capture index");
    }
    const Capture& capture = captures_[static_cast<std::size_t>(index)];
    // Nothing repeats a position.
    if (capture.length < 0 || end_ - at < capture.length) return nullptr;
    const auto length = static_cast<std::size_t>(capture.length);
    step(length / 64);
    return std::memcmp(capture.begin, at, length) == 0 ? at + length : nullptr;
}

bool PatternMatcher::at_frontier(const char* at, const char*& pattern) {
    if (*pattern != '[') luaL_error(lua_, "missing '[' after '%%f' in pattern");
    const char* set = pattern;
    pattern = end_of_item(set);
    step(2 * further_steps(set, pattern));
    const char before = at == begin_ ? '\0' : at[-1];
    return !in_set(static_cast<Byte>(before), set, pattern) && in_set(static_cast<Byte>(*at), set, pattern);
}

void PatternMatcher::push_capture(int index, const char* from, const char* to) {
    if (index >= captures_open_) {
        if (index != 0) luaL_error(lua_, "invalid capture index");
        lua_pushlstring(lua_, from, static_cast<std::size_t>(to - from));
        return;
    }
    const Capture& capture = captures_[static_cast<std::size_t>(index)];
    if (capture.length == kUnfinished) luaL_error(lua_, "unfinished capture");
    if (capture.length == kPosition) {
        lua_pushinteger(lua_, capture.begin - begin_ + 1);
    } else {
        lua_pushlstring(lua_, capture.begin, static_cast<std::size_t>(capture.length));
    }
}

int PatternMatcher::push_captures(const char* from, const char* to, bool whole) {
    const int count = captures_open_ == 0 && whole ? 1 : captures_open_;
    if (count > kFewCaptures) luaL_checkstack(lua_, count, "too many captures");
    for (int index = 0; index < count; ++index) push_capture(index, from, to);
    return count;
}

}  // namespace pongo
