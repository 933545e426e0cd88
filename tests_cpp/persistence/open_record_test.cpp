// Snapshots of big values, which are written slice by slice while everything that can happen to them happens.
#include "persistence/open_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "base/random.h"
#include "effects/effect_log.h"
#include "keyspace/access.h"
#include "keyspace/key_locks.h"
#include "persistence/keyspace_snapshot.h"
#include "persistence/snapshot_reader.h"
#include "persistence/snapshot_writer.h"
#include "persistence/value_reader.h"
#include "persistence/value_writer.h"
#include "support/snapshot_bytes.h"
#include "values/detached_value.h"
#include "values/hash.h"
#include "values/list.h"
#include "values/set.h"
#include "values/sorted_set.h"
#include "values/stream.h"
#include "values/string.h"

namespace pongo {
namespace {

constexpr int kDatabases = 2;
constexpr int kKeys = 4;
constexpr std::uint64_t kNames = 600;  // Of fields, members and elements.
constexpr std::int64_t kStartMs = 1000;

constexpr HashLimits kHashLimits{.fields = 16, .text_bytes = 64};
constexpr SetLimits kSetLimits{.intset_entries = 16};
constexpr SortedSetLimits kSortedSetLimits{.items = 16, .member_bytes = 64};
constexpr StreamLimits kStreamLimits{.node_bytes = 300, .node_entries = 10};
constexpr ValueLimits kNoLimits{
    .list = {}, .set = {.intset_entries = 16}, .hash = kHashLimits, .sorted_set = kSortedSetLimits};

enum class Kind { Hash, ExpiringHash, Set, SortedSet, List, CompressedList, Stream, String, All };

// What a value is to a client, whatever the order in which it keeps what has none.
std::string description(const Payload& value) {
    std::string text;
    if (value.type == Type::Hash) {
        const Hash hash(value);
        std::map<std::string, std::string> fields;
        hash.for_each([&](const Hash::Text& name, const Hash::Text& field) {
            const auto expiry = hash.expiry(name.to_string());
            fields[name.to_string()] = field.to_string() + "@" + std::to_string(expiry.value_or(0));
        });
        EXPECT_EQ(fields.size(), hash.size());
        for (const auto& [name, field] : fields) text += name + "=" + field + "\n";
        return "hash\n" + text;
    }
    if (value.type == Type::Set) {
        std::set<std::string> members;
        Set(value).for_each([&](const Set::Element& member) { members.insert(member.to_string()); });
        EXPECT_EQ(members.size(), Set(value).size());
        for (const std::string& member : members) text += member + "\n";
        return "set\n" + text;
    }
    if (value.type == Type::SortedSet) {
        const SortedSet set(value);
        auto cursor = set.at(0);
        for (std::uint64_t left = set.size(); left > 0; --left, cursor.next()) {
            text += (*cursor).member.to_string() + "=" + std::to_string((*cursor).score) + "\n";
        }
        return "zset\n" + text;
    }
    if (value.type == Type::List) {
        const List list(value);
        list.for_each_from(list.begin(), list.size(),
                           [&](const List::Element& element) { text += element.to_string() + "\n"; });
        return "list\n" + text;
    }
    return rdb_bytes([&](RdbWriter& writer) { write_value(writer, value); });
}

using Model = std::map<std::pair<int, std::string>, std::pair<std::int64_t, std::string>>;

class OpenRecordTest : public testing::TestWithParam<std::tuple<int, Kind>> {
  protected:
    OpenRecordTest() : keyspace_(kDatabases, std::get<0>(GetParam())) {}

    bool chance(std::uint64_t in) { return random_.below(in) == 0; }
    std::string name() { return "name " + std::to_string(random_.below(kNames)); }
    std::string text() {
        // Now and then one that has an allocation of its own.
        return std::string(chance(40) ? 600 : random_.below(30), static_cast<char>('a' + random_.below(26)));
    }
    static std::string key(std::uint64_t number) { return "key:" + std::to_string(number); }
    std::string any_key() { return key(random_.below(kKeys * 2)); }

    // --- What happens to a value that is there

    // Puts something in or takes something out, so that the value grows or shrinks.
    bool grows() { return random_.below(8) < growth_; }

