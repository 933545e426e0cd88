#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

class SortedSetCommands : public testing::Test {
  protected:
    std::string run(const Lines& args) { return server_.run(args); }
    void given(const Lines& args) {
        run(args);
        sink_.forget();
    }
    // As run(), and what it did is this event on the key, told as it was asked.
    void expect_told(const Lines& args, const Lines& events) {
        sink_.forget();
        run(args);
        std::string line = "0";
        for (const std::string& arg : args) line += " " + arg;
        EXPECT_EQ(sink_.events(), events);
        EXPECT_EQ(sink_.commands(), Lines{line});
    }
    void expect_no_effect(const Lines& args) {
        sink_.forget();
        run(args);
        EXPECT_EQ(sink_.events(), Lines{}) << args[0];
        EXPECT_EQ(sink_.commands(), Lines{}) << args[0];
        EXPECT_EQ(sink_.touched(), Lines{}) << args[0];
    }
    std::uint64_t changes() { return server_.engine().total(&Counters::changes); }

    TestServer server_;
    RecordingSink sink_{server_.engine().effects()};
};

TEST_F(SortedSetCommands, ZaddTellsOfWhatItAddedOrMoved) {
    expect_told({"ZADD", "k", "1", "a", "2", "b"}, {"0 new k", "0 zadd k"});
    expect_told({"ZADD", "k", "1", "a", "3", "b"}, {"0 zadd k"});
    expect_no_effect({"ZADD", "k", "1", "a", "3", "b"});
    expect_no_effect({"ZADD", "k", "NX", "5", "a"});
    expect_no_effect({"ZADD", "k", "GT", "0", "a"});
    expect_no_effect({"ZADD", "missing", "XX", "0", "a"});
}

TEST_F(SortedSetCommands, IncrementsTellTheSum) {
    run({"ZINCRBY", "k", "0.1", "a"});
    run({"ZINCRBY", "k", "0.2", "a"});
    run({"ZADD", "k", "XX", "GT", "INCR", "1", "a"});
    EXPECT_EQ(sink_.events(), (Lines{"0 new k", "0 zincr k", "0 zincr k", "0 zincr k"}));
    EXPECT_EQ(sink_.commands(),
              (Lines{"0 ZADD k 0.10000000000000001 a", "0 ZADD k 0.30000000000000004 a", "0 ZADD k 1.3 a"}));
    expect_no_effect({"ZINCRBY", "k", "0", "a"});
    expect_no_effect({"ZADD", "k", "NX", "INCR", "1", "a"});
}

TEST_F(SortedSetCommands, AnIncrementThatIsRefusedChangesNothing) {
    given({"ZADD", "k", "inf", "a"});
    EXPECT_EQ(run({"ZINCRBY", "k", "-inf", "a"}), "-ERR resulting score is not a number (NaN)\r\n");
    expect_no_effect({"ZINCRBY", "k", "-inf", "a"});
    expect_no_effect({"ZADD", "k", "1", "a", "x", "b"});
    EXPECT_EQ(run({"ZCARD", "k"}), ":1\r\n");
}

TEST_F(SortedSetCommands, RemovalsTellWhatHappened) {
    given({"ZADD", "k", "0", "a", "0", "b", "0", "c", "0", "d", "0", "e"});
    expect_told({"ZREM", "k", "a", "missing"}, {"0 zrem k"});
    expect_told({"ZREMRANGEBYLEX", "k", "[b", "[b"}, {"0 zremrangebylex k"});
    expect_told({"ZREMRANGEBYRANK", "k", "0", "0"}, {"0 zremrangebyrank k"});
    expect_no_effect({"ZREM", "k", "missing"});
    expect_no_effect({"ZREMRANGEBYLEX", "k", "[x", "[y"});
    expect_no_effect({"ZREMRANGEBYRANK", "k", "5", "6"});
    expect_no_effect({"ZREMRANGEBYSCORE", "k", "5", "6"});
    expect_told({"ZREMRANGEBYSCORE", "k", "0", "0"}, {"0 zremrangebyscore k", "0 del k"});
    EXPECT_EQ(run({"EXISTS", "k"}), ":0\r\n");
}

TEST_F(SortedSetCommands, PopsTellOfTheirEndAndOfTheKeyThatIsGone) {
    given({"ZADD", "k", "1", "a", "2", "b", "3", "c", "4", "d"});
    expect_told({"ZPOPMIN", "k"}, {"0 zpopmin k"});
    expect_told({"ZPOPMAX", "k", "2"}, {"0 zpopmax k"});
    expect_no_effect({"ZPOPMAX", "k", "0"});
    expect_told({"ZPOPMIN", "k", "9"}, {"0 zpopmin k", "0 del k"});
}

