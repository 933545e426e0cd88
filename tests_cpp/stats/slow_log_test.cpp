#include "stats/slow_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pongo {
namespace {

using testing::ElementsAre;

void add(SlowLog& log, std::int64_t duration_us, std::size_t max_records = 128) {
    const std::vector<std::string_view> args{"GET", "key"};
    log.add(1700000000, duration_us, args, "127.0.0.1:5000", "someone", max_records);
}

std::vector<std::string> logged_args(const std::vector<std::string>& args) {
    SlowLog log;
    const std::vector<std::string_view> views(args.begin(), args.end());
    log.add(0, 0, views, "", "", 1);
    return log.latest(1).at(0).args;
}

TEST(SlowLog, KeepsWhatItIsTold) {
    SlowLog log;
    add(log, 15);
    ASSERT_EQ(log.size(), 1u);
    const SlowLog::Record record = log.latest(10).at(0);
    EXPECT_EQ(record.id, 0);
    EXPECT_EQ(record.unix_s, 1700000000);
    EXPECT_EQ(record.duration_us, 15);
    EXPECT_THAT(record.args, ElementsAre("GET", "key"));
    EXPECT_EQ(record.peer, "127.0.0.1:5000");
    EXPECT_EQ(record.client_name, "someone");
}

TEST(SlowLog, GivesTheLatestFirst) {
    SlowLog log;
    for (const int duration_us : {1, 2, 3}) add(log, duration_us);
    const auto latest = log.latest(2);
    ASSERT_EQ(latest.size(), 2u);
    EXPECT_EQ(latest[0].duration_us, 3);
    EXPECT_EQ(latest[0].id, 2);
    EXPECT_EQ(latest[1].duration_us, 2);
}

TEST(SlowLog, ForgetsTheOldestBeyondItsLength) {
    SlowLog log;
    for (int i = 0; i < 10; ++i) add(log, i, 4);
    EXPECT_EQ(log.size(), 4u);
    EXPECT_EQ(log.latest(100).back().duration_us, 6);
    add(log, 10, 1);
    EXPECT_EQ(log.size(), 1u);
    add(log, 11, 0);
    EXPECT_EQ(log.size(), 0u);
}

TEST(SlowLog, CountsOnAfterItWasCleared) {
    SlowLog log;
    add(log, 1);
    log.clear();
    EXPECT_EQ(log.size(), 0u);
    add(log, 2);
    EXPECT_EQ(log.latest(1).at(0).id, 1);
}

TEST(SlowLog, ShortensLongArguments) {
    const std::string fits(128, 'a');
    EXPECT_THAT(logged_args({fits}), ElementsAre(fits));
    EXPECT_THAT(logged_args({fits + "b"}), ElementsAre(fits + "... (1 more bytes)"));
    EXPECT_THAT(logged_args({std::string(1000, 'a')}), ElementsAre(fits + "... (872 more bytes)"));
}

TEST(SlowLog, SaysHowManyArgumentsItLeftOut) {
    EXPECT_EQ(logged_args(std::vector<std::string>(32, "x")), std::vector<std::string>(32, "x"));
    std::vector<std::string> expected(31, "x");
    expected.push_back("... (2 more arguments)");
    EXPECT_EQ(logged_args(std::vector<std::string>(33, "x")), expected);
    expected.back() = "... (969 more arguments)";
    EXPECT_EQ(logged_args(std::vector<std::string>(1000, "x")), expected);
}

}  // namespace
}  // namespace pongo
