#include "base/cpu.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace pongo {
namespace {

class CgroupTest : public testing::Test {
  protected:
    CgroupTest() {
        char name[] = "/tmp/pongo-cgroup-XXXXXX";
        root_ = mkdtemp(name);
    }
    ~CgroupTest() override { std::filesystem::remove_all(root_); }

    void write(const std::string& path, const std::string& text) {
        const std::filesystem::path full = root_ + path;
        std::filesystem::create_directories(full.parent_path());
        std::ofstream(full) << text << '\n';
    }
    int quota(const std::string& membership) {
        write("/membership", membership);
        return cgroup_cpu_quota(root_ + "/membership", root_);
    }

    std::string root_;
};

TEST_F(CgroupTest, AQuotaOfVersion2IsRoundedUp) {
    write("/box/cpu.max", "250000 100000");
    EXPECT_EQ(quota("0::/box"), 3);
}

TEST_F(CgroupTest, MaxIsNoQuota) {
    write("/box/cpu.max", "max 100000");
    EXPECT_EQ(quota("0::/box"), 0);
}

TEST_F(CgroupTest, TheSmallestQuotaUpToTheRootCounts) {
    write("/box/inner/cpu.max", "800000 100000");
    write("/box/cpu.max", "200000 100000");
    EXPECT_EQ(quota("0::/box/inner"), 2);
}

TEST_F(CgroupTest, InsideOfAContainerTheRootHasTheQuota) {
    write("/cpu.max", "100000 100000");
    EXPECT_EQ(quota("0::/"), 1);
}

TEST_F(CgroupTest, AQuotaOfVersion1StandsInTwoFiles) {
    write("/cpu,cpuacct/box/cpu.cfs_quota_us", "150000");
    write("/cpu,cpuacct/box/cpu.cfs_period_us", "100000");
    EXPECT_EQ(quota("3:cpu,cpuacct:/box\n4:memory:/box"), 2);
}

TEST_F(CgroupTest, AQuotaOfMinusOneIsNone) {
    write("/cpu/cpu.cfs_quota_us", "-1");
    write("/cpu/cpu.cfs_period_us", "100000");
    EXPECT_EQ(quota("3:cpu:/"), 0);
}

TEST_F(CgroupTest, AMissingOrGarbledMembershipIsNoQuota) {
    EXPECT_EQ(cgroup_cpu_quota(root_ + "/none", root_), 0);
    EXPECT_EQ(quota("garbage"), 0);
    EXPECT_EQ(quota("0::relative"), 0);
}

TEST(AvailableCpus, AThreadBoundToOneCpuHasOne) {
    int seen = 0;
    std::thread([&seen] {
        cpu_set_t mine;
        sched_getaffinity(0, sizeof mine, &mine);
        cpu_set_t one;
        CPU_ZERO(&one);
        for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
            if (!CPU_ISSET(cpu, &mine)) continue;
            CPU_SET(cpu, &one);
            break;
        }
        sched_setaffinity(0, sizeof one, &one);
        seen = available_cpus();
    }).join();
    EXPECT_EQ(seen, 1);
}

TEST(AvailableCpus, AreNoMoreThanTheMachineHas) {
    EXPECT_GE(available_cpus(), 1);
    EXPECT_LE(available_cpus(), static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace pongo
