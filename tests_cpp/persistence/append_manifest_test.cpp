#include "persistence/append_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace pongo {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using File = AppendManifest::File;
namespace fs = std::filesystem;

constexpr char kName[] = "appendonly.aof";
const std::string kText =
    "file appendonly.aof.2.base.rdb seq 2 type b\n"
    "file appendonly.aof.1.base.aof seq 1 type h\n"
    "file appendonly.aof.3.incr.aof seq 3 type i\n"
    "file appendonly.aof.5.incr.aof seq 5 type i\n";

AppendManifest manifest_of(std::string_view text) {
    AppendManifest manifest(kName);
    const auto error = manifest.parse(text);
    EXPECT_FALSE(error) << text << error->reason;
    return manifest;
}

// "line: reason", or nothing.
std::string error_of(std::string_view text) {
    AppendManifest manifest = manifest_of(kText);
    const auto error = manifest.parse(text);
    if (!error) return "";
    EXPECT_EQ(manifest.to_text(), kText);
    return std::to_string(error->line) + ": " + std::string(error->reason);
}

TEST(AppendManifest, ListsFilesByWhatTheyAre) {
    const AppendManifest manifest = manifest_of(kText);
    EXPECT_EQ(manifest.base(), (File{"appendonly.aof.2.base.rdb", 2}));
    EXPECT_THAT(manifest.history(), ElementsAre(File{"appendonly.aof.1.base.aof", 1}));
    EXPECT_THAT(manifest.increments(),
                ElementsAre(File{"appendonly.aof.3.incr.aof", 3}, File{"appendonly.aof.5.incr.aof", 5}));
    EXPECT_EQ(manifest.to_text(), kText);
    EXPECT_FALSE(manifest.empty());
}

TEST(AppendManifest, TakesAllThatRedisTakes) {
    const AppendManifest manifest = manifest_of(
        "# a comment with NUL \0 and \" \r\n"
        "  TYPE incremental\tseq 7x  File a \t\r\n"
        "#\n"
        "file one file two seq 1 seq 9 type b size 100 created \"\"\n"
        "file 'it\\'s \"old\"' seq 1 type h\n"
        "file \"a\\x20\\\"b\\\"\\n\" seq 1 type h\n"
        "# no end"s);
    EXPECT_THAT(manifest.increments(), ElementsAre(File{"a", 7}));
    EXPECT_EQ(manifest.base(), (File{"two", 9}));
    EXPECT_THAT(manifest.history(), ElementsAre(File{"it's \"old\"", 1}, File{"a \"b\"\n", 1}));
    EXPECT_EQ(manifest_of(manifest.to_text()).to_text(), manifest.to_text());
    EXPECT_TRUE(manifest_of("#\n").empty());
}

TEST(AppendManifest, QuotesNamesThatNeedIt) {
    const std::string text =
        "file \"append only.aof.1.base.rdb\" seq 1 type b\n"
        "file \"\" seq 1 type h\n"
        "file \"it's\" seq 1 type h\n"
        "file \"\\x00\\xff\\n\" seq 1 type h\n"
        "file #$%&()*+,-.:;<=>?@[]^_`{|}~ seq 1 type h\n";
    EXPECT_EQ(manifest_of(text).to_text(), text);
}

TEST(AppendManifest, SaysWhatIsWrongInWhichLine) {
    EXPECT_EQ(error_of(""), "0: the manifest is empty");
    EXPECT_EQ(error_of("\n"), "1: not pairs of names and values");
    EXPECT_EQ(error_of("#\nfile a seq 1\n"), "2: not pairs of names and values");
    EXPECT_EQ(error_of("file a seq 1 type b more\n"), "1: not pairs of names and values");
    EXPECT_EQ(error_of("file \"a seq 1 type b\n"), "1: unbalanced quotes");
    EXPECT_EQ(error_of("file a seq 1 type b"), "1: the line has no end");
    EXPECT_EQ(error_of("file a seq 1 type b\0\n"s), "1: there is a NUL in the line");
    EXPECT_EQ(error_of("file a seq 1 size 5\n"), "1: 'file', 'seq' or 'type' is missing");
    EXPECT_EQ(error_of("file a file b type b\n"), "1: 'file', 'seq' or 'type' is missing");
    EXPECT_EQ(error_of("seq 1 seq 1 type b\n"), "1: 'file', 'seq' or 'type' is missing");
    EXPECT_EQ(error_of("file a seq 1 type \"\"\n"), "1: 'file', 'seq' or 'type' is missing");
    EXPECT_EQ(error_of("file a seq 1 type x\n"), "1: an unknown type of file");
    EXPECT_EQ(error_of("file a seq 1 type B\n"), "1: an unknown type of file");
    for (const std::string seq : {"0", "-1", "x", "\"\"", "9223372036854775807", "9223372036854775808"})
        EXPECT_EQ(error_of("file a seq " + seq + " type i\n"), "1: 'seq' is not a number of a file");
    for (const std::string path : {"/a", "../a", "a/", "a\\\\b"})
        EXPECT_EQ(error_of("file \"" + path + "\" seq 1 type h\n"), "1: a path instead of a file's name");
    EXPECT_EQ(error_of("file a seq 1 type b\nfile b seq 2 type b\n"), "2: a second base");
    EXPECT_EQ(error_of("file a seq 2 type i\nfile b seq 1 type h\nfile c seq 2 type i\n"),
              "3: the numbers of increments do not ascend");
}

