#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

class HashCommands : public testing::Test {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    void given(const std::vector<std::string>& args) {
        run(args);
        sink_.forget();
    }
    std::uint64_t changes() { return server_.engine().total(&Counters::changes); }

    TestServer server_{{hash_commands(), key_commands(), expiry_commands()}};
    RecordingSink sink_{server_.engine().effects()};
};

TEST_F(HashCommands, SettingFieldsIsOneEvent) {
    run({"HSET", "h", "a", "1", "b", "2"});
    EXPECT_EQ(sink_.events(), (Lines{"0 new h", "0 hset h"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 HSET h a 1 b 2"});
    EXPECT_EQ(sink_.touched(), Lines{"0 h"});
    run({"HMSET", "h", "a", "1"});
    run({"HSETNX", "h", "c", "3"});
    EXPECT_EQ(sink_.events(), (Lines{"0 hset h", "0 hset h"}));
    EXPECT_EQ(sink_.commands(), (Lines{"0 HMSET h a 1", "0 HSETNX h c 3"}));
}

TEST_F(HashCommands, WhatChangesNothingHasNoEffect) {
    given({"HSET", "h", "a", "1"});
    run({"HSETNX", "h", "a", "2"});
    run({"HDEL", "h", "b"});
    run({"HDEL", "missing", "b"});
    run({"HINCRBY", "h", "b", "x"});
    run({"HINCRBYFLOAT", "missing", "b", "x"});
    EXPECT_EQ(sink_.events(), Lines{});
    EXPECT_EQ(sink_.commands(), Lines{});
    EXPECT_EQ(sink_.touched(), Lines{});
}

TEST_F(HashCommands, TheLastFieldTakesTheKeyWithIt) {
    given({"HSET", "h", "a", "1", "b", "2"});
    run({"HDEL", "h", "a"});
    EXPECT_EQ(sink_.events(), Lines{"0 hdel h"});
    run({"HDEL", "h", "missing", "b"});
    EXPECT_EQ(sink_.events(), (Lines{"0 hdel h", "0 del h"}));
    EXPECT_EQ(sink_.commands(), (Lines{"0 HDEL h a", "0 HDEL h missing b"}));
    EXPECT_EQ(run({"EXISTS", "h"}), ":0\r\n");
}

TEST_F(HashCommands, CountersHaveEventsOfTheirOwn) {
    run({"HINCRBY", "h", "n", "5"});
    EXPECT_EQ(sink_.events(), (Lines{"0 new h", "0 hincrby h"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 HINCRBY h n 5"});
}

TEST_F(HashCommands, SumsOfFloatsAreToldAsTheyAre) {
    run({"HINCRBYFLOAT", "h", "n", "0.1"});
    run({"HINCRBYFLOAT", "h", "n", "0.2"});
    EXPECT_EQ(sink_.events(), (Lines{"0 new h", "0 hincrbyfloat h", "0 hincrbyfloat h"}));
    EXPECT_EQ(sink_.commands(), (Lines{"0 HSET h n 0.1", "0 HSET h n 0.3"}));
}

TEST_F(HashCommands, EveryFieldIsAChange) {
    const std::uint64_t before = changes();
    run({"HSET", "h", "a", "1", "b", "2", "a", "3"});
    EXPECT_EQ(changes(), before + 3);
    run({"HDEL", "h", "a", "b", "c"});
    EXPECT_EQ(changes(), before + 5);
}

}  // namespace
}  // namespace pongo
