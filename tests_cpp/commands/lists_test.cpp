// What the differential suite can't see of lists: events, propagation, and where memory is freed.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

class ListCommands : public testing::Test {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    void given(const std::string& key, const Lines& elements) {
        Lines args{"RPUSH", key};
        args.insert(args.end(), elements.begin(), elements.end());
        run(args);
        sink_.forget();
    }
    void expect_no_effect() {
        EXPECT_EQ(sink_.events(), Lines{});
        EXPECT_EQ(sink_.commands(), Lines{});
        EXPECT_EQ(sink_.touched(), Lines{});
    }

    TestServer server_;
    RecordingSink sink_{server_.engine().effects()};
};

TEST_F(ListCommands, PushesTellWhatTheyDid) {
    run({"RPUSH", "k", "a", "b"});
    run({"LPUSHX", "k", "c"});
    EXPECT_EQ(sink_.events(), (Lines{"0 new k", "0 rpush k", "0 lpush k"}));
    EXPECT_EQ(sink_.commands(), (Lines{"0 RPUSH k a b", "0 LPUSHX k c"}));
    EXPECT_EQ(sink_.touched(), (Lines{"0 k", "0 k"}));
}

TEST_F(ListCommands, ThePopThatTakesTheLastElementRemovesTheKey) {
    given("k", {"a", "b"});
    run({"LPOP", "k"});
    run({"RPOP", "k", "5"});
    EXPECT_EQ(sink_.events(), (Lines{"0 lpop k", "0 rpop k", "0 del k"}));
    EXPECT_EQ(sink_.commands(), (Lines{"0 LPOP k", "0 RPOP k 5"}));
}

TEST_F(ListCommands, LmpopIsToldAsThePopThatItWas) {
    given("k", {"a", "b", "c"});
    run({"LMPOP", "2", "missing", "k", "RIGHT", "COUNT", "2"});
    EXPECT_EQ(sink_.commands(), (Lines{"0 RPOP k 2"}));
    EXPECT_EQ(sink_.events(), (Lines{"0 rpop k"}));
}

TEST_F(ListCommands, AMoveTellsOfTheTargetFirst) {
    given("from", {"a"});
    run({"LMOVE", "from", "to", "LEFT", "RIGHT"});
    EXPECT_EQ(sink_.events(), (Lines{"0 new to", "0 rpush to", "0 lpop from", "0 del from"}));
    EXPECT_EQ(sink_.commands(), (Lines{"0 LMOVE from to LEFT RIGHT"}));
    sink_.forget();
    run({"RPOPLPUSH", "to", "to"});
    EXPECT_EQ(sink_.events(), (Lines{"0 lpush to", "0 rpop to"}));
    EXPECT_EQ(sink_.touched(), (Lines{"0 to"}));
}

TEST_F(ListCommands, ChangesInPlaceTellWhatTheyDid) {
    given("k", {"a", "b", "a"});
    run({"LSET", "k", "0", "x"});
    run({"LINSERT", "k", "BEFORE", "b", "y"});
    run({"LREM", "k", "0", "a"});
    run({"LTRIM", "k", "0", "1"});
    run({"LTRIM", "k", "5", "9"});
    EXPECT_EQ(sink_.events(),
              (Lines{"0 lset k", "0 linsert k", "0 lrem k", "0 ltrim k", "0 ltrim k", "0 del k"}));
}

TEST_F(ListCommands, WhatChangesNothingHasNoEffect) {
    given("k", {"a"});
    run({"LREM", "k", "0", "missing"});
    run({"LINSERT", "k", "BEFORE", "missing", "x"});
    run({"LPOP", "k", "0"});
    run({"LPUSHX", "missing", "x"});
    run({"LSET", "k", "7", "x"});
    run({"LPUSH", "k"});
    expect_no_effect();
}

TEST_F(ListCommands, DelOfAHugeOneIsDoneInTheBackground) {
    server_.config().assign("list-max-listpack-size", "1");
    given("huge", Lines(5000, "x"));
    given("small", Lines(50, "x"));
    run({"DEL", "small"});
    EXPECT_EQ(server_.freed_in_background(), 0U);
    run({"DEL", "huge"});
    EXPECT_EQ(server_.freed_in_background(), 1U);
}

