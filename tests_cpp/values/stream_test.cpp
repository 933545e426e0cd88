// Streams under random operations against std containers.
#include "values/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"

namespace pongo {

void PrintTo(const StreamId& id, std::ostream* out) {
    *out << id.text();
}

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

class LogModel {
  public:
    LogModel(std::uint64_t seed, const StreamLimits& limits) : random_(seed), limits_(limits) {}

    void step() {
        switch (random_.below(10)) {
            case 0:
                return erase();
            case 1:
                return random_.below(4) == 0 ? trim() : void();
            default:
                return append();
        }
    }
    void check() {
        ASSERT_TRUE(log_.blocks().valid());
        ASSERT_EQ(log_.size(), entries_.size());
        ASSERT_EQ(log_.first_id(), entries_.empty() ? StreamId() : entries_.begin()->first);
        ASSERT_EQ(log_.last_live_id(), entries_.empty() ? StreamId() : entries_.rbegin()->first);
        StreamId from = near();
        StreamId to = near();
        if (to < from) std::swap(from, to);
        std::vector<std::pair<StreamId, Fields>> expected(entries_.lower_bound(from),
                                                          entries_.upper_bound(to));
        EXPECT_EQ(read([&](auto&& visit) { log_.ascend(from, to, visit); }), expected);
        std::reverse(expected.begin(), expected.end());
        EXPECT_EQ(read([&](auto&& visit) { log_.descend(to, from, visit); }), expected);
        const StreamId id = near();
        EXPECT_EQ(log_.contains(id), entries_.contains(id));
    }
    // What is written block by block and read again is the same.
    void check_blocks() {
        StreamLog copy;
        const auto& blocks = log_.blocks();
        for (auto at = blocks.begin(); at != blocks.end(); at = blocks.next(at)) {
            ASSERT_TRUE(Listpack::valid(blocks[at].bytes));
            ASSERT_TRUE(StreamBlock::valid(blocks[at].bytes));
            ASSERT_TRUE(copy.adopt_block(blocks[at].id, blocks[at].bytes));
        }
        EXPECT_EQ(copy.size(), log_.size());
        EXPECT_EQ(copy.first_id(), log_.first_id());
    }

  private:
    template <typename Walk>
    static std::vector<std::pair<StreamId, Fields>> read(Walk&& walk) {
        std::vector<std::pair<StreamId, Fields>> found;
        walk([&](const StreamEntry& entry) {
            Fields fields;
            entry.for_each([&](const auto& name, const auto& value) {
                fields.emplace_back(name.to_string(), value.to_string());
            });
            found.emplace_back(entry.id, std::move(fields));
            return true;
        });
        return found;
    }
    StreamId near() { return {random_.below(last_.ms + 2), random_.below(4)}; }
    void append() {
        last_ = random_.below(3) == 0 ? StreamId{last_.ms, last_.seq + 1}
                                      : StreamId{last_.ms + 1 + random_.below(3), random_.below(3)};
        Fields fields;
        for (std::uint64_t left = 1 + random_.below(3); left > 0; --left) {
            fields.emplace_back("f" + std::to_string(random_.below(2)),
                                std::to_string(random_.below(100000)));
        }
        std::vector<std::string_view> texts;
        for (const auto& [name, value] : fields) {
            texts.push_back(name);
            texts.push_back(value);
        }
        log_.append(last_, texts, limits_);
        entries_.emplace(last_, std::move(fields));
    }
    void erase() {
        const StreamId id = near();
        EXPECT_EQ(log_.erase(id), entries_.erase(id) != 0);
    }
    void trim() {
        StreamTrim trim;
        const std::size_t before = entries_.size();
        trim.whole_blocks = random_.below(2) == 0;
        if (random_.below(2) == 0) {
            trim.max_length = random_.below(entries_.size() + 1);
        } else {
            trim.min_id = near();
        }
        const std::uint64_t gone = log_.trim(trim);
        entries_.erase(entries_.begin(), std::next(entries_.begin(), static_cast<std::ptrdiff_t>(gone)));
        if (trim.max_length) {
            EXPECT_GE(entries_.size(), std::min<std::size_t>(before, *trim.max_length));
            EXPECT_TRUE(trim.whole_blocks || entries_.size() <= *trim.max_length);
        } else if (!trim.whole_blocks) {
            EXPECT_TRUE(entries_.empty() || entries_.begin()->first >= trim.min_id);
        }
    }

