#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

constexpr char kCorrupt[] = "-INVALIDOBJ Corrupted HLL object detected\r\n";

class HyperLogLogCommands : public testing::Test {
  protected:
    std::string run(const Lines& args) { return server_.run(args); }
    void given(const Lines& args) {
        run(args);
        sink_.forget();
    }
    void expect_no_effect() {
        EXPECT_EQ(sink_.events(), Lines{});
        EXPECT_EQ(sink_.commands(), Lines{});
        EXPECT_EQ(sink_.touched(), Lines{});
    }

    TestServer server_{{string_commands(), hyperloglog_commands()}};
    RecordingSink sink_{server_.engine().effects()};
};

TEST_F(HyperLogLogCommands, PfaddTellsOfWhatItChanged) {
    EXPECT_EQ(run({"PFADD", "k", "a", "b"}), ":1\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"0 new k", "0 pfadd k"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 PFADD k a b"});
    EXPECT_EQ(sink_.touched(), Lines{"0 k"});
    EXPECT_EQ(server_.executor().stats().counters.changes.get(), 3U);

    EXPECT_EQ(run({"PFADD", "k", "b", "a"}), ":0\r\n");
    expect_no_effect();
}

TEST_F(HyperLogLogCommands, PfcountTellsOnlyOfAnEstimateThatItKeeps) {
    given({"PFADD", "k", "a", "b"});
    EXPECT_EQ(run({"PFCOUNT", "k"}), ":2\r\n");
    EXPECT_EQ(sink_.events(), Lines{});
    EXPECT_EQ(sink_.commands(), Lines{"0 PFCOUNT k"});
    EXPECT_EQ(sink_.touched(), Lines{"0 k"});

    EXPECT_EQ(run({"PFCOUNT", "k"}), ":2\r\n");
    EXPECT_EQ(run({"PFCOUNT", "k", "k"}), ":2\r\n");
    expect_no_effect();
}

TEST_F(HyperLogLogCommands, PfmergeIsAnAddition) {
    given({"PFADD", "a", "x"});
    EXPECT_EQ(run({"PFMERGE", "k", "a"}), "+OK\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"0 keymiss k", "0 new k", "0 pfadd k"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 PFMERGE k a"});
    EXPECT_EQ(run({"PFMERGE", "k"}), "+OK\r\n");
    EXPECT_EQ(sink_.events(), Lines{"0 pfadd k"});
}

TEST_F(HyperLogLogCommands, PfdebugTellsOfANewFormWithoutAnEvent) {
    given({"PFADD", "k", "a"});
    EXPECT_EQ(run({"PFDEBUG", "TODENSE", "k"}), ":1\r\n");
    EXPECT_EQ(sink_.events(), Lines{});
    EXPECT_EQ(sink_.commands(), Lines{"0 PFDEBUG TODENSE k"});
    sink_.forget();
    EXPECT_EQ(run({"PFDEBUG", "TODENSE", "k"}), ":0\r\n");
    EXPECT_EQ(run({"PFDEBUG", "ENCODING", "k"}), "+dense\r\n");
    expect_no_effect();
}

// Some of the elements find their registers in the runs that there are, others don't.
TEST_F(HyperLogLogCommands, PfaddToACorruptValueHappensWhollyOrNotAtAll) {
    const std::string corrupt = std::string("HYLL\1") + std::string(10, '\0') + "\x80\x6f\xff";
    given({"SET", "k", corrupt});
    Lines request{"PFADD", "k"};
    for (int i = 0; i < 50; ++i) request.push_back(std::to_string(i));
    EXPECT_EQ(run(request), kCorrupt);
    EXPECT_EQ(run({"GET", "k"}), bulk(corrupt));
    EXPECT_EQ(run({"PFMERGE", "k"}), kCorrupt);
    EXPECT_EQ(run({"PFCOUNT", "k"}), kCorrupt);
    EXPECT_EQ(run({"PFDEBUG", "TODENSE", "k"}), kCorrupt);
    EXPECT_EQ(run({"GET", "k"}), bulk(corrupt));
    expect_no_effect();
}

// A dense value lives in a blob, which a reply or a copy may share.
TEST_F(HyperLogLogCommands, AChangeDoesNotReachBytesThatAreShared) {
    given({"PFADD", "k", "a"});
    run({"PFDEBUG", "TODENSE", "k"});
    const std::string before = run({"GET", "k"});
    Request request;
    request.args = {"GET", "k"};
    ReplyBuffer replies;
    server_.executor().run(server_.session(), {&request, 1}, replies);
    EXPECT_EQ(run({"PFADD", "k", "another"}), ":1\r\n");
    EXPECT_EQ(replies.to_string(), before);
    EXPECT_NE(run({"GET", "k"}), before);
}

TEST_F(HyperLogLogCommands, PfselftestFindsNoFault) {
    EXPECT_EQ(run({"PFSELFTEST"}), "+OK\r\n");
}

}  // namespace
}  // namespace pongo
