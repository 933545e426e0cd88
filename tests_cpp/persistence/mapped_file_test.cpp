#include "persistence/mapped_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>

namespace pongo {
namespace {

namespace fs = std::filesystem;

class MappedFileTest : public testing::Test {
  protected:
    MappedFileTest() {
        std::string name = (fs::temp_directory_path() / "mapped-file-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~MappedFileTest() override { fs::remove_all(folder_); }

    std::string path() const { return (folder_ / "file").string(); }

    fs::path folder_;
};

TEST_F(MappedFileTest, IsTheBytesOfTheFile) {
    std::ofstream(path()) << "some bytes";
    MappedFile file;
    EXPECT_EQ(file.open(path()), std::nullopt);
    EXPECT_EQ(file.view(), "some bytes");
    file.release_before(5);
    EXPECT_EQ(file.view(), "some bytes");
}

TEST_F(MappedFileTest, MayBeEmpty) {
    std::ofstream out(path());
    out.close();
    MappedFile file;
    EXPECT_EQ(file.open(path()), std::nullopt);
    EXPECT_EQ(file.view(), "");
    file.release_before(100);
}

TEST_F(MappedFileTest, SaysWhyItCannotBeOpened) {
    MappedFile file;
    EXPECT_EQ(file.open(path()), "opening " + path() + ": No such file or directory");
    EXPECT_EQ(file.open(folder_.string()), "reading " + folder_.string() + ": not a regular file");
    ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
    EXPECT_EQ(file.open(path()), "reading " + path() + ": not a regular file");
    EXPECT_EQ(file.view(), "");
}

// How many pages of the process itself are of the file.
std::size_t resident_bytes() {
    std::ifstream facts("/proc/self/statm");
    std::size_t size = 0;
    std::size_t resident = 0;
    std::size_t shared = 0;
    facts >> size >> resident >> shared;
    return shared * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST_F(MappedFileTest, GivesBackWhatHasBeenReadAndHasItAgainIfAsked) {
    constexpr std::size_t kSize = std::size_t{64} << 20;
    std::ofstream(path()) << std::string(kSize, '\1');
    MappedFile file;
    ASSERT_EQ(file.open(path()), std::nullopt);
    const auto sum = [&] { return std::accumulate(file.view().begin(), file.view().end(), std::size_t{0}); };
    EXPECT_EQ(sum(), kSize);
    const std::size_t before = resident_bytes();
    for (std::size_t offset = 0; offset <= kSize; offset += 100'000) file.release_before(offset);
    EXPECT_LT(resident_bytes() + kSize * 9 / 10, before);
    EXPECT_EQ(sum(), kSize);
}

}  // namespace
}  // namespace pongo
