#include "base/background.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace pongo {
namespace {

constexpr int kMostNice = 19;

int own_nice() {
    return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
}

TEST(BackgroundTest, RunsWhatWasPostedInOrder) {
    std::vector<int> order;
    Background background("test");
    for (int i = 0; i < 100; ++i) background.post([&order, i] { order.push_back(i); });
    background.drain();
    ASSERT_EQ(order.size(), 100U);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(BackgroundTest, CountsWhatIsPendingByItsWeight) {
    Background background("test");
    std::size_t seen = 0;
    background.post([&] { seen = background.pending(); }, 7);
    background.drain();
    EXPECT_GE(seen, 7U);
    EXPECT_EQ(background.pending(), 0U);
    EXPECT_EQ(background.finished(), 7U);
    background.reset_finished();
    EXPECT_EQ(background.finished(), 0U);
}

TEST(BackgroundTest, RunsEverythingBeforeItEnds) {
    int ran = 0;
    {
        Background background("test");
        for (int i = 0; i < 1000; ++i) background.post([&ran] { ++ran; });
    }
    EXPECT_EQ(ran, 1000);
}

TEST(BackgroundTest, GivesWayToTheThreadsThatServe) {
    int nice = 0;
    Background background("test");
    background.post([&nice] { nice = own_nice(); });
    background.drain();
    EXPECT_GE(nice, std::min(own_nice() + 1, kMostNice));
}

// As under `nice -n 10`.
TEST(BackgroundTest, GivesWayToThreadsOfLowPriorityToo) {
    int nice = 0;
    int nice_of_starter = 0;
    std::thread starter([&] {
        setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), own_nice() + 10);
        nice_of_starter = own_nice();
        Background background("test");
        background.post([&nice] { nice = own_nice(); });
        background.drain();
    });
    starter.join();
    EXPECT_GE(nice, std::min(nice_of_starter + 1, kMostNice));
}

}  // namespace
}  // namespace pongo
