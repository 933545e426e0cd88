#include "persistence/output_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace pongo {
namespace {

namespace fs = std::filesystem;

// What goes wrong, by the names of FileCalls: the errno of each, 0 for what works.
struct Faults {
    int open_folder = 0;
    int create = 0;
    int write = 0;
    std::uint64_t writes_until = UINT64_MAX;  // So many bytes can be written before.
    std::size_t most_at_once = SIZE_MAX;
    bool interrupted = false;
    int sync_range = 0;
    int sync = 0;
    int close = 0;
    int rename = 0;
    int sync_folder = 0;
};

class FaultyCalls : public FileCalls {
  public:
    int open_folder(const char* path) override {
        return faults.open_folder != 0 ? failed(faults.open_folder) : folder_ = FileCalls::open_folder(path);
    }
    int create(int folder, const char* name) override {
        return faults.create != 0 ? failed(faults.create) : FileCalls::create(folder, name);
    }
    ssize_t write(int file, const char* bytes, std::size_t size) override {
        if (faults.interrupted && ++writes_ % 2 == 0) return failed(EINTR);
        const std::uint64_t room = faults.writes_until - written_;
        if (room == 0) return faults.write == 0 ? 0 : failed(faults.write);
        const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(room, faults.most_at_once));
        const ssize_t result = FileCalls::write(file, bytes, std::min(size, most));
        written_ += static_cast<std::uint64_t>(result);
        return result;
    }
    int sync_range(int file, std::uint64_t offset, std::uint64_t size) override {
        ranges.push_back({offset, size});
        return faults.sync_range != 0 ? failed(faults.sync_range) : FileCalls::sync_range(file, offset, size);
    }
    int sync(int file) override {
        const int fault = file == folder_ ? faults.sync_folder : faults.sync;
        return fault != 0 ? failed(fault) : FileCalls::sync(file);
    }
    int close(int file) override {
        const int result = FileCalls::close(file);
        return faults.close != 0 && file != folder_ ? failed(faults.close) : result;
    }
    int rename(int folder, const char* from, const char* to) override {
        return faults.rename != 0 ? failed(faults.rename) : FileCalls::rename(folder, from, to);
    }

    Faults faults;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;

  private:
    static int failed(int error) {
        errno = error;
        return -1;
    }

    int folder_ = -1;
    std::uint64_t written_ = 0;
    int writes_ = 0;
};

