#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

constexpr char kBadOffset[] = "-ERR bit offset is not an integer or out of range\r\n";
constexpr char kNotInteger[] = "-ERR value is not an integer or out of range\r\n";
constexpr char kSyntax[] = "-ERR syntax error\r\n";

class BitmapCommands : public testing::Test {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    void given(const std::string& key, const std::string& value) {
        run({"SET", key, value});
        sink_.forget();
    }
    void expect_no_effect() {
        EXPECT_EQ(sink_.events(), Lines{});
        EXPECT_EQ(sink_.commands(), Lines{});
        EXPECT_EQ(sink_.touched(), Lines{});
    }
    std::uint64_t changes() { return server_.engine().total(&Counters::changes); }

    TestServer server_{{string_commands(), bitmap_commands(), key_commands(), expiry_commands()}};
    RecordingSink sink_{server_.engine().effects()};
};

TEST_F(BitmapCommands, SetbitReturnsTheBitThatWasThere) {
    EXPECT_EQ(run({"SETBIT", "k", "7", "1"}), ":0\r\n");
    EXPECT_EQ(run({"SETBIT", "k", "7", "0"}), ":1\r\n");
    EXPECT_EQ(run({"SETBIT", "k", "20", "1"}), ":0\r\n");
    EXPECT_EQ(run({"GET", "k"}), bulk(std::string("\0\0\x08", 3)));
    EXPECT_EQ(run({"GETBIT", "k", "20"}), ":1\r\n");
    EXPECT_EQ(run({"GETBIT", "k", "1000"}), ":0\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"0 new k", "0 setbit k", "0 setbit k", "0 setbit k"}));
}

TEST_F(BitmapCommands, SetbitOfTheSameBitHasNoEffectUnlessTheStringGrows) {
    run({"SETBIT", "k", "15", "0"});
    EXPECT_EQ(sink_.commands(), Lines{"0 SETBIT k 15 0"});
    sink_.forget();
    EXPECT_EQ(run({"SETBIT", "k", "3", "0"}), ":0\r\n");
    expect_no_effect();
    run({"SETBIT", "k", "16", "0"});
    EXPECT_EQ(sink_.commands(), Lines{"0 SETBIT k 16 0"});
}

TEST_F(BitmapCommands, SetbitKeepsTheExpiry) {
    run({"SET", "k", "1", "PXAT", "33177117420000"});
    run({"SETBIT", "k", "6", "1"});
    EXPECT_EQ(run({"GET", "k"}), bulk("3"));
    EXPECT_EQ(run({"PEXPIRETIME", "k"}), ":33177117420000\r\n");
}

TEST_F(BitmapCommands, OffsetsEndWithTheLongestString) {
    server_.config().assign("proto-max-bulk-len", "1mb");
    EXPECT_EQ(run({"SETBIT", "k", "8388608", "1"}), kBadOffset);
    EXPECT_EQ(run({"GETBIT", "k", "8388608"}), kBadOffset);
    EXPECT_EQ(run({"GETBIT", "k", "-1"}), kBadOffset);
    EXPECT_EQ(run({"GETBIT", "k", "#1"}), kBadOffset);
    EXPECT_EQ(run({"SETBIT", "k", "1", "2"}), "-ERR bit is not an integer or out of range\r\n");
    EXPECT_EQ(run({"SETBIT", "k", "8388607", "1"}), ":0\r\n");
    EXPECT_EQ(run({"STRLEN", "k"}), ":1048576\r\n");
}

TEST_F(BitmapCommands, BitcountCountsInBytesOrBits) {
    given("k", "foobar");
    EXPECT_EQ(run({"BITCOUNT", "k"}), ":26\r\n");
    EXPECT_EQ(run({"BITCOUNT", "k", "1", "1"}), ":6\r\n");
    EXPECT_EQ(run({"BITCOUNT", "k", "-2", "-1", "BYTE"}), ":7\r\n");
    EXPECT_EQ(run({"BITCOUNT", "k", "5", "30", "bit"}), ":17\r\n");
    EXPECT_EQ(run({"BITCOUNT", "k", "4", "2"}), ":0\r\n");
    EXPECT_EQ(run({"BITCOUNT", "missing", "whatever"}), ":0\r\n");
}

TEST_F(BitmapCommands, BitcountWantsBothEndsAndAUnitThatItKnows) {
    given("k", "foobar");
    EXPECT_EQ(run({"BITCOUNT", "k", "1"}), kSyntax);
    EXPECT_EQ(run({"BITCOUNT", "k", "0", "1", "WORD"}), kSyntax);
    EXPECT_EQ(run({"BITCOUNT", "k", "0", "x"}), kNotInteger);
}

TEST_F(BitmapCommands, BitposFindsTheFirstBit) {
    given("k", std::string("\xff\xf0\x00", 3));
    EXPECT_EQ(run({"BITPOS", "k", "0"}), ":12\r\n");
    EXPECT_EQ(run({"BITPOS", "k", "1", "2"}), ":-1\r\n");
    EXPECT_EQ(run({"BITPOS", "k", "1", "4", "-1", "BIT"}), ":4\r\n");
    EXPECT_EQ(run({"BITPOS", "k", "0", "0", "0"}), ":-1\r\n");
    EXPECT_EQ(run({"BITPOS", "missing", "0"}), ":0\r\n");
    EXPECT_EQ(run({"BITPOS", "missing", "1"}), ":-1\r\n");
}

TEST_F(BitmapCommands, BitposSeesZerosBehindTheStringUnlessAnEndIsGiven) {
    given("k", "\xff\xff");
    EXPECT_EQ(run({"BITPOS", "k", "0"}), ":16\r\n");
    EXPECT_EQ(run({"BITPOS", "k", "0", "1"}), ":16\r\n");
    EXPECT_EQ(run({"BITPOS", "k", "0", "0", "-1"}), ":-1\r\n");
    EXPECT_EQ(run({"BITPOS", "k", "0", "5"}), ":-1\r\n");
}

TEST_F(BitmapCommands, BitposRefusesOtherBits) {
    EXPECT_EQ(run({"BITPOS", "k", "2"}), "-ERR The bit argument must be 1 or 0.\r\n");
    EXPECT_EQ(run({"BITPOS", "k", "x"}), kNotInteger);
}

TEST_F(BitmapCommands, BitopPadsShortAndMissingSourcesWithZeros) {
    given("a", "abc");
    given("b", "`");
    EXPECT_EQ(run({"BITOP", "AND", "t", "a", "b"}), ":3\r\n");
    EXPECT_EQ(run({"GET", "t"}), bulk(std::string("`\0\0", 3)));
    EXPECT_EQ(run({"BITOP", "or", "t", "a", "missing"}), ":3\r\n");
    EXPECT_EQ(run({"GET", "t"}), bulk("abc"));
    EXPECT_EQ(run({"BITOP", "XOR", "a", "a", "a"}), ":3\r\n");
    EXPECT_EQ(run({"GET", "a"}), bulk(std::string(3, '\0')));
    EXPECT_EQ(run({"BITOP", "NOT", "a", "a"}), ":3\r\n");
    EXPECT_EQ(run({"GET", "a"}), bulk("\xff\xff\xff"));
}

TEST_F(BitmapCommands, BitopOverwritesTheTargetAndItsExpiry) {
    given("a", "12");
    run({"SET", "t", "v", "EX", "100"});
    sink_.forget();
    run({"BITOP", "AND", "t", "a"});
    EXPECT_EQ(run({"TTL", "t"}), ":-1\r\n");
    EXPECT_EQ(run({"OBJECT", "ENCODING", "t"}), bulk("raw"));
    EXPECT_EQ(sink_.events(), Lines{"0 set t"});
    EXPECT_EQ(sink_.commands(), Lines{"0 BITOP AND t a"});
}

TEST_F(BitmapCommands, BitopOfNothingRemovesTheTarget) {
    given("t", "v");
    EXPECT_EQ(run({"BITOP", "OR", "t", "missing"}), ":0\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"0 keymiss missing", "0 del t"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 BITOP OR t missing"});
    EXPECT_EQ(run({"BITOP", "OR", "t", "missing"}), ":0\r\n");
    EXPECT_EQ(sink_.commands(), Lines{});
}

