// XINFO: what a stream, its groups and their consumers are like.
#include <algorithm>
#include <string>
#include <vector>

#include "commands/stream_handlers.h"
#include "commands/subcommand_error.h"

namespace pongo::streams {
namespace {

void reply_with_count(ReplyWriter& reply, std::string_view name, std::uint64_t value) {
    reply.bulk(name);
    reply.integer(static_cast<std::int64_t>(value));
}

void reply_with_id(ReplyWriter& reply, std::string_view name, StreamId id) {
    reply.bulk(name);
    reply_with(reply, id);
}

void reply_with_known(ReplyWriter& reply, std::string_view name, std::optional<std::int64_t> value) {
    reply.bulk(name);
    value ? reply.integer(*value) : reply.null();
}

// How many nodes Redis's radix tree of these ids would have: one for each place where keys part, for each row
// of bytes up to there that is not empty, and for each end.
std::size_t radix_nodes(std::span<const std::string> keys, std::size_t depth) {
    if (keys.empty()) return 1;
    const std::string& first = keys.front();
    const std::string& last = keys.back();
    std::size_t common = depth;
    while (common < first.size() && first[common] == last[common]) ++common;
    std::size_t nodes = (common > depth ? 1 : 0) + 1;
    if (common == first.size()) return nodes;
    for (std::size_t from = 0; from < keys.size();) {
        std::size_t to = from + 1;
        while (to < keys.size() && keys[to][common] == keys[from][common]) ++to;
        nodes += radix_nodes(keys.subspan(from, to - from), common + 1);
        from = to;
    }
    return nodes;
}

std::size_t radix_nodes(const StreamLog::Blocks& blocks) {
    std::vector<std::string> keys;
    for (auto at = blocks.begin(); at != blocks.end(); at = blocks.next(at)) {
        keys.push_back(blocks[at].id.bytes());
    }
    return radix_nodes(keys, 0);
}

void reply_with_figures(ReplyWriter& reply, const StreamLog& log) {
    reply_with_count(reply, "length", log.size());
    reply_with_count(reply, "radix-tree-keys", log.blocks().size());
    reply_with_count(reply, "radix-tree-nodes", radix_nodes(log.blocks()));
    reply_with_id(reply, "last-generated-id", log.last_id());
    reply_with_id(reply, "max-deleted-entry-id", log.max_deleted_id());
    reply_with_count(reply, "entries-added", log.entries_added());
    reply_with_id(reply, "recorded-first-entry-id", log.first_id());
}

void reply_with_edge(ReplyWriter& reply, std::string_view name, const StreamLog& log, StreamId from,
                     StreamId to) {
    reply.bulk(name);
    if (log.size() == 0) return reply.null();
    const auto visit = [&](const StreamEntry& entry) {
        reply_with(reply, entry);
        return false;
    };
    from < to ? log.ascend(from, to, visit) : log.descend(from, to, visit);
}

// The pending entries of a group, with their consumers, or of one consumer; at most `most`, 0 meaning all.
template <typename Ids>
void reply_with_pending(ReplyWriter& reply, StreamGroup& group, const Ids& ids, std::uint64_t most,
                        bool with_consumer) {
    std::uint64_t left = most == 0 ? ids.size() : std::min<std::uint64_t>(most, ids.size());
    reply.bulk("pending");
    reply.array(left);
    for (auto at = ids.begin(); left > 0; at = ids.next(at), --left) {
        const StreamGroup::Pending& pending = *group.find(ids[at].id);
        reply.array(with_consumer ? 4 : 3);
        reply_with(reply, pending.id);
        if (with_consumer) reply.bulk(pending.consumer->name);
        reply.integer(pending.delivered_ms);
        reply.integer(static_cast<std::int64_t>(pending.deliveries));
    }
}

void reply_with_group(ReplyWriter& reply, const StreamValue& stream, std::string_view name,
                      StreamGroup& group, std::uint64_t count) {
    reply.map(7);
    reply.bulk("name");
    reply.bulk(name);
    reply_with_id(reply, "last-delivered-id", group.last_id);
    reply_with_known(reply, "entries-read", group.entries_read);
    reply_with_known(reply, "lag", stream.lag(group));
    reply_with_count(reply, "pel-count", group.pending().size());
    reply_with_pending(reply, group, group.pending(), count, true);
    reply.bulk("consumers");
    reply.array(group.consumers().size());
    for (const auto& [consumer_name, consumer] : group.consumers()) {
        reply.map(4);
        reply.bulk("name");
        reply.bulk(consumer_name);
        reply.bulk("seen-time");
        reply.integer(consumer->seen_ms);
        reply_with_count(reply, "pel-count", consumer->pending.size());
        reply_with_pending(reply, group, consumer->pending, count, false);
    }
}

void reply_in_full(ReplyWriter& reply, const StreamValue& stream, std::uint64_t count) {
    reply.map(9);
    reply_with_figures(reply, stream.log);
    reply.bulk("entries");
    reply_with_range(reply, stream.log, kLowestStreamId, kHighestStreamId, count);
    reply.bulk("groups");
    reply.array(stream.groups.size());
    for (const auto& [name, group] : stream.groups) reply_with_group(reply, stream, name, *group, count);
}

// The stream at XINFO's key; the call fails if there is none.
std::optional<Stream> find_stream(Call& call) {
    const auto stream = call.find<Stream>(call.arg(2));
    if (!stream) call.fail(errors::kNoSuchKey);
    return stream;
}

}  // namespace

void xinfo_stream(Call& call) {
    constexpr std::uint64_t kUsualCount = 10;
    const auto stream = find_stream(call);
    if (call.failed()) return;
    ReplyWriter& reply = call.reply();
    if (call.argc() > 3) {
        const bool is_full =
            equals_ignore_case(call.arg(3), "FULL") && (call.argc() == 4 || call.argc() == 6);
        if (!is_full || (call.argc() == 6 && !equals_ignore_case(call.arg(4), "COUNT"))) {
            return fail_subcommand(call);
        }
        const std::int64_t count =
            call.argc() == 6 ? Args(call, 5).integer() : static_cast<std::int64_t>(kUsualCount);
        if (call.failed()) return;
        return reply_in_full(reply, **stream, count < 0 ? kUsualCount : static_cast<std::uint64_t>(count));
    }
    const StreamLog& log = (*stream)->log;
    reply.map(10);
    reply_with_figures(reply, log);
    reply_with_count(reply, "groups", (*stream)->groups.size());
    reply_with_edge(reply, "first-entry", log, kLowestStreamId, kHighestStreamId);
    reply_with_edge(reply, "last-entry", log, kHighestStreamId, kLowestStreamId);
}

void xinfo_groups(Call& call) {
    const auto stream = find_stream(call);
    if (call.failed()) return;
    ReplyWriter& reply = call.reply();
    reply.array((*stream)->groups.size());
    for (const auto& [name, group] : (*stream)->groups) {
        reply.map(6);
        reply.bulk("name");
        reply.bulk(name);
        reply_with_count(reply, "consumers", group->consumers().size());
        reply_with_count(reply, "pending", group->pending().size());
        reply_with_id(reply, "last-delivered-id", group->last_id);
        reply_with_known(reply, "entries-read", group->entries_read);
        reply_with_known(reply, "lag", (*stream)->lag(*group));
    }
}

void xinfo_consumers(Call& call) {
    const auto stream = find_stream(call);
    if (call.failed()) return;
    const StreamGroup* const group = (*stream)->group(call.arg(3));
    if (!group) {
        return call.fail("NOGROUP No such consumer group '" + std::string(until_nul(call.arg(3))) +
                         "' for key name '" + std::string(until_nul(call.arg(2))) + "'");
    }
    ReplyWriter& reply = call.reply();
    reply.array(group->consumers().size());
    for (const auto& [name, consumer] : group->consumers()) {
        reply.map(3);
        reply.bulk("name");
        reply.bulk(name);
        reply_with_count(reply, "pending", consumer->pending.size());
        reply.bulk("idle");
        reply.integer(std::max<std::int64_t>(elapsed_ms(call.now_ms(), consumer->seen_ms), 0));
    }
}

}  // namespace pongo::streams