TEST_F(SortedSetCommands, ZmpopTellsOfAPopOfTheKeyItTook) {
    given({"ZADD", "k", "1", "a", "2", "b", "3", "c"});
    run({"ZMPOP", "2", "missing", "k", "MAX", "COUNT", "2"});
    EXPECT_EQ(sink_.events(), Lines{"0 zpopmax k"});
    EXPECT_EQ(sink_.commands(), Lines{"0 ZPOPMAX k 2"});
    run({"ZMPOP", "1", "k", "MIN", "COUNT", "5"});
    EXPECT_EQ(sink_.events(), (Lines{"0 zpopmin k", "0 del k"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 ZPOPMIN k 1"});
    expect_no_effect({"ZMPOP", "1", "k", "MIN"});
}

TEST_F(SortedSetCommands, StoredResultsTellTheirNamesAndEmptyOnesOfADel) {
    given({"ZADD", "k", "1", "a", "2", "b"});
    given({"SADD", "s", "b", "c"});
    expect_told({"ZUNIONSTORE", "d", "2", "k", "s"}, {"0 new d", "0 zunionstore d"});
    expect_told({"ZINTERSTORE", "d", "2", "k", "s"}, {"0 zinterstore d"});
    expect_told({"ZDIFFSTORE", "d", "2", "k", "s"}, {"0 zdiffstore d"});
    expect_told({"ZRANGESTORE", "d", "k", "0", "0"}, {"0 zrangestore d"});
    expect_told({"ZRANGESTORE", "d", "k", "5", "6"}, {"0 del d"});
    given({"SET", "d", "text"});
    expect_told({"ZDIFFSTORE", "d", "2", "k", "k"}, {"0 del d"});
    expect_no_effect({"ZDIFFSTORE", "d", "2", "k", "k"});
}

TEST_F(SortedSetCommands, EveryItemIsOneChangeAndEveryStoredResultIsOne) {
    run({"ZADD", "k", "1", "a", "2", "b", "3", "c", "4", "d"});
    EXPECT_EQ(changes(), 4U);
    run({"ZADD", "k", "1", "a", "5", "b", "6", "e"});
    EXPECT_EQ(changes(), 6U);
    run({"ZREMRANGEBYRANK", "k", "0", "1"});
    EXPECT_EQ(changes(), 8U);
    run({"ZUNIONSTORE", "d", "1", "k"});
    EXPECT_EQ(changes(), 9U);
    run({"ZPOPMIN", "k", "2"});
    EXPECT_EQ(changes(), 11U);
}

// A reply's bulk strings.
std::multiset<std::string> words_of(const std::string& reply) {
    std::multiset<std::string> words;
    for (std::size_t at = reply.find("\r\n$"); at != std::string::npos; at = reply.find("\r\n$", at + 1)) {
        const std::size_t start = reply.find("\r\n", at + 2) + 2;
        words.insert(reply.substr(start, reply.find("\r\n", start) - start));
    }
    return words;
}

// However many are drawn: a listpack is not walked for each of them. Reading it once is the measure.
TEST_F(SortedSetCommands, ZrandmemberOfAListpackDoesNotWalkForEachMember) {
    EXPECT_FALSE(server_.config().assign("zset-max-listpack-entries", "10000"));
    for (int i = 0; i < 4000; ++i) run({"ZADD", "k", std::to_string(-i), "member" + std::to_string(i)});
    const auto cpu_us_of = [&](const std::vector<std::string>& request) {
        const std::int64_t start = thread_cpu_us();
        run(request);
        return thread_cpu_us() - start;
    };
    constexpr std::int64_t kManyTimes = 40;
    const std::int64_t reading = cpu_us_of({"ZRANGE", "k", "0", "-1"});
    EXPECT_LT(cpu_us_of({"ZRANDMEMBER", "k", "-10000"}), kManyTimes * reading);
    EXPECT_LT(cpu_us_of({"ZRANDMEMBER", "k", "499"}), kManyTimes * reading);
}

TEST_F(SortedSetCommands, ZrandmemberDrawsDifferentMembersAboutEquallyOften) {
    constexpr int kMembers = 160;  // Not a listpack.
    for (int i = 0; i < kMembers; ++i) run({"ZADD", "k", std::to_string(i), "m" + std::to_string(i)});
    for (const int count : {4, 60}) {
        std::map<std::string, int> drawn;
        const int rounds = 16'000 / count;
        for (int round = 0; round < rounds; ++round) {
            const auto words = words_of(run({"ZRANDMEMBER", "k", std::to_string(count)}));
            ASSERT_EQ(words.size(), static_cast<std::size_t>(count));
            ASSERT_EQ(std::set<std::string>(words.begin(), words.end()).size(), words.size());
            for (const std::string& word : words) ++drawn[word];
        }
        EXPECT_EQ(drawn.size(), static_cast<std::size_t>(kMembers));
        for (const auto& [member, times] : drawn) EXPECT_NEAR(times, 100, 60) << member;
    }
    EXPECT_EQ(words_of(run({"ZRANDMEMBER", "k", "-500"})).size(), 500U);
}

TEST_F(SortedSetCommands, ZscanOfABigOneReturnsEverythingOnce) {
    std::multiset<std::string> expected;
    for (int i = 0; i < 1000; ++i) {
        const std::string member = "m" + std::to_string(i);
        run({"ZADD", "k", std::to_string(10'000 + i), member});
        expected.insert(member);
        expected.insert(std::to_string(10'000 + i));
    }
    std::multiset<std::string> found;
    std::string cursor = "0";
    do {
        const std::string reply = run({"ZSCAN", "k", cursor, "COUNT", "50"});
        const std::size_t start = reply.find("\r\n", 4) + 2;
        const std::size_t end = reply.find("\r\n", start);
        cursor = reply.substr(start, end - start);
        found.merge(words_of(reply.substr(end)));
    } while (cursor != "0");
    EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace pongo
