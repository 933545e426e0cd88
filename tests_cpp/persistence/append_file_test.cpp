#include "persistence/append_file.h"

#include <gtest/gtest.h>

#include "support/faulty_appends.h"
#include "support/temporary_folder.h"

namespace pongo {
namespace {

class AppendFileTest : public testing::Test {
  protected:
    TemporaryFolder folder_;
    const std::string path_ = folder_ / "file";
    FaultyAppends calls_;
};

TEST_F(AppendFileTest, GoesOnWhereTheFileEnds) {
    {
        AppendFile file(path_);
        EXPECT_EQ(file.error(), 0);
        EXPECT_EQ(file.append("first "), 6U);
    }
    AppendFile file(path_);
    EXPECT_EQ(file.size(), 6U);
    EXPECT_EQ(file.append("second"), 6U);
    EXPECT_TRUE(file.sync());
    EXPECT_EQ(file.size(), 12U);
    EXPECT_EQ(bytes_of(path_), "first second");
}

TEST_F(AppendFileTest, AFileThatCannotBeOpenedHasAnError) {
    EXPECT_EQ(AppendFile(folder_ / "none/file").error(), ENOENT);
}

TEST_F(AppendFileTest, WhatCouldBeWrittenOnlyInPartIsCutOff) {
    AppendFile file(path_, calls_);
    file.append("whole");
    calls_.room = 2;
    EXPECT_EQ(file.append("partly"), 0U);
    EXPECT_EQ(file.error(), ENOSPC);
    EXPECT_EQ(bytes_of(path_), "whole");
    calls_.room = SIZE_MAX;
    EXPECT_EQ(file.append("again"), 5U);
    EXPECT_EQ(file.error(), 0);
    EXPECT_EQ(bytes_of(path_), "wholeagain");
}

TEST_F(AppendFileTest, OrGoesOnBehindIt) {
    AppendFile file(path_, calls_);
    calls_.room = 2;
    calls_.cut_error = EIO;
    EXPECT_EQ(file.append("partly"), 2U);
    EXPECT_EQ(file.error(), ENOSPC);
    EXPECT_EQ(file.size(), 2U);
    calls_.room = SIZE_MAX;
    EXPECT_EQ(file.append("rtly"), 4U);
    EXPECT_EQ(bytes_of(path_), "partly");
}

TEST_F(AppendFileTest, ASyncThatFailsIsToldOf) {
    AppendFile file(path_, calls_);
    calls_.sync_error = EIO;
    EXPECT_FALSE(file.sync());
    EXPECT_EQ(file.error(), EIO);
    calls_.sync_error = 0;
    EXPECT_TRUE(file.sync());
    EXPECT_EQ(file.error(), 0);
}

}  // namespace
}  // namespace pongo
