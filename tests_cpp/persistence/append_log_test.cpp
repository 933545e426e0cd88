#include "persistence/append_log.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "support/faulty_appends.h"
#include "support/temporary_folder.h"
#include "support/test_server.h"

namespace pongo {
namespace {

class AppendLogTest : public testing::Test {
  protected:
    void SetUp() override { log_.open(file_); }
    void TearDown() override { log_.close(); }

    void set(const std::string& key) {
        EXPECT_EQ(server_.run({"SET", key, "v"}), "+OK\r\n");
        progress().announce();
    }
    void follow(const std::string& policy) {
        ASSERT_FALSE(server_.config().assign("appendfsync", policy));
        log_.follow_policy();
    }
    // One sync fails, with that key's record; the next one does not.
    void fail_to_sync(const std::string& key) {
        calls_.sync_error = EIO;
        set(key);
        EXPECT_FALSE(log_.sync());
        calls_.sync_error = 0;
        wait_for([&] { return error() == 0; });
    }
    void turn_to(const std::string& name) {
        log_.turn_to(std::make_shared<AppendFile>(folder_ / name, calls_));
    }
    LogProgress& progress() { return server_.engine().data_set().log(); }
    int error() { return server_.engine().data_set().append_error; }
    template <typename Condition>
    static void wait_for(Condition&& condition) {
        while (!condition()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    static std::string record(const std::string& key) {
        return "*3\r\n$3\r\nSET\r\n$1\r\n" + key + "\r\n$1\r\nv\r\n";
    }
    static std::string select() { return "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"; }

    TemporaryFolder folder_;
    FaultyAppends calls_;
    TestServer server_;
    std::shared_ptr<AppendFile> file_ = std::make_shared<AppendFile>(folder_ / "file", calls_);
    AppendLog log_{server_.engine()};
};

TEST_F(AppendLogTest, UnitsBecomeRecordsInTheirOrder) {
    set("a");
    set("b");
    EXPECT_TRUE(log_.sync());
    EXPECT_EQ(bytes_of(folder_ / "file"), select() + record("a") + record("b"));
    EXPECT_EQ(log_.status().pending_bytes, 0U);
    EXPECT_EQ(log_.status().file_bytes, bytes_of(folder_ / "file").size());
}

TEST_F(AppendLogTest, WhatWaitsIsCounted) {
    calls_.room = 0;
    set("a");
    EXPECT_EQ(server_.engine().data_set().log_bytes, (select() + record("a")).size());
    calls_.room = SIZE_MAX;
    wait_for([&] { return server_.engine().data_set().log_bytes == 0; });
}

TEST_F(AppendLogTest, WhatIsAcceptedIsWrittenWithoutBeingAskedFor) {
    set("a");
    wait_for([&] { return bytes_of(folder_ / "file") == select() + record("a"); });
}

TEST_F(AppendLogTest, RepliesWaitOnlyWithAlwaysAndOnlyUntilAllIsOnDisk) {
    log_.set_complete(log_.failures());
    set("a");
    EXPECT_FALSE(progress().replies_must_wait());
    follow("always");
    EXPECT_TRUE(progress().withholds());
    set("b");
    wait_for([&] { return progress().synced() == progress().appended(); });
    EXPECT_FALSE(progress().replies_must_wait());
    EXPECT_GE(calls_.syncs, 1);
}

TEST_F(AppendLogTest, NothingIsSafeBeforeTheFilesAreComplete) {
    set("a");
    EXPECT_TRUE(log_.sync());
    EXPECT_EQ(progress().synced(), 0U);
    log_.set_complete(log_.failures());
    EXPECT_EQ(progress().synced(), progress().appended());
}

TEST_F(AppendLogTest, AnotherFileBeginsAnew) {
    set("a");
    turn_to("next");
    set("b");
    EXPECT_TRUE(log_.finish_former());
    log_.go_on();
    EXPECT_TRUE(log_.sync());
    EXPECT_EQ(bytes_of(folder_ / "file"), select() + record("a"));
    EXPECT_EQ(bytes_of(folder_ / "next"), select() + record("b"));
}

TEST_F(AppendLogTest, NothingGoesToAnotherFileBeforeTheFormerIsOnDisk) {
    set("a");
    turn_to("next");
    set("b");
    EXPECT_TRUE(log_.finish_former());
    EXPECT_EQ(bytes_of(folder_ / "file"), select() + record("a"));
    EXPECT_GE(calls_.syncs, 1);
    EXPECT_EQ(bytes_of(folder_ / "next"), "");
    log_.go_on();
    wait_for([&] { return bytes_of(folder_ / "next") == select() + record("b"); });
}

TEST_F(AppendLogTest, WhatWasForAnotherFileMayGoToTheFormer) {
    {
        const std::lock_guard no_sync(calls_.syncing);  // Which would be told to who sets "b".
        set("a");
        turn_to("next");
        set("b");
        calls_.sync_error = EIO;
    }
    EXPECT_FALSE(log_.finish_former());
    calls_.sync_error = 0;
    log_.go_back();
    EXPECT_TRUE(log_.sync());
    EXPECT_EQ(bytes_of(folder_ / "file"), select() + record("a") + select() + record("b"));
    EXPECT_EQ(bytes_of(folder_ / "next"), "");
}

TEST_F(AppendLogTest, ClosedItHasWrittenEverythingAndHearsOfNothing) {
    set("a");
    log_.close();
    set("b");
    EXPECT_EQ(bytes_of(folder_ / "file"), select() + record("a"));
    EXPECT_TRUE(log_.sync());
}

TEST_F(AppendLogTest, WhatCouldNotBeWrittenDoesNotGoToTheNextFile) {
    calls_.room = 0;
    set("a");
    wait_for([&] { return error() != 0; });
    log_.turn_to(std::make_shared<AppendFile>(folder_ / "never", calls_));
    log_.go_on();
    log_.close();
    EXPECT_EQ(server_.engine().data_set().log_bytes, 0U);
    calls_.room = SIZE_MAX;
    log_.open(std::make_shared<AppendFile>(folder_ / "next", calls_));
    set("b");
    EXPECT_TRUE(log_.sync());
    EXPECT_EQ(bytes_of(folder_ / "next"), select() + record("b"));
}

TEST_F(AppendLogTest, WhatFindsNoRoomWaitsAndWritersAreTold) {
    log_.set_complete(log_.failures());
    calls_.room = 10;
    set("a");
    wait_for([&] { return error() != 0; });
    EXPECT_EQ(error(), ENOSPC);
    EXPECT_FALSE(log_.sync());
    EXPECT_EQ(server_.run({"SET", "b", "v"}),
              "-MISCONF Errors writing to the AOF file: No space left on device\r\n");
    calls_.room = SIZE_MAX;
    wait_for([&] { return error() == 0; });
    set("c");
    EXPECT_TRUE(log_.sync());
    EXPECT_EQ(bytes_of(folder_ / "file"), select() + record("a") + record("c"));
    EXPECT_FALSE(log_.is_lacking());
}

TEST_F(AppendLogTest, ASyncThatFailedLeavesNothingSafe) {
    log_.set_complete(log_.failures());
    const std::uint64_t failures = log_.failures();
    set("a");
    EXPECT_TRUE(log_.sync());
    EXPECT_TRUE(progress().is_safe(progress().appended()));
    calls_.sync_error = EIO;
    set("b");
    EXPECT_FALSE(log_.sync());
    EXPECT_EQ(error(), EIO);
    EXPECT_FALSE(log_.is_lacking());  // There is no use in trying.
    calls_.sync_error = 0;
    wait_for([&] { return error() == 0; });
    EXPECT_TRUE(log_.is_lacking());
    EXPECT_FALSE(progress().is_safe(0));
    log_.set_complete(failures);  // Of a base that was begun before.
    EXPECT_FALSE(progress().is_safe(0));
    log_.set_complete(log_.failures());
    wait_for([&] { return progress().is_safe(progress().appended()); });
    EXPECT_FALSE(log_.is_lacking());
}

TEST_F(AppendLogTest, AFailedSyncIsTriedAgainWhateverThePolicy) {
    follow("no");
    log_.set_complete(log_.failures());
    fail_to_sync("a");
}

TEST_F(AppendLogTest, WithAlwaysAnErrorIsTheEnd) {
    progress().set_enabled(true);
    log_.set_complete(log_.failures());
    follow("always");
    calls_.room = 0;
    set("a");
    wait_for([&] { return log_.has_given_up(); });
    EXPECT_TRUE(progress().replies_must_wait());
    EXPECT_FALSE(log_.sync());
}

TEST_F(AppendLogTest, WithAlwaysNobodyHearsOfWhatASyncHasNotBroughtToTheDisk) {
    progress().set_enabled(true);
    log_.set_complete(log_.failures());
    follow("always");
    calls_.sync_error = EIO;
    set("a");
    wait_for([&] { return log_.has_given_up(); });
    EXPECT_TRUE(progress().replies_must_wait());
    log_.close();
    EXPECT_TRUE(progress().replies_must_wait());
}

TEST_F(AppendLogTest, WhoTurnsToAlwaysAfterAFailedSyncWaitsForTheNewBase) {
    progress().set_enabled(true);
    log_.set_complete(log_.failures());
    fail_to_sync("a");
    follow("always");
    set("b");
    EXPECT_TRUE(log_.sync());
    EXPECT_TRUE(progress().replies_must_wait());
    log_.set_complete(log_.failures());
    EXPECT_FALSE(progress().replies_must_wait());
}

}  // namespace
}  // namespace pongo
