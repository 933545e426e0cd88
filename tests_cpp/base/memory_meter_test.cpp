#include "base/memory_meter.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>
#include <vector>

#include "base/memory_usage.h"

namespace pongo {
namespace {

constexpr std::size_t kMegabyte = std::size_t{1} << 20;

class Blocks {
  public:
    ~Blocks() { free_all(); }
    void add(std::size_t bytes) {
        void* const block = std::malloc(bytes);
        if (block) static_cast<volatile char*>(block)[0] = 1;
        blocks_.push_back(block);
    }
    void free_all() {
        for (void* const block : blocks_) std::free(block);
        blocks_.clear();
    }

  private:
    std::vector<void*> blocks_;
};

TEST(MemoryMeter, OwnMemoryCountsAtOnce) {
    MemoryMeter& meter = MemoryMeter::mine();
    memory_usage();
    const std::size_t before = meter.used();
    Blocks blocks;
    blocks.add(kMegabyte);
    EXPECT_GE(meter.used(), before + kMegabyte);
    EXPECT_LE(meter.used(), before + 2 * kMegabyte);
    blocks.free_all();
    EXPECT_LE(meter.used(), before + kMegabyte / 2);
}

TEST(MemoryMeter, OthersHearOfItInSteps) {
    memory_usage();
    const std::size_t before = MemoryMeter::used_by_all();
    Blocks blocks;
    std::thread([&] {
        MemoryMeter& meter = MemoryMeter::mine();
        for (int i = 0; i < 64; ++i) {
            blocks.add(kMegabyte / 16);
            meter.used();
        }
    }).join();
    EXPECT_NEAR(static_cast<double>(MemoryMeter::used_by_all()), static_cast<double>(before + 4 * kMegabyte),
                static_cast<double>(kMegabyte));
}

TEST(MemoryMeter, WhatThreadsWithoutAMeterTakeIsFoundOut) {
    MemoryMeter::mine();
    memory_usage();
    const std::size_t before = MemoryMeter::used_by_all();
    Blocks blocks;
    std::thread([&] { blocks.add(16 * kMegabyte); }).join();
    const MemoryUsage usage = memory_usage();
    // Threads that come and go take and give back a few bytes besides.
    EXPECT_NEAR(static_cast<double>(usage.used), static_cast<double>(before + 16 * kMegabyte),
                static_cast<double>(kMegabyte));
    EXPECT_NEAR(static_cast<double>(MemoryMeter::mine().used()), static_cast<double>(usage.used),
                static_cast<double>(kMegabyte));
}

TEST(MemoryMeter, MappedMemoryCounts) {
    const std::size_t before = MemoryMeter::mine().used();
    count_mapped_memory(8 * kMegabyte);
    EXPECT_GE(MemoryMeter::mine().used(), before + 8 * kMegabyte);
    count_mapped_memory(-8 * static_cast<std::int64_t>(kMegabyte));
    EXPECT_LE(MemoryMeter::mine().used(), before + kMegabyte);
}

}  // namespace
}  // namespace pongo
