#include "stats/counters.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace pongo {
namespace {

TEST(Counter, AddsUpAndIsReset) {
    Counter counter;
    EXPECT_EQ(counter.get(), 0u);
    counter.add();
    counter.add(41);
    EXPECT_EQ(counter.get(), 42u);
    counter.reset();
    EXPECT_EQ(counter.get(), 0u);
}

TEST(Counter, IsReadByOtherThreadsWhileItGrows) {
    constexpr std::uint64_t kTimes = 100000;
    Counter counter;
    std::thread writer([&] {
        for (std::uint64_t i = 0; i < kTimes; ++i) counter.add();
    });
    std::uint64_t last = 0;
    while (last < kTimes) {
        const std::uint64_t now = counter.get();
        ASSERT_GE(now, last);
        last = now;
    }
    writer.join();
    EXPECT_EQ(counter.get(), kTimes);
}

TEST(Counters, EachIsVisitedOnce) {
    Counters counters;
    std::set<Counter*> visited;
    std::size_t visits = 0;
    Counters::for_each([&](Counter Counters::*counter) {
        visited.insert(&(counters.*counter));
        ++visits;
    });
    EXPECT_EQ(visits, sizeof(Counters) / sizeof(Counter));
    EXPECT_EQ(visited.size(), visits);
}

}  // namespace
}  // namespace pongo
