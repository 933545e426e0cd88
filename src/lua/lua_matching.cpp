// string.find, match, gmatch, gsub.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "lua/lua_libraries.h"
#include "lua/lua_pattern.h"
#include "lua/script_buffer.h"

namespace pongo {
namespace {

enum class Wanted { kPlace, kCaptures };

std::string_view check_string(lua_State* lua, int index) {
    std::size_t size = 0;
    const char* bytes = luaL_checklstring(lua, index, &size);
    return {bytes, size};
}

constexpr const char* kMagic = "^$*+?.()[%-";

// As Lua does, looks only up to the first zero byte, and finds a ')' itself.
bool is_plain(const char* pattern) {
    return std::strpbrk(pattern, "^$*+?.([%-") == nullptr;
}

// In a time that depends on the sum of their sizes, whatever they contain.
std::size_t find_plain(std::string_view subject, std::string_view text) {
    // Often it is near.
    const std::size_t near = std::min<std::size_t>(subject.size(), 16);
    for (std::size_t at = 0; at < near && text.size() == 1; ++at) {
        if (subject[at] == text.front()) return at;
    }
    const void* const found = ::memmem(subject.data(), subject.size(), text.data(), text.size());
    if (found == nullptr) return std::string_view::npos;
    return static_cast<std::size_t>(static_cast<const char*>(found) - subject.data());
}

// The third argument as an offset into the subject.
std::size_t start_offset(lua_State* lua, std::size_t size) {
    const lua_Integer start = luaL_optinteger(lua, 3, 1);
    const auto most = static_cast<lua_Integer>(size);
    if (start < 0) return static_cast<std::size_t>(std::max<lua_Integer>(start + most, 0));
    return static_cast<std::size_t>(std::clamp<lua_Integer>(start - 1, 0, most));
}

int push_place(lua_State* lua, std::size_t offset, std::size_t length) {
    lua_pushinteger(lua, static_cast<lua_Integer>(offset + 1));
    lua_pushinteger(lua, static_cast<lua_Integer>(offset + length));
    return 2;
}

int search(lua_State* lua, Wanted wanted) {
    const std::string_view subject = check_string(lua, 1);
    const std::string_view pattern_string = check_string(lua, 2);
    const std::size_t start = start_offset(lua, subject.size());
    const char* pattern = pattern_string.data();
    if (wanted == Wanted::kPlace && (lua_toboolean(lua, 4) || is_plain(pattern))) {
        LuaState::of(lua).spend(lua, (subject.size() - start) / 64);
        const std::size_t found = find_plain(subject.substr(start), pattern_string);
        if (found != std::string_view::npos) return push_place(lua, start + found, pattern_string.size());
        lua_pushnil(lua);
        return 1;
    }
    const bool anchored = *pattern == '^';
    if (anchored) ++pattern;
    PatternMatcher matcher(lua, subject);
    for (const char* from = subject.data() + start; from <= matcher.end(); ++from) {
        if (const char* to = matcher.match(from, pattern)) {
            if (wanted == Wanted::kCaptures) return matcher.push_captures(from, to);
            const int place = push_place(lua, static_cast<std::size_t>(from - subject.data()),
                                         static_cast<std::size_t>(to - from));
            return place + matcher.push_captures(from, to, false);
        }
        if (anchored) break;
    }
    lua_pushnil(lua);
    return 1;
}

int find(lua_State* lua) {
    return search(lua, Wanted::kPlace);
}
int match(lua_State* lua) {
    return search(lua, Wanted::kCaptures);
}

// The upvalues are the subject, the pattern, and the offset of the next search.
int next_match(lua_State* lua) {
    std::size_t size = 0;
    const char* subject = lua_tolstring(lua, lua_upvalueindex(1), &size);
    const char* pattern = lua_tostring(lua, lua_upvalueindex(2));
    PatternMatcher matcher(lua, {subject, size});
    for (const char* from = subject + lua_tointeger(lua, lua_upvalueindex(3)); from <= matcher.end();
         ++from) {
        const char* to = matcher.match(from, pattern);
        if (to == nullptr) continue;
        lua_pushinteger(lua, to - subject + (to == from ? 1 : 0));
        lua_replace(lua, lua_upvalueindex(3));
        return matcher.push_captures(from, to);
    }
    return 0;
}

int gmatch(lua_State* lua) {
    luaL_checkstring(lua, 1);
    luaL_checkstring(lua, 2);
    lua_settop(lua, 2);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_match, 3);
    return 1;
}

// string.gsub at work: puts the replacements of matches into the buffer.
class Substitution {
  public:
    Substitution(lua_State* lua, PatternMatcher& matcher)
        : lua_(lua), state_(LuaState::of(lua)), matcher_(matcher), buffer_(lua), kind_(lua_type(lua, 3)) {
        if (kind_ != LUA_TNUMBER && kind_ != LUA_TSTRING) return;
        replacement_ = check_string(lua, 3);
        is_literal_ = replacement_.find('%') == std::string_view::npos;
    }

