// SCAN, KEYS and RANDOMKEY, over one shard and over many.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

// The bulk strings of a reply, aggregates flattened.
std::vector<std::string> bulks(std::string_view reply) {
    std::vector<std::string> found;
    while (!reply.empty()) {
        const std::size_t end = reply.find("\r\n");
        const char type = reply[0];
        const std::string number(reply.substr(1, end - 1));
        reply.remove_prefix(end + 2);
        if (type != '$' || number == "-1") continue;
        found.emplace_back(reply.substr(0, std::stoull(number)));
        reply.remove_prefix(std::stoull(number) + 2);
    }
    return found;
}

class Scanning : public testing::TestWithParam<const char*> {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    void fill(int keys) {
        for (int i = 0; i < keys; ++i) run({"SET", "key:" + std::to_string(i), "v"});
    }
    // Keeps the key, but lets its time have come.
    void make_overdue(const std::string& key) {
        Keyspace& keyspace = server_.engine().keyspace();
        const KeyLocation at = keyspace.locate(key);
        Database& database = keyspace.database(0, at);
        database.set_expiry(at, database.find(at), 1);
    }
    // One call; returns the keys, and leaves the cursor to go on with in cursor_.
    std::vector<std::string> scan(const std::vector<std::string>& options = {}) {
        std::vector<std::string> args = {"SCAN", cursor_};
        args.insert(args.end(), options.begin(), options.end());
        std::vector<std::string> reply = bulks(run(args));
        cursor_ = reply.at(0);
        reply.erase(reply.begin());
        return reply;
    }
    std::vector<std::string> scan_through(const std::vector<std::string>& options = {}) {
        std::vector<std::string> keys;
        do {
            const std::vector<std::string> some = scan(options);
            keys.insert(keys.end(), some.begin(), some.end());
            ++calls_;
        } while (cursor_ != "0");
        return keys;
    }

    TestServer server_{{string_commands(), key_commands(), expiry_commands()}, GetParam()};
    std::string cursor_ = "0";
    int calls_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Reactors, Scanning, testing::Values("1", "4"));

TEST_P(Scanning, ReturnsEveryKeyOnce) {
    fill(1000);
    const std::vector<std::string> keys = scan_through();
    EXPECT_EQ(keys.size(), 1000U);
    EXPECT_EQ(std::set(keys.begin(), keys.end()).size(), 1000U);
    EXPECT_GT(calls_, 50);
}

TEST_P(Scanning, OfAnEmptyDatabaseIsThroughAtOnceOrSoon) {
    EXPECT_EQ(scan_through(), std::vector<std::string>{});
    EXPECT_LE(calls_, 2);
}

TEST_P(Scanning, VisitsAboutAsManyKeysAsCountSays) {
    fill(1000);
    EXPECT_EQ(scan({"COUNT", "100000"}).size(), 1000U);
    EXPECT_EQ(cursor_, "0");
    const std::size_t some = scan({"COUNT", "200"}).size();
    EXPECT_GE(some, 200U);
    EXPECT_LT(some, 220U);
    EXPECT_EQ(scan({"COUNT", "9223372036854775807"}).size(), 1000U - some);
    EXPECT_EQ(cursor_, "0");
}

TEST_P(Scanning, DoesNotSearchForEverInASparseDatabase) {
    fill(5000);
    for (int i = 0; i < 5000; ++i) {
        if (i % 500 != 0) run({"DEL", "key:" + std::to_string(i)});
    }
    const std::vector<std::string> keys = scan_through({"COUNT", "1"});
    EXPECT_EQ(keys.size(), 10U);
    EXPECT_LT(calls_, 500);
}

TEST_P(Scanning, KeysThatStayAreReturnedOnceHoweverTheOthersChange) {
    fill(300);
    std::map<std::string, int> seen;
    int next_new = 300;
    int next_erased = 100;
    bool growing = true;
    do {
        for (const std::string& key : scan({"COUNT", "3"})) ++seen[key];
        for (int i = 0; i < 60; ++i) {
            if (growing) run({"SET", "key:" + std::to_string(next_new++), "v"});
            if (!growing && next_erased < next_new) run({"DEL", "key:" + std::to_string(next_erased++)});
        }
        if (next_new > 2500) growing = false;
    } while (cursor_ != "0");
    for (int i = 0; i < 100; ++i) EXPECT_EQ(seen["key:" + std::to_string(i)], 1) << i;
}

TEST_P(Scanning, MatchAndTypeFilterWhatWasVisited) {
    fill(20);
    run({"SET", "", "v"});
    EXPECT_EQ(scan_through({"MATCH", "key:1?"}).size(), 10U);
    EXPECT_EQ(scan_through({"MATCH", "*"}).size(), 21U);
    EXPECT_EQ(scan_through({"TYPE", "String"}).size(), 21U);
    EXPECT_EQ(scan_through({"TYPE", "hash"}).size(), 0U);
    EXPECT_EQ(scan_through({"TYPE", "no such type"}).size(), 0U);
    EXPECT_EQ(scan_through({"type", "string", "match", "key:7", "count", "5"}),
              std::vector<std::string>{"key:7"});
}

