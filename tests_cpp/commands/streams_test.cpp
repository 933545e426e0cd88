// What the stream commands tell copies of the data set makes the same streams of them.
#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <vector>

#include "base/random.h"
#include "effects/effect_log.h"
#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

// Has another server do what leaves this one's effect log.
class ReplayingSink : public Sink {
  public:
    ReplayingSink(EffectLog& log, TestServer& copy) : log_(log), copy_(copy) {
        log.add_sink(*this, {Interest::Commands});
    }
    ~ReplayingSink() override { log_.remove_sink(*this); }
    ReplayingSink(const ReplayingSink&) = delete;
    ReplayingSink& operator=(const ReplayingSink&) = delete;

    void accept(const Unit& unit) noexcept override {
        for (const PropagatedCommand& command : unit.commands) {
            ++commands;
            const std::string reply = copy_.run(command.args);
            if (!reply.starts_with('-')) continue;
            std::string line = reply;
            for (const std::string& arg : command.args) line += " " + arg;
            failed.push_back(line);
        }
    }

    std::size_t commands = 0;
    Lines failed;

  private:
    EffectLog& log_;
    TestServer& copy_;
};

// A reply that tells of consumers, without when they were last seen.
std::string without_seen_times(std::string text) {
    constexpr std::string_view kBefore = "seen-time\r\n:";
    for (std::size_t at = 0; (at = text.find(kBefore, at)) != text.npos;) {
        at += kBefore.size();
        const std::size_t end = text.find('\r', at);
        text.erase(at, end - at);
    }
    return text;
}

class StreamCommands : public testing::Test {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    void expect_equal_copy(const std::string& key) {
        const std::vector<std::string> all = {"XINFO", "STREAM", key, "FULL", "COUNT", "0"};
        ASSERT_EQ(without_seen_times(server_.run(all)), without_seen_times(copy_.run(all)));
        ASSERT_EQ(replaying_.failed, Lines{});
    }

    TestServer server_;
    TestServer copy_;
    ReplayingSink replaying_{server_.engine().effects(), copy_};
};

// Draws commands that streams of a few entries and groups have something to do for.
class DrawnCommands {
  public:
    Lines next() {
        const std::string key = "s" + number(2);
        const std::string group = "g" + number(2);
        const std::string consumer = "c" + number(3);
        switch (random_.below(20)) {
            case 0:
                return {"XADD", key, "MAXLEN", "~", number(30), new_id(), "f", "v"};
            case 1:
                return {"XADD", key, "NOMKSTREAM", "MINID", "~", id(), new_id(), "f", number(9), "g", "w"};
            case 2:
                return {"XADD", key, "MAXLEN", "=", number(30), new_id(), "other", "v"};
            case 3:
                return {"XTRIM", key, "MAXLEN", "~", number(20), "LIMIT", number(9)};
            case 4:
                return {"XTRIM", key, "MINID", random_.below(2) == 0 ? "~" : "=", id()};
            case 5:
                return {"XDEL", key, id(), id(), id()};
            case 6:
                return {"XSETID", key, std::to_string(last_) + "-" + number(9), "ENTRIESADDED", number(2000)};
            case 7:
                return {"XGROUP", "CREATE", key, group, random_.below(2) == 0 ? "$" : id(), "MKSTREAM"};
            case 8:
                return {"XGROUP", "SETID", key, group, random_.below(2) == 0 ? "0" : id()};
            case 9:
                return random_.below(8) != 0 ? Lines{"XGROUP", "CREATECONSUMER", key, group, consumer}
                                             : Lines{"XGROUP", "DESTROY", key, group};
            case 10:
                return {"XGROUP", "DELCONSUMER", key, group, consumer};
            case 11:
                return {"XREADGROUP", "GROUP",   group, consumer, "COUNT", number(5),
                        "NOACK",      "STREAMS", "s1",  "s2",     ">",     ">"};
            case 12:
            case 13:
                return {"XREADGROUP", "GROUP", group, consumer, "COUNT", number(5), "STREAMS", key, ">"};
            case 14:
                return {"XACK", key, group, id(), id(), id(), id()};
            case 15:
                return {"XCLAIM", key, group, consumer, "0", id(), id(), "RETRYCOUNT", number(5)};
            case 16:
                return {"XCLAIM", key, group, consumer, "0", id(), "FORCE", "JUSTID", "LASTID", id()};
            case 17:
                return {"XAUTOCLAIM", key, group, consumer, "0", id(), "COUNT", number(5)};
            default:
                return {"XADD", key, new_id(), "f", number(1000)};
        }
    }

