// The handlers of the list commands. Their rows stand in lists.cpp, which says what each of them does.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/args.h"
#include "engine/call.h"
#include "persistence/value_limits.h"
#include "values/list.h"

namespace pongo::lists {

enum class Side : std::uint8_t { Left, Right };

inline std::string_view name_of(Side side) {
    return side == Side::Left ? "LEFT" : "RIGHT";
}
inline std::string_view push_event(Side side) {
    return side == Side::Left ? "lpush" : "rpush";
}
inline std::string_view pop_event(Side side) {
    return side == Side::Left ? "lpop" : "rpop";
}

// LEFT or RIGHT.
Side read_side(Args& args);

// What the editors of a call's lists have to keep to.
inline BlockLimits limits_of(Call& call) {
    return list_limits_of(call.settings());
}

inline constexpr std::string_view kElementTooLarge = "ERR Element too large";
inline bool is_too_large(std::string_view element) {
    return element.size() > List::kMostElementBytes;
}

// list_ends.cpp: pushing, popping, moving from one end to another.
void lpush(Call& call);
void rpush(Call& call);
void lpushx(Call& call);
void rpushx(Call& call);
void lpop(Call& call);
void rpop(Call& call);
void lmpop(Call& call);
void lmove(Call& call);
void rpoplpush(Call& call);
void blpop(Call& call);
void brpop(Call& call);
void blmove(Call& call);
void brpoplpush(Call& call);

// list_search.cpp: what looks for an element.
void linsert(Call& call);
void lpos(Call& call);
void lrem(Call& call);

}  // namespace pongo::lists
