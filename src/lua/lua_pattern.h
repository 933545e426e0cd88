// Lua's patterns (section 5.4.1 of the Lua 5.1 reference manual), matched by backtracking. Unlike the
// packaged library's, a match can be interrupted, and its depth is bounded. Like there, a pattern ends at its
// first zero byte, and what is wrong with it shows when the match comes to it. Errors: Lua errors with Lua's
// texts. Thread rule: that of the state.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "lua/lua_state.h"

namespace pongo {

class PatternMatcher {
  public:
    // REQUIRES: a zero byte follows the subject, as it does any string of Lua.
    PatternMatcher(lua_State* lua, std::string_view subject)
        : lua_(lua),
          state_(LuaState::of(lua)),
          begin_(subject.data()),
          end_(subject.data() + subject.size()) {}

    const char* begin() const { return begin_; }
    const char* end() const { return end_; }

    // Where the match of the pattern ends that begins at `at`; nullptr if there is none.
    const char* match(const char* at, const char* pattern) {
        captures_open_ = 0;
        return follow(at, pattern);
    }

    // About the last match, [from, to). Captures are counted from 0; a pattern without any has one, the
    // whole.
    int capture_count() const { return captures_open_; }
    void push_capture(int index, const char* from, const char* to);
    // Returns how many. Without `whole`, none is pushed for a pattern without captures.
    int push_captures(const char* from, const char* to, bool whole = true);

  private:
    static constexpr int kMostCaptures = 32;
    static constexpr int kMostDepth = 2000;
    static constexpr std::ptrdiff_t kUnfinished = -1;
    static constexpr std::ptrdiff_t kPosition = -2;

    struct Capture {
        const char* begin;
        std::ptrdiff_t length;
    };

    void step(std::size_t steps = 1) { state_.spend(lua_, steps); }
    const char* follow(const char* at, const char* pattern);
    // The character after the item (a character, a class or a set) that begins there.
    const char* end_of_item(const char* pattern);
    bool fits(const char* at, const char* item, const char* item_end) const;
    const char* expand_most(const char* at, const char* item, const char* item_end);
    const char* expand_least(const char* at, const char* item, const char* item_end);
    const char* open_capture(const char* at, const char* pattern, std::ptrdiff_t length);
    const char* close_capture(const char* at, const char* pattern);
    const char* balanced(const char* at, const char* pair);
    const char* repeated(const char* at, char digit);
    // Moves the pattern behind the set.
    bool at_frontier(const char* at, const char*& pattern);

    lua_State* const lua_;
    LuaState& state_;
    const char* const begin_;
    const char* const end_;
    int depth_ = 0;
    int captures_open_ = 0;  // How many have begun; not all may be finished.
    std::array<Capture, kMostCaptures> captures_;
};

}  // namespace pongo
