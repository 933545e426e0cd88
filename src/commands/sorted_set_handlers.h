// The handlers of the sorted set commands, and what they have in common. Their rows stand in sorted_sets.cpp,
// which says what each of them does.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "commands/index_range.h"
#include "commands/reply_elements.h"
#include "engine/args.h"
#include "engine/call.h"
#include "persistence/value_limits.h"
#include "values/detached_value.h"
#include "values/sorted_set.h"

namespace pongo::sorted_sets {

// What the editors of a call's sorted sets have to keep to.
inline SortedSetLimits limits_of(Call& call) {
    return sorted_set_limits_of(call.settings());
}

// What is told of items: only their members, or each member and its score in a row, or in an array of two.
enum class Told : std::uint8_t { Members, Flat, Pairs };

// As most commands tell scores.
inline Told with_scores(Call& call) {
    return call.reply().protocol() == Protocol::Resp3 ? Told::Pairs : Told::Flat;
}

// An array of items as a reply.
class ItemsReply {
  public:
    ItemsReply(ReplyWriter& reply, std::uint64_t items, Told told) : reply_(reply), told_(told) {
        reply_.array(told == Told::Flat ? 2 * items : items);
    }
    void add(const SortedSet::Item& item) {
        if (told_ == Told::Pairs) reply_.array(2);
        reply_with(reply_, item.member);
        if (told_ != Told::Members) reply_.real(item.score);
    }

  private:
    ReplyWriter& reply_;
    Told told_;
};

enum class Direction : std::uint8_t { Forward, Reverse };

// REQUIRES: the range is within the set.
void reply_with_range(Call& call, const SortedSet& set, const IndexRange& range, Direction direction,
                      Told told);

// Puts a sorted set, which may be empty, at the key in place of whatever was there, and replies with its
// size.
void store(Call& call, std::string_view key, DetachedValue& result, std::string_view event,
           std::uint64_t changes = 1);
// The same of items in any order, with each member once; they are sorted.
void store_items(Call& call, std::string_view key, std::vector<SortedSet::Item>& items,
                 std::string_view event, std::uint64_t changes = 1);

// sorted_set_members.cpp: adding, and asking about single members.
void zadd(Call& call);
void zincrby(Call& call);
void zcard(Call& call);
void zscore(Call& call);
void zmscore(Call& call);
void zrank(Call& call);
void zrevrank(Call& call);
void zrandmember(Call& call);
void zscan(Call& call);

// sorted_set_ranges.cpp: ranges by rank, score and member.
void zcount(Call& call);
void zlexcount(Call& call);
void zrange(Call& call);
void zrangebylex(Call& call);
void zrangebyscore(Call& call);
void zrangestore(Call& call);
void zrevrange(Call& call);
void zrevrangebylex(Call& call);
void zrevrangebyscore(Call& call);
void zremrangebylex(Call& call);
void zremrangebyrank(Call& call);
void zremrangebyscore(Call& call);

// sorted_set_removal.cpp: taking out members, or what is at one end.
void zrem(Call& call);
void zpopmin(Call& call);
void zpopmax(Call& call);
void zmpop(Call& call);
void bzpopmin(Call& call);
void bzpopmax(Call& call);

// sorted_set_algebra.cpp: several sets together.
void zunion(Call& call);
void zunionstore(Call& call);
void zinter(Call& call);
void zinterstore(Call& call);
void zintercard(Call& call);
void zdiff(Call& call);
void zdiffstore(Call& call);

}  // namespace pongo::sorted_sets
