// XREAD and XREADGROUP: what is new in some streams, at once or when it comes.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "commands/stream_handlers.h"
#include "keyspace/entry.h"

namespace pongo::streams {
namespace {

// Who has waited gets at most so many entries, unless it says how many.
constexpr std::uint64_t kServedCount = 1000;

struct GroupName {
    std::string_view group;
    std::string_view consumer;
};

struct ReadOptions {
    std::optional<std::int64_t> block_ms = {};
    std::uint64_t count = 0;
    std::optional<GroupName> group = {};
    bool noack = false;
    std::span<const std::string_view> keys = {};
    std::span<const std::string_view> ids = {};  // One for each key.
    std::size_t ids_at = 0;                      // The argument that is the first of them.
};

// What is to be read of one stream.
struct Reading {
    StreamId after = {};
    bool is_history = false;  // Of what was delivered to a consumer already.
    bool is_served = false;
};

std::int64_t read_block_ms(Call& call, Args& args) {
    if (call.session().is_script) {
        call.fail("ERR " + std::string(call.arg(0)) +
                  " command is not allowed with BLOCK option from scripts");
    }
    const std::int64_t ms = args.integer("ERR timeout is not an integer or out of range");
    if (call.failed()) return 0;
    if (ms < 0) call.fail("ERR timeout is negative");
    return ms;
}

void fail_only_for_groups(Call& call, std::string_view option) {
    call.fail("ERR The " + std::string(option) +
              " option is only supported by XREADGROUP. You called XREAD instead.");
}

void read_streams(Call& call, Args& args, ReadOptions& options) {
    const std::size_t left = args.left();
    if (left % 2 != 0) {
        return call.fail(
            "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.");
    }
    options.keys = args.take(left / 2);
    options.ids_at = args.position();
    options.ids = args.take(left / 2);
}

ReadOptions read_options(Call& call, bool has_group) {
    ReadOptions options;
    Args args(call, 1);
    while (args.more()) {
        if (args.accept("BLOCK", 1)) {
            options.block_ms = read_block_ms(call, args);
        } else if (args.accept("COUNT", 1)) {
            options.count = static_cast<std::uint64_t>(std::max<std::int64_t>(args.integer(), 0));
        } else if (args.accept("STREAMS", 1)) {
            read_streams(call, args, options);
        } else if (args.accept("GROUP", 2)) {
            if (!has_group) fail_only_for_groups(call, "GROUP");
            const std::string_view group = args.next();
            options.group = GroupName{group, args.next()};
        } else if (args.accept("NOACK")) {
            if (!has_group) fail_only_for_groups(call, "NOACK");
            options.noack = true;
        } else {
            args.reject();
        }
    }
    if (options.keys.empty()) call.fail_syntax();
    if (has_group && !options.group) call.fail("ERR Missing GROUP option for XREADGROUP");
    return options;
}

// Above that all is new to a reader; nothing if nothing is there.
std::optional<StreamId> newest(const StreamLog& log) {
    return log.size() == 0 ? std::nullopt : std::optional(log.last_live_id());
}

bool has_newer(const StreamLog& log, StreamId after) {
    return newest(log) > std::optional(after);
}

StreamId start_after(StreamId id) {
    return id.following().value_or(StreamId());
}

void reply_with_key(ReplyWriter& reply, std::string_view key) {
    if (reply.protocol() == Protocol::Resp2) reply.array(2);
    reply.bulk(key);
}

void begin_streams(ReplyWriter& reply, std::size_t count) {
    reply.protocol() == Protocol::Resp2 ? reply.array(count) : reply.map(count);
}

// --- XREAD

Reading resolve(Call& call, std::string_view key, std::string_view id) {
    Reading reading;
    const auto stream = call.find<Stream>(key);
    if (call.failed()) return reading;
    if (id == ">") {
        call.fail(
            "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> "
            "option.");
    } else if (id != "$") {
        reading.after = read_id(call, id);
    } else if (stream) {
        reading.after = (*stream)->log.last_id();
    }
    reading.is_served = stream && has_newer((*stream)->log, reading.after);
    return reading;
}

// The client waits, until one of the streams has something above what it was to be read after now.
void wait_for_newer(Call& call, const ReadOptions& options, const std::vector<Reading>& readings) {
    std::map<std::string, StreamId, std::less<>> after;
    Call::Replacements ids;
    for (std::size_t i = 0; i < readings.size(); ++i) {
        after.emplace(options.keys[i], readings[i].after);
        ids.emplace_back(options.ids_at + i, readings[i].after.text());
    }
    call.wait_for(
        options.keys, Type::Stream, *options.block_ms,
        [after = std::move(after)](std::string_view key, const Entry* entry) {
            if (!entry || entry->type() != Type::Stream) return false;
            return has_newer(Stream(entry->payload())->log, after.find(key)->second);
        },
        std::move(ids));
}

// --- XREADGROUP

void fail_without_group(Call& call, std::string_view key, std::string_view group) {
    call.fail("NOGROUP No such key '" + std::string(until_nul(key)) + "' or consumer group '" +
              std::string(until_nul(group)) + "' in XREADGROUP with GROUP option");
}

Reading resolve_for_group(Call& call, std::string_view key, std::string_view id, std::string_view name) {
    Reading reading;
    const auto stream = call.find<Stream>(key);
    if (call.failed()) return reading;
    const StreamGroup* const group = stream ? (*stream)->group(name) : nullptr;
    if (!group) {
        fail_without_group(call, key, name);
        return reading;
    }
    if (id == "$") {
        call.fail(
            "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this "
            "consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just "
            "return an empty result set.");
        return reading;
    }
    reading.after = id == ">" ? group->last_id : read_id(call, id);
    // The highest of all ids means the same.
    reading.is_history = id != ">" && reading.after != kHighestStreamId;
    if (!reading.is_history) reading.after = group->last_id;
    reading.is_served = reading.is_history || has_newer((*stream)->log, reading.after);
    return reading;
}

// Delivers entries of a stream to a consumer, and replies with them.
class Delivery {
  public:
    Delivery(Call& call, Writable<Stream>& entry, const GroupName& name, std::uint64_t count, bool noack)
        : call_(call),
          entry_(entry),
          stream_(*entry.value()),
          name_(name),
          group_(*stream_.group(name.group)),
          consumer_(seen_consumer(call, entry, name.group, group_, name.consumer)),
          count_(count),
          noack_(noack) {}