TEST_F(ListCommands, AListOutgrowsItsEntryWhateverTheOptionSays) {
    server_.config().assign("list-max-listpack-size", "-5");
    given("k", {std::string(40'000, 'a'), std::string(25'000, 'b')});
    EXPECT_EQ(run({"LINDEX", "k", "-1"}), bulk(std::string(25'000, 'b')));
    server_.config().assign("list-max-listpack-size", "100000");
    given("wide", Lines(2000, std::string(50, 'c')));
    EXPECT_EQ(run({"LLEN", "wide"}), ":2000\r\n");
    EXPECT_EQ(run({"COPY", "wide", "copy"}), ":1\r\n");
    EXPECT_EQ(run({"LPOP", "wide", "2000"}).substr(0, 7), "*2000\r\n");
    EXPECT_EQ(run({"LLEN", "copy"}), ":2000\r\n");
    EXPECT_EQ(run({"EXISTS", "wide"}), ":0\r\n");
}

// A listpack counts its bytes in 32 bits. The text is never touched, and costs no memory.
TEST_F(ListCommands, AnElementOfFourGiBIsRefused) {
    const BlobRef huge = BlobRef::zeroed(std::size_t{5} << 30);
    given("k", {"a", "b"});
    const auto run_with_huge = [&](const std::vector<std::string>& args) {
        Request request;
        request.args.assign(args.begin(), args.end());
        request.big.push_back({args.size(), huge});
        request.args.push_back(huge->view());
        ReplyBuffer replies;
        server_.executor().run(server_.session(), {&request, 1}, replies);
        return replies.to_string();
    };
    const std::string refused = "-ERR Element too large\r\n";
    EXPECT_EQ(run_with_huge({"RPUSH", "k"}), refused);
    EXPECT_EQ(run_with_huge({"LPUSH", "new", "x"}), refused);
    EXPECT_EQ(run_with_huge({"LSET", "k", "0"}), refused);
    EXPECT_EQ(run_with_huge({"LINSERT", "k", "AFTER", "a"}), refused);
    EXPECT_EQ(run({"LRANGE", "k", "0", "-1"}), "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
    expect_no_effect();
    EXPECT_EQ(run({"EXISTS", "new"}), ":0\r\n");
}

TEST_F(ListCommands, CompressedListsAnswerAsOthersDo) {
    const std::vector<Lines> requests = {{"LRANGE", "k", "0", "-1"},
                                         {"LINDEX", "k", "2500"},
                                         {"LPOS", "k", "element 77"},
                                         {"SORT", "k", "ALPHA", "LIMIT", "7", "9"},
                                         {"LREM", "k", "2", "same"},
                                         {"LINSERT", "k", "AFTER", "same", "x"},
                                         {"LSET", "k", "-900", "new"},
                                         {"LTRIM", "k", "3", "-5"},
                                         {"DUMP", "k"},
                                         {"COPY", "k", "copy"},
                                         {"RPOP", "k", "2000"},
                                         {"LRANGE", "copy", "0", "-1"},
                                         {"DEBUG", "DIGEST-VALUE", "k", "copy"}};
    Lines answers[2];
    std::string memory[2];
    for (const int depth : {0, 1}) {
        server_.config().assign("list-compress-depth", std::to_string(depth));
        run({"DEL", "k", "copy"});
        Lines elements(300, "same");
        for (int i = 0; i < 5000; ++i) elements.insert(elements.end(), {"element " + std::to_string(i)});
        given("k", elements);
        memory[depth] = run({"MEMORY", "USAGE", "k"});
        for (const Lines& request : requests) answers[depth].push_back(run(request));
    }
    EXPECT_EQ(answers[0], answers[1]);
    EXPECT_LT(std::stol(memory[1].substr(1)), std::stol(memory[0].substr(1)) * 2 / 3);
}

}  // namespace
}  // namespace pongo
