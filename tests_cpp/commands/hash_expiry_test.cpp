#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

// Times that no test will live to see: 3021-04-26.
const std::string kFar = "33177117420000";
const std::string kFarther = "33177117421000";
const std::string kFarSeconds = "33177117420";

std::string integers(const std::vector<int>& values) {
    std::string reply = "*" + std::to_string(values.size()) + "\r\n";
    for (const int value : values) reply += ":" + std::to_string(value) + "\r\n";
    return reply;
}

std::string values(const std::vector<const char*>& texts) {
    std::string reply = "*" + std::to_string(texts.size()) + "\r\n";
    for (const char* text : texts) reply += text ? bulk(text) : "$-1\r\n";
    return reply;
}

class FieldExpiryCommands : public testing::Test {
  protected:
    // Words separated by spaces.
    std::string run(const std::string& line) {
        std::vector<std::string> words;
        for (std::size_t at = 0; at <= line.size();) {
            const std::size_t end = std::min(line.find(' ', at), line.size());
            words.push_back(line.substr(at, end - at));
            at = end + 1;
        }
        return server_.run(words);
    }
    void given(const std::string& line) {
        run(line);
        sink_.forget();
    }
    void expect_error(const std::string& line, const std::string& error) {
        EXPECT_EQ(run(line), "-" + error + "\r\n") << line;
    }
    void expect_effects(const Lines& events, const Lines& commands) {
        EXPECT_EQ(sink_.events(), events);
        EXPECT_EQ(sink_.commands(), commands);
    }
    // A hundred of them, f0 to f99, beside what is there.
    void fill_with_due_fields() {
        const std::int64_t at_ms = server_.executor().now_ms() + 5;
        std::string line = "HSETEX h PXAT " + std::to_string(at_ms) + " FIELDS 100";
        for (int i = 0; i < 100; ++i) line += " f" + std::to_string(i) + " 5";
        run(line);
        while (server_.executor().now_ms() <= at_ms) server_.executor().refresh_time();
    }
    std::string expiry(const std::string& name) { return run("HPEXPIRETIME h FIELDS 1 " + name); }
    std::string encoding() { return run("OBJECT ENCODING h"); }
    std::string in_ms(std::int64_t ms) { return std::to_string(server_.executor().now_ms() + ms); }
    std::uint64_t changes() { return server_.engine().total(&Counters::changes); }

    TestServer server_;
    RecordingSink sink_{server_.engine().effects()};
    const std::string none_ = integers({-1});
    const std::string far_ = "*1\r\n:" + kFar + "\r\n";
};

TEST_F(FieldExpiryCommands, HexpireTellsOfEachField) {
    given("HSET h a 1 b 2");
    EXPECT_EQ(run("HPEXPIREAT h " + kFar + " FIELDS 3 a missing b"), integers({1, -2, 1}));
    expect_effects({"0 hexpire h"}, {"0 HPEXPIREAT h " + kFar + " FIELDS 2 a b"});
    EXPECT_EQ(expiry("a"), far_);
    EXPECT_EQ(run("HEXPIREAT missing 5 FIELDS 2 a b"), integers({-2, -2}));
    expect_effects({}, {});
}