    // The same stream may have been named before.
    bool has_new() const { return has_newer(stream_.log, group_.last_id); }

    void of_new() {
        const auto entries = call_.reply().begin_array();
        std::uint64_t found = 0;
        stream_.log.ascend(start_after(group_.last_id), kHighestStreamId, [&](const StreamEntry& entry) {
            move_group_to(entry.id);
            reply_with(call_.reply(), entry);
            if (!noack_) make_pending(entry.id);
            return ++found != count_;
        });
        call_.reply().finish(entries, found);
        // XCLAIM does not tell how many entries were read, which Redis 7.0's copies forget.
        if (found > 0) propagate_group_id(call_, entry_.key(), name_.group, group_);
        note_unseen_change(call_);
    }
    void of_history(StreamId after) {
        const auto entries = call_.reply().begin_array();
        std::uint64_t found = 0;
        const auto& ids = consumer_.pending;
        for (auto at = ids.lower_bound(start_after(after)); at != ids.end(); at = ids.next(at)) {
            if (count_ != 0 && found == count_) break;
            reply_with_pending(ids[at].id);
            ++found;
        }
        call_.reply().finish(entries, found);
        note_unseen_change(call_);
    }

  private:
    void move_group_to(StreamId id) {
        if (id <= group_.last_id) return;
        if (group_.entries_read && !stream_.log.has_deleted_from(id)) {
            // Clients may have set it to any number.
            group_.entries_read =
                static_cast<std::int64_t>(static_cast<std::uint64_t>(*group_.entries_read) + 1);
        } else if (stream_.log.entries_added() > 0) {
            group_.entries_read = stream_.log.added_up_to(id);
        }
        group_.last_id = id;
    }
    void make_pending(StreamId id) {
        group_.assign(id, consumer_, call_.now_ms(), 1);
        if (call_.propagating()) {
            propagate_claim(call_, entry_.key(), name_.group, group_, *group_.find(id));
        }
    }
    void reply_with_pending(StreamId id) {
        bool is_there = false;
        stream_.log.ascend(id, id, [&](const StreamEntry& entry) {
            reply_with(call_.reply(), entry);
            is_there = true;
            return false;
        });
        if (is_there) {
            StreamGroup::Pending& pending = *group_.find(id);
            pending.delivered_ms = call_.now_ms();
            ++pending.deliveries;
        } else {
            call_.reply().array(2);
            reply_with(call_.reply(), id);
            call_.reply().null_array();
        }
    }

