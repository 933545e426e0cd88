#include "resp/reply_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "resp/limits.h"

namespace pongo {
namespace {

using Write = std::function<void(ReplyWriter&)>;

std::string written(Protocol protocol, const Write& write) {
    ReplyBuffer buffer;
    ReplyWriter writer(buffer, protocol);
    write(writer);
    return buffer.to_string();
}
std::string resp2(const Write& write) {
    return written(Protocol::Resp2, write);
}
std::string resp3(const Write& write) {
    return written(Protocol::Resp3, write);
}

void expect_both(const Write& write, std::string_view expected) {
    EXPECT_EQ(resp2(write), expected);
    EXPECT_EQ(resp3(write), expected);
}

TEST(ReplyWriter, SimpleStringsAndIntegersAreTheSameInBothProtocols) {
    expect_both([](ReplyWriter& reply) { reply.ok(); }, "+OK\r\n");
    expect_both([](ReplyWriter& reply) { reply.simple("PONG"); }, "+PONG\r\n");
    expect_both([](ReplyWriter& reply) { reply.simple(std::string_view{}); }, "+\r\n");
    expect_both([](ReplyWriter& reply) { reply.integer(0); }, ":0\r\n");
    expect_both([](ReplyWriter& reply) { reply.integer(9); }, ":9\r\n");
    expect_both([](ReplyWriter& reply) { reply.integer(10); }, ":10\r\n");
    expect_both([](ReplyWriter& reply) { reply.integer(-1); }, ":-1\r\n");
    expect_both([](ReplyWriter& reply) { reply.integer(std::numeric_limits<std::int64_t>::min()); },
                ":-9223372036854775808\r\n");
    expect_both([](ReplyWriter& reply) { reply.integer(std::numeric_limits<std::int64_t>::max()); },
                ":9223372036854775807\r\n");
}

TEST(ReplyWriter, ErrorsHaveNoLineEndInside) {
    expect_both([](ReplyWriter& reply) { reply.error("ERR no"); }, "-ERR no\r\n");
    expect_both([](ReplyWriter& reply) { reply.error("ERR '\r' and '\n'\r\n"); }, "-ERR ' ' and ' '\r\n");
}

TEST(ReplyWriter, AnErrorLeavesWhatWasWrittenBeforeAlone) {
    expect_both(
        [](ReplyWriter& reply) {
            reply.bulk("a\r\nb");
            reply.error("ERR x\ny");
        },
        "$4\r\na\r\nb\r\n-ERR x y\r\n");
}

TEST(ReplyWriter, BulkStringsTellTheirLength) {
    expect_both([](ReplyWriter& reply) { reply.bulk(std::string_view{}); }, "$0\r\n\r\n");
    expect_both([](ReplyWriter& reply) { reply.bulk("a\r\nb"); }, "$4\r\na\r\nb\r\n");
    const std::string big(100000, 'x');
    expect_both([&](ReplyWriter& reply) { reply.bulk(big); }, "$100000\r\n" + big + "\r\n");
    expect_both([](ReplyWriter& reply) { reply.bulk_integer(-42); }, "$3\r\n-42\r\n");
}

TEST(ReplyWriter, ASmallBlobIsCopiedAndABigOneShared) {
    for (const std::size_t size : {std::size_t{0}, kSharedReplyBytes - 1, kSharedReplyBytes}) {
        const std::string bytes(size, 'b');
        const BlobRef blob = BlobRef::copy_of(bytes, size);
        ReplyBuffer buffer;
        ReplyWriter(buffer, Protocol::Resp2).bulk(blob);
        EXPECT_EQ(buffer.to_string(), "$" + std::to_string(size) + "\r\n" + bytes + "\r\n");
        EXPECT_EQ(buffer.has_splices(), size >= kSharedReplyBytes);
        EXPECT_EQ(blob->unique(), size < kSharedReplyBytes);
    }
}

TEST(ReplyWriter, NullsHaveOneFormInResp3AndTwoInResp2) {
    const Write null = [](ReplyWriter& reply) { reply.null(); };
    const Write null_array = [](ReplyWriter& reply) { reply.null_array(); };
    EXPECT_EQ(resp2(null), "$-1\r\n");
    EXPECT_EQ(resp2(null_array), "*-1\r\n");
    EXPECT_EQ(resp3(null), "_\r\n");
    EXPECT_EQ(resp3(null_array), "_\r\n");
}

TEST(ReplyWriter, BooleansAreIntegersInResp2) {
    for (const bool value : {false, true}) {
        const Write boolean = [=](ReplyWriter& reply) { reply.boolean(value); };
        EXPECT_EQ(resp2(boolean), value ? ":1\r\n" : ":0\r\n");
        EXPECT_EQ(resp3(boolean), value ? "#t\r\n" : "#f\r\n");
    }
}

TEST(ReplyWriter, DoublesAreBulkStringsInResp2) {
    const Write half = [](ReplyWriter& reply) { reply.real(-0.5); };
    EXPECT_EQ(resp2(half), "$4\r\n-0.5\r\n");
    EXPECT_EQ(resp3(half), ",-0.5\r\n");
    const Write infinity = [](ReplyWriter& reply) { reply.real(INFINITY); };
    EXPECT_EQ(resp2(infinity), "$3\r\ninf\r\n");
    EXPECT_EQ(resp3(infinity), ",inf\r\n");
}

TEST(ReplyWriter, BigNumbersAreBulkStringsInResp2) {
    const Write big = [](ReplyWriter& reply) { reply.big_number("1234567999999999999999999999999999999"); };
    EXPECT_EQ(resp2(big), "$37\r\n1234567999999999999999999999999999999\r\n");
    EXPECT_EQ(resp3(big), "(1234567999999999999999999999999999999\r\n");
}

TEST(ReplyWriter, VerbatimStringsNameTheirFormatInResp3) {
    const Write text = [](ReplyWriter& reply) { reply.verbatim("some text"); };
    EXPECT_EQ(resp2(text), "$9\r\nsome text\r\n");
    EXPECT_EQ(resp3(text), "=13\r\ntxt:some text\r\n");
    EXPECT_EQ(resp3([](ReplyWriter& reply) { reply.verbatim("", "mkd"); }), "=4\r\nmkd:\r\n");
}

TEST(ReplyWriter, AggregatesHaveTheirTypeInResp3Only) {
    const Write map = [](ReplyWriter& reply) { reply.map(2); };
    EXPECT_EQ(resp2(map), "*4\r\n");
    EXPECT_EQ(resp3(map), "%2\r\n");
    const Write set = [](ReplyWriter& reply) { reply.set(12); };
    EXPECT_EQ(resp2(set), "*12\r\n");
    EXPECT_EQ(resp3(set), "~12\r\n");
    const Write push = [](ReplyWriter& reply) { reply.push(3); };
    EXPECT_EQ(resp2(push), "*3\r\n");
    EXPECT_EQ(resp3(push), ">3\r\n");
    EXPECT_EQ(resp3([](ReplyWriter& reply) { reply.attribute(1); }), "|1\r\n");
    expect_both([](ReplyWriter& reply) { reply.array(0); }, "*0\r\n");
}

TEST(ReplyWriter, ALengthMayBeToldAfterTheElements) {
    const Write array = [](ReplyWriter& reply) {
        const auto deferred = reply.begin_array();
        reply.integer(1);
        reply.integer(2);
        reply.finish(deferred, 2);
    };
    expect_both(array, "*2\r\n:1\r\n:2\r\n");
    expect_both([](ReplyWriter& reply) { reply.finish(reply.begin_array(), 0); }, "*0\r\n");
    const Write map = [](ReplyWriter& reply) {
        const auto deferred = reply.begin_map();
        reply.bulk("k");
        reply.null();
        reply.finish(deferred, 1);
    };
    EXPECT_EQ(resp2(map), "*2\r\n$1\r\nk\r\n$-1\r\n");
    EXPECT_EQ(resp3(map), "%1\r\n$1\r\nk\r\n_\r\n");
    const Write set = [](ReplyWriter& reply) { reply.finish(reply.begin_set(), 1000); };
    EXPECT_EQ(resp2(set), "*1000\r\n");
    EXPECT_EQ(resp3(set), "~1000\r\n");
}

TEST(ReplyWriter, DeferredLengthsNestAndStandBeforeTheirBlobs) {
    const BlobRef blob = BlobRef::copy_of(std::string(kSharedReplyBytes, 'b'), kSharedReplyBytes);
    const std::string bulk =
        "$" + std::to_string(kSharedReplyBytes) + "\r\n" + std::string(blob->view()) + "\r\n";
    const Write nested = [&](ReplyWriter& reply) {
        reply.bulk(blob);
        const auto outer = reply.begin_array();
        const auto inner = reply.begin_set();
        reply.bulk(blob);
        reply.finish(inner, 1);
        reply.bulk(blob);
        reply.finish(outer, 2);
        reply.ok();
    };
    EXPECT_EQ(resp2(nested), bulk + "*2\r\n*1\r\n" + bulk + bulk + "+OK\r\n");
    EXPECT_EQ(resp3(nested), bulk + "*2\r\n~1\r\n" + bulk + bulk + "+OK\r\n");
}

TEST(ReplyWriter, TheProtocolMayChangeBetweenReplies) {
    expect_both(
        [](ReplyWriter& reply) {
            reply.set_protocol(Protocol::Resp3);
            reply.null();
            reply.set_protocol(Protocol::Resp2);
            reply.null();
        },
        "_\r\n$-1\r\n");
}

TEST(ReplyWriter, WhatIsAReplyAlreadyIsWrittenAsItIs) {
    expect_both([](ReplyWriter& reply) { reply.raw("+OK\r\n:1\r\n"); }, "+OK\r\n:1\r\n");
}

}  // namespace
}  // namespace pongo
