// What the stream commands read and reply alike.
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "commands/reply_elements.h"
#include "commands/stream_handlers.h"

namespace pongo::streams {
namespace {

constexpr std::size_t kLongestId = 127;

// Everything strtoull() takes as well, but for a negative number in its canonical spelling.
std::optional<std::uint64_t> parse_part(const std::string& text) {
    if (const auto value = parse_int64(text)) {
        return *value < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(*value));
    }
    if (text.empty()) return std::nullopt;
    errno = 0;
    char* end = nullptr;
    const std::uint64_t value = std::strtoull(text.c_str(), &end, 10);
    return errno != 0 || *end != '\0' ? std::nullopt : std::optional(value);
}

StreamId read_edge(Call& call, std::string_view text, std::uint64_t missing_seq) {
    if (text == "-") return kLowestStreamId;
    if (text == "+") return kHighestStreamId;
    return read_id(call, text, missing_seq);
}

bool is_exclusive(std::string_view text) {
    return text.size() > 1 && text[0] == '(';
}

}  // namespace

std::optional<StreamId> parse_id(std::string_view text, std::uint64_t missing_seq) {
    if (text.size() > kLongestId) return std::nullopt;
    text = until_nul(text);
    const std::size_t dash = text.find('-');
    const auto ms = parse_part(std::string(text.substr(0, dash)));
    if (!ms || dash == text.npos) return ms ? std::optional(StreamId{*ms, missing_seq}) : std::nullopt;
    const auto seq = parse_part(std::string(text.substr(dash + 1)));
    return seq ? std::optional(StreamId{*ms, *seq}) : std::nullopt;
}

StreamId read_id(Call& call, std::string_view text, std::uint64_t missing_seq) {
    const auto id = parse_id(text, missing_seq);
    if (!id) call.fail(kInvalidId);
    return id.value_or(StreamId());
}

StreamId read_id_or_edge(Call& call, std::string_view text) {
    return read_edge(call, text, 0);
}

StreamId read_range_start(Call& call, std::string_view text) {
    if (!is_exclusive(text)) return read_edge(call, text, 0);
    const auto start = read_id(call, text.substr(1), 0).following();
    if (!start) call.fail("ERR invalid start ID for the interval");
    return start.value_or(StreamId());
}

StreamId read_range_end(Call& call, std::string_view text) {
    if (!is_exclusive(text)) return read_edge(call, text, UINT64_MAX);
    const auto end = read_id(call, text.substr(1), UINT64_MAX).preceding();
    if (!end) call.fail("ERR invalid end ID for the interval");
    return end.value_or(StreamId());
}

void reply_with(ReplyWriter& reply, StreamId id) {
    char text[StreamId::kMaxText];
    reply.bulk({text, id.write(text)});
}

void reply_with(ReplyWriter& reply, const StreamEntry& entry) {
    reply.array(2);
    reply_with(reply, entry.id);
    reply.array(2 * entry.fields);
    entry.for_each([&](const StreamEntry::Text& name, const StreamEntry::Text& value) {
        pongo::reply_with(reply, name);
        pongo::reply_with(reply, value);
    });
}

std::size_t reply_with_range(ReplyWriter& reply, const StreamLog& log, StreamId from, StreamId to,
                             std::uint64_t count) {
    const auto entries = reply.begin_array();
    std::size_t found = 0;
    const auto visit = [&](const StreamEntry& entry) {
        reply_with(reply, entry);
        return ++found != count;
    };
    from <= to ? log.ascend(from, to, visit) : log.descend(from, to, visit);
    reply.finish(entries, found);
    return found;
}

GroupEntry find_group(Call& call, std::string_view key, std::string_view name) {
    GroupEntry found{call.find_for_write<Stream>(key), nullptr};
    if (call.failed()) return found;
    if (found.entry) found.group = found.entry.value()->group(name);
    if (!found.group) {
        call.fail("NOGROUP No such key '" + std::string(until_nul(key)) + "' or consumer group '" +
                  std::string(until_nul(name)) + "'");
    }
    return found;
}

StreamConsumer& seen_consumer(Call& call, WriteEntry& entry, std::string_view group_name, StreamGroup& group,
                              std::string_view name) {
    if (StreamConsumer* const known = group.consumer(name)) {
        known->seen_ms = call.now_ms();
        return *known;
    }
    note_unseen_change(call, entry, "xgroup-createconsumer");
    call.propagate_as({"XGROUP", "CREATECONSUMER", entry.key(), group_name, name});
    return group.add_consumer(name, call.now_ms());
}

void propagate_claim(Call& call, std::string_view key, std::string_view group_name, const StreamGroup& group,
                     const StreamGroup::Pending& pending) {
    if (!call.propagating()) return call.propagate_nothing();
    call.propagate_as({"XCLAIM", key, group_name, pending.consumer->name, "0", pending.id.text(), "TIME",
                       std::to_string(pending.delivered_ms), "RETRYCOUNT", std::to_string(pending.deliveries),
                       "FORCE", "JUSTID", "LASTID", group.last_id.text()});
}

void propagate_group_id(Call& call, std::string_view key, std::string_view group_name,
                        const StreamGroup& group) {
    if (!call.propagating()) return call.propagate_nothing();
    call.propagate_as({"XGROUP", "SETID", key, group_name, group.last_id.text(), "ENTRIESREAD",
                       std::to_string(group.entries_read.value_or(-1))});
}

}  // namespace pongo::streams
