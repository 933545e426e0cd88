#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

// A time that no test will live to see, in milliseconds: 3021-04-26.
const std::string kFar = "33177117420000";
const std::string kFarther = "33177117421000";

class ExpiryCommands : public testing::Test {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    std::string expiry() { return run({"PEXPIRETIME", "k"}); }
    void given(const std::string& expires_at_ms = "") {
        run({"SET", "k", "v"});
        if (!expires_at_ms.empty()) run({"PEXPIREAT", "k", expires_at_ms});
        sink_.forget();
    }
    // The milliseconds that the one command heard of by the sink says, if it is a PEXPIREAT of k.
    std::int64_t propagated_ms() {
        const Lines commands = sink_.commands();
        const std::string prefix = "0 PEXPIREAT k ";
        if (commands.size() != 1 || !commands[0].starts_with(prefix)) return -1;
        return std::stoll(commands[0].substr(prefix.size()));
    }
    std::int64_t now_ms() { return server_.executor().now_ms(); }

    TestServer server_{{string_commands(), key_commands(), expiry_commands()}};
    RecordingSink sink_{server_.engine().effects()};
};

TEST_F(ExpiryCommands, RelativeTimesArePropagatedAsTheTimeItself) {
    given();
    EXPECT_EQ(run({"EXPIRE", "k", "100"}), ":1\r\n");
    EXPECT_EQ(sink_.events(), Lines{"0 expire k"});
    EXPECT_EQ(propagated_ms(), now_ms() + 100'000);
    EXPECT_EQ(run({"PEXPIRE", "k", "100"}), ":1\r\n");
    EXPECT_EQ(propagated_ms(), now_ms() + 100);
    EXPECT_EQ(run({"EXPIREAT", "k", "33177117420"}), ":1\r\n");
    EXPECT_EQ(sink_.commands(), Lines{"0 PEXPIREAT k " + kFar});
    EXPECT_EQ(run({"PEXPIREAT", "k", kFarther, "XX", "GT"}), ":1\r\n");
    EXPECT_EQ(sink_.commands(), Lines{"0 PEXPIREAT k " + kFarther + " XX GT"});
    EXPECT_EQ(expiry(), ":" + kFarther + "\r\n");
}

TEST_F(ExpiryCommands, AMissingKeyGetsNoExpiry) {
    EXPECT_EQ(run({"EXPIRE", "k", "100"}), ":0\r\n");
    EXPECT_EQ(run({"PERSIST", "k"}), ":0\r\n");
    EXPECT_EQ(sink_.commands(), Lines{});
}

TEST_F(ExpiryCommands, ATimeThatIsOverRemovesTheKey) {
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"EXPIRE", "k", "0"}, {"EXPIRE", "k", "-1"}, {"PEXPIREAT", "k", "1"}, {"EXPIREAT", "k", "-5"}}) {
        given(kFar);
        EXPECT_EQ(run(command), ":1\r\n");
        EXPECT_EQ(sink_.events(), Lines{"0 del k"});
        EXPECT_EQ(sink_.commands(), Lines{"0 DEL k"});
        EXPECT_EQ(run({"EXISTS", "k"}), ":0\r\n");
    }
    EXPECT_FALSE(server_.config().assign("lazyfree-lazy-expire", "yes"));
    given();
    EXPECT_EQ(run({"EXPIRE", "k", "0"}), ":1\r\n");
    EXPECT_EQ(sink_.commands(), Lines{"0 UNLINK k"});
}

TEST_F(ExpiryCommands, ConditionsDecideWhetherTheTimeIsTaken) {
    struct Case {
        const char* condition;
        bool without, earlier, later;  // Than the expiry that there is.
    };
    for (const Case& each : {Case{"NX", true, false, false}, Case{"XX", false, true, true},
                             Case{"GT", false, false, true}, Case{"LT", true, true, false}}) {
        given();
        EXPECT_EQ(run({"PEXPIREAT", "k", kFar, each.condition}), each.without ? ":1\r\n" : ":0\r\n");
        given(kFarther);
        EXPECT_EQ(run({"PEXPIREAT", "k", kFar, each.condition}), each.earlier ? ":1\r\n" : ":0\r\n");
        given(kFar);
        EXPECT_EQ(run({"PEXPIREAT", "k", kFarther, each.condition}), each.later ? ":1\r\n" : ":0\r\n");
        given(kFar);
        EXPECT_EQ(run({"PEXPIREAT", "k", kFar, each.condition}),
                  std::string(each.condition) == "XX" ? ":1\r\n" : ":0\r\n")
            << "the same time is neither greater nor less";
    }
}

TEST_F(ExpiryCommands, ARefusedTimeIsNotTold) {
    given(kFar);
    EXPECT_EQ(run({"EXPIRE", "k", "0", "NX"}), ":0\r\n");
    EXPECT_EQ(sink_.commands(), Lines{});
    EXPECT_EQ(sink_.touched(), Lines{});
    EXPECT_EQ(expiry(), ":" + kFar + "\r\n");
}