TEST_F(BitmapCommands, BitopOfBigStringsKeepsNoSecondReference) {
    given("a", std::string(100'000, 'a'));
    run({"BITOP", "NOT", "t", "a"});
    EXPECT_EQ(run({"GET", "t"}), bulk(std::string(100'000, '\x9e')));
    Keyspace& keyspace = server_.engine().keyspace();
    const KeyLocation at = keyspace.locate("t");
    const Entry* entry = keyspace.database(0, at).find(at);
    EXPECT_TRUE(static_cast<const Blob*>(entry->payload().heap)->unique());
}

TEST_F(BitmapCommands, BitopRefusesOtherOperations) {
    EXPECT_EQ(run({"BITOP", "NAND", "t", "a"}), kSyntax);
    EXPECT_EQ(run({"BITOP", "NOT", "t", "a", "b"}),
              "-ERR BITOP NOT must be called with a single source key.\r\n");
}

TEST_F(BitmapCommands, BitfieldRunsItsOperationsInOrder) {
    EXPECT_EQ(run({"BITFIELD", "k", "INCRBY", "i5", "100", "1", "GET", "u4", "0"}), "*2\r\n:1\r\n:0\r\n");
    EXPECT_EQ(run({"BITFIELD", "n", "SET", "u8", "#1", "200", "GET", "u8", "8", "SET", "u8", "#1", "5"}),
              "*3\r\n:0\r\n:200\r\n:200\r\n");
    EXPECT_EQ(run({"GET", "n"}), bulk(std::string("\0\x05", 2)));
}

TEST_F(BitmapCommands, BitfieldOverflowsAsLastTold) {
    EXPECT_EQ(run({"BITFIELD", "k", "INCRBY", "u2", "0", "5", "OVERFLOW", "SAT", "INCRBY", "u2", "2", "5",
                   "OVERFLOW", "FAIL", "INCRBY", "u2", "2", "1"}),
              "*3\r\n:1\r\n:3\r\n$-1\r\n");
}

TEST_F(BitmapCommands, BitfieldCountsItsChanges) {
    const std::uint64_t before = changes();
    run({"BITFIELD", "k", "SET", "u8", "0", "1", "INCRBY", "u8", "8", "5"});
    EXPECT_EQ(changes(), before + 2);
    EXPECT_EQ(sink_.events(), (Lines{"0 new k", "0 setbit k"}));
    sink_.forget();
    run({"BITFIELD", "k", "SET", "u8", "0", "1"});
    run({"BITFIELD", "k", "GET", "u8", "0"});
    expect_no_effect();
}

TEST_F(BitmapCommands, BitfieldThatOnlyMakesRoomIsToldToCopies) {
    EXPECT_EQ(run({"BITFIELD", "k", "OVERFLOW", "FAIL", "SET", "u8", "0", "1000"}), "*1\r\n$-1\r\n");
    EXPECT_EQ(run({"STRLEN", "k"}), ":1\r\n");
    EXPECT_EQ(sink_.events(), Lines{"0 new k"});
    EXPECT_EQ(sink_.commands(), Lines{"0 BITFIELD k OVERFLOW FAIL SET u8 0 1000"});
}

TEST_F(BitmapCommands, BitfieldRefusesWhatItDoesNotUnderstandBeforeDoingAnything) {
    const std::string set_first[] = {"BITFIELD", "k", "SET", "u8", "0", "1"};
    const auto after_a_set = [&](const Lines& words) {
        Lines request(std::begin(set_first), std::end(set_first));
        request.insert(request.end(), words.begin(), words.end());
        return run(request);
    };
    EXPECT_EQ(after_a_set({"GET", "u64", "0"}),
              "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 "
              "is.\r\n");
    EXPECT_EQ(after_a_set({"GET", "u8", "-1"}), kBadOffset);
    EXPECT_EQ(after_a_set({"GET", "u8", "#x"}), kBadOffset);
    EXPECT_EQ(after_a_set({"SET", "u8", "0", "x"}), kNotInteger);
    EXPECT_EQ(after_a_set({"SET", "u8", "0"}), kSyntax);
    EXPECT_EQ(after_a_set({"OVERFLOW", "MAYBE"}), "-ERR Invalid OVERFLOW type specified\r\n");
    expect_no_effect();
    EXPECT_EQ(run({"EXISTS", "k"}), ":0\r\n");
}

TEST_F(BitmapCommands, BitfieldRoOnlyReads) {
    given("k", "ab");
    EXPECT_EQ(run({"BITFIELD_RO", "k", "GET", "u8", "#1", "GET", "i64", "1000"}), "*2\r\n:98\r\n:0\r\n");
    EXPECT_EQ(run({"BITFIELD_RO", "k", "SET", "u8", "0", "1"}),
              "-ERR BITFIELD_RO only supports the GET subcommand\r\n");
    EXPECT_EQ(run({"BITFIELD_RO", "k"}), "*0\r\n");
    expect_no_effect();
}

class WrongTypeForBits : public BitmapCommands, public testing::WithParamInterface<Lines> {};

TEST_P(WrongTypeForBits, IsRefusedWithoutEffect) {
    Keyspace& keyspace = server_.engine().keyspace();
    const KeyLocation at = keyspace.locate("list");
    keyspace.database(0, at).add(at, std::nullopt, {.type = Type::List});

    EXPECT_EQ(run(GetParam()), "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
    EXPECT_EQ(sink_.commands(), Lines{});
    EXPECT_EQ(run({"TYPE", "list"}), "+list\r\n");
}

INSTANTIATE_TEST_SUITE_P(OfBitmapCommands, WrongTypeForBits,
                         testing::Values(Lines{"SETBIT", "list", "0", "0"}, Lines{"GETBIT", "list", "0"},
                                         Lines{"BITCOUNT", "list"}, Lines{"BITPOS", "list", "1"},
                                         Lines{"BITOP", "AND", "t", "missing", "list"},
                                         Lines{"BITFIELD", "list"}, Lines{"BITFIELD_RO", "list"}),
                         [](const auto& instance) { return instance.param[0]; });

TEST_F(BitmapCommands, BitfieldIncrementsAreRefusedOnOtherTypes) {
    Keyspace& keyspace = server_.engine().keyspace();
    const KeyLocation at = keyspace.locate("list");
    keyspace.database(0, at).add(at, std::nullopt, {.type = Type::List});
    EXPECT_EQ(run({"BITFIELD", "list", "INCRBY", "u8", "0", "1"}),
              "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
    expect_no_effect();
}

}  // namespace
}  // namespace pongo
