#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

class FunctionCommands : public testing::Test {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }

    std::string load(const std::string& source) { return run({"FUNCTION", "LOAD", "REPLACE", source}); }

    TestServer server_;
    RecordingSink sink_{server_.engine().effects()};
    const std::string source_ =
        "#!lua name=lib\nredis.register_function('f', function(keys, args) redis.call('incr', keys[1]) "
        "redis.call('set', keys[1], args[1]) return redis.call('get', keys[1]) end)";
};

TEST_F(FunctionCommands, WhatChangesLibrariesIsToldAsItCame) {
    EXPECT_EQ(load(source_), "$3\r\nlib\r\n");
    EXPECT_EQ(sink_.commands(), Lines{"0 FUNCTION LOAD REPLACE " + source_});
    const std::string dump = run({"FUNCTION", "DUMP"});
    const std::string payload = dump.substr(dump.find('\n') + 1, dump.size() - dump.find('\n') - 3);
    EXPECT_EQ(run({"FUNCTION", "DELETE", "lib"}), "+OK\r\n");
    EXPECT_EQ(run({"FUNCTION", "RESTORE", payload}), "+OK\r\n");
    EXPECT_EQ(run({"FUNCTION", "FLUSH", "ASYNC"}), "+OK\r\n");
    EXPECT_EQ(sink_.commands(),
              (Lines{"0 FUNCTION DELETE lib", "0 FUNCTION RESTORE " + payload, "0 FUNCTION FLUSH ASYNC"}));
}

TEST_F(FunctionCommands, WhatFailsIsNotTold) {
    EXPECT_EQ(load("#!lua name=lib\nx()").front(), '-');
    EXPECT_EQ(run({"FUNCTION", "DELETE", "lib"}).front(), '-');
    EXPECT_EQ(run({"FUNCTION", "RESTORE", "x"}).front(), '-');
    EXPECT_EQ(run({"FCALL", "f", "0"}).front(), '-');
    EXPECT_EQ(sink_.commands(), Lines{});
}

TEST_F(FunctionCommands, OfACallItsEffectsAreTold) {
    load(source_);
    sink_.forget();
    EXPECT_EQ(run({"FCALL", "f", "1", "k", "5"}), "$1\r\n5\r\n");
    EXPECT_EQ(sink_.commands(), (Lines{"0 incr k", "0 set k 5"}));
    EXPECT_EQ(sink_.events(), (Lines{"0 new k", "0 incrby k", "0 set k"}));
}

TEST_F(FunctionCommands, OfAScriptOfEvalItsEffectsAreTold) {
    EXPECT_EQ(run({"EVAL", "return redis.call('incr', KEYS[1])", "1", "k"}), ":1\r\n");
    EXPECT_EQ(sink_.commands(), Lines{"0 incr k"});
    EXPECT_EQ(run({"EVAL", "redis.call('incr', KEYS[1]) error('x')", "1", "k"}).front(), '-');
    EXPECT_EQ(sink_.commands(), Lines{"0 incr k"});
}

TEST_F(FunctionCommands, AreThereForEveryClientAndGoneForAll) {
    TestServer::Client other(server_);
    load(source_);
    EXPECT_EQ(other.run({"FCALL", "F", "1", "k", "5"}), "$1\r\n5\r\n");
    run({"FUNCTION", "FLUSH"});
    EXPECT_EQ(other.run({"FCALL", "f", "1", "k", "5"}), "-ERR Function not found\r\n");
}

}  // namespace
}  // namespace pongo