TEST(AppendManifest, LinesAreNotLong) {
    const std::string rest = " seq 1 type b\n";
    const std::string longest = "file " + std::string(1024 - 5 - rest.size(), 'x') + rest;
    EXPECT_EQ(error_of(longest), "");
    EXPECT_EQ(error_of("file x" + longest.substr(5)), "1: the line is too long");
    EXPECT_EQ(error_of("#" + std::string(1022, 'x') + "\n"), "");
    EXPECT_EQ(error_of("#" + std::string(1023, 'x') + "\n"), "1: the line is too long");
}

TEST(AppendManifest, NewFilesHaveTheNextNumbers) {
    AppendManifest manifest(kName);
    EXPECT_TRUE(manifest.empty());
    EXPECT_EQ(manifest.next_base_name(BaseFormat::Rdb), "appendonly.aof.1.base.rdb");
    EXPECT_EQ(manifest.next_base_name(BaseFormat::Commands), "appendonly.aof.1.base.aof");
    EXPECT_EQ(manifest.next_increment_name(), "appendonly.aof.1.incr.aof");
    EXPECT_EQ(manifest.replace_base(BaseFormat::Rdb, 1), (File{"appendonly.aof.1.base.rdb", 1}));
    EXPECT_EQ(manifest.add_increment(), (File{"appendonly.aof.1.incr.aof", 1}));
    EXPECT_EQ(manifest.add_increment(), (File{"appendonly.aof.2.incr.aof", 2}));
    EXPECT_EQ(manifest.to_text(),
              "file appendonly.aof.1.base.rdb seq 1 type b\n"
              "file appendonly.aof.1.incr.aof seq 1 type i\n"
              "file appendonly.aof.2.incr.aof seq 2 type i\n");
    const AppendManifest other = manifest_of(kText);
    EXPECT_EQ(other.next_base_name(BaseFormat::Commands), "appendonly.aof.3.base.aof");
    EXPECT_EQ(other.next_increment_name(), "appendonly.aof.6.incr.aof");
}

TEST(AppendManifest, ANewBaseMakesHistoryOfWhatItHas) {
    AppendManifest manifest = manifest_of(kText);
    manifest.add_increment();
    EXPECT_EQ(manifest.replace_base(BaseFormat::Commands, 6), (File{"appendonly.aof.3.base.aof", 3}));
    EXPECT_EQ(manifest.to_text(),
              "file appendonly.aof.3.base.aof seq 3 type b\n"
              "file appendonly.aof.3.incr.aof seq 3 type h\n"
              "file appendonly.aof.5.incr.aof seq 5 type h\n"
              "file appendonly.aof.2.base.rdb seq 2 type h\n"
              "file appendonly.aof.1.base.aof seq 1 type h\n"
              "file appendonly.aof.6.incr.aof seq 6 type i\n");
    EXPECT_EQ(manifest.drop_history().size(), 4U);
    EXPECT_THAT(manifest.history(), IsEmpty());
    manifest.replace_base(BaseFormat::Rdb, INT64_MAX);
    EXPECT_THAT(manifest.increments(), IsEmpty());
    EXPECT_THAT(manifest.history(),
                ElementsAre(File{"appendonly.aof.6.incr.aof", 6}, File{"appendonly.aof.3.base.aof", 3}));
}