    void edit_hash(HeldValue& held) {
        HashEditor hash(held, kHashLimits, context_.now_ms);
        const std::string field = name();
        if (grows()) {
            hash.put(field, text(), chance(2) ? FieldExpiry::Kept : FieldExpiry::Cleared);
        } else {
            hash.erase(field);
        }
        const std::string other = name();
        if (expires_ && hash.hash().find(other)) {
            hash.set_expiry(other, context_.now_ms + 1 + static_cast<std::int64_t>(random_.below(2000)));
        }
        if (expires_ && chance(4)) hash.clear_expiry(name());
    }
    void edit_set(HeldValue& held) {
        SetEditor set(held, kSetLimits);
        if (grows()) {
            set.add(name());
        } else {
            set.remove(name());
        }
        if (grows() || !chance(50) || set.set().size() < 10) return;
        set.pop(chance(2) ? 3 : set.set().size() - 2, random_, [](const Set::Element&) {});
    }
    void edit_sorted_set(HeldValue& held) {
        SortedSetEditor set(held, kSortedSetLimits);
        if (grows() || chance(2)) {
            // Of one who is there, the score changes.
            const std::string member = name();
            if (grows() || set.set().score(member)) set.put(member, static_cast<double>(random_.below(500)));
        } else {
            set.erase(name());
        }
        if (!grows() && chance(50)) set.erase_range(random_.below(set.set().size() + 1), random_.below(40));
    }
    void edit_list(HeldValue& held) {
        ListEditor list(held, list_limits_);
        const auto anywhere = [&] {
            return list.list().seek(static_cast<std::int64_t>(random_.below(list.list().size() + 1)));
        };
        for (int i = 0; i < 3 && grows(); ++i) {
            switch (random_.below(3)) {
                case 0:
                    list.push_front(name());
                    break;
                case 1:
                    list.push_back(text());
                    break;
                default:
                    list.insert(anywhere(), text());
            }
        }
        if (const auto at = anywhere(); at != list.list().end()) list.replace(at, text());
        if (!grows() && list.list().size() > 0) {
            if (chance(2)) list.erase(list.list().begin());
            list.erase(anywhere(), random_.below(chance(20) ? 200 : 4));
        }
        if (grows() || !chance(30)) return;
        const std::string wanted(1, static_cast<char>('a' + random_.below(26)));
        list.erase_if(chance(2) ? ListEnd::Front : ListEnd::Back, 100,
                      [&](const List::Element& element) { return element.to_string() < wanted; });
    }
    void edit_stream(StreamValue& stream) {
        StreamLog& log = stream.log;
        if (grows()) {
            const std::string field = chance(5) ? "other" : "field";
            const std::string value = text();
            const std::array<std::string_view, 2> fields{field, value};
            log.append({log.last_id().ms + 1 + random_.below(3), 0}, fields, kStreamLimits);
        } else {
            log.erase({random_.below(log.last_id().ms + 1), 0});
        }
        if (!grows() && chance(10)) {
            log.trim({.max_length = log.size() - std::min<std::uint64_t>(log.size(), random_.below(30)),
                      .whole_blocks = chance(2)});
        }
        if (!grows() && chance(15)) {
            // The last ones go; others may come with their ids.
            const StreamId last = log.last_id();
            for (std::uint64_t ms = last.ms; ms > 0 && ms + 40 > last.ms; --ms) log.erase({ms, 0});
            log.set_last_id(log.last_live_id());
        }
        if (chance(10)) stream.add_group(name(), log.last_id(), std::nullopt);
        if (stream.groups.empty()) return;
        StreamGroup& group = *stream.groups.begin()->second;
        if (!group.consumer("consumer")) group.add_consumer("consumer", context_.now_ms);
        const StreamId id{random_.below(1000), 0};
        if (!group.acknowledge(id)) group.assign(id, *group.consumer("consumer"), context_.now_ms, 1);
    }
    void edit_string(WriteEntry& entry) {
        const std::size_t size = String(entry->payload()).size();
        const std::size_t at = random_.below(size + 1);
        char* const bytes = entry.raw_bytes(std::max(size + (grows() ? 50 : 0), at + 1));
        bytes[at] = static_cast<char>('A' + random_.below(26));
    }

