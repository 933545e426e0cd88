#include "persistence/folder_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "support/temporary_folder.h"

namespace pongo {
namespace {

class FolderLockTest : public testing::Test {
  protected:
    void SetUp() override { std::filesystem::current_path(folder_.path()); }
    void TearDown() override { std::filesystem::current_path(before_); }

    const std::filesystem::path before_ = std::filesystem::current_path();
    TemporaryFolder folder_;
};

TEST_F(FolderLockTest, HoldsOneFolderAtATime) {
    FolderLock lock;
    FolderLock other;
    EXPECT_FALSE(lock.take());
    EXPECT_FALSE(lock.take());
    const auto refusal = other.take();
    ASSERT_TRUE(refusal);
    EXPECT_NE(refusal->find("process " + std::to_string(::getpid())), std::string::npos) << *refusal;
    EXPECT_FALSE(other.is_held());

    std::filesystem::create_directory("second");
    std::filesystem::current_path("second");
    EXPECT_FALSE(lock.take());
    std::filesystem::current_path(folder_.path());
    EXPECT_FALSE(other.take());
    EXPECT_TRUE(other.is_held());
}

TEST_F(FolderLockTest, ARefusalLeavesTheOneItHad) {
    FolderLock lock;
    FolderLock other;
    EXPECT_FALSE(lock.take());
    std::filesystem::create_directory("second");
    std::filesystem::current_path("second");
    EXPECT_FALSE(other.take());
    std::filesystem::current_path(folder_.path());
    EXPECT_TRUE(other.take());
    EXPECT_TRUE(other.is_held());
}

TEST_F(FolderLockTest, MayKeepThoseItHad) {
    FolderLock lock;
    FolderLock other;
    EXPECT_FALSE(lock.take());
    std::filesystem::create_directory("second");
    std::filesystem::current_path("second");
    EXPECT_FALSE(lock.take(FolderLock::Former::Kept));
    EXPECT_TRUE(other.take());
    std::filesystem::current_path(folder_.path());
    EXPECT_TRUE(other.take());
    EXPECT_TRUE(lock.holds_former());
    EXPECT_FALSE(lock.take(FolderLock::Former::LetGo));  // Its own.
    EXPECT_FALSE(lock.holds_former());
    EXPECT_TRUE(other.take());
    std::filesystem::current_path("second");
    EXPECT_FALSE(other.take());
}

}  // namespace
}  // namespace pongo
