// Entries that are pending: who has them, and how another consumer gets them.
#include <algorithm>
#include <string>
#include <vector>

#include "commands/stream_handlers.h"

namespace pongo::streams {
namespace {

using Pending = StreamGroup::Pending;

void reply_with_summary(ReplyWriter& reply, const StreamGroup& group) {
    const auto& pending = group.pending();
    reply.array(4);
    reply.integer(static_cast<std::int64_t>(pending.size()));
    if (pending.empty()) {
        reply.null();
        reply.null();
        return reply.null_array();
    }
    reply_with(reply, pending.front().id);
    reply_with(reply, pending.back().id);
    const auto consumers = reply.begin_array();
    std::size_t count = 0;
    for (const auto& [name, consumer] : group.consumers()) {
        if (consumer->pending.empty()) continue;
        reply.array(2);
        reply.bulk(name);
        reply.bulk_integer(static_cast<std::int64_t>(consumer->pending.size()));
        ++count;
    }
    reply.finish(consumers, count);
}

struct PendingRange {
    std::int64_t min_idle_ms = 0;
    StreamId start;
    StreamId end;
    std::uint64_t count = 0;
    std::optional<std::string_view> consumer = {};
};

PendingRange read_pending_range(Call& call) {
    PendingRange range;
    std::size_t at = 3;
    if (equals_ignore_case(call.arg(at), "IDLE")) {
        range.min_idle_ms = Args(call, 4).integer();
        if (!call.failed() && call.argc() < 8) call.fail_syntax();
        at += 2;
    }
    if (call.failed()) return range;
    range.count = static_cast<std::uint64_t>(std::max<std::int64_t>(Args(call, at + 2).integer(), 0));
    range.start = read_range_start(call, call.arg(at));
    range.end = read_range_end(call, call.arg(at + 1));
    if (at + 3 < call.argc()) range.consumer = call.arg(at + 3);
    return range;
}

// Replies with what of the range is pending, going through `ids`: the group's or a consumer's.
template <typename Ids>
void reply_with_pending(Call& call, StreamGroup& group, const Ids& ids, const PendingRange& range) {
    ReplyWriter& reply = call.reply();
    const auto entries = reply.begin_array();
    std::size_t count = 0;
    for (auto at = ids.lower_bound(range.start); at != ids.end() && count < range.count; at = ids.next(at)) {
        if (ids[at].id > range.end) break;
        const Pending& pending = *group.find(ids[at].id);
        const std::int64_t idle_ms = elapsed_ms(call.now_ms(), pending.delivered_ms);
        if (range.min_idle_ms != 0 && idle_ms < range.min_idle_ms) continue;
        reply.array(4);
        reply_with(reply, pending.id);
        reply.bulk(pending.consumer->name);
        reply.integer(std::max<std::int64_t>(idle_ms, 0));
        reply.integer(static_cast<std::int64_t>(pending.deliveries));
        ++count;
    }
    reply.finish(entries, count);
}

struct ClaimOptions {
    std::int64_t min_idle_ms = 0;
    std::vector<StreamId> ids = {};
    std::optional<std::int64_t> delivered_ms = {};
    std::int64_t retry_count = -1;
    StreamId last_id = {};
    bool force = false;
    bool just_id = false;
};

void read_claim_options(Call& call, std::size_t first, ClaimOptions& options) {
    for (Args args(call, first); args.more();) {
        if (args.accept("FORCE")) {
            options.force = true;
        } else if (args.accept("JUSTID")) {
            options.just_id = true;
        } else if (args.accept("IDLE", 1)) {
            options.delivered_ms = static_cast<std::int64_t>(
                static_cast<std::uint64_t>(call.now_ms()) -
                static_cast<std::uint64_t>(args.integer("ERR Invalid IDLE option argument for XCLAIM")));
        } else if (args.accept("TIME", 1)) {
            options.delivered_ms = args.integer("ERR Invalid TIME option argument for XCLAIM");
        } else if (args.accept("RETRYCOUNT", 1)) {
            options.retry_count = args.integer("ERR Invalid RETRYCOUNT option argument for XCLAIM");
        } else if (args.accept("LASTID", 1)) {
            options.last_id = read_id(call, args.next());
        } else {
            call.fail("ERR Unrecognized XCLAIM option '" + std::string(until_nul(args.peek())) + "'");
        }
    }
}

// Behind the ids, which end where something is none, come options.
ClaimOptions read_claim(Call& call) {
    ClaimOptions options;
    options.min_idle_ms =
        std::max<std::int64_t>(Args(call, 4).integer("ERR Invalid min-idle-time argument for XCLAIM"), 0);
    std::size_t at = 5;
    for (; at < call.argc(); ++at) {
        const auto id = parse_id(call.arg(at));
        if (!id) break;
        options.ids.push_back(*id);
    }
    read_claim_options(call, at, options);
    return options;
}

// Claims entries of one group for one consumer, which is made for the first of them.
class Claimer {
  public:
    Claimer(Call& call, GroupEntry& found, std::string_view group_name, std::string_view consumer)
        : call_(call), found_(found), group_name_(group_name), consumer_name_(consumer) {}