TEST_P(Scanning, RemovesOverdueKeysInsteadOfReturningThem) {
    fill(10);
    make_overdue("key:3");
    make_overdue("key:4");
    RecordingSink sink(server_.engine().effects());
    EXPECT_EQ(scan_through({"COUNT", "1000"}).size(), 8U);
    const std::vector<std::string> events = sink.events();
    EXPECT_EQ(std::set(events.begin(), events.end()),
              (std::set<std::string>{"0 expired key:3", "0 expired key:4"}));
    EXPECT_EQ(server_.engine().keyspace().size(0), 8U);
}

TEST_P(Scanning, AnyCursorIsHarmless) {
    fill(100);
    Random random(1);
    std::vector<std::string> cursors = {
        "18446744073709551615", "-1", "17592186044415", "17592186044416", "4503599627370496", "+5", "", "00"};
    for (int i = 0; i < 500; ++i) cursors.push_back(std::to_string(random.next() >> random.below(64)));
    for (const std::string& cursor : cursors) {
        cursor_ = cursor;
        EXPECT_LE(scan_through().size(), 100U) << cursor;
    }
}

TEST_P(Scanning, RefusesWhatIsNoCursor) {
    for (const char* cursor : {"x", "1x", " 1", "1 ", "-", "+", "18446744073709551616", "1.5", "0x10"}) {
        EXPECT_EQ(run({"SCAN", cursor}), "-ERR invalid cursor\r\n") << cursor;
    }
}

TEST_P(Scanning, RefusesOptionsThatItDoesNotUnderstand) {
    EXPECT_EQ(run({"SCAN", "0", "COUNT"}), "-ERR syntax error\r\n");
    EXPECT_EQ(run({"SCAN", "0", "COUNT", "0"}), "-ERR syntax error\r\n");
    EXPECT_EQ(run({"SCAN", "0", "COUNT", "x"}), "-ERR value is not an integer or out of range\r\n");
    EXPECT_EQ(run({"SCAN", "0", "FOO"}), "-ERR syntax error\r\n");
    EXPECT_EQ(run({"SCAN", "x", "FOO"}), "-ERR invalid cursor\r\n");
}

TEST_P(Scanning, SeesOnlyTheDatabaseOfTheSession) {
    fill(3);
    server_.session().db = 1;
    EXPECT_EQ(scan_through().size(), 0U);
    EXPECT_EQ(run({"KEYS", "*"}), "*0\r\n");
    EXPECT_EQ(run({"RANDOMKEY"}), "$-1\r\n");
}

TEST_P(Scanning, KeysListsWhatMatchesAndIsNotOverdue) {
    fill(30);
    run({"SET", "", "v"});
    make_overdue("key:3");
    EXPECT_EQ(bulks(run({"KEYS", "*"})).size(), 30U);
    EXPECT_EQ(bulks(run({"KEYS", "key:?"})).size(), 9U);
    EXPECT_EQ(bulks(run({"KEYS", "**"})).size(), 29U) << "only the plain star matches the empty key";
    EXPECT_EQ(run({"KEYS", "nothing*"}), "*0\r\n");
    EXPECT_EQ(server_.engine().keyspace().size(0), 31U);
}

TEST_P(Scanning, RandomkeyReturnsEachKeyNowAndThen) {
    fill(20);
    std::map<std::string, int> drawn;
    for (int i = 0; i < 4000; ++i) ++drawn[bulks(run({"RANDOMKEY"})).at(0)];
    EXPECT_EQ(drawn.size(), 20U);
    for (const auto& [key, times] : drawn) EXPECT_GT(times, 100) << key;
}

TEST_P(Scanning, RandomkeyRemovesOverdueKeysAndLooksOn) {
    fill(20);
    for (int i = 1; i < 20; ++i) make_overdue("key:" + std::to_string(i));
    for (int i = 0; i < 50; ++i) EXPECT_EQ(run({"RANDOMKEY"}), "$5\r\nkey:0\r\n");
    make_overdue("key:0");
    EXPECT_EQ(run({"RANDOMKEY"}), "$-1\r\n");
    EXPECT_EQ(server_.engine().keyspace().size(0), 0U);
}

TEST_P(Scanning, HidesOverdueKeysWhileClientsArePaused) {
    fill(2000);
    for (int i = 1; i < 2000; ++i) make_overdue("key:" + std::to_string(i));
    server_.engine().pause().begin(Pause::Mode::Writes, server_.executor().now_ms() + 100'000,
                                   server_.executor().now_ms());
    EXPECT_EQ(scan_through(), std::vector<std::string>{"key:0"});
    EXPECT_EQ(run({"KEYS", "*"}), "*1\r\n$5\r\nkey:0\r\n");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(run({"RANDOMKEY"}), "$5\r\nkey:0\r\n");
    EXPECT_EQ(server_.engine().keyspace().size(0), 2000U);
}

}  // namespace
}  // namespace pongo
