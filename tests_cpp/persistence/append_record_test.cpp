#include "persistence/append_record.h"

#include <gtest/gtest.h>

#include <climits>
#include <string>
#include <vector>

#include "base/random.h"

namespace pongo {
namespace {

using Args = std::vector<std::string>;

// As the protocol says it, without regard to time.
std::string wire(const Args& args) {
    std::string bytes = "*" + std::to_string(args.size()) + "\r\n";
    for (const std::string& arg : args) bytes += "$" + std::to_string(arg.size()) + "\r\n" + arg + "\r\n";
    return bytes;
}

Unit unit_of(std::vector<PropagatedCommand> commands) {
    Unit unit;
    unit.commands = std::move(commands);
    return unit;
}

class AppendEncoderTest : public testing::Test {
  protected:
    // What it appends.
    std::string append(std::vector<PropagatedCommand> commands, std::optional<std::int64_t> unix_s = {}) {
        std::string out = "before";
        const bool appended = encoder_.append(unit_of(std::move(commands)), unix_s, out);
        EXPECT_EQ(appended, out != "before");
        EXPECT_TRUE(out.starts_with("before"));
        return out.substr(6);
    }

    AppendEncoder encoder_;
};

const Args kSet{"SET", "key", "value"};
const Args kDel{"DEL", "key"};
const Args kSelect0{"SELECT", "0"};
const Args kSelect12{"SELECT", "12"};

TEST_F(AppendEncoderTest, ACommandIsAnArrayOfBulkStrings) {
    append({{0, kDel}});
    EXPECT_EQ(append({{0, kSet}}), "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n");
    EXPECT_EQ(append({{0, {"PING"}}}), "*1\r\n$4\r\nPING\r\n");
    const std::string odd("\0\r\n$1\r\n", 7);
    EXPECT_EQ(append({{0, {"SET", "", odd}}}), wire({"SET", "", odd}));
}

TEST_F(AppendEncoderTest, TheDatabaseIsSelectedWhenItIsAnotherOne) {
    EXPECT_EQ(append({{0, kSet}}), wire(kSelect0) + wire(kSet));
    EXPECT_EQ(append({{0, kSet}}), wire(kSet));
    EXPECT_EQ(append({{12, kSet}}), wire(kSelect12) + wire(kSet));
    EXPECT_EQ(append({{12, kDel}}), wire(kDel));
    EXPECT_EQ(append({{0, kDel}}), wire(kSelect0) + wire(kDel));
}

TEST_F(AppendEncoderTest, SeveralCommandsAreATransactionBehindTheirFirstDatabase) {
    const std::string multi = wire({"MULTI"});
    const std::string exec = wire({"EXEC"});
    EXPECT_EQ(append({{0, kSet}, {0, kDel}, {12, kSet}}),
              wire(kSelect0) + multi + wire(kSet) + wire(kDel) + wire(kSelect12) + wire(kSet) + exec);
    EXPECT_EQ(append({{12, kDel}, {12, kSet}}), multi + wire(kDel) + wire(kSet) + exec);
    EXPECT_EQ(append({{12, kDel}}), wire(kDel));
}

TEST_F(AppendEncoderTest, CommandsForOthersAreNotThere) {
    EXPECT_EQ(append({}), "");
    EXPECT_EQ(append({{5, kSet, PropagateTo::Replicas}, {6, kSet, PropagateTo::Nobody}}), "");
    EXPECT_EQ(append({{5, kSet, PropagateTo::Replicas}, {0, kSet, PropagateTo::AppendOnlyFile}}),
              wire(kSelect0) + wire(kSet));
    EXPECT_EQ(append({{0, kSet}, {5, kSet, PropagateTo::Nobody}, {0, kDel, PropagateTo::AppendOnlyFile}}),
              wire({"MULTI"}) + wire(kSet) + wire(kDel) + wire({"EXEC"}));
}

TEST_F(AppendEncoderTest, ATimeIsNotedInFrontWhenItIsLater) {
    EXPECT_EQ(append({{0, kSet}}), wire(kSelect0) + wire(kSet));
    EXPECT_EQ(append({{0, kSet}}, 1628217470), "#TS:1628217470\r\n" + wire(kSet));
    EXPECT_EQ(append({{0, kSet}}, 1628217470), wire(kSet));
    EXPECT_EQ(append({{0, kSet}}, 1628217469), wire(kSet));
    EXPECT_EQ(append({}, 1628217471), "");
    EXPECT_EQ(append({{0, kSet}, {1, kDel}}, 1628217471), "#TS:1628217471\r\n" + wire({"MULTI"}) +
                                                              wire(kSet) + wire({"SELECT", "1"}) +
                                                              wire(kDel) + wire({"EXEC"}));
    EXPECT_EQ(append({{1, kSet}}, INT64_MAX), "#TS:9223372036854775807\r\n" + wire(kSet));
}

TEST_F(AppendEncoderTest, AFileBeginsAnew) {
    append({{0, kSet}}, 100);
    encoder_.begin_file();
    EXPECT_EQ(append({{0, kSet}}, 100), "#TS:100\r\n" + wire(kSelect0) + wire(kSet));
}

TEST_F(AppendEncoderTest, ArgumentsMayBeOfAnySizeAndAsManyAsThereAre) {
    Random random(1);
    append({{0, kSet}});
    for (int round = 0; round < 100; ++round) {
        Args args(1 + random.below(round % 10 == 0 ? 300 : 12));
        for (std::string& arg : args) {
            const std::uint64_t most = random.below(8) == 0 ? 3000 : 300;
            arg.assign(random.below(most), static_cast<char>('a' + random.below(26)));
        }
        ASSERT_EQ(append({{0, args}}), wire(args));
    }
}

}  // namespace
}  // namespace pongo
