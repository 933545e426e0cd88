// The handlers of the stream commands, and what they share. Their rows stand in streams.cpp, which says what
// each of them does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/args.h"
#include "engine/call.h"
#include "persistence/value_limits.h"
#include "values/stream.h"

namespace pongo::streams {

inline constexpr std::string_view kInvalidId = "ERR Invalid stream ID specified as stream command argument";

// An id as an argument: "ms-seq", or "ms" alone, for which the other part is `missing_seq`. Nothing if it is
// none.
std::optional<StreamId> parse_id(std::string_view text, std::uint64_t missing_seq = 0);
// The same; the call fails if it is none.
StreamId read_id(Call& call, std::string_view text, std::uint64_t missing_seq = 0);
// An edge of a range of ids: also "-" and "+", and "(id" for the range without that id.
StreamId read_range_start(Call& call, std::string_view text);
StreamId read_range_end(Call& call, std::string_view text);
// "-", "+", or an id.
StreamId read_id_or_edge(Call& call, std::string_view text);

// Since `then`, which may be any number in what was restored.
inline std::int64_t elapsed_ms(std::int64_t now, std::int64_t then) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(then));
}

void reply_with(ReplyWriter& reply, StreamId id);
// Its id, and an array of its names and values.
void reply_with(ReplyWriter& reply, const StreamEntry& entry);
// An array of up to `count` entries, 0 meaning all, from one id to another: downwards if `from` is above
// `to`. Returns how many there were.
std::size_t reply_with_range(ReplyWriter& reply, const StreamLog& log, StreamId from, StreamId to,
                             std::uint64_t count);

// MAXLEN and MINID, as XADD and XTRIM have them.
struct TrimOptions {
    std::optional<StreamTrim> trim = {};
    std::size_t value_at = 0;  // Which argument says how much.
    std::size_t limit_at = 0;  // Which is the word LIMIT; 0 if none is.
    bool no_mkstream = false;
};
// Reads options up to the first argument that is none: for XADD that is its id, for XTRIM there must be no
// such.
TrimOptions read_trim_options(Call& call, std::size_t& at, bool is_xadd);
// Trims. What copies are told is the request, with what the options say approximately replaced by what came
// of it. Returns how many entries went.
std::uint64_t trim(Call& call, WriteEntry& entry, const TrimOptions& options, std::vector<std::string>& told);

// The group of that name, of the stream at a key; the call fails if either is not there.
struct GroupEntry {
    Writable<Stream> entry;
    StreamGroup* group;
};
GroupEntry find_group(Call& call, std::string_view key, std::string_view name);

// The consumer of that name, which is made if it is not there, and has been seen now.
StreamConsumer& seen_consumer(Call& call, WriteEntry& entry, std::string_view group_name, StreamGroup& group,
                              std::string_view name);
// Says that a group, or what is only told to copies, has changed: of that neither WATCH nor tracking nor who
// waits for the key hears, as in Redis.
inline void note_unseen_change(Call& call, std::uint64_t changes = 1) {
    call.context().counters.changes.add(changes);
}
inline void note_unseen_change(Call& call, WriteEntry& entry, std::string_view event) {
    entry.also(event, EventClass::Stream);
    note_unseen_change(call);
}
// What copies of the data set are told of an entry that was delivered, or claimed, or turned out to be gone.
void propagate_claim(Call& call, std::string_view key, std::string_view group_name, const StreamGroup& group,
                     const StreamGroup::Pending& pending);
void propagate_group_id(Call& call, std::string_view key, std::string_view group_name,
                        const StreamGroup& group);

// stream_entries.cpp
void xadd(Call& call);
void xlen(Call& call);
void xrange(Call& call);
void xrevrange(Call& call);
void xdel(Call& call);
void xtrim(Call& call);
void xsetid(Call& call);

// stream_reads.cpp
void xread(Call& call);
void xreadgroup(Call& call);

// stream_groups.cpp
void xgroup_create(Call& call);
void xgroup_setid(Call& call);
void xgroup_destroy(Call& call);
void xgroup_createconsumer(Call& call);
void xgroup_delconsumer(Call& call);
void xack(Call& call);

// stream_claims.cpp
void xpending(Call& call);
void xclaim(Call& call);
void xautoclaim(Call& call);

// stream_info.cpp
void xinfo_stream(Call& call);
void xinfo_groups(Call& call);
void xinfo_consumers(Call& call);

}  // namespace pongo::streams
