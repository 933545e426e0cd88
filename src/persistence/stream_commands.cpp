#include "persistence/stream_commands.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/check.h"
#include "base/numbers.h"

namespace pongo {
namespace {

using Writer = CommandWriter<ByteSink>;

constexpr std::size_t kMostItems = 64;  // In one command.

void write_id(Writer& writer, StreamId id) {
    char text[StreamId::kMaxText];
    writer.arg(std::string_view(text, id.write(text)));
}

// Finds the entries that are pending in some group though they are not in the stream any more. To be asked
// along the stream's entries.
class MissingEntries {
  public:
    explicit MissingEntries(const StreamValue::Groups& groups) {
        for (const auto& [name, group] : groups) {
            if (!group->pending().empty()) walks_.push_back({group->pending(), group->pending().begin()});
        }
    }

    // Those between the last entry that was asked for and this one, in the order of their ids. Good until
    // the next call.
    const std::vector<StreamId>& before(StreamId entry) {
        gather([&](StreamId id) { return id < entry; });
        for (Walk& walk : walks_) {
            if (!walk.at_end() && walk.id() == entry) walk.advance();
        }
        return found_;
    }
    // All that remain.
    const std::vector<StreamId>& rest() {
        gather([](StreamId) { return true; });
        return found_;
    }

  private:
    struct Walk {
        const StreamGroup::PendingEntries& pending;
        StreamGroup::PendingEntries::Cursor at;

        bool at_end() const { return at == pending.end(); }
        StreamId id() const { return pending[at].id; }
        void advance() { at = pending.next(at); }
    };

    template <typename Belongs>
    void gather(Belongs&& belongs) {
        found_.clear();
        for (Walk& walk : walks_) {
            for (; !walk.at_end() && belongs(walk.id()); walk.advance()) {
                // No entry can be added under the id zero.
                if (!walk.id().is_zero()) found_.push_back(walk.id());
            }
        }
        std::sort(found_.begin(), found_.end());
        found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    }

    std::vector<Walk> walks_;
    std::vector<StreamId> found_;
};

class StreamCommands {
  public:
    StreamCommands(Writer& writer, std::string_view key, const StreamValue& stream)
        : writer_(writer), key_(key), stream_(stream) {}

    void write() {
        write_entries();
        // What stands in for missing entries counts as long as it is there.
        if (added_.empty()) write_state();
        for (const auto& [name, group] : stream_.groups) write_group(name, *group);
        if (added_.empty()) return;
        were_trimmed() ? trim_added() : delete_added();
        write_state();
    }

  private:
    void begin(std::uint64_t args, std::string_view command) {
        writer_.begin(args);
        writer_.arg(command);
    }

    void write_entries() {
        MissingEntries missing(stream_.groups);
        stream_.log.ascend(kLowestStreamId, kHighestStreamId, [&](const StreamEntry& entry) {
            add_missing(missing.before(entry.id));
            write_entry(entry);
            return true;
        });
        add_missing(missing.rest());
        if (stream_.log.size() == 0 && added_.empty()) write_empty();
    }
    void write_entry(const StreamEntry& entry) {
        begin(3 + 2 * entry.fields, "XADD");
        writer_.arg(key_);
        write_id(writer_, entry.id);
        entry.for_each([&](const StreamEntry::Text& name, const StreamEntry::Text& value) {
            std::array<char, kMaxInt64Digits> digits;
            writer_.arg(name.text(digits));
            writer_.arg(value.text(digits));
        });
    }
    // An entry that is not kept makes a stream nevertheless.
    void write_empty() {
        begin(7, "XADD");
        writer_.arg(key_);
        writer_.arg("MAXLEN");
        writer_.arg(0);
        write_id(writer_, {0, 1});
        writer_.arg("x");
        writer_.arg("y");
    }

    void add_missing(const std::vector<StreamId>& ids) {
        for (const StreamId id : ids) {
            begin(5, "XADD");
            writer_.arg(key_);
            write_id(writer_, id);
            writer_.arg("x");
            writer_.arg("y");
        }
        added_.insert(added_.end(), ids.begin(), ids.end());
    }
    // Whether the missing entries went in a way that left no note, which no command can take back. Then they
    // must go in that way again.
    bool were_trimmed() const {
        const StreamLog& log = stream_.log;
        return log.max_deleted_id().is_zero() && (log.size() == 0 || added_.back() < log.first_id());
    }
    void trim_added() {
        begin(4, "XTRIM");
        writer_.arg(key_);
        writer_.arg("MAXLEN");
        writer_.arg(stream_.log.size());
    }
    void delete_added() {
        for (std::size_t at = 0; at < added_.size();) {
            const std::size_t end = std::min(at + kMostItems, added_.size());
            begin(2 + end - at, "XDEL");
            writer_.arg(key_);
            for (; at < end; ++at) write_id(writer_, added_[at]);
        }
    }

    void write_state() {
        begin(7, "XSETID");
        writer_.arg(key_);
        write_id(writer_, stream_.log.last_id());
        writer_.arg("ENTRIESADDED");
        writer_.arg(stream_.log.entries_added());
        writer_.arg("MAXDELETEDID");
        write_id(writer_, stream_.log.max_deleted_id());
    }

    void write_group(std::string_view name, const StreamGroup& group) {
        begin(7, "XGROUP");
        writer_.arg("CREATE");
        writer_.arg(key_);
        writer_.arg(name);
        write_id(writer_, group.last_id);
        writer_.arg("ENTRIESREAD");
        writer_.arg(group.entries_read.value_or(-1));
        for (const auto& [consumer_name, consumer] : group.consumers())
            write_consumer(name, group, *consumer);
    }
    // One without pending entries is created; others come to be with those.
    void write_consumer(std::string_view group_name, const StreamGroup& group,
                        const StreamConsumer& consumer) {
        const auto& ids = consumer.pending;
        if (ids.empty()) {
            begin(5, "XGROUP");
            writer_.arg("CREATECONSUMER");
            writer_.arg(key_);
            writer_.arg(group_name);
            writer_.arg(std::string_view(consumer.name));
        }
        for (auto at = ids.begin(); at != ids.end(); at = ids.next(at)) {
            const auto found = group.pending().find(ids[at].id);
            DCHECK(found != group.pending().end());
            write_pending(group_name, group.pending()[found]);
        }
    }
    void write_pending(std::string_view group_name, const StreamGroup::Pending& pending) {
        begin(12, "XCLAIM");
        writer_.arg(key_);
        writer_.arg(group_name);
        writer_.arg(std::string_view(pending.consumer->name));
        writer_.arg(0);
        write_id(writer_, pending.id);
        writer_.arg("TIME");
        writer_.arg(pending.delivered_ms);
        writer_.arg("RETRYCOUNT");
        writer_.arg(pending.deliveries);
        writer_.arg("JUSTID");
        writer_.arg("FORCE");
    }

    Writer& writer_;
    std::string_view key_;
    const StreamValue& stream_;
    std::vector<StreamId> added_;  // In the place of missing entries.
};

}  // namespace

void write_stream_commands(CommandWriter<ByteSink>& writer, std::string_view key, const StreamValue& stream) {
    StreamCommands(writer, key, stream).write();
}

}  // namespace pongo
