#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace pongo {
namespace {

class LogTest : public testing::Test {
  protected:
    LogTest() {
        char name[] = "/tmp/pongo-log-XXXXXX";
        directory_ = mkdtemp(name);
        open_log({.file = path()});
        set_log_level(LogLevel::Notice);
        set_log_role('M');
    }
    ~LogTest() override {
        open_log({});
        set_log_level(LogLevel::Notice);
        std::filesystem::remove_all(directory_);
    }

    std::string path() const { return directory_ + "/pongo.log"; }
    std::string text() const {
        std::ostringstream text;
        text << std::ifstream(path()).rdbuf();
        return text.str();
    }
    std::vector<std::string> lines() const {
        std::istringstream stream(text());
        std::vector<std::string> lines;
        for (std::string line; std::getline(stream, line);) lines.push_back(line);
        return lines;
    }

    std::string directory_;
};

TEST_F(LogTest, ALineHasProcessRoleDateLevelAndMessage) {
    log_notice("Ready to accept connections");
    EXPECT_THAT(text(), testing::MatchesRegex(
                            std::to_string(getpid()) +
                            ":M [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} "
                            "\\* Ready to accept connections\n"));
}

TEST_F(LogTest, EachLevelHasItsMark) {
    set_log_level(LogLevel::Debug);
    log_debug("m");
    log_verbose("m");
    log_notice("m");
    log_warning("m");
    std::string marks;
    for (const auto& line : lines()) marks += line[line.size() - 3];
    EXPECT_EQ(marks, ".-*#");
}

TEST_F(LogTest, LinesBelowTheLevelAreNotWritten) {
    set_log_level(LogLevel::Warning);
    log_notice("unwanted");
    log_line(LogLevel::Notice, "unwanted");
    EXPECT_EQ(text(), "");
    EXPECT_FALSE(log_enabled(LogLevel::Notice));
    EXPECT_TRUE(log_enabled(LogLevel::Warning));
}

TEST_F(LogTest, PartsAreJoinedAsTheyAre) {
    log_notice("a ", 1, ' ', std::string("b"), " ", -2L, ' ', 0.5, ' ', std::size_t{7});
    EXPECT_THAT(text(), testing::HasSubstr("* a 1 b -2 0.5 7\n"));
}

TEST_F(LogTest, TheRoleIsShownAsSet) {
    set_log_role('S');
    log_notice("m");
    EXPECT_THAT(text(), testing::HasSubstr(":S "));
}

TEST_F(LogTest, AnExistingFileIsAppendedTo) {
    log_notice("first");
    open_log({});
    open_log({.file = path()});
    log_notice("second");
    EXPECT_THAT(lines(), testing::ElementsAre(testing::HasSubstr("first"), testing::HasSubstr("second")));
}

TEST_F(LogTest, TheFileMayBeReadByAllAndWrittenByTheOwner) {
    struct stat status {};
    ASSERT_EQ(stat(path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777 & ~0644u, 0u);
}

TEST_F(LogTest, AFileThatCannotBeOpenedIsAnErrorAndLeavesTheLogWhereItWas) {
    EXPECT_EQ(open_log({.file = directory_ + "/none/pongo.log"}), "No such file or directory");
    log_notice("still here");
    EXPECT_THAT(text(), testing::HasSubstr("still here"));
}

TEST_F(LogTest, RawBytesAreWrittenAsTheyAre) {
    log_raw("=== raw\n");
    EXPECT_EQ(text(), "=== raw\n");
}

TEST_F(LogTest, LinesOfManyThreadsStayWhole) {
    constexpr int kThreads = 4;
    constexpr int kLines = 500;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([] {
            for (int j = 0; j < kLines; ++j) log_notice("begin ", j, " end");
        });
    }
    for (auto& thread : threads) thread.join();
    const auto written = lines();
    EXPECT_EQ(written.size(), static_cast<std::size_t>(kThreads * kLines));
    EXPECT_THAT(written, testing::Each(testing::MatchesRegex(".* \\* begin [0-9]+ end")));
}

}  // namespace
}  // namespace pongo
