#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "structures/packed_block.h"
#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

class SortCommands : public testing::Test {
  protected:
    std::string run(const Lines& args) { return server_.run(args); }
    void given(const Lines& args) {
        run(args);
        sink_.forget();
    }
    // Whether the request is executed under every shard's lock.
    bool reaches_further(const std::vector<std::string_view>& request) {
        return server_.engine().commands().find(request[0])->spec->reaches_further(request);
    }

    TestServer server_;
    RecordingSink sink_{server_.engine().effects()};
};

TEST_F(SortCommands, StoreTellsOfAList) {
    given({"RPUSH", "l", "3", "1", "2"});
    EXPECT_EQ(run({"SORT", "l", "STORE", "d"}), ":3\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"0 new d", "0 sortstore d"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 SORT l STORE d"});
    EXPECT_EQ(sink_.touched(), Lines{"0 d"});
}

TEST_F(SortCommands, StoreOfNothingRemoves) {
    given({"SET", "d", "x"});
    EXPECT_EQ(run({"SORT", "none", "STORE", "d"}), ":0\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"0 keymiss none", "0 del d"}));
    EXPECT_EQ(run({"SORT", "none", "STORE", "d"}), ":0\r\n");
    EXPECT_EQ(sink_.events(), Lines{"0 keymiss none"});
    EXPECT_EQ(sink_.commands(), Lines{"0 SORT none STORE d"});
}

TEST_F(SortCommands, ReadingHasNoEffect) {
    given({"RPUSH", "l", "3", "1", "2"});
    run({"SORT", "l"});
    run({"SORT_RO", "l", "DESC"});
    EXPECT_EQ(sink_.events(), Lines{});
    EXPECT_EQ(sink_.commands(), Lines{});
}

TEST_F(SortCommands, OnlyPatternsThatLeadToKeysNeedThemAll) {
    EXPECT_FALSE(reaches_further({"SORT", "k"}));
    EXPECT_FALSE(reaches_further({"SORT", "k", "BY", "nosort", "GET", "#", "GET", "x", "STORE", "a*"}));
    EXPECT_FALSE(reaches_further({"SORT", "k", "LIMIT", "BY", "w*"}));
    EXPECT_TRUE(reaches_further({"SORT", "k", "by", "w*"}));
    EXPECT_TRUE(reaches_further({"SORT", "k", "ALPHA", "LIMIT", "0", "1", "GET", "#", "get", "*->f"}));
    EXPECT_TRUE(reaches_further({"SORT_RO", "k", "BY", "BY", "GET", "w*"}));
}

// What this thread has unpacked last stays where it is as long as no compressed block is looked at.
TEST_F(SortCommands, WhatIsNotSortedIsNotUnpackedEither) {
    EXPECT_FALSE(server_.config().assign("list-max-listpack-size", "5"));
    EXPECT_FALSE(server_.config().assign("list-compress-depth", "1"));
    const std::string text(60, 'x');
    for (int i = 0; i < 100; ++i) run({"RPUSH", "l", text + std::to_string(i)});
    const std::string mine(10'000, 'm');
    std::uint32_t packed = 0;
    char* const block = packed_block::pack(mine, packed);
    const std::string_view unpacked = packed_block::unpack(block, packed, mine.size());
    EXPECT_EQ(run({"SORT", "l", "BY", "nosort", "LIMIT", "0", "0"}), "*0\r\n");
    EXPECT_EQ(run({"SORT", "l", "BY", "nosort", "LIMIT", "1", "1"}), "*1\r\n" + bulk(text + "1"));
    EXPECT_EQ(run({"SORT", "l", "BY", "nosort", "DESC", "LIMIT", "1", "1"}), "*1\r\n" + bulk(text + "98"));
    EXPECT_EQ(unpacked, mine);
    EXPECT_EQ(run({"SORT", "l", "BY", "nosort", "LIMIT", "50", "1"}), "*1\r\n" + bulk(text + "50"));
    EXPECT_NE(unpacked, mine) << "a look at compressed blocks does not go unnoticed";
    std::free(block);
}

// What expires during the command is not what is being sorted.
TEST_F(SortCommands, PatternsMayFindWhatHasExpired) {
    server_.engine().active_expire = false;
    given({"RPUSH", "l", "1", "2", "3"});
    for (const char* const key : {"w1", "w2", "w3"}) given({"SET", key, "9", "PXAT", "1"});
    EXPECT_EQ(run({"SORT", "l", "BY", "w*", "DESC", "GET", "w*", "GET", "#"}),
              "*6\r\n$-1\r\n" + bulk("3") + "$-1\r\n" + bulk("2") + "$-1\r\n" + bulk("1"));
}

}  // namespace
}  // namespace pongo
