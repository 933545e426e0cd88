#include "persistence/command_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "resp/command_writer.h"

namespace pongo {
namespace {

using namespace std::string_literals;
using Args = std::vector<std::string>;
using Reader = CommandReader;

std::string wire(const Args& args) {
    std::string bytes;
    CommandWriter writer(bytes);
    writer.begin(args.size());
    for (const std::string& arg : args) writer.arg(std::string_view(arg));
    writer.flush();
    return bytes;
}

const std::string kSet = wire({"SET", "key", "value"});
const std::string kDel = wire({"DEL", "key"});

// All that is in a file, in words.
std::string contents(std::string_view file, std::size_t offset = 0) {
    Reader reader(file, offset);
    std::string words;
    for (;;) {
        const Reader::Item item = reader.next();
        EXPECT_LE(reader.offset(), file.size());
        if (const auto* command = std::get_if<Reader::Command>(&item)) {
            words += std::to_string(command->offset) + "-" + std::to_string(command->end);
            EXPECT_EQ(command->end, reader.offset());
            for (const std::string_view arg : command->args) words += " " + std::string(arg);
            words += ". ";
            continue;
        }
        if (const auto* time = std::get_if<Reader::Timestamp>(&item)) {
            words += std::to_string(time->offset) + " time " + std::to_string(time->unix_s) + ". ";
            continue;
        }
        EXPECT_EQ(reader.next().index(), item.index());
        if (std::holds_alternative<Reader::End>(item)) return words + "end";
        if (const auto* cut = std::get_if<Reader::Truncated>(&item))
            return words + "cut at " + std::to_string(cut->offset);
        const auto& error = std::get<Reader::Error>(item);
        return words + "error at " + std::to_string(error.offset) + ": " + std::string(error.reason);
    }
}

TEST(CommandReader, YieldsOneCommandAfterTheOther) {
    EXPECT_EQ(contents(""), "end");
    EXPECT_EQ(contents(kSet + kDel), "0-33 SET key value. 33-55 DEL key. end");
    EXPECT_EQ(contents("*1\r\n$0\r\n\r\n"), "0-10 . end");
    EXPECT_EQ(contents(wire({"\r\n$1\r\n", "\0"s})), "0-23 \r\n$1\r\n \0. end"s);
    EXPECT_EQ(contents("REDIS0010 and so on" + kDel, 19), "19-41 DEL key. end");
    EXPECT_EQ(contents(kDel, kDel.size()), "end");
}

TEST(CommandReader, ArgumentsStandInTheFileAndTheirViewsInOnePlace) {
    const std::string file = kSet + kDel;
    Reader reader(file);
    const auto first = std::get<Reader::Command>(reader.next()).args;
    EXPECT_EQ(first[1].data(), file.data() + 17);
    const auto second = std::get<Reader::Command>(reader.next()).args;
    EXPECT_EQ(second.data(), first.data());
}

TEST(CommandReader, TakesLinesWithoutCarriageReturns) {
    EXPECT_EQ(contents("*02\n$3\nDEL\r\n$003\nkey\r\n"), "0-22 DEL key. end");
}

TEST(CommandReader, YieldsTimesAndPassesOverOtherLines) {
    EXPECT_EQ(contents("#TS:1628217470\r\n" + kDel + "#TS:1628217471\n" + kDel),
              "0 time 1628217470. 16-38 DEL key. 38 time 1628217471. 53-75 DEL key. end");
    EXPECT_EQ(contents("#\n# a line\r\n#TS:\r\n#TS:1x\r\n#TS:99999999999999999999\r\n#TS: 1\r\n" + kDel),
              "60-82 DEL key. end");
    EXPECT_EQ(contents("#" + std::string(5000, 'x') + "\r\n" + kDel), "5003-5025 DEL key. end");
    EXPECT_EQ(contents(kDel + "#TS:162"), "0-22 DEL key. cut at 22");
    EXPECT_EQ(contents("*2\r\n$3\r\nDEL\r\n#TS:1\r\n$3\r\nkey\r\n"),
              "error at 13: an argument does not begin with '$'");
}

TEST(CommandReader, TellsWhereTheCommandBeginsInWhichTheFileEnds) {
    const std::string file = kDel + "#TS:12\r\n" + kSet;
    for (std::size_t size = 0; size <= file.size(); ++size) {
        std::string expected = "cut at 0";
        if (size == 0) expected = "end";
        if (size >= 22) expected = "0-22 DEL key. " + (size == 22 ? "end"s : "cut at 22"s);
        if (size >= 30) expected = "0-22 DEL key. 22 time 12. " + (size == 30 ? "end"s : "cut at 30"s);
        if (size == file.size()) expected = "0-22 DEL key. 22 time 12. 30-63 SET key value. end";
        ASSERT_EQ(contents(file.substr(0, size)), expected) << size;
    }
}

TEST(CommandReader, SaysWhatIsWrongWhere) {
    EXPECT_EQ(contents("x"), "error at 0: a command does not begin with '*'");
    EXPECT_EQ(contents(kDel + "\0\0\0"s), "0-22 DEL key. error at 22: a command does not begin with '*'");
    EXPECT_EQ(contents(kDel + "\r\n"), "0-22 DEL key. error at 22: a command does not begin with '*'");
    EXPECT_EQ(contents("PING\r\n"), "error at 0: a command does not begin with '*'");
    EXPECT_EQ(contents("*0\r\n"), "error at 1: a command without a name");
    EXPECT_EQ(contents("*-1\r\n"), "error at 1: a number is missing");
    EXPECT_EQ(contents("*\r\n"), "error at 1: a number is missing");
    EXPECT_EQ(contents("*x"), "error at 1: a number is missing");
    EXPECT_EQ(contents("*1x\r\n$4\r\nPING\r\n"), "error at 2: a line goes on behind its number");
    EXPECT_EQ(contents("*1\rx"), "error at 3: a line goes on behind its number");
    EXPECT_EQ(contents("*1\r\n:4\r\n"), "error at 4: an argument does not begin with '$'");
    EXPECT_EQ(contents("*1\r\n$-1\r\n"), "error at 5: a number is missing");
    EXPECT_EQ(contents("*1\r\n$4\r\nPINGS\r\n"), "error at 12: an argument does not end where it should");
    EXPECT_EQ(contents("*1\r\n$4\r\nPING\n"), "error at 12: an argument does not end where it should");
    EXPECT_EQ(contents("*1\r\n$4\r\nPING\rx"), "error at 13: an argument does not end where it should");
}

TEST(CommandReader, AnnouncedSizesCostNothing) {
    EXPECT_EQ(contents("*2147483647\r\n$4\r\nPING\r\n"), "cut at 0");
    EXPECT_EQ(contents("*2147483648\r\n$4\r\nPING\r\n"), "error at 1: too many arguments");
    EXPECT_EQ(contents("*1\r\n$1000000000000000000\r\nPING\r\n"), "cut at 0");
    EXPECT_EQ(contents("*1\r\n$1000000000000000001\r\nPING\r\n"), "error at 5: a number is too big");
    EXPECT_EQ(contents("*99999999999999999999999999999"), "error at 1: a number is too big");
    EXPECT_EQ(contents("*" + std::string(5000, '0') + "1\r\n$1\r\nx\r\n"), "0-5011 x. end");
}

TEST(CommandReader, ReadsCommandsOfManyArguments) {
    Random random(1);
    std::string file;
    std::vector<Args> commands;
    for (int i = 0; i < 50; ++i) {
        Args args(1 + random.below(i % 10 == 0 ? 3000 : 5));
        for (std::string& arg : args) arg.assign(random.below(40), static_cast<char>(random.below(256)));
        file += wire(args);
        commands.push_back(std::move(args));
    }
    Reader reader(file);
    for (const Args& args : commands) {
        const Reader::Item item = reader.next();
        const auto& read = std::get<Reader::Command>(item).args;
        ASSERT_EQ(Args(read.begin(), read.end()), args);
    }
    EXPECT_TRUE(std::holds_alternative<Reader::End>(reader.next()));
}

}  // namespace
}  // namespace pongo
