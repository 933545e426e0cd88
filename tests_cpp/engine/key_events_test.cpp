#include "engine/key_events.h"

#include <gtest/gtest.h>

#include "support/test_server.h"

namespace pongo {
namespace {

class KeyEventsTest : public testing::Test {
  protected:
    void ask_for(const std::string& classes) {
        ASSERT_EQ(server_.run({"CONFIG", "SET", "notify-keyspace-events", classes}), "+OK\r\n");
    }
    bool wants(EventClass event_class) { return server_.engine().effects().wants(event_class); }
    static std::string message(const std::string& channel, const std::string& text) {
        return ">4\r\n" + bulk("pmessage") + bulk("*") + bulk(channel) + bulk(text);
    }
    void listen() {
        server_.run({"HELLO", "3"});
        server_.run({"PSUBSCRIBE", "*"});
        server_.take_pushed();
    }

    TestServer server_;
};

TEST_F(KeyEventsTest, OnlyWhatTheOptionAsksForIsWrittenDown) {
    EXPECT_FALSE(wants(EventClass::String));
    ask_for("Kx$");
    EXPECT_TRUE(wants(EventClass::String));
    EXPECT_TRUE(wants(EventClass::Expired));
    EXPECT_FALSE(wants(EventClass::Generic));
    EXPECT_FALSE(wants(EventClass::New));
    ask_for("EA");
    EXPECT_TRUE(wants(EventClass::Generic));
    EXPECT_FALSE(wants(EventClass::New));
    EXPECT_FALSE(wants(EventClass::KeyMiss));
    ask_for("");
    EXPECT_FALSE(wants(EventClass::String));
}

TEST_F(KeyEventsTest, NothingIsWrittenDownThatGoesToNoChannel) {
    ask_for("An");
    EXPECT_FALSE(wants(EventClass::String));
    ask_for("KE");
    EXPECT_FALSE(wants(EventClass::String));
}

TEST_F(KeyEventsTest, AnEventIsPublishedUnderTheKeyAndUnderItsName) {
    ask_for("KEA");
    listen();
    server_.run({"SELECT", "3"});
    server_.run({"SET", "k", "1"});
    EXPECT_EQ(server_.take_pushed(), message("__keyspace@3__:k", "set") + message("__keyevent@3__:set", "k"));
    server_.run({"DEL", "k", "missing"});
    EXPECT_EQ(server_.take_pushed(), message("__keyspace@3__:k", "del") + message("__keyevent@3__:del", "k"));
}

TEST_F(KeyEventsTest, EventsOfACommandComeInTheOrderInWhichTheyHappened) {
    ask_for("Kgln");
    listen();
    server_.run({"RPUSH", "a", "x"});
    server_.run({"RPOPLPUSH", "a", "b"});
    EXPECT_EQ(server_.take_pushed(),
              message("__keyspace@0__:a", "new") + message("__keyspace@0__:a", "rpush") +
                  message("__keyspace@0__:b", "new") + message("__keyspace@0__:b", "lpush") +
                  message("__keyspace@0__:a", "rpop") + message("__keyspace@0__:a", "del"));
}

TEST_F(KeyEventsTest, WhatACommandOnlyWantedToCreateIsNotNew) {
    ask_for("KA");
    listen();
    server_.run({"SET", "k", "text"});
    server_.take_pushed();
    EXPECT_EQ(server_.run({"LPUSH", "k", "x"}).front(), '-');
    EXPECT_EQ(server_.take_pushed(), "");
}

}  // namespace
}  // namespace pongo