    void edit(WriteEntry& entry) {
        HeldValue held(entry);
        switch (entry->type()) {
            case Type::Hash:
                edit_hash(held);
                break;
            case Type::Set:
                edit_set(held);
                break;
            case Type::SortedSet:
                edit_sorted_set(held);
                break;
            case Type::List:
                edit_list(held);
                break;
            case Type::Stream:
                edit_stream(*Stream(entry->payload()));
                break;
            case Type::String:
                edit_string(entry);
                break;
        }
        entry.changed_silently();
    }

    // --- What happens to keys

    static Payload empty_value(Kind kind) {
        switch (kind) {
            case Kind::Hash:
            case Kind::ExpiringHash:
                return Hash::empty();
            case Kind::Set:
                return Set::empty();
            case Kind::SortedSet:
                return SortedSet::empty();
            case Kind::Stream:
                return Stream::empty();
            case Kind::String:
                return String::encode_raw(std::string(6000, 's'));
            default:
                return List::empty();
        }
    }
    void create(Access& access, const std::string& name, Kind kind, int edits) {
        if (kind == Kind::All) kind = static_cast<Kind>(random_.below(static_cast<int>(Kind::All)));
        expires_ = kind == Kind::ExpiringHash;
        list_limits_ = {
            .bytes = 200, .elements = 12, .compress_depth = kind == Kind::CompressedList ? 1U : 0U};
        WriteEntry entry = access.put(name, empty_value(kind),
                                      chance(3) ? std::optional<std::int64_t>(50'000) : std::nullopt);
        entry.changed_silently();
        for (int i = 0; i < edits; ++i) edit(entry);
        expires_ = true;
    }
    void fill(Kind kind) {
        growth_ = 8;
        for (int i = 0; i < kKeys; ++i) {
            Access access(context_, i % kDatabases);
            create(access, key(static_cast<std::uint64_t>(i)), kind,
                   static_cast<int>(300 + random_.below(400)));
        }
        Access access(context_, 0);
        access.put("small", String::encode("value"), std::nullopt).changed_silently();
    }
    void change_key(Access& access, const std::string& name) {
        WriteEntry entry = access.find_for_write(name);
        if (!entry) return;
        switch (random_.below(6)) {
            case 0:
                entry.remove("del", EventClass::Generic, Keyspace::lazily_if(chance(2)));
                return;
            case 1:
                entry.set_expiry(context_.now_ms + static_cast<std::int64_t>(random_.below(3000)));
                break;
            case 2:
                access.put(entry, String::encode("another value"), std::nullopt);
                break;
            case 3: {
                const Payload copied = duplicate(entry->payload());
                const std::string target = any_key();
                if (target == name) {
                    if (copied.storage == Storage::Heap) release_heap(copied);
                    return;
                }
                access.put(target, copied, std::nullopt).changed_silently();
                break;
            }
            default: {
                const std::string target = any_key();
                Access elsewhere(context_, static_cast<int>(random_.below(kDatabases)));
                if (target == name && elsewhere.db() == access.db()) return;
                WriteEntry to = elsewhere.find_for_write(target);
                access.move(entry, to);
                to.changed_silently();
                return;
            }
        }
        entry.changed_silently();
    }
    void change_something() {
        const int db = static_cast<int>(random_.below(kDatabases));
        Access access(context_, db);
        const std::string name = any_key();
        if (chance(40)) context_.now_ms += static_cast<std::int64_t>(random_.below(500));
        if (chance(200)) keyspace_.flush(db, Keyspace::lazily_if(chance(2)));
        if (chance(100)) keyspace_.swap_databases(0, 1);
        if (chance(60)) {
            change_key(access, name);
        } else if (WriteEntry entry = access.find_for_write(name)) {
            for (int i = 0; i < 3; ++i) edit(entry);
        }
        access.find(any_key());  // Which may have expired by now.
        unit_.clear();
    }

    // --- What is there, and what the records say

    Model state() {
        Model model;
        for (int shard = 0; shard < keyspace_.shards(); ++shard) {
            for (int db = 0; db < kDatabases; ++db) {
                const auto& databases = keyspace_.shard(static_cast<std::size_t>(shard)).databases;
                databases[static_cast<std::size_t>(db)]->for_each([&](const Entry* entry) {
                    model[{db, std::string(entry->key())}] = {
                        entry->has_expiry() ? entry->expires_at_ms() : 0, description(entry->payload())};
                });
            }
        }
        return model;
    }
    static Model content(std::string_view file) {
        Model model;
        SnapshotReader reader(file, Checksum::On);
        for (;;) {
            const SnapshotReader::Item item = reader.next();
            if (std::holds_alternative<SnapshotReader::End>(item)) return model;
            if (const auto* const error = std::get_if<SnapshotReader::Error>(&item)) {
                ADD_FAILURE() << error->reason << " at " << error->offset;
                return model;
            }
            const auto* const found = std::get_if<SnapshotReader::Key>(&item);
            if (!found) continue;
            DetachedValue value;
            RdbReader in(found->value);
            EXPECT_TRUE(read_value(in, found->type, kNoLimits, value)) << found->key;
            const auto place = std::pair(found->db, std::string(found->key));
            EXPECT_FALSE(model.contains(place)) << found->key;
            model[place] = {found->expires_at_ms.value_or(0), description(value.payload())};
        }
    }
    Model taken_by(KeyspaceSnapshot& snapshot, const std::function<void()>& between) {
        BlobSink file;
        SnapshotWriter writer(file, Compression::Off, Checksum::On);
        writer.begin({});
        snapshot.run(
            [&](int db, std::string_view records) {
                writer.record(db, records);
                between();
            },
            Locking::Own);
        writer.end();
        return content(file.view());
    }
    void start_anew() {
        for (int db = 0; db < kDatabases; ++db) keyspace_.flush(db, Keyspace::Free::Now);
        context_.now_ms = kStartMs;
    }

    Random random_{11};
    Keyspace keyspace_;
    EffectLog log_;
    Unit unit_;
    Counters counters_;
    AccessClock clock_;
    AccessContext context_{.keyspace = keyspace_,
                           .log = log_,
                           .unit = unit_,
                           .counters = counters_,
                           .clock = clock_,
                           .now_ms = kStartMs};
    SnapshotOptions options_{.big_bytes = 1000, .slice_bytes = 400};
    BlockLimits list_limits_;
    std::uint64_t growth_ = 8;  // Of 8 edits.
    bool expires_ = true;       // Whether edits give expiries to fields.
};

TEST_P(OpenRecordTest, ABigValueIsInTheFileAsItWasWhateverHappensMeanwhile) {
    for (int round = 0; round < 16; ++round) {
        fill(std::get<1>(GetParam()));
        const Model expected = state();
        options_.compression = round % 2 == 0 ? Compression::Quick : Compression::Off;
        KeyspaceSnapshot snapshot(keyspace_, options_);
        snapshot.begin();
        growth_ = random_.below(9);
        const auto busy = static_cast<int>(random_.below(30));
        for (int i = 0; i < busy * (round % 4); ++i) change_something();
        const Model taken = taken_by(snapshot, [&] {
            for (int i = 0; i < busy; ++i) change_something();
        });
        ASSERT_EQ(taken, expected) << "in round " << round;
        ASSERT_EQ(snapshot.progress().kept_bytes, 0U);
        ASSERT_EQ(snapshot.progress().keys_taken, snapshot.progress().keys);
        keyspace_.reclaimer().drain();
        ASSERT_EQ(keyspace_.unreclaimed_bytes(), 0U);
        start_anew();
    }
}

TEST_P(OpenRecordTest, ItIsTakenInSlicesThoughItIsNeverChanged) {
    const Kind kind = std::get<1>(GetParam());
    fill(kind);
    const Model expected = state();
    KeyspaceSnapshot snapshot(keyspace_, options_);
    snapshot.begin();
    int parts = 0;
    EXPECT_EQ(taken_by(snapshot, [&] { ++parts; }), expected);
    EXPECT_GT(parts, 2 * kKeys);
    const bool is_cut_by_blocks = kind == Kind::Stream || kind == Kind::All;
    if (!is_cut_by_blocks) {
        EXPECT_EQ(snapshot.progress().most_kept_bytes, 0U);
    }
}

TEST_P(OpenRecordTest, AfterOneThatWasCalledOffTheNextIsWhole) {
    for (int round = 0; round < 5; ++round) {
        fill(std::get<1>(GetParam()));
        {
            KeyspaceSnapshot snapshot(keyspace_, options_);
            snapshot.begin();
            growth_ = 5;
            for (int i = 0; i < 20; ++i) change_something();
            int parts = 0;
            snapshot.run(
                [&](int, std::string_view) {
                    if (++parts == round + 1) snapshot.cancel();
                    for (int i = 0; i < 20; ++i) change_something();
                },
                Locking::Own);
        }
        for (int i = 0; i < 20; ++i) change_something();
        const Model expected = state();
        KeyspaceSnapshot snapshot(keyspace_, options_);
        snapshot.begin();
        ASSERT_EQ(taken_by(snapshot, [&] { change_something(); }), expected) << "in round " << round;
        start_anew();
    }
}

TEST_P(OpenRecordTest, AWriterOnAnotherThreadDoesNotShow) {
    for (int round = 0; round < 2; ++round) {
        fill(std::get<1>(GetParam()));
        const Model expected = state();
        KeyspaceSnapshot snapshot(keyspace_, options_);
        snapshot.begin();
        growth_ = random_.below(9);
        std::atomic<bool> done{false};
        std::thread writer([&] {
            while (!done) {
                KeyLocks locks(keyspace_);
                if (locks.acquire(ShardSet::all(keyspace_.shards()))) change_something();
            }
        });
        const Model taken = taken_by(snapshot, [] { std::this_thread::yield(); });
        done = true;
        writer.join();
        ASSERT_EQ(taken, expected) << "in round " << round;
        start_anew();
    }
}

TEST_P(OpenRecordTest, AValueThatIsDeletedIsHandedOver) {
    const Kind kind = std::get<1>(GetParam());
    if (kind == Kind::String || kind == Kind::Stream) return;  // Of these, bytes or groups are.
    fill(kind);
    if (kind == Kind::All) return;
    const Model expected = state();
    KeyspaceSnapshot snapshot(keyspace_, options_);
    snapshot.begin();
    for (int i = 0; i < kKeys; ++i) {
        Access access(context_, i % kDatabases);
        access.find_for_write(key(static_cast<std::uint64_t>(i))).remove("del");
    }
    EXPECT_GT(snapshot.progress().kept_bytes, 1000U * kKeys);
    EXPECT_EQ(taken_by(snapshot, [] {}), expected);
    EXPECT_EQ(snapshot.progress().kept_bytes, 0U);
}

TEST_P(OpenRecordTest, ABlockOfAStreamMayGetTheIdOfOneThatHasGone) {
    if (std::get<1>(GetParam()) != Kind::Stream) return;
    fill(Kind::Stream);
    const Model expected = state();
    KeyspaceSnapshot snapshot(keyspace_, options_);
    snapshot.begin();
    {
        WriteEntry entry = Access(context_, 0).find_for_write(key(0));
        entry.changed_silently();
        StreamLog& log = Stream(entry->payload())->log;
        const StreamId id = log.blocks().back().id;
        const std::size_t blocks = log.blocks().size();
        for (std::uint64_t ms = id.ms; ms <= log.last_id().ms; ++ms) log.erase({ms, 0});
        log.set_last_id(log.last_live_id());
        const std::array<std::string_view, 2> fields{"field", "value"};
        for (std::uint64_t i = 0; i < 20; ++i) log.append({id.ms + i, 0}, fields, {.node_entries = 1});
        ASSERT_NE(log.blocks().find(id), log.blocks().end());
        ASSERT_GT(log.blocks().size(), blocks);
        log.erase(id);
    }
    EXPECT_EQ(taken_by(snapshot, [] {}), expected);
    EXPECT_EQ(snapshot.progress().kept_bytes, 0U);
}

INSTANTIATE_TEST_SUITE_P(ShardsAndKinds, OpenRecordTest,
                         testing::Combine(testing::Values(1, 8),
                                          testing::Values(Kind::Hash, Kind::ExpiringHash, Kind::Set,
                                                          Kind::SortedSet, Kind::List, Kind::CompressedList,
                                                          Kind::Stream, Kind::String, Kind::All)));

}  // namespace
}  // namespace pongo