TEST(AppendManifest, NoNewFileHasANameThatIsListed) {
    AppendManifest manifest = manifest_of(
        "file appendonly.aof.1.incr.aof seq 1 type h\n"
        "file appendonly.aof.1.base.rdb seq 1 type h\n");
    EXPECT_TRUE(manifest.empty());
    EXPECT_EQ(manifest.add_increment(), (File{"appendonly.aof.2.incr.aof", 2}));
    EXPECT_EQ(manifest.replace_base(BaseFormat::Rdb, 2), (File{"appendonly.aof.2.base.rdb", 2}));
}

TEST(AppendManifest, NoNewFileHasANameOfOneThatMayHaveBeenStored) {
    AppendManifest manifest = manifest_of(kText);
    AppendManifest stored_perhaps = manifest;
    stored_perhaps.add_increment();
    stored_perhaps.replace_base(BaseFormat::Rdb, 6);
    manifest.add_history_of(stored_perhaps);
    EXPECT_EQ(manifest.base(), (File{"appendonly.aof.2.base.rdb", 2}));
    EXPECT_EQ(manifest.history().size(), 3U);
    EXPECT_EQ(manifest.next_base_name(BaseFormat::Rdb), "appendonly.aof.4.base.rdb");
    EXPECT_EQ(manifest.next_increment_name(), "appendonly.aof.7.incr.aof");
    manifest.add_history_of(stored_perhaps);
    EXPECT_EQ(manifest.history().size(), 3U);
}

TEST(AppendManifest, TakesAnOldFileAsItsBase) {
    AppendManifest manifest(kName);
    manifest.adopt_base(kName);
    EXPECT_EQ(manifest.to_text(), "file appendonly.aof seq 1 type b\n");
    EXPECT_EQ(manifest.next_base_name(BaseFormat::Rdb), "appendonly.aof.2.base.rdb");
}

class AppendManifestFileTest : public testing::Test {
  protected:
    AppendManifestFileTest() {
        std::string name = (fs::temp_directory_path() / "append-manifest-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~AppendManifestFileTest() override { fs::remove_all(folder_); }

    std::string path() const { return (folder_ / manifest_name(kName)).string(); }
    std::string content() const {
        std::ifstream in(path(), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void put(std::string_view text) { std::ofstream(path(), std::ios::binary) << text; }

    fs::path folder_;
    AppendManifest manifest_{kName};
};

TEST_F(AppendManifestFileTest, IsStoredAndLoaded) {
    EXPECT_EQ(store_manifest(path(), manifest_of("#\n")), std::nullopt);
    EXPECT_EQ(store_manifest(path(), manifest_of(kText)), std::nullopt);
    EXPECT_EQ(content(), kText);
    const ManifestLoad load = load_manifest(path(), manifest_);
    EXPECT_TRUE(load.found);
    EXPECT_EQ(load.error, std::nullopt);
    EXPECT_EQ(manifest_.to_text(), kText);
    EXPECT_EQ(path(), (folder_ / "appendonly.aof.manifest").string());
}

TEST_F(AppendManifestFileTest, NeedNotBeThere) {
    const ManifestLoad load = load_manifest(path(), manifest_);
    EXPECT_FALSE(load.found);
    EXPECT_EQ(load.error, std::nullopt);
    EXPECT_FALSE(load_manifest((folder_ / "no" / "folder").string(), manifest_).found);
}

TEST_F(AppendManifestFileTest, SaysWhyItCannotBeLoaded) {
    put("");
    EXPECT_EQ(load_manifest(path(), manifest_).error, "reading " + path() + ": the manifest is empty");
    put("#\nfile\n");
    ManifestLoad load = load_manifest(path(), manifest_);
    EXPECT_TRUE(load.found);
    EXPECT_EQ(load.error, "reading " + path() + ", line 2: not pairs of names and values");
    fs::remove(path());
    fs::create_directory(path());
    load = load_manifest(path(), manifest_);
    EXPECT_TRUE(load.found);
    EXPECT_THAT(load.error.value_or(""), HasSubstr(path()));
}

class NoRename : public FileCalls {
    int rename(int, const char*, const char*) override {
        errno = EACCES;
        return -1;
    }
};

TEST_F(AppendManifestFileTest, StaysAsItWasWhenItCannotBeStored) {
    put(kText);
    NoRename calls;
    EXPECT_THAT(store_manifest(path(), manifest_of("#\n"), calls).value_or(""),
                HasSubstr("Permission denied"));
    EXPECT_EQ(content(), kText);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

}  // namespace
}  // namespace pongo
