#include "net/alarm.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "base/clock.h"

namespace pongo {
namespace {

constexpr std::int64_t kLongUs = 3'600'000'000;

bool rings(const Alarm& alarm, int within_ms) {
    pollfd readable{alarm.socket().descriptor(), POLLIN, 0};
    return ::poll(&readable, 1, within_ms) == 1;
}

TEST(Alarm, RingsForTheEarliest) {
    Alarm alarm;
    const std::int64_t now_us = monotonic_us();
    alarm.set(now_us + kLongUs, 1);
    alarm.set(now_us + 1'000, 2);
    EXPECT_TRUE(rings(alarm, 10'000));
    EXPECT_GE(monotonic_us(), now_us + 1'000);
    EXPECT_EQ(alarm.take_due(monotonic_us()), std::vector<std::uint64_t>{2});
    EXPECT_FALSE(rings(alarm, 0));
    EXPECT_EQ(alarm.deadlines(), 1U);
}

TEST(Alarm, GivesAllThatAreDueInTheirOrder) {
    Alarm alarm;
    for (const std::uint64_t client : {3U, 1U, 2U}) alarm.set(static_cast<std::int64_t>(client), client);
    EXPECT_EQ(alarm.take_due(2), (std::vector<std::uint64_t>{1, 2}));
    EXPECT_TRUE(rings(alarm, 10'000));
    EXPECT_EQ(alarm.take_due(3), std::vector<std::uint64_t>{3});
    EXPECT_TRUE(alarm.take_due(kLongUs).empty());
}

// Clients are served long before their deadlines, again and again.
TEST(Alarm, ForgetsWhatIsCancelled) {
    Alarm alarm;
    const std::int64_t now_us = monotonic_us();
    for (std::int64_t i = 0; i < 1'000; ++i) {
        alarm.set(now_us + 1'000 + i, 1);
        alarm.cancel(now_us + 1'000 + i, 1);
    }
    EXPECT_EQ(alarm.deadlines(), 0U);
    // It rings in vain, and then for what has come since.
    alarm.set(now_us + 2'000, 2);
    EXPECT_TRUE(rings(alarm, 10'000));
    std::vector<std::uint64_t> due;
    while (due.empty() && rings(alarm, 10'000)) due = alarm.take_due(monotonic_us());
    EXPECT_EQ(due, std::vector<std::uint64_t>{2});
    EXPECT_EQ(alarm.deadlines(), 0U);
}

}  // namespace
}  // namespace pongo