    Call& call_;
    Writable<Stream>& entry_;
    StreamValue& stream_;
    const GroupName& name_;
    StreamGroup& group_;
    StreamConsumer& consumer_;
    std::uint64_t count_;
    bool noack_;
};

// False if there is nothing for a reply.
bool deliver(Call& call, std::string_view key, const ReadOptions& options, const Reading& reading) {
    auto entry = call.find_for_write<Stream>(key);
    Delivery delivery(call, entry, *options.group, options.count, options.noack);
    if (!reading.is_history && !delivery.has_new()) return false;
    reply_with_key(call.reply(), key);
    reading.is_history ? delivery.of_history(reading.after) : delivery.of_new();
    return true;
}

// Also ends when the stream or its group is gone.
void wait_for_group(Call& call, const ReadOptions& options) {
    call.wait_for(options.keys, Type::Stream, *options.block_ms,
                  [name = std::string(options.group->group)](std::string_view, const Entry* entry) {
                      if (!entry || entry->type() != Type::Stream) return true;
                      const Stream stream(entry->payload());
                      const StreamGroup* const group = stream->group(name);
                      return !group || has_newer(stream->log, group->last_id);
                  });
}

// Of who waited: whether it waited for what is there no more.
bool fail_if_gone(Call& call, std::string_view key, std::string_view group) {
    const Entry* const entry = call.keys().find(key, Access::Note::Nothing);
    if (!entry || entry->type() != Type::Stream) {
        call.fail("UNBLOCKED the stream key no longer exists");
    } else if (!Stream(entry->payload())->group(group)) {
        call.fail("NOGROUP the consumer group this client was blocked on no longer exists");
    }
    return call.failed();
}

// What is to be read of each stream; of one who waited, only of the stream that has something.
template <typename Resolve>
std::vector<Reading> resolve_all(Call& call, const ReadOptions& options, Resolve&& resolve_one) {
    std::vector<Reading> readings;
    bool tried = false;
    for (std::size_t i = 0; i < options.keys.size() && !call.failed(); ++i) {
        const bool may_try = call.may_try(options.keys[i]) && !(tried && call.is_served());
        readings.push_back(may_try ? resolve_one(options.keys[i], options.ids[i]) : Reading());
        tried = tried || may_try;
    }
    return readings;
}

std::size_t served(const std::vector<Reading>& readings) {
    return static_cast<std::size_t>(
        std::ranges::count_if(readings, [](const Reading& each) { return each.is_served; }));
}

}  // namespace

void xread(Call& call) {
    ReadOptions options = read_options(call, false);
    if (call.failed()) return;
    const auto readings = resolve_all(
        call, options, [&](std::string_view key, std::string_view id) { return resolve(call, key, id); });
    if (call.failed()) return;
    // Redis looks twice, which counts as two hits or misses.
    for (const std::string_view key : options.keys) {
        if (call.may_try(key)) call.keys().find(key);
    }
    if (served(readings) == 0) {
        return options.block_ms ? wait_for_newer(call, options, readings) : call.reply().null_array();
    }
    if (call.is_served() && options.count == 0) options.count = kServedCount;
    begin_streams(call.reply(), served(readings));
    for (std::size_t i = 0; i < readings.size(); ++i) {
        if (!readings[i].is_served) continue;
        reply_with_key(call.reply(), options.keys[i]);
        const auto stream = call.find<Stream>(options.keys[i]);
        reply_with_range(call.reply(), (*stream)->log, start_after(readings[i].after), kHighestStreamId,
                         options.count);
    }
}

void xreadgroup(Call& call) {
    ReadOptions options = read_options(call, true);
    if (call.failed()) return;
    call.propagate_nothing();
    const auto readings = resolve_all(call, options, [&](std::string_view key, std::string_view id) {
        if (call.is_served() && fail_if_gone(call, key, options.group->group)) return Reading();
        return resolve_for_group(call, key, id, options.group->group);
    });
    if (call.failed()) return;
    if (served(readings) == 0) {
        return options.block_ms ? wait_for_group(call, options) : call.reply().null_array();
    }
    if (call.is_served() && options.count == 0) options.count = kServedCount;
    ReplyWriter& reply = call.reply();
    const auto streams = reply.protocol() == Protocol::Resp2 ? reply.begin_array() : reply.begin_map();
    std::size_t delivered = 0;
    for (std::size_t i = 0; i < readings.size(); ++i) {
        if (readings[i].is_served && deliver(call, options.keys[i], options, readings[i])) ++delivered;
    }
    reply.finish(streams, delivered);
}

}  // namespace pongo::streams