  private:
    std::string number(std::uint64_t most) { return std::to_string(1 + random_.below(most)); }
    std::string new_id() { return std::to_string(last_ += random_.below(2)) + "-*"; }
    // Of what is there, or near it.
    std::string id() {
        return std::to_string(last_ - random_.below(std::min<std::uint64_t>(last_, 20))) + "-" + number(3);
    }

    Random random_{7};
    std::uint64_t last_ = 1;
};

TEST_F(StreamCommands, WhateverStreamsAreDoneToIsDoneToTheirCopies) {
    run({"CONFIG", "SET", "stream-node-max-entries", "5"});
    copy_.run({"CONFIG", "SET", "stream-node-max-entries", "5"});
    DrawnCommands drawn;
    std::size_t done = 0;
    for (int i = 0; i < 6000; ++i) {
        const Lines command = drawn.next();
        if (!run(command).starts_with('-')) ++done;
        for (const std::string key : {"s1", "s2"}) {
            if (i % 10 == 0) expect_equal_copy(key);
            if (HasFatalFailure()) {
                for (const std::string& word : command) ADD_FAILURE() << word;
                return;
            }
        }
        if (i % 1000 == 0) run({"DEL", "s1", "s2"});
    }
    EXPECT_GT(done, 3500u);
    EXPECT_GT(replaying_.commands, 4000u);
}

TEST_F(StreamCommands, WhoWaitedForAGroupIsToldToCopiesAfterWhatItWaitedFor) {
    TestServer::Client waiting(server_);
    run({"XGROUP", "CREATE", "k", "g", "$", "MKSTREAM"});
    EXPECT_EQ(waiting.run({"XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "k", ">"}), "");
    RecordingSink sink(server_.engine().effects());
    run({"XADD", "k", "5-1", "f", "v"});
    EXPECT_NE(waiting.pushed(), "");
    const Lines commands = sink.commands();
    ASSERT_EQ(commands.size(), 4u);
    EXPECT_EQ(commands[0], "0 XADD k 5-1 f v");
    EXPECT_EQ(commands[1], "0 XGROUP CREATECONSUMER k g c");
    EXPECT_TRUE(commands[2].starts_with("0 XCLAIM k g c 0 5-1 TIME ")) << commands[2];
    EXPECT_EQ(commands[3], "0 XGROUP SETID k g 5-1 ENTRIESREAD 1");
    expect_equal_copy("k");
}

TEST_F(StreamCommands, CopiesAreToldWhatATrimTookAndWhichIdWasChosen) {
    RecordingSink sink(server_.engine().effects());
    run({"XADD", "k", "7-*", "f", "v"});
    run({"XADD", "k", "MAXLEN", "~", "1", "7-*", "f", "v"});
    run({"XADD", "k", "MINID", "~", "7-1", "LIMIT", "5", "7-*", "f", "v"});
    run({"XTRIM", "k", "MAXLEN", "~", "1"});
    run({"XTRIM", "k", "MAXLEN", "1"});
    EXPECT_EQ(sink.commands(), (Lines{"0 XADD k 7-0 f v", "0 XADD k MAXLEN = 2 7-1 f v",
                                      "0 XADD k MINID = 7-0 7-2 f v", "0 XTRIM k MAXLEN 1"}));
}

}  // namespace
}  // namespace pongo