class OutputFileTest : public testing::Test {
  protected:
    OutputFileTest() {
        std::string name = (fs::temp_directory_path() / "output-file-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~OutputFileTest() override { fs::remove_all(folder_); }

    std::string path() const { return (folder_ / "dump.rdb").string(); }
    std::string content() const {
        std::ifstream in(path(), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(folder_))
            found.push_back(entry.path().filename().string());
        return found;
    }
    // The old file, which stands there before.
    void put_old() { std::ofstream(path()) << "old"; }

    fs::path folder_;
    FaultyCalls calls_;
};

// Pieces of all sizes around those of the buffer.
std::string write_pieces(OutputFile& file) {
    std::string all;
    for (const std::size_t size : {1UL, 65535UL, 65536UL, 65537UL, 0UL, 9UL, 9'000'000UL, 100UL}) {
        const std::string piece(size, static_cast<char>('a' + all.size() % 26));
        file.append(piece);
        all += piece;
    }
    return all;
}

TEST_F(OutputFileTest, TakesThePlaceOfTheOldFileOnlyWhenItIsFinished) {
    put_old();
    OutputFile file(path(), IncrementalSync::On);
    const std::string all = write_pieces(file);
    EXPECT_EQ(content(), "old");
    EXPECT_EQ(file.bytes_written(), all.size());
    EXPECT_EQ(file.finish(), std::nullopt);
    EXPECT_EQ(content(), all);
    EXPECT_EQ(names(), std::vector<std::string>{"dump.rdb"});
    struct stat facts {};
    ASSERT_EQ(::stat(path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0111, 0U);
}

TEST_F(OutputFileTest, StandsBesideItUnderANameOfItsOwnMeanwhile) {
    OutputFile one(path(), IncrementalSync::Off);
    OutputFile other(path(), IncrementalSync::Off);
    ASSERT_EQ(names().size(), 2U);
    for (const std::string& name : names()) EXPECT_TRUE(OutputFile::is_temporary(name)) << name;
    EXPECT_FALSE(OutputFile::is_temporary("dump.rdb"));
    EXPECT_FALSE(OutputFile::is_temporary("temp-1.rdb"));
}

TEST_F(OutputFileTest, IsRemovedUnlessItIsFinished) {
    put_old();
    {
        OutputFile file(path(), IncrementalSync::Off);
        write_pieces(file);
    }
    EXPECT_EQ(names(), std::vector<std::string>{"dump.rdb"});
    EXPECT_EQ(content(), "old");
}

TEST_F(OutputFileTest, MayBeOfARelativePathThoughTheProcessGoesElsewhere) {
    const fs::path before = fs::current_path();
    fs::current_path(folder_);
    OutputFile file("dump.rdb", IncrementalSync::Off);
    fs::current_path(before);
    file.append("new");
    EXPECT_EQ(file.finish(), std::nullopt);
    EXPECT_EQ(content(), "new");
}

TEST_F(OutputFileTest, WritesAllThoughTheSystemTakesLessAtOnce) {
    calls_.faults = {.most_at_once = 1000, .interrupted = true};
    OutputFile file(path(), IncrementalSync::Off, calls_);
    const std::string all = write_pieces(file);
    EXPECT_EQ(file.finish(), std::nullopt);
    EXPECT_EQ(content(), all);
}

TEST_F(OutputFileTest, SyncsAlongTheWayIfAsked) {
    for (const auto sync : {IncrementalSync::Off, IncrementalSync::On}) {
        OutputFile file(path(), sync, calls_);
        for (int i = 0; i < 20; ++i) file.append(std::string(1'000'000, 'x'));
        EXPECT_EQ(file.finish(), std::nullopt);
        EXPECT_EQ(calls_.ranges.empty(), sync == IncrementalSync::Off);
    }
    std::uint64_t end = 0;
    for (const auto& [offset, size] : calls_.ranges) {
        EXPECT_EQ(offset, end);
        EXPECT_GT(size, 0U);
        end = offset + size;
    }
    EXPECT_GT(end, 10'000'000U);
}

struct Case {
    Faults faults;
    std::string operation;
    std::string reason;
    bool in_place = false;
};

TEST_F(OutputFileTest, KeepsTheFirstErrorAndTheOldFile) {
    const std::vector<Case> cases{
        {{.open_folder = EACCES}, "opening the folder ", "Permission denied"},
        {{.create = EROFS}, "creating ", "Read-only file system"},
        {{.write = ENOSPC, .writes_until = 0}, "writing ", "No space left on device"},
        {{.write = ENOSPC, .writes_until = 100'000}, "writing ", "No space left on device"},
        {{.write = EIO, .writes_until = 9'000'000, .most_at_once = 999}, "writing ", "Input/output error"},
        {{.write = 0, .writes_until = 70'000}, "writing ", "Input/output error"},
        {{.sync_range = EIO, .sync = ENOSPC}, "syncing ", "Input/output error"},
        {{.sync = EIO, .close = ENOSPC}, "syncing ", "Input/output error"},
        {{.close = EDQUOT}, "closing ", "Disk quota exceeded"},
        {{.rename = EISDIR}, "renaming ", "Is a directory"},
        {{.sync_folder = EIO}, "syncing the folder ", "Input/output error", true},
    };
    for (const Case& given : cases) {
        put_old();
        FaultyCalls calls;
        calls.faults = given.faults;
        OutputFile file(path(), IncrementalSync::On, calls);
        write_pieces(file);
        write_pieces(file);
        const auto error = file.finish();
        ASSERT_TRUE(error) << given.operation;
        EXPECT_TRUE(error->starts_with(given.operation + folder_.string())) << *error;
        EXPECT_TRUE(error->ends_with(": " + given.reason)) << *error;
        EXPECT_EQ(file.error(), error);
        EXPECT_EQ(names(), std::vector<std::string>{"dump.rdb"}) << given.operation;
        EXPECT_EQ(content() != "old", given.in_place) << given.operation;
    }
}

TEST_F(OutputFileTest, SaysThatThereIsNoSuchFolder) {
    OutputFile file("/nowhere/at/all/dump.rdb", IncrementalSync::Off);
    file.append("bytes");
    EXPECT_EQ(file.finish(), "opening the folder /nowhere/at/all: No such file or directory");
}

TEST_F(OutputFileTest, CannotTakeThePlaceOfAFolder) {
    fs::create_directory(path());
    OutputFile file(path(), IncrementalSync::Off);
    EXPECT_TRUE(file.finish());
    EXPECT_EQ(names(), std::vector<std::string>{"dump.rdb"});
}

}  // namespace
}  // namespace pongo
