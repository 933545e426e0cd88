#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

constexpr char kOk[] = "+OK\r\n";
constexpr char kNull[] = "$-1\r\n";
constexpr char kFarFutureMs[] = "33177117420000";

class StringCommands : public testing::Test {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    void given(const std::string& key, const std::string& value) {
        run({"SET", key, value});
        sink_.forget();
    }
    void given_volatile(const std::string& key, const std::string& value) {
        run({"SET", key, value, "PXAT", kFarFutureMs});
        sink_.forget();
    }
    std::string expiry(const std::string& key) { return run({"PEXPIRETIME", key}); }
    std::string encoding(const std::string& key) { return run({"OBJECT", "ENCODING", key}); }
    void expect_no_effect() {
        EXPECT_EQ(sink_.events(), Lines{});
        EXPECT_EQ(sink_.commands(), Lines{});
        EXPECT_EQ(sink_.touched(), Lines{});
    }

    TestServer server_{{string_commands(), key_commands(), expiry_commands()}};
    RecordingSink sink_{server_.engine().effects()};
    const std::string kept_expiry_ = std::string(":") + kFarFutureMs + "\r\n";
};

TEST_F(StringCommands, GetReturnsWhatSetPut) {
    EXPECT_EQ(run({"SET", "k", "value"}), kOk);
    EXPECT_EQ(run({"GET", "k"}), bulk("value"));
    EXPECT_EQ(run({"GET", "missing"}), kNull);
    EXPECT_EQ(sink_.events(), (Lines{"0 new k", "0 set k", "0 keymiss missing"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 SET k value"});
    EXPECT_EQ(sink_.touched(), Lines{"0 k"});
}

TEST_F(StringCommands, SetWithAnExpiryTellsTheTimeItself) {
    run({"SET", "k", "v", "EXAT", "33177117420", "GET"});
    EXPECT_EQ(sink_.events(), (Lines{"0 keymiss k", "0 new k", "0 set k", "0 expire k"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 SET k v PXAT 33177117420000"});
    EXPECT_EQ(expiry("k"), kept_expiry_);
}

TEST_F(StringCommands, SetTakesTheExpiryAwayUnlessToldToKeepIt) {
    given_volatile("k", "v");
    run({"SET", "k", "w", "KEEPTTL"});
    EXPECT_EQ(expiry("k"), kept_expiry_);
    EXPECT_EQ(sink_.commands(), Lines{"0 SET k w KEEPTTL"});
    run({"SET", "k", "x"});
    EXPECT_EQ(expiry("k"), ":-1\r\n");
}

TEST_F(StringCommands, SetThatDoesNotHappenHasNoEffect) {
    given("k", "v");
    EXPECT_EQ(run({"SET", "k", "w", "NX"}), kNull);
    EXPECT_EQ(run({"SET", "missing", "w", "XX"}), kNull);
    EXPECT_EQ(run({"SETNX", "k", "w"}), ":0\r\n");
    EXPECT_EQ(run({"SET", "k", "w", "NX", "GET"}), bulk("v"));
    EXPECT_EQ(run({"GET", "k"}), bulk("v"));
    expect_no_effect();
}

TEST_F(StringCommands, SetGetDoesNotTellThatItAsked) {
    given_volatile("k", "v");
    EXPECT_EQ(run({"SET", "k", "w", "XX", "GET", "KEEPTTL"}), bulk("v"));
    EXPECT_EQ(run({"SET", "k", "x", "GET"}), bulk("w"));
    EXPECT_EQ(sink_.commands(), (Lines{"0 SET k w KEEPTTL", "0 SET k x"}));
}

TEST_F(StringCommands, SetRefusesTimesThatCannotBe) {
    const std::string invalid = "-ERR invalid expire time in 'set' command\r\n";
    for (const char* option : {"EX", "PX", "EXAT", "PXAT"}) {
        EXPECT_EQ(run({"SET", "k", "v", option, "0"}), invalid);
        EXPECT_EQ(run({"SET", "k", "v", option, "-1"}), invalid);
        EXPECT_EQ(run({"SET", "k", "v", option, "1.5"}), "-ERR value is not an integer or out of range\r\n");
        EXPECT_EQ(run({"SET", "k", "v", option}), "-ERR syntax error\r\n");
    }
    EXPECT_EQ(run({"SET", "k", "v", "EX", "9223372036854776"}), invalid);
    EXPECT_EQ(run({"SET", "k", "v", "EXAT", "9223372036854776"}), invalid);
    EXPECT_EQ(run({"SET", "k", "v", "PX", "9223372036854775807"}), invalid);
    EXPECT_EQ(run({"SET", "k", "v", "PXAT", "9223372036854775807"}), kOk);
    EXPECT_EQ(run({"SETEX", "k", "0", "v"}), "-ERR invalid expire time in 'setex' command\r\n");
    EXPECT_EQ(run({"PSETEX", "k", "-5", "v"}), "-ERR invalid expire time in 'psetex' command\r\n");
}

TEST_F(StringCommands, SetRefusesOptionsThatContradictEachOther) {
    const Lines options[] = {{"NX", "XX"},           {"XX", "NX"},           {"EX", "1", "PX", "1"},
                             {"KEEPTTL", "EX", "1"}, {"EX", "1", "KEEPTTL"}, {"PERSIST"}};
    for (const Lines& words : options) {
        Lines request{"SET", "k", "v"};
        request.insert(request.end(), words.begin(), words.end());
        EXPECT_EQ(run(request), "-ERR syntax error\r\n") << words[0];
    }
    expect_no_effect();
}

TEST_F(StringCommands, ATimeThatHasPassedExpiresTheKeyAtOnce) {
    EXPECT_EQ(run({"SET", "k", "v", "PXAT", "1"}), kOk);
    EXPECT_EQ(run({"GET", "k"}), kNull);
    EXPECT_EQ(sink_.events(), (Lines{"0 new k", "0 set k", "0 expire k", "0 expired k", "0 keymiss k"}));
    EXPECT_EQ(sink_.commands(), (Lines{"0 SET k v PXAT 1", "0 DEL k"}));
}

TEST_F(StringCommands, GetsetTellsOfASet) {
    given_volatile("k", "v");
    EXPECT_EQ(run({"GETSET", "k", "w"}), bulk("v"));
    EXPECT_EQ(sink_.commands(), Lines{"0 SET k w"});
    EXPECT_EQ(expiry("k"), ":-1\r\n");
}

TEST_F(StringCommands, GetdelTellsOfADel) {
    given("k", "v");
    EXPECT_EQ(run({"GETDEL", "k"}), bulk("v"));
    EXPECT_EQ(sink_.events(), Lines{"0 del k"});
    EXPECT_EQ(sink_.commands(), Lines{"0 DEL k"});
    EXPECT_EQ(run({"GETDEL", "k"}), kNull);
    EXPECT_EQ(sink_.commands(), Lines{});
}

TEST_F(StringCommands, GetexTellsWhatBecameOfTheExpiry) {
    given("k", "v");
    EXPECT_EQ(run({"GETEX", "k"}), bulk("v"));
    EXPECT_EQ(run({"GETEX", "k", "PERSIST"}), bulk("v"));
    expect_no_effect();
    EXPECT_EQ(run({"GETEX", "k", "PXAT", kFarFutureMs}), bulk("v"));
    EXPECT_EQ(run({"GETEX", "k", "PERSIST"}), bulk("v"));
    EXPECT_EQ(run({"GETEX", "k", "PXAT", "1"}), bulk("v"));
    EXPECT_EQ(sink_.events(), (Lines{"0 expire k", "0 persist k", "0 del k"}));
    EXPECT_EQ(sink_.commands(), (Lines{"0 PEXPIREAT k 33177117420000", "0 PERSIST k", "0 DEL k"}));
}

TEST_F(StringCommands, GetexOfAMissingKeyIsNullWhateverTheTime) {
    EXPECT_EQ(run({"GETEX", "missing", "EX", "abc"}), kNull);
    given("k", "v");
    EXPECT_EQ(run({"GETEX", "k", "EX", "abc"}), "-ERR value is not an integer or out of range\r\n");
    EXPECT_EQ(run({"GETEX", "k", "EX", "0"}), "-ERR invalid expire time in 'getex' command\r\n");
    EXPECT_EQ(run({"GETEX", "k", "EX", "1", "PERSIST"}), "-ERR syntax error\r\n");
}

TEST_F(StringCommands, MsetSetsAllAndTheLastOfOneKeyWins) {
    EXPECT_EQ(run({"MSET", "a", "1", "b", "2", "a", "3"}), kOk);
    EXPECT_EQ(run({"MGET", "a", "b", "missing"}), "*3\r\n$1\r\n3\r\n$1\r\n2\r\n$-1\r\n");
    EXPECT_EQ(sink_.commands(), Lines{"0 MSET a 1 b 2 a 3"});
    EXPECT_EQ(run({"MSET", "a", "1", "b"}), "-ERR wrong number of arguments for 'mset' command\r\n");
}

TEST_F(StringCommands, MsetTellsOfABigValueThatItOverwroteItself) {
    const std::string first(100'000, 'a');
    const std::string second(100'000, 'b');
    EXPECT_EQ(run({"MSET", "k", first, "k", second}), kOk);
    EXPECT_EQ(sink_.commands(), Lines{"0 MSET k " + first + " k " + second});
    EXPECT_EQ(run({"GET", "k"}), bulk(second));
}

TEST_F(StringCommands, MsetnxSetsAllOrNothing) {
    EXPECT_EQ(run({"MSETNX", "a", "1", "b", "2"}), ":1\r\n");
    sink_.forget();
    EXPECT_EQ(run({"MSETNX", "c", "1", "b", "3"}), ":0\r\n");
    expect_no_effect();
    EXPECT_EQ(run({"EXISTS", "c"}), ":0\r\n");
}

TEST_F(StringCommands, CountersCountFromNothingAndKeepTheExpiry) {
    EXPECT_EQ(run({"INCR", "a"}), ":1\r\n");
    EXPECT_EQ(run({"DECRBY", "b", "5"}), ":-5\r\n");
    given_volatile("k", "9");
    EXPECT_EQ(run({"INCRBY", "k", "-10"}), ":-1\r\n");
    EXPECT_EQ(run({"DECR", "k"}), ":-2\r\n");
    EXPECT_EQ(expiry("k"), kept_expiry_);
    EXPECT_EQ(encoding("k"), bulk("int"));
    EXPECT_EQ(sink_.events(), (Lines{"0 incrby k", "0 incrby k"}));
    EXPECT_EQ(sink_.commands(), (Lines{"0 INCRBY k -10", "0 DECR k"}));
}

TEST_F(StringCommands, CountersRefuseToOverflow) {
    given("top", "9223372036854775807");
    given("bottom", "-9223372036854775808");
    EXPECT_EQ(run({"INCR", "top"}), "-ERR increment or decrement would overflow\r\n");
    EXPECT_EQ(run({"DECR", "bottom"}), "-ERR increment or decrement would overflow\r\n");
    EXPECT_EQ(run({"DECRBY", "top", "-9223372036854775808"}), "-ERR decrement would overflow\r\n");
    EXPECT_EQ(run({"INCRBY", "top", "1e1"}), "-ERR value is not an integer or out of range\r\n");
    given("text", " 1");
    EXPECT_EQ(run({"INCR", "text"}), "-ERR value is not an integer or out of range\r\n");
    expect_no_effect();
}

TEST_F(StringCommands, IncrbyfloatTellsTheSum) {
    given_volatile("k", "10.5");
    EXPECT_EQ(run({"INCRBYFLOAT", "k", "0.1"}), bulk("10.6"));
    EXPECT_EQ(run({"INCRBYFLOAT", "k", "0.4"}), bulk("11"));
    EXPECT_EQ(encoding("k"), bulk("embstr"));
    EXPECT_EQ(run({"INCR", "k"}), ":12\r\n");
    EXPECT_EQ(expiry("k"), kept_expiry_);
    EXPECT_EQ(sink_.commands(), (Lines{"0 SET k 10.6 KEEPTTL", "0 SET k 11 KEEPTTL", "0 INCR k"}));
}

TEST_F(StringCommands, IncrbyfloatRefusesWhatIsNoFiniteNumber) {
    given("k", "1");
    EXPECT_EQ(run({"INCRBYFLOAT", "k", "x"}), "-ERR value is not a valid float\r\n");
    EXPECT_EQ(run({"INCRBYFLOAT", "k", "nan"}), "-ERR value is not a valid float\r\n");
    EXPECT_EQ(run({"INCRBYFLOAT", "k", "inf"}), "-ERR increment would produce NaN or Infinity\r\n");
    given("text", "x");
    EXPECT_EQ(run({"INCRBYFLOAT", "text", "1"}), "-ERR value is not a valid float\r\n");
    expect_no_effect();
}

TEST_F(StringCommands, AppendKeepsTheExpiryAndMakesWhatIsMissing) {
    given_volatile("k", "12");
    EXPECT_EQ(run({"APPEND", "k", "34"}), ":4\r\n");
    EXPECT_EQ(run({"GET", "k"}), bulk("1234"));
    EXPECT_EQ(encoding("k"), bulk("raw"));
    EXPECT_EQ(expiry("k"), kept_expiry_);
    EXPECT_EQ(sink_.events(), Lines{"0 append k"});
    EXPECT_EQ(run({"APPEND", "new", "7"}), ":1\r\n");
    EXPECT_EQ(encoding("new"), bulk("int"));
}

TEST_F(StringCommands, AppendGrowsThroughEverySizeOfStorage) {
    std::string expected;
    for (int i = 0; i < 300; ++i) {
        const std::string piece(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
        expected += piece;
        ASSERT_EQ(run({"APPEND", "k", piece}), ":" + std::to_string(expected.size()) + "\r\n");
        ASSERT_EQ(run({"GET", "k"}), bulk(expected));
    }
}

TEST_F(StringCommands, AReplyThatIsNotSentYetDoesNotChangeWithTheValue) {
    const std::string big(100'000, 'a');
    given("k", big);
    Request get;
    get.args = {"GET", "k"};
    ReplyBuffer replies;
    server_.executor().run(server_.session(), {&get, 1}, replies);
    ASSERT_TRUE(replies.has_splices());

    run({"SETRANGE", "k", "0", "xyz"});
    run({"SETBIT", "k", "0", "1"});
    EXPECT_EQ(replies.to_string(), bulk(big));
    run({"GETDEL", "k"});
    EXPECT_EQ(replies.to_string(), bulk(big));
}

TEST_F(StringCommands, GetrangeCountsFromBothEnds) {
    given("k", "This is a string");
    EXPECT_EQ(run({"GETRANGE", "k", "0", "3"}), bulk("This"));
    EXPECT_EQ(run({"GETRANGE", "k", "-3", "-1"}), bulk("ing"));
    EXPECT_EQ(run({"GETRANGE", "k", "-100", "100"}), bulk("This is a string"));
    EXPECT_EQ(run({"GETRANGE", "k", "5", "3"}), bulk(""));
    EXPECT_EQ(run({"GETRANGE", "k", "-9223372036854775808", "9223372036854775807"}),
              bulk("This is a string"));
    EXPECT_EQ(run({"SUBSTR", "k", "-1", "-5"}), bulk(""));
    EXPECT_EQ(run({"GETRANGE", "missing", "0", "-1"}), bulk(""));
    EXPECT_EQ(run({"GETRANGE", "k", "a", "1"}), "-ERR value is not an integer or out of range\r\n");
}

TEST_F(StringCommands, SetrangeFillsTheGapWithZeros) {
    EXPECT_EQ(run({"SETRANGE", "k", "3", "abc"}), ":6\r\n");
    EXPECT_EQ(run({"GET", "k"}), bulk(std::string("\0\0\0abc", 6)));
    EXPECT_EQ(run({"SETRANGE", "k", "0", "xy"}), ":6\r\n");
    EXPECT_EQ(run({"GET", "k"}), bulk(std::string("xy\0abc", 6)));
    EXPECT_EQ(sink_.events(), (Lines{"0 new k", "0 setrange k", "0 setrange k"}));
}

TEST_F(StringCommands, SetrangeOfNothingHasNoEffect) {
    EXPECT_EQ(run({"SETRANGE", "missing", "10", ""}), ":0\r\n");
    given("k", "abc");
    EXPECT_EQ(run({"SETRANGE", "k", "10", ""}), ":3\r\n");
    EXPECT_EQ(run({"SETRANGE", "k", "-1", "x"}), "-ERR offset is out of range\r\n");
    expect_no_effect();
    EXPECT_EQ(run({"EXISTS", "missing"}), ":0\r\n");
}

TEST_F(StringCommands, StringsEndAtTheLimit) {
    server_.config().assign("proto-max-bulk-len", "1mb");
    const std::string too_long = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n";
    EXPECT_EQ(run({"SETRANGE", "k", "1048576", "x"}), too_long);
    EXPECT_EQ(run({"SETRANGE", "k", "9223372036854775807", "x"}), too_long);
    EXPECT_EQ(run({"SETRANGE", "k", "1048575", "x"}), ":1048576\r\n");
    sink_.forget();
    EXPECT_EQ(run({"APPEND", "k", "x"}), too_long);
    expect_no_effect();
}

TEST_F(StringCommands, StrlenCountsTheDigitsOfIntegers) {
    given("k", "-9223372036854775808");
    EXPECT_EQ(run({"STRLEN", "k"}), ":20\r\n");
    EXPECT_EQ(run({"STRLEN", "missing"}), ":0\r\n");
}

TEST_F(StringCommands, LcsRepliesTheSequenceItsLengthOrItsPlaces) {
    given("a", "ohmytext");
    given("b", "mynewtext");
    EXPECT_EQ(run({"LCS", "a", "b"}), bulk("mytext"));
    EXPECT_EQ(run({"LCS", "a", "b", "LEN"}), ":6\r\n");
    EXPECT_EQ(run({"LCS", "a", "missing"}), bulk(""));
    EXPECT_EQ(
        run({"LCS", "a", "b", "IDX", "MINMATCHLEN", "4", "WITHMATCHLEN"}),
        "*4\r\n$7\r\nmatches\r\n*1\r\n*3\r\n*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n:4\r\n$3\r\nlen\r\n:6\r\n");
    EXPECT_EQ(run({"LCS", "a", "b", "IDX", "LEN"}),
              "-ERR If you want both the length and indexes, please just use IDX.\r\n");
}

TEST_F(StringCommands, LcsRefusesWhatWouldTakeTooMuchMemory) {
    given("k", std::string(20'000, 'x'));
    EXPECT_EQ(run({"LCS", "k", "k"}),
              "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len\r\n");
}

// Every command that looks into a string, on a key that holds something else.
class WrongType : public StringCommands, public testing::WithParamInterface<Lines> {};

TEST_P(WrongType, IsRefusedWithoutEffect) {
    Keyspace& keyspace = server_.engine().keyspace();
    const KeyLocation at = keyspace.locate("list");
    keyspace.database(0, at).add(at, std::nullopt, {.type = Type::List});

    EXPECT_EQ(run(GetParam()), "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
    expect_no_effect();
    EXPECT_EQ(run({"TYPE", "list"}), "+list\r\n");
}

INSTANTIATE_TEST_SUITE_P(OfStringCommands, WrongType,
                         testing::Values(Lines{"GET", "list"}, Lines{"SET", "list", "v", "GET"},
                                         Lines{"GETSET", "list", "v"}, Lines{"GETDEL", "list"},
                                         Lines{"GETEX", "list"}, Lines{"INCR", "list"},
                                         Lines{"DECRBY", "list", "2"}, Lines{"INCRBYFLOAT", "list", "x"},
                                         Lines{"APPEND", "list", "v"}, Lines{"STRLEN", "list"},
                                         Lines{"GETRANGE", "list", "0", "1"},
                                         Lines{"SETRANGE", "list", "0", ""}),
                         [](const auto& instance) { return instance.param[0]; });

TEST_F(StringCommands, MgetReturnsNullForOtherTypesAndLcsHasItsOwnError) {
    Keyspace& keyspace = server_.engine().keyspace();
    const KeyLocation at = keyspace.locate("list");
    keyspace.database(0, at).add(at, std::nullopt, {.type = Type::List});
    EXPECT_EQ(run({"MGET", "list"}), "*1\r\n$-1\r\n");
    EXPECT_EQ(run({"LCS", "list", "k"}), "-ERR The specified keys must contain string values\r\n");
    EXPECT_EQ(run({"SET", "list", "v"}), kOk);
    EXPECT_EQ(run({"GET", "list"}), bulk("v"));
}

}  // namespace
}  // namespace pongo
