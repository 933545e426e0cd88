#include "engine/running_scripts.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

namespace pongo {
namespace {

using Kind = RunningScript::Kind;
using State = RunningScript::State;

constexpr std::string_view kNotBusy = "NOTBUSY No scripts in execution right now.";

TEST(RunningScript, WhatHasWrittenCantBeKilled) {
    RunningScript script{Kind::Eval, "", {}, 0};
    EXPECT_TRUE(script.may_write());
    EXPECT_TRUE(script.may_write());
    EXPECT_FALSE(script.kill());
    EXPECT_EQ(script.state, State::Writing);
}

TEST(RunningScript, WhatIsKilledMustNotWrite) {
    RunningScript script{Kind::Eval, "", {}, 0};
    EXPECT_TRUE(script.kill());
    EXPECT_TRUE(script.kill());
    EXPECT_FALSE(script.may_write());
}

TEST(RunningScript, EitherWritesOrIsKilled) {
    constexpr int kRounds = 2000;
    for (int round = 0; round < kRounds; ++round) {
        RunningScript script{Kind::Eval, "", {}, 0};
        bool was_killed = false;
        std::thread killer([&] { was_killed = script.kill(); });
        const bool may_write = script.may_write();
        killer.join();
        ASSERT_NE(may_write, was_killed);
    }
}

TEST(RunningScripts, NothingRunsAtFirst) {
    Keyspace keyspace(1, 8);
    RunningScripts scripts(2, keyspace);
    EXPECT_FALSE(scripts.busy());
    EXPECT_FALSE(scripts.ending());
    EXPECT_EQ(scripts.kill(Kind::Eval), kNotBusy);
    EXPECT_EQ(scripts.kill(Kind::Function), kNotBusy);
}

TEST(RunningScripts, OnlyThoseOfTheKindAreKilled) {
    Keyspace keyspace(1, 8);
    RunningScripts scripts(2, keyspace);
    RunningScript script{Kind::Eval, "", {}, 0};
    RunningScript function{Kind::Function, "f", {}, 0};
    EXPECT_TRUE(scripts.begin(0, script));
    EXPECT_EQ(scripts.kill(Kind::Function), kNotBusy);
    EXPECT_TRUE(scripts.begin(1, function));
    EXPECT_EQ(scripts.kill(Kind::Function), std::nullopt);
    EXPECT_EQ(function.state, State::Killed);
    EXPECT_EQ(script.state, State::Reading);
    scripts.end(0);
    scripts.end(1);
    EXPECT_EQ(scripts.kill(Kind::Eval), kNotBusy);
}

TEST(RunningScripts, TheBusyOnesAreKilledOrElseTheOldest) {
    Keyspace keyspace(1, 8);
    RunningScripts scripts(3, keyspace);
    RunningScript young{Kind::Eval, "", {}, 30};
    RunningScript old{Kind::Eval, "", {}, 10};
    RunningScript middle{Kind::Eval, "", {}, 20};
    EXPECT_TRUE(scripts.begin(0, young));
    EXPECT_TRUE(scripts.begin(1, old));
    EXPECT_TRUE(scripts.begin(2, middle));
    EXPECT_EQ(scripts.kill(Kind::Eval), std::nullopt);
    EXPECT_EQ(old.state, State::Killed);
    EXPECT_EQ(young.state, State::Reading);
    scripts.become_busy(young);
    scripts.become_busy(middle);
    EXPECT_EQ(scripts.kill(Kind::Eval), std::nullopt);
    EXPECT_EQ(young.state, State::Killed);
    EXPECT_EQ(middle.state, State::Killed);
    for (std::size_t reactor = 0; reactor < 3; ++reactor) scripts.end(reactor);
    EXPECT_FALSE(scripts.busy());
}

TEST(RunningScripts, AWriterIsUnkillable) {
    Keyspace keyspace(1, 8);
    RunningScripts scripts(1, keyspace);
    RunningScript script{Kind::Eval, "", {}, 0};
    EXPECT_TRUE(scripts.begin(0, script));
    EXPECT_TRUE(script.may_write());
    const auto error = scripts.kill(Kind::Eval);
    ASSERT_TRUE(error);
    EXPECT_TRUE(error->starts_with("UNKILLABLE "));
    scripts.end(0);
}

TEST(RunningScripts, BusyEndsWithTheLastBusyScript) {
    Keyspace keyspace(1, 8);
    RunningScripts scripts(2, keyspace);
    RunningScript script{Kind::Eval, "", {}, 0};
    RunningScript function{Kind::Function, "f", {}, 0};
    EXPECT_TRUE(scripts.begin(0, script));
    EXPECT_TRUE(scripts.begin(1, function));
    EXPECT_FALSE(scripts.busy());
    scripts.become_busy(function);
    EXPECT_TRUE(scripts.busy());
    EXPECT_NE(scripts.busy_error().find("FUNCTION KILL"), std::string_view::npos);
    scripts.become_busy(script);
    EXPECT_NE(scripts.busy_error().find("SCRIPT KILL"), std::string_view::npos);
    scripts.end(1);
    EXPECT_TRUE(scripts.busy());
    scripts.end(0);
    EXPECT_FALSE(scripts.busy());
}

TEST(RunningScripts, NoneBeginsOnceTheyAreRefused) {
    Keyspace keyspace(1, 8);
    RunningScripts scripts(2, keyspace);
    RunningScript first{Kind::Eval, "", {}, 0};
    RunningScript second{Kind::Eval, "", {}, 0};
    EXPECT_TRUE(scripts.begin(0, first));
    scripts.refuse_new();
    EXPECT_FALSE(scripts.begin(1, second));
    EXPECT_TRUE(scripts.any());
    scripts.end(0);
    EXPECT_FALSE(scripts.any());
}

TEST(RunningScripts, FunctionsCanBeListed) {
    Keyspace keyspace(1, 8);
    RunningScripts scripts(2, keyspace);
    RunningScript script{Kind::Eval, "", {}, 0};
    RunningScript function{Kind::Function, "f", {}, 0};
    EXPECT_TRUE(scripts.begin(0, script));
    EXPECT_TRUE(scripts.begin(1, function));
    std::string names;
    scripts.for_each_function([&](RunningScript& each) { names += each.name; });
    EXPECT_EQ(names, "f");
    scripts.end(0);
    scripts.end(1);
}

}  // namespace
}  // namespace pongo