    // Whether the entry is still in the stream; what is not is no longer pending.
    bool keep_if_there(StreamId id, const Pending* pending) {
        if (found_.entry.value()->log.contains(id)) return true;
        if (!pending) return false;
        tell(*pending);
        found_.group->acknowledge(id);
        return false;
    }
    void claim(StreamId id, std::int64_t delivered_ms, std::uint64_t deliveries, bool just_id) {
        if (!consumer_) {
            consumer_ = &seen_consumer(call_, found_.entry, group_name_, *found_.group, consumer_name_);
        }
        found_.group->assign(id, *consumer_, delivered_ms, deliveries);
        if (just_id) {
            reply_with(call_.reply(), id);
        } else {
            found_.entry.value()->log.ascend(id, id, [&](const StreamEntry& entry) {
                reply_with(call_.reply(), entry);
                return false;
            });
        }
        tell(*found_.group->find(id));
    }

  private:
    void tell(const Pending& pending) {
        propagate_claim(call_, found_.entry.key(), group_name_, *found_.group, pending);
        note_unseen_change(call_);
    }

    Call& call_;
    GroupEntry& found_;
    std::string_view group_name_;
    std::string_view consumer_name_;
    StreamConsumer* consumer_ = nullptr;
};

struct AutoclaimOptions {
    std::int64_t min_idle_ms = 0;
    StreamId start = {};
    std::int64_t count = 100;
    bool just_id = false;
};

AutoclaimOptions read_autoclaim(Call& call) {
    constexpr std::int64_t kMostCount = INT64_MAX / 16;
    AutoclaimOptions options;
    options.min_idle_ms =
        std::max<std::int64_t>(Args(call, 4).integer("ERR Invalid min-idle-time argument for XAUTOCLAIM"), 0);
    options.start = read_range_start(call, call.arg(5));
    for (Args args(call, 6); args.more();) {
        if (args.accept("COUNT", 1)) {
            options.count = args.integer("ERR COUNT must be > 0");
            if (options.count < 1 || options.count > kMostCount) call.fail("ERR COUNT must be > 0");
        } else if (args.accept("JUSTID")) {
            options.just_id = true;
        } else {
            args.reject();
        }
    }
    return options;
}

}  // namespace

void xpending(Call& call) {
    if (call.argc() != 3 && (call.argc() < 6 || call.argc() > 9)) return call.fail_syntax();
    const PendingRange range = call.argc() > 3 ? read_pending_range(call) : PendingRange();
    if (call.failed()) return;
    const auto stream = call.find<Stream>(call.arg(1));
    if (call.failed()) return;
    StreamGroup* const group = stream ? (*stream)->group(call.arg(2)) : nullptr;
    if (!group) {
        return call.fail("NOGROUP No such key '" + std::string(until_nul(call.arg(1))) +
                         "' or consumer group '" + std::string(until_nul(call.arg(2))) + "'");
    }
    if (call.argc() == 3) return reply_with_summary(call.reply(), *group);
    if (!range.consumer) return reply_with_pending(call, *group, group->pending(), range);
    const StreamConsumer* const consumer = group->consumer(*range.consumer);
    if (!consumer) return call.reply().array(0);
    reply_with_pending(call, *group, consumer->pending, range);
}

void xclaim(Call& call) {
    call.keys().find(call.arg(1));  // A hit or a miss, which a look for writing is not.
    GroupEntry found = find_group(call, call.arg(1), call.arg(2));
    if (call.failed()) return;
    const ClaimOptions options = read_claim(call);
    if (call.failed()) return;

    StreamGroup& group = *found.group;
    const bool moves_on = options.last_id > group.last_id;
    if (moves_on) group.last_id = options.last_id;
    const std::int64_t now_ms = call.now_ms();
    std::int64_t delivered_ms = options.delivered_ms.value_or(now_ms);
    if (delivered_ms < 0 || delivered_ms > now_ms) delivered_ms = now_ms;
    call.propagate_nothing();
    Claimer claimer(call, found, call.arg(2), call.arg(3));
    const auto claimed = call.reply().begin_array();
    std::size_t count = 0;
    bool told = false;
    for (const StreamId id : options.ids) {
        const Pending* const pending = group.find(id);
        told = told || pending;
        if (!claimer.keep_if_there(id, pending) || (!pending && !options.force)) continue;
        if (pending && elapsed_ms(now_ms, pending->delivered_ms) < options.min_idle_ms &&
            options.min_idle_ms != 0) {
            continue;
        }
        std::uint64_t deliveries = pending ? pending->deliveries : 1;
        if (options.retry_count >= 0) {
            deliveries = static_cast<std::uint64_t>(options.retry_count);
        } else if (!options.just_id) {
            ++deliveries;
        }
        claimer.claim(id, delivered_ms, deliveries, options.just_id);
        told = true;
        ++count;
    }
    call.reply().finish(claimed, count);
    if (moves_on && !told) {
        propagate_group_id(call, call.arg(1), call.arg(2), group);
        note_unseen_change(call);
    }
}

void xautoclaim(Call& call) {
    constexpr std::int64_t kAttemptsPerEntry = 10;
    call.keys().find(call.arg(1));  // A hit or a miss, also where the options are wrong.
    const AutoclaimOptions options = read_autoclaim(call);
    if (call.failed()) return;
    GroupEntry found = find_group(call, call.arg(1), call.arg(2));
    if (call.failed()) return;

    call.propagate_nothing();
    StreamGroup& group = *found.group;
    Claimer claimer(call, found, call.arg(2), call.arg(3));
    // What is looked at, what is claimed and what is gone: ids only, as the reply begins with where it ends.
    std::vector<StreamId> claimed;
    std::vector<StreamId> gone;
    StreamId next = options.start;
    std::int64_t count = options.count;
    const auto& pending = group.pending();
    auto at = pending.lower_bound(next);
    for (std::int64_t left = options.count * kAttemptsPerEntry; left > 0 && count > 0 && at != pending.end();
         --left) {
        const Pending entry = pending[at];
        next = entry.id.following().value_or(kHighestStreamId);
        if (!found.entry.value()->log.contains(entry.id)) {
            claimer.keep_if_there(entry.id, &entry);
            gone.push_back(entry.id);
            --count;
        } else if (options.min_idle_ms == 0 ||
                   elapsed_ms(call.now_ms(), entry.delivered_ms) >= options.min_idle_ms) {
            claimed.push_back(entry.id);
            --count;
        }
        at = entry.id == kHighestStreamId ? pending.end() : pending.lower_bound(next);
    }
    call.reply().array(3);
    reply_with(call.reply(), at == pending.end() ? StreamId() : pending[at].id);
    call.reply().array(claimed.size());
    for (const StreamId id : claimed) {
        const std::uint64_t deliveries = group.find(id)->deliveries + (options.just_id ? 0 : 1);
        claimer.claim(id, call.now_ms(), deliveries, options.just_id);
    }
    call.reply().array(gone.size());
    for (const StreamId id : gone) reply_with(call.reply(), id);
}

}  // namespace pongo::streams