    Random random_;
    StreamLimits limits_;
    StreamLog log_;
    StreamId last_;
    std::map<StreamId, Fields> entries_;
};

TEST(StreamLog, BehavesAsAMapOfItsEntries) {
    for (const StreamLimits& limits : {StreamLimits{0, 3}, StreamLimits{200, 0}, StreamLimits{}}) {
        LogModel model(limits.node_bytes + 1, limits);
        for (int i = 0; i < 3000; ++i) {
            model.step();
            if (i % 10 == 0) model.check();
            ASSERT_FALSE(HasFatalFailure());
        }
        model.check_blocks();
    }
}

// The pending entries of a group: by id, and whose they are.
TEST(StreamGroup, WhatIsPendingIsSoForOneConsumer) {
    Random random(7);
    StreamGroup group;
    std::map<StreamId, std::string> model;
    for (int i = 0; i < 20'000; ++i) {
        const StreamId id{random.below(500), 0};
        const std::string name(1, static_cast<char>('a' + random.below(5)));
        if (random.below(3) == 0) {
            EXPECT_EQ(group.acknowledge(id), model.erase(id) != 0);
        } else if (random.below(500) == 0 && group.consumer(name)) {
            group.erase_consumer(*group.consumer(name));
            std::erase_if(model, [&](const auto& each) { return each.second == name; });
        } else {
            StreamConsumer* const known = group.consumer(name);
            group.assign(id, known ? *known : group.add_consumer(name, 0), i, 1);
            model[id] = name;
        }
    }
    const auto copy = group.copy();
    for (const StreamGroup* each : {&std::as_const(group), &std::as_const(*copy)}) {
        ASSERT_TRUE(each->pending().valid());
        ASSERT_EQ(each->pending().size(), model.size());
        std::size_t of_consumers = 0;
        for (const auto& [name, consumer] : each->consumers()) {
            ASSERT_TRUE(consumer->pending.valid());
            of_consumers += consumer->pending.size();
        }
        EXPECT_EQ(of_consumers, model.size());
        auto at = each->pending().begin();
        for (const auto& [id, name] : model) {
            EXPECT_EQ(each->pending()[at].id, id);
            EXPECT_EQ(each->pending()[at].consumer->name, name);
            EXPECT_NE(each->pending()[at].consumer->pending.find(id),
                      each->pending()[at].consumer->pending.end());
            at = each->pending().next(at);
        }
    }
}

TEST(StreamValue, AnEntryOf24BytesTakesNotMoreThan22More) {
    const auto stream = std::make_unique<StreamValue>();
    constexpr std::uint64_t kEntries = 100'000;
    const std::vector<std::string_view> fields{"field", "a value of 19 bytes"};
    for (std::uint64_t i = 0; i < kEntries; ++i) {
        stream->log.append({1'700'000'000'000 + i / 3, i % 3}, fields, {});
    }
    RecordProperty("bytes_per_entry", std::to_string(stream->memory() / kEntries));
    EXPECT_LT(stream->memory(), kEntries * (24 + 22));
}

struct Item {
    std::uint64_t id;
};

TEST(OrderedChunks, BehavesAsASet) {
    for (const std::uint64_t range : {100U, 2'000U}) {
        Random random(range);
        OrderedChunks<Item> chunks;
        std::set<std::uint64_t> model;
        for (int i = 0; i < 20'000; ++i) {
            const std::uint64_t id = random.below(range);
            const auto bound = chunks.lower_bound(id);
            const auto expected = model.lower_bound(id);
            ASSERT_EQ(bound == chunks.end(), expected == model.end());
            ASSERT_TRUE(expected == model.end() || chunks[bound].id == *expected);
            const bool grows = i / 4'000 % 2 == 0;
            if (random.below(10) < (grows ? 7U : 3U)) {
                ASSERT_EQ(chunks.insert({id}), model.insert(id).second);
            } else if (expected != model.end()) {
                const auto following = chunks.erase(bound);
                const auto next = model.erase(expected);
                ASSERT_EQ(following == chunks.end(), next == model.end());
                ASSERT_TRUE(next == model.end() || chunks[following].id == *next);
            }
            ASSERT_TRUE(i % 500 != 0 || chunks.valid());
        }
        ASSERT_EQ(chunks.size(), model.size());
    }
}

}  // namespace
}  // namespace pongo