    ScriptBuffer& buffer() { return buffer_; }

    void replace(const char* from, const char* to) {
        switch (kind_) {
            case LUA_TFUNCTION:
                state_.check_stack(lua_);
                lua_pushvalue(lua_, 3);
                lua_call(lua_, matcher_.push_captures(from, to), 1);
                break;
            case LUA_TTABLE:
                matcher_.push_capture(0, from, to);
                lua_gettable(lua_, 3);
                break;
            default:
                return append_replacement(from, to);
        }
        append_result(from, to);
    }

  private:
    void append_replacement(const char* from, const char* to) {
        state_.spend(lua_, 1);
        if (is_literal_) return buffer_.append(replacement_);
        // A '%' at the end is followed by the zero byte that ends every string of Lua.
        for (std::size_t at = 0; at < replacement_.size(); ++at) {
            if (replacement_[at] != '%') {
                buffer_.append(replacement_[at]);
                continue;
            }
            const char which = replacement_.data()[++at];
            if (which == '0') {
                append(from, to);
            } else if (which >= '1' && which <= '9') {
                matcher_.push_capture(which - '1', from, to);
                append_top();
            } else {
                buffer_.append(which);
            }
        }
    }

    // What the script gave is on top of the stack.
    void append_result(const char* from, const char* to) {
        if (!lua_toboolean(lua_, -1)) {
            lua_pop(lua_, 1);
            append(from, to);
        } else if (lua_isstring(lua_, -1)) {
            append_top();
        } else {
            luaL_error(lua_, "invalid replacement value (a %s)", luaL_typename(lua_, -1));
        }
    }

    void append_top() {
        std::size_t size = 0;
        const char* bytes = lua_tolstring(lua_, -1, &size);
        buffer_.append(std::string_view(bytes, size));
        lua_pop(lua_, 1);
    }

    void append(const char* from, const char* to) {
        buffer_.append(std::string_view(from, static_cast<std::size_t>(to - from)));
    }

    lua_State* const lua_;
    LuaState& state_;
    PatternMatcher& matcher_;
    ScriptBuffer buffer_;
    const int kind_;
    std::string_view replacement_;
    bool is_literal_ = false;  // The replacement is what each match becomes.
};

// These move `at` behind the last match of at most so many, and return how many there were.

int substitute(PatternMatcher& matcher, const char* pattern, int most, const char*& at,
               Substitution& substitution) {
    const bool anchored = *pattern == '^';
    if (anchored) ++pattern;
    int count = 0;
    while (count < most) {
        const char* to = matcher.match(at, pattern);
        if (to != nullptr) {
            ++count;
            substitution.replace(at, to);
        }
        if (to != nullptr && to > at) {
            at = to;
        } else if (at < matcher.end()) {
            substitution.buffer().append(*at++);
        } else {
            break;
        }
        if (anchored) break;
    }
    return count;
}

// For a pattern without any magic.
int substitute_plain(PatternMatcher& matcher, std::string_view pattern, int most, const char*& at,
                     Substitution& substitution) {
    int count = 0;
    for (; count < most; ++count) {
        const std::string_view rest(at, static_cast<std::size_t>(matcher.end() - at));
        const std::size_t found = find_plain(rest, pattern);
        if (found == std::string_view::npos) break;
        if (found > 0) substitution.buffer().append(rest.substr(0, found));
        at += found + pattern.size();
        substitution.replace(at - pattern.size(), at);
    }
    return count;
}

int gsub(lua_State* lua) {
    const std::string_view subject = check_string(lua, 1);
    const char* pattern = luaL_checkstring(lua, 2);
    const int kind = lua_type(lua, 3);
    const int most = luaL_optint(lua, 4, static_cast<int>(subject.size() + 1));
    luaL_argcheck(lua,
                  kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION || kind == LUA_TTABLE,
                  3, "string/function/table expected");
    PatternMatcher matcher(lua, subject);
    Substitution substitution(lua, matcher);
    const char* at = subject.data();
    const bool plain = *pattern != '\0' && std::strpbrk(pattern, kMagic) == nullptr;
    const int count = plain ? substitute_plain(matcher, pattern, most, at, substitution)
                            : substitute(matcher, pattern, most, at, substitution);
    substitution.buffer().append(std::string_view(at, static_cast<std::size_t>(matcher.end() - at)));
    substitution.buffer().push();
    lua_pushinteger(lua, count);
    return 2;
}

}  // namespace

void set_pattern_functions(lua_State* lua) {
    constexpr luaL_Reg kFunctions[] = {
        {"find", find}, {"match", match}, {"gmatch", gmatch}, {"gsub", gsub}, {nullptr, nullptr}};
    lua_getfield(lua, -1, LUA_STRLIBNAME);
    luaL_register(lua, nullptr, kFunctions);
    // The same function, not only the same behaviour.
    lua_getfield(lua, -1, "gmatch");
    lua_setfield(lua, -2, "gfind");
    lua_pop(lua, 1);
}

}  // namespace pongo
