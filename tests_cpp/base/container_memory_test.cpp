#include "base/container_memory.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/memory_usage.h"

namespace pongo {
namespace {

class ContainerMemoryTest : public testing::Test {
  protected:
    ContainerMemoryTest() {
        char name[] = "/tmp/pongo-cgroup-XXXXXX";
        root_ = mkdtemp(name);
    }
    ~ContainerMemoryTest() override { std::filesystem::remove_all(root_); }

    void write(const std::string& path, const std::string& text) {
        const std::filesystem::path full = root_ + path;
        std::filesystem::create_directories(full.parent_path());
        std::ofstream(full) << text << '\n';
    }
    std::int64_t limit(const std::string& membership) {
        write("/membership", membership);
        return cgroup_memory_limit(root_ + "/membership", root_);
    }

    std::string root_;
};

TEST_F(ContainerMemoryTest, TheSmallestLimitUpToTheRootCounts) {
    write("/box/inner/memory.max", "8000000");
    write("/box/memory.max", "5000000");
    EXPECT_EQ(limit("0::/box/inner"), 5'000'000);
}

TEST_F(ContainerMemoryTest, MaxIsNoLimit) {
    write("/box/memory.max", "max");
    EXPECT_EQ(limit("0::/box"), 0);
}

TEST_F(ContainerMemoryTest, InsideOfAContainerTheRootHasTheLimit) {
    write("/memory.max", "7000000");
    EXPECT_EQ(limit("0::/"), 7'000'000);
}

TEST_F(ContainerMemoryTest, Version1HasAFileOfAnotherName) {
    write("/memory/box/memory.limit_in_bytes", "6000000");
    EXPECT_EQ(limit("3:cpu,cpuacct:/box\n4:memory:/box"), 6'000'000);
}

TEST_F(ContainerMemoryTest, WithoutGroupsThereIsNoLimit) {
    EXPECT_EQ(cgroup_memory_limit(root_ + "/none", root_), 0);
    EXPECT_EQ(limit("garbage"), 0);
}

TEST(AvailableMemory, IsNoMoreThanTheMachineHas) {
    EXPECT_GT(available_memory(), 0);
    EXPECT_LE(available_memory(), static_cast<std::int64_t>(machine_memory()));
}

}  // namespace
}  // namespace pongo