TEST_F(ExpiryCommands, ConditionsThatContradictEachOtherAreRefused) {
    const std::string with_nx = "-ERR NX and XX, GT or LT options at the same time are not compatible\r\n";
    for (const char* other : {"XX", "GT", "LT"}) EXPECT_EQ(run({"EXPIRE", "k", "1", other, "nx"}), with_nx);
    EXPECT_EQ(run({"EXPIRE", "k", "1", "GT", "LT"}),
              "-ERR GT and LT options at the same time are not compatible\r\n");
    EXPECT_EQ(run({"EXPIRE", "k", "x", "Foo"}), "-ERR Unsupported option Foo\r\n");
    EXPECT_EQ(run({"EXPIRE", "k", "1", std::string("a\0b", 3)}), "-ERR Unsupported option a\r\n");
    EXPECT_EQ(run({"EXPIRE", "k", "x", "XX", "GT"}), "-ERR value is not an integer or out of range\r\n");
}

TEST_F(ExpiryCommands, TimesThatDoNotFitAreRefusedByTheCommandsName) {
    given();
    const std::string most = "9223372036854775807";
    const std::string least = "-9223372036854775808";
    EXPECT_EQ(run({"EXPIRE", "k", most}), "-ERR invalid expire time in 'expire' command\r\n");
    EXPECT_EQ(run({"EXPIRE", "k", least}), "-ERR invalid expire time in 'expire' command\r\n");
    EXPECT_EQ(run({"PEXPIRE", "k", most}), "-ERR invalid expire time in 'pexpire' command\r\n");
    EXPECT_EQ(run({"EXPIREAT", "k", most}), "-ERR invalid expire time in 'expireat' command\r\n");
    EXPECT_EQ(run({"EXPIRE", "missing", most}), "-ERR invalid expire time in 'expire' command\r\n");
    EXPECT_EQ(run({"PEXPIREAT", "k", most}), ":1\r\n");
    EXPECT_EQ(expiry(), ":" + most + "\r\n");
    EXPECT_EQ(run({"PEXPIRE", "k", least}), ":1\r\n");
    EXPECT_EQ(run({"EXISTS", "k"}), ":0\r\n");
}

TEST_F(ExpiryCommands, PersistTakesTheExpiryAway) {
    given(kFar);
    EXPECT_EQ(run({"PERSIST", "k"}), ":1\r\n");
    EXPECT_EQ(sink_.events(), Lines{"0 persist k"});
    EXPECT_EQ(sink_.commands(), Lines{"0 PERSIST k"});
    EXPECT_EQ(run({"TTL", "k"}), ":-1\r\n");
    EXPECT_EQ(run({"PERSIST", "k"}), ":0\r\n");
    EXPECT_EQ(sink_.commands(), Lines{});
}

TEST_F(ExpiryCommands, SecondsAreRoundedToTheNearest) {
    given();
    run({"PEXPIREAT", "k", "33177117420499"});
    EXPECT_EQ(run({"EXPIRETIME", "k"}), ":33177117420\r\n");
    run({"PEXPIREAT", "k", "33177117420500"});
    EXPECT_EQ(run({"EXPIRETIME", "k"}), ":33177117421\r\n");
    run({"PEXPIRE", "k", "100499"});
    EXPECT_EQ(run({"TTL", "k"}), ":100\r\n");
    run({"PEXPIREAT", "k", std::to_string(now_ms() + 100'700)});
    EXPECT_EQ(run({"TTL", "k"}), ":101\r\n");
}

TEST_F(ExpiryCommands, KeysWithoutAnExpiryAndMissingKeysAreToldApart) {
    given();
    for (const char* command : {"TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"}) {
        EXPECT_EQ(run({command, "k"}), ":-1\r\n");
        EXPECT_EQ(run({command, "missing"}), ":-2\r\n");
    }
}

TEST_F(ExpiryCommands, TheExpiryCycleRemovesWhatIsOverdueInEveryDatabase) {
    for (const int db : {0, 5}) {
        server_.session().db = db;
        for (int i = 0; i < 1000; ++i)
            run({"SET", "k" + std::to_string(i), "v", "PXAT", std::to_string(i + 1)});
        run({"SET", "stays", "v", "PXAT", kFar});
    }
    EXPECT_EQ(server_.engine().keyspace().size(0), 1001U);
    server_.executor().refresh_time();
    while (server_.executor().expire_cycle(0, 1, 1'000'000)) {
    }
    EXPECT_EQ(server_.engine().keyspace().size(0), 1U);
    EXPECT_EQ(server_.engine().keyspace().size(5), 1U);
}

}  // namespace
}  // namespace pongo