TEST_F(FieldExpiryCommands, RelativeTimesArePropagatedAsTheTimeItself) {
    given("HSET h a 1");
    EXPECT_EQ(run("HEXPIRE h 100 FIELDS 1 a"), integers({1}));
    expect_effects({"0 hexpire h"}, {"0 HPEXPIREAT h " + in_ms(100'000) + " FIELDS 1 a"});
    EXPECT_EQ(run("HPEXPIRE h 100000 fields 1 a"), integers({1}));
    expect_effects({"0 hexpire h"}, {"0 HPEXPIREAT h " + in_ms(100'000) + " FIELDS 1 a"});
    EXPECT_EQ(run("HEXPIREAT h " + kFarSeconds + " FIELDS 1 a"), integers({1}));
    expect_effects({"0 hexpire h"}, {"0 HPEXPIREAT h " + kFar + " FIELDS 1 a"});
}

TEST_F(FieldExpiryCommands, ConditionsDecideFieldByField) {
    struct Case {
        const char* condition;
        std::vector<int> of_earlier, of_later;  // Of a field with an expiry, and of one without.
    };
    for (const Case& each : {Case{"", {1, 1}, {1, 1}}, Case{"NX", {0, 1}, {0, 1}}, Case{"xx", {1, 0}, {1, 0}},
                             Case{"GT", {0, 0}, {1, 0}}, Case{"LT", {1, 1}, {0, 1}}}) {
        for (const bool later : {false, true}) {
            run("DEL h");
            run("HSET h a 1 b 2");
            run("HPEXPIREAT h " + kFar + " FIELDS 1 a");
            const std::string when = later ? kFarther : "33177117419000";
            const std::string condition = *each.condition ? std::string(" ") + each.condition : "";
            EXPECT_EQ(run("HPEXPIREAT h " + when + condition + " FIELDS 2 a b"),
                      integers(later ? each.of_later : each.of_earlier))
                << each.condition;
        }
    }
    EXPECT_EQ(run("HPEXPIREAT h " + kFar + " GT FIELDS 1 a"), integers({0})) << "an equal time";
    EXPECT_EQ(run("HPEXPIREAT h " + kFar + " NX FIELDS 2 a missing"), integers({0, -2}));
}

TEST_F(FieldExpiryCommands, ATimeThatIsOverRemovesTheField) {
    given("HSET h a 1 b 2 c 3");
    EXPECT_EQ(run("HEXPIRE h 0 FIELDS 3 a missing b"), integers({2, -2, 2}));
    expect_effects({"0 hdel h"}, {"0 HDEL h a b"});
    EXPECT_EQ(run("HPEXPIREAT h 1 FIELDS 1 c"), integers({2}));
    expect_effects({"0 hdel h", "0 del h"}, {"0 HDEL h c"});
    EXPECT_EQ(run("EXISTS h"), ":0\r\n");
}

TEST_F(FieldExpiryCommands, TimesBeyondTheLimitsAreErrors) {
    run("HSET h a 1");
    const std::string invalid = "ERR invalid expire time in 'hpexpireat' command";
    EXPECT_EQ(run("HPEXPIREAT h 70368744177663 FIELDS 1 a"), integers({1}));
    expect_error("HPEXPIREAT h 70368744177664 FIELDS 1 a", invalid);
    expect_error("HPEXPIREAT h 9223372036854775807 FIELDS 1 a", invalid);
    expect_error("HPEXPIREAT h -1 FIELDS 1 a", "ERR invalid expire time, must be >= 0");
    expect_error("HPEXPIREAT h x FIELDS 1 a", "ERR value is not an integer or out of range");
    expect_error("HPEXPIRE h 70368744177663 FIELDS 1 a", "ERR invalid expire time in 'hpexpire' command");
    EXPECT_EQ(run("HEXPIREAT h 70368744177 FIELDS 1 a"), integers({1}));
    expect_error("HEXPIREAT h 70368744178 FIELDS 1 a", "ERR invalid expire time in 'hexpireat' command");
    expect_error("HEXPIRE h 9223372036854775807 FIELDS 1 a", "ERR invalid expire time in 'hexpire' command");
    expect_error("HGETEX h PXAT 70368744177664 FIELDS 1 a", "ERR invalid expire time in 'hgetex' command");
    expect_error("HSETEX h EX -1 FIELDS 1 a b", "ERR invalid expire time, must be >= 0");
}

TEST_F(FieldExpiryCommands, FieldsMustBeAnnouncedAndCounted) {
    const std::string missing = "ERR Mandatory argument FIELDS is missing or not at the right position";
    const std::string mismatch = "ERR The `numfields` parameter must match the number of arguments";
    for (const std::string command : {"HEXPIRE h 9", "HPEXPIREAT h 9 NX", "HTTL h", "HPEXPIRETIME h",
                                      "HPERSIST h", "HGETDEL h", "HGETEX h", "HGETEX h EX 9"}) {
        expect_error(command + " FIELD 1 a", missing);
        expect_error(command + " x FIELDS 1 a", missing);
        expect_error(command + " FIELDS 2 a", mismatch);
        expect_error(command + " FIELDS 1 a b", mismatch);
        const std::string not_positive = command.starts_with("HEXPIRE ") || command.starts_with("HPEXPIREAT")
                                             ? "ERR Parameter `numFields` should be greater than 0"
                                             : "ERR Number of fields must be a positive integer";
        for (const char* count : {"0", "-1", "x", "9223372036854775808"}) {
            expect_error(command + " FIELDS " + count + " a", not_positive);
        }
    }
    expect_error("HGETEX h EX 9 FIELDS", "ERR wrong number of arguments for 'hgetex' command");
    expect_error("HTTL h FIELDS 1", "ERR wrong number of arguments for 'httl' command");
    expect_error("HGETEX h PERSIST 1 FIELDS 1 a", missing);
}

TEST_F(FieldExpiryCommands, EveryCommandWantsAHash) {
    run("SET h text");
    for (const char* line :
         {"HEXPIRE h 10 FIELDS 1 a", "HPEXPIRE h 10 FIELDS 1 a", "HEXPIREAT h 10 FIELDS 1 a",
          "HPEXPIREAT h 10 FIELDS 1 a", "HTTL h FIELDS 1 a", "HPTTL h FIELDS 1 a", "HEXPIRETIME h FIELDS 1 a",
          "HPEXPIRETIME h FIELDS 1 a", "HPERSIST h FIELDS 1 a", "HGETEX h FIELDS 1 a", "HGETDEL h FIELDS 1 a",
          "HSETEX h FIELDS 1 a b"}) {
        expect_error(line, "WRONGTYPE Operation against a key holding the wrong kind of value");
    }
}

TEST_F(FieldExpiryCommands, TheTimeIsToldInFourWays) {
    run("HSET h a 1 b 2");
    run("HPEXPIREAT h " + kFar + " FIELDS 1 a");
    EXPECT_EQ(run("HPEXPIRETIME h FIELDS 3 a b c"), "*3\r\n:" + kFar + "\r\n:-1\r\n:-2\r\n");
    EXPECT_EQ(run("HEXPIRETIME h FIELDS 1 a"), "*1\r\n:" + kFarSeconds + "\r\n");
    EXPECT_EQ(run("HTTL missing FIELDS 2 a b"), integers({-2, -2}));
    run("HPEXPIRE h 99999 FIELDS 1 a");
    EXPECT_EQ(run("HTTL h FIELDS 1 a"), integers({100}));
    const std::string left = run("HPTTL h FIELDS 1 a");
    EXPECT_GT(std::stoi(left.substr(5)), 60'000);
    EXPECT_LE(std::stoi(left.substr(5)), 99'999);
    run("HPEXPIREAT h 33177117420001 FIELDS 1 a");
    EXPECT_EQ(run("HEXPIRETIME h FIELDS 1 a"), "*1\r\n:33177117421\r\n");
}

TEST_F(FieldExpiryCommands, HpersistTakesItAway) {
    given("HSETEX h PXAT " + kFar + " FIELDS 1 a 1");
    given("HSET h b 2");
    EXPECT_EQ(run("HPERSIST h FIELDS 3 a b c"), integers({1, -1, -2}));
    expect_effects({"0 hpersist h"}, {"0 HPERSIST h FIELDS 3 a b c"});
    EXPECT_EQ(expiry("a"), none_);
    EXPECT_EQ(run("HPERSIST h FIELDS 1 a"), integers({-1}));
    EXPECT_EQ(run("HPERSIST missing FIELDS 1 a"), integers({-2}));
    expect_effects({}, {});
}

TEST_F(FieldExpiryCommands, WhatReplacesAValueClearsTheExpiryAndCountersKeepIt) {
    const auto expiring = [&] { given("HSETEX h PXAT " + kFar + " FIELDS 1 a 1"); };
    expiring();
    run("HSET h a 2");
    EXPECT_EQ(expiry("a"), none_);
    expiring();
    run("HMSET h a 2 b 3");
    EXPECT_EQ(expiry("a"), none_);
    expiring();
    run("HSETNX h a 2");
    EXPECT_EQ(expiry("a"), far_);
    run("HINCRBY h a 2");
    EXPECT_EQ(expiry("a"), far_);
    sink_.forget();
    EXPECT_EQ(run("HINCRBYFLOAT h a 0.5"), bulk("3.5"));
    EXPECT_EQ(expiry("a"), far_);
    expect_effects({"0 hincrbyfloat h"}, {"0 HSETEX h KEEPTTL FIELDS 1 a 3.5"});
    run("HDEL h a");
    run("HSET h a 1");
    EXPECT_EQ(expiry("a"), none_);
}

TEST_F(FieldExpiryCommands, CopiesAndRenamedHashesCarryIt) {
    run("HSETEX h PXAT " + kFar + " FIELDS 1 a 1");
    run("COPY h copy");
    run("HPERSIST h FIELDS 1 a");
    EXPECT_EQ(run("HPEXPIRETIME copy FIELDS 1 a"), far_);
    run("RENAME copy h");
    EXPECT_EQ(expiry("a"), far_);
    run("PEXPIREAT h " + kFarther);
    EXPECT_EQ(expiry("a"), far_);
    run("MOVE h 1");
    run("SWAPDB 0 1");
    EXPECT_EQ(expiry("a"), far_);
    EXPECT_EQ(run("PEXPIRETIME h"), ":" + kFarther + "\r\n");
}

TEST_F(FieldExpiryCommands, TheEncodingTells) {
    run("HSET h a 1");
    EXPECT_EQ(encoding(), bulk("listpack"));
    run("HEXPIRE h 100 FIELDS 1 a");
    EXPECT_EQ(encoding(), bulk("listpackex"));
    run("HPERSIST h FIELDS 1 a");
    EXPECT_EQ(encoding(), bulk("listpackex"));
    run("HSET h b " + std::string(65, 'x'));
    EXPECT_EQ(encoding(), bulk("hashtable"));
    EXPECT_EQ(run("HLEN h"), ":2\r\n");
}

TEST_F(FieldExpiryCommands, ExpiriesShowInDigests) {
    const auto digest = [&] { return run("DEBUG DIGEST-VALUE h"); };
    server_.session().from_loopback = true;
    EXPECT_FALSE(server_.config().assign("enable-debug-command", "yes"));
    run("HSET h a 1 b 2");
    const std::string without = digest();
    run("HPEXPIREAT h " + kFar + " FIELDS 1 a");
    EXPECT_NE(digest(), without);
    run("HPERSIST h FIELDS 1 a");
    EXPECT_EQ(digest(), without);
}

TEST_F(FieldExpiryCommands, HgetexReadsAndSets) {
    given("HSET h a 1 b 2 c 3");
    EXPECT_EQ(run("HGETEX h FIELDS 2 a missing"), values({"1", nullptr}));
    expect_effects({}, {});
    EXPECT_EQ(run("HGETEX h PXAT " + kFar + " FIELDS 2 a missing"), values({"1", nullptr}));
    expect_effects({"0 hexpire h"}, {"0 HPEXPIREAT h " + kFar + " FIELDS 1 a"});
    EXPECT_EQ(expiry("a"), far_);
    EXPECT_EQ(run("HGETEX h PERSIST FIELDS 2 a b"), values({"1", "2"}));
    expect_effects({"0 hpersist h"}, {"0 HPERSIST h FIELDS 1 a"});
    EXPECT_EQ(run("HGETEX h PERSIST FIELDS 1 a"), values({"1"}));
    expect_effects({}, {});
    EXPECT_EQ(run("HGETEX h EX 0 FIELDS 3 a b missing"), values({"1", "2", nullptr}));
    expect_effects({"0 hdel h"}, {"0 HDEL h a b"});
    EXPECT_EQ(run("HGETEX h PX 0 FIELDS 1 c"), values({"3"}));
    expect_effects({"0 hdel h", "0 del h"}, {"0 HDEL h c"});
    EXPECT_EQ(run("HGETEX h EX 100 FIELDS 2 a b"), values({nullptr, nullptr}));
    expect_effects({}, {});
}

TEST_F(FieldExpiryCommands, HsetexSetsFieldsAndExpiryTogether) {
    EXPECT_EQ(run("HSETEX h FIELDS 2 a 1 b 2"), ":1\r\n");
    expect_effects({"0 new h", "0 hset h"}, {"0 HSETEX h FIELDS 2 a 1 b 2"});
    EXPECT_EQ(run("HSETEX h EX 100 FIELDS 2 a 3 c 4"), ":1\r\n");
    expect_effects({"0 hset h", "0 hexpire h"}, {"0 HSETEX h PXAT " + in_ms(100'000) + " FIELDS 2 a 3 c 4"});
    EXPECT_EQ(run("HSETEX h KEEPTTL FIELDS 2 a 5 b 6"), ":1\r\n");
    expect_effects({"0 hset h"}, {"0 HSETEX h KEEPTTL FIELDS 2 a 5 b 6"});
    EXPECT_NE(expiry("a"), none_);
    EXPECT_EQ(expiry("b"), none_);
    run("HSETEX h FIELDS 1 a 7");
    EXPECT_EQ(expiry("a"), none_);
    EXPECT_EQ(run("HMGET h a b c"), values({"7", "6", "4"}));
}

TEST_F(FieldExpiryCommands, HsetexWithATimeThatIsOverRemoves) {
    given("HSET h a 1 b 2");
    EXPECT_EQ(run("HSETEX h PX 0 FIELDS 2 a 9 c 9"), ":1\r\n");
    expect_effects({"0 hset h", "0 hdel h"}, {"0 HDEL h a c"});
    EXPECT_EQ(run("HGETALL h"), values({"b", "2"}));
    EXPECT_EQ(run("HSETEX new PXAT 1 FIELDS 1 a 1"), ":1\r\n");
    expect_effects({"0 new new", "0 hset new", "0 hdel new", "0 del new"}, {"0 HDEL new a"});
    EXPECT_EQ(run("EXISTS new"), ":0\r\n");
}

TEST_F(FieldExpiryCommands, HsetexOnlyIfAllOrNoneAreThere) {
    EXPECT_EQ(run("HSETEX h FXX FIELDS 1 a 1"), ":0\r\n");
    EXPECT_EQ(run("EXISTS h"), ":0\r\n");
    EXPECT_EQ(run("HSETEX h FNX FIELDS 2 a 1 b 2"), ":1\r\n");
    sink_.forget();
    EXPECT_EQ(run("HSETEX h FNX FIELDS 2 b 3 c 3"), ":0\r\n");
    EXPECT_EQ(run("HSETEX h FXX FIELDS 2 b 3 c 3"), ":0\r\n");
    expect_effects({}, {});
    EXPECT_EQ(run("HSETEX h EX 100 FXX FIELDS 2 a 3 b 3"), ":1\r\n");
    EXPECT_EQ(run("HSETEX h fnx ex 100 fields 1 c 3"), ":1\r\n");
    EXPECT_EQ(run("HMGET h a b c"), values({"3", "3", "3"}));
}

TEST_F(FieldExpiryCommands, HsetexRefusesWhatItCannotUnderstand) {
    const std::string arity = "ERR wrong number of arguments for 'hsetex' command";
    for (const char* line : {"HSETEX h FIELDS 1 a", "HSETEX h FIELDS 2 a b", "HSETEX h FIELDS 2 a b c",
                             "HSETEX h FIELDS 2 a b c d e", "HSETEX h FIELDS 1 a b unknown"}) {
        expect_error(line, arity);
    }
    expect_error("HSETEX h NX FIELDS 1 a b", "ERR unknown argument: NX");
    expect_error("HSETEX h EX 10 KEEPTTL FIELDS 1 a b",
                 "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
    expect_error("HSETEX h PX 10 PX 10 FIELDS 1 a b",
                 "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
    expect_error("HSETEX h PX 10 EX x FIELDS 1 a b",
                 "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
    expect_error("HSETEX h FNX 1 2 3", "ERR unknown argument: 1");
    expect_error("HSETEX h FXX EX 5 EXAT",
                 "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
    expect_error("HSETEX h FIELDS 2147483648 a b", "ERR invalid number of fields");
    expect_error("HSETEX h FIELDS 2147483647 a b", arity);
    run("SET text x");
    expect_error("HSETEX text FIELDS 0 a b", "ERR invalid number of fields");
    expect_error("HGETEX text FIELDS 0 a",
                 "WRONGTYPE Operation against a key holding the wrong kind of value");
    expect_error("HSETEX h FXX FNX FIELDS 1 a b", "ERR Only one of FXX or FNX arguments can be specified");
    expect_error("HSETEX h EX FIELDS 1 a b", "ERR value is not an integer or out of range");
    for (const char* count : {"0", "-1", "x"}) {
        expect_error(std::string("HSETEX h FIELDS ") + count + " a b", "ERR invalid number of fields");
    }
    EXPECT_EQ(run("EXISTS h"), ":0\r\n");
}

TEST_F(FieldExpiryCommands, HgetdelReadsAndRemoves) {
    given("HSETEX h PXAT " + kFar + " FIELDS 2 a 1 b 2");
    EXPECT_EQ(run("HGETDEL h FIELDS 3 a missing a"), values({"1", nullptr, nullptr}));
    expect_effects({"0 hdel h"}, {"0 HDEL h a"});
    EXPECT_EQ(run("HGETDEL h FIELDS 1 missing"), values({nullptr}));
    expect_effects({}, {});
    EXPECT_EQ(run("HGETDEL h FIELDS 1 b"), values({"2"}));
    expect_effects({"0 hdel h", "0 del h"}, {"0 HDEL h b"});
    EXPECT_EQ(run("HGETDEL h FIELDS 2 a b"), values({nullptr, nullptr}));
}

// With all that reads a hash, in both forms: more due fields than a look-up removes, and no cycle runs.
TEST_F(FieldExpiryCommands, NobodySeesFieldsThatAreDue) {
    for (const auto& [entries, encoding_name] : {std::pair{"512", "listpackex"}, {"1", "hashtable"}}) {
        EXPECT_FALSE(server_.config().assign("hash-max-listpack-entries", entries));
        run("DEL h s");
        run("HSET h stays 1 last 2");
        fill_with_due_fields();
        EXPECT_EQ(encoding(), bulk(encoding_name));
        EXPECT_EQ(run("HLEN h"), ":2\r\n");
        EXPECT_EQ(run("HGET h f1"), "$-1\r\n");
        EXPECT_EQ(run("HMGET h f1 stays f2"), values({nullptr, "1", nullptr}));
        EXPECT_EQ(run("HEXISTS h f1"), ":0\r\n");
        EXPECT_EQ(run("HSTRLEN h f1"), ":0\r\n");
        EXPECT_EQ(run("HTTL h FIELDS 2 f1 stays"), integers({-2, -1}));
        EXPECT_TRUE(run("HGETALL h").starts_with("*4\r\n"));
        EXPECT_TRUE(run("HKEYS h").starts_with("*2\r\n"));
        EXPECT_TRUE(run("HVALS h").starts_with("*2\r\n"));
        EXPECT_TRUE(run("HRANDFIELD h 50").starts_with("*2\r\n"));
        EXPECT_EQ(run("HRANDFIELD h -50").find("$2\r\nf"), std::string::npos);
        EXPECT_EQ(run("HSCAN h 0 COUNT 1000 MATCH f*"), "*2\r\n" + bulk("0") + "*0\r\n");
        run("SADD s h");
        EXPECT_EQ(run("SORT s BY nosort GET *->f1 GET *->stays"), values({nullptr, "1"}));
        EXPECT_EQ(run("HSETNX h f99 new"), ":1\r\n");
        EXPECT_EQ(run("HINCRBY h f98 2"), ":2\r\n");
        EXPECT_EQ(run("HGETDEL h FIELDS 2 f97 f99"), values({nullptr, "new"}));
        EXPECT_EQ(run("HEXPIRE h 100 FIELDS 2 f96 last"), integers({-2, 1}));
        EXPECT_EQ(run("HLEN h"), ":3\r\n");
    }
}

TEST_F(FieldExpiryCommands, AHashOfDueFieldsOnlyIsNotThere) {
    fill_with_due_fields();
    EXPECT_EQ(run("EXISTS h"), ":0\r\n");
    EXPECT_EQ(run("HGETALL h"), "*0\r\n");
    EXPECT_EQ(run("TYPE h"), "+none\r\n");
    EXPECT_EQ(run("SET h text NX"), "+OK\r\n");
}

TEST_F(FieldExpiryCommands, AHashOfDueFieldsOnlyIsInNoListOfKeys) {
    for (const char* entries : {"512", "1"}) {
        EXPECT_FALSE(server_.config().assign("hash-max-listpack-entries", entries));
        run("FLUSHALL");
        run("SET other x");
        fill_with_due_fields();
        EXPECT_EQ(run("DBSIZE"), ":2\r\n");
        EXPECT_EQ(run("KEYS *"), values({"other"}));
        EXPECT_EQ(run("SCAN 0 COUNT 1000").find(bulk("h")), std::string::npos);
        EXPECT_EQ(run("SCAN 0 COUNT 1000 TYPE hash").find(bulk("h")), std::string::npos);
        for (int i = 0; i < 30; ++i) EXPECT_EQ(run("RANDOMKEY"), bulk("other"));
        run("DEL other");
        EXPECT_EQ(run("RANDOMKEY"), "$-1\r\n");
        run("HSET h stays 1");
        EXPECT_EQ(run("KEYS *"), values({"h"}));
        EXPECT_EQ(run("RANDOMKEY"), bulk("h"));
    }
}

// Who comes across few due fields takes them away.
TEST_F(FieldExpiryCommands, ScanRemovesASmallHashOfDueFieldsOnly) {
    run("HSETEX g PXAT " + std::to_string(server_.executor().now_ms() + 5) + " FIELDS 1 f v");
    fill_with_due_fields();
    EXPECT_EQ(run("DBSIZE"), ":2\r\n");
    EXPECT_EQ(run("SCAN 0 COUNT 1000").find(bulk("g")), std::string::npos);
    EXPECT_EQ(run("DBSIZE"), ":1\r\n");
}

TEST_F(FieldExpiryCommands, HscanLeavesValuesOut) {
    run("HSET h a 1 b 2 c 3");
    EXPECT_EQ(run("HSCAN h 0 NOVALUES"), "*2\r\n" + bulk("0") + values({"a", "b", "c"}));
    EXPECT_EQ(run("HSCAN h 0 novalues MATCH b COUNT 5"), "*2\r\n" + bulk("0") + values({"b"}));
    run("HEXPIRE h 100 FIELDS 1 b");
    EXPECT_EQ(run("HSCAN h 0 NOVALUES"), "*2\r\n" + bulk("0") + values({"b", "a", "c"}));
    run("HSET h d " + std::string(65, 'x'));
    EXPECT_EQ(run("HSCAN h 0 COUNT 100 MATCH [d] NOVALUES"), "*2\r\n" + bulk("0") + values({"d"}));
    run("HELLO 3");
    EXPECT_EQ(run("HSCAN h 0 COUNT 100 MATCH [d] NOVALUES"), "*2\r\n" + bulk("0") + values({"d"}));
    run("SADD s a");
    expect_error("HSCAN h 0 NOVALUES NOVALUE", "ERR syntax error");
    expect_error("SSCAN s 0 NOVALUES", "ERR syntax error");
    expect_error("SCAN 0 NOVALUES", "ERR syntax error");
}

TEST_F(FieldExpiryCommands, EveryFieldIsAChange) {
    run("HSET h a 1 b 2 c 3");
    const std::uint64_t before = changes();
    run("HEXPIRE h 100 FIELDS 3 a b missing");
    EXPECT_EQ(changes(), before + 2);
    run("HPERSIST h FIELDS 2 a c");
    EXPECT_EQ(changes(), before + 3);
    run("HSETEX h EX 100 FIELDS 2 a 1 b 2");
    EXPECT_EQ(changes(), before + 5);
    run("HGETDEL h FIELDS 2 a missing");
    EXPECT_EQ(changes(), before + 6);
}

}  // namespace
}  // namespace pongo
