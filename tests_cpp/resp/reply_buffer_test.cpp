#include "resp/reply_buffer.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/random.h"

namespace pongo {
namespace {

BlobRef blob_of(std::string_view bytes) {
    return BlobRef::copy_of(bytes);
}

// What gather() gives, as one string.
std::string gathered(const ReplyBuffer& buffer, std::size_t skip, int max_pieces, int* pieces_set = nullptr) {
    std::array<iovec, 64> pieces;
    const int count = buffer.gather(skip, pieces.data(), max_pieces);
    if (pieces_set) *pieces_set = count;
    std::string bytes;
    for (int i = 0; i < count; ++i) {
        const iovec& piece = pieces[static_cast<std::size_t>(i)];
        EXPECT_GT(piece.iov_len, 0u);
        bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    }
    return bytes;
}

TEST(ReplyBuffer, IsEmptyAtFirst) {
    ReplyBuffer buffer;
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.size(), 0u);
    EXPECT_EQ(buffer.capacity(), 0u);
    EXPECT_EQ(buffer.to_string(), "");
    EXPECT_EQ(gathered(buffer, 0, 8), "");
}

TEST(ReplyBuffer, TakesAnEmptyRun) {
    ReplyBuffer buffer;
    buffer.append(std::string_view{});
    EXPECT_TRUE(buffer.empty());
    buffer.insert(buffer.mark(), {});
    EXPECT_TRUE(buffer.empty());
}

TEST(ReplyBuffer, HoldsRunsAndBlobsInTheirOrder) {
    ReplyBuffer buffer;
    buffer.append(blob_of("first"));
    buffer.append("+a");
    buffer.append(blob_of("second"));
    buffer.append(blob_of("third"));
    buffer.append("b+");
    EXPECT_EQ(buffer.to_string(), "first+asecondthirdb+");
    EXPECT_EQ(buffer.size(), buffer.to_string().size());
    EXPECT_EQ(buffer.flat(), "+ab+");
    EXPECT_TRUE(buffer.has_splices());
}

TEST(ReplyBuffer, DoesNotCopyABlob) {
    ReplyBuffer buffer;
    BlobRef blob = blob_of("value");
    buffer.append(blob);
    EXPECT_FALSE(blob->unique());
    iovec piece;
    ASSERT_EQ(buffer.gather(0, &piece, 1), 1);
    EXPECT_EQ(piece.iov_base, blob->data());
    buffer.clear();
    EXPECT_TRUE(blob->unique());
    EXPECT_TRUE(buffer.empty());
}

TEST(ReplyBuffer, KeepsWhatItHasWhenItGrows) {
    ReplyBuffer buffer;
    std::string expected;
    for (int i = 0; i < 5000; ++i) {
        const std::string text = std::to_string(i);
        buffer.append(text);
        expected += text;
    }
    EXPECT_EQ(buffer.to_string(), expected);
    EXPECT_GE(buffer.memory(), expected.size());
}

TEST(ReplyBuffer, RoomIsToBeAdvancedByWhatWasWritten) {
    ReplyBuffer buffer;
    std::memcpy(buffer.room(100), "abc", 3);
    EXPECT_TRUE(buffer.empty());
    buffer.advance(3);
    EXPECT_EQ(buffer.to_string(), "abc");
}

TEST(ReplyBuffer, IsCutBackToAMark) {
    ReplyBuffer buffer;
    buffer.append("kept");
    buffer.append(blob_of("blob"));
    const ReplyBuffer::Mark mark = buffer.mark();
    BlobRef dropped = blob_of("dropped");
    buffer.append(dropped);
    buffer.append("and this");
    EXPECT_EQ(buffer.size_after(mark), 15u);
    EXPECT_TRUE(buffer.has_splices_after(mark));
    buffer.cut_back(mark);
    EXPECT_EQ(buffer.to_string(), "keptblob");
    EXPECT_EQ(buffer.size(), 8u);
    EXPECT_EQ(buffer.size_after(mark), 0u);
    EXPECT_FALSE(buffer.has_splices_after(mark));
    EXPECT_TRUE(dropped->unique());
}

TEST(ReplyBuffer, InsertsBehindTheBlobsBeforeTheMark) {
    ReplyBuffer buffer;
    buffer.append("a");
    buffer.append(blob_of("<1>"));
    const ReplyBuffer::Mark mark = buffer.mark();
    buffer.append(blob_of("<2>"));
    buffer.append("b");
    buffer.append(blob_of("<3>"));
    buffer.insert(mark, "new");
    EXPECT_EQ(buffer.to_string(), "a<1>new<2>b<3>");
}

TEST(ReplyBuffer, InsertsWhereItMustGrow) {
    ReplyBuffer buffer;
    const ReplyBuffer::Mark mark = buffer.mark();
    while (buffer.size() == 0 || buffer.flat().size() < buffer.capacity()) buffer.append("x");
    const std::string before = buffer.to_string();
    buffer.insert(mark, "*1000\r\n");
    EXPECT_EQ(buffer.to_string(), "*1000\r\n" + before);
}

TEST(ReplyBuffer, GathersWhatComesAfterAnySkip) {
    ReplyBuffer buffer;
    buffer.append("$3\r\n");
    buffer.append(blob_of("abc"));
    buffer.append(blob_of("defg"));
    buffer.append("\r\n:1\r\n");
    buffer.append(blob_of("h"));
    const std::string all = buffer.to_string();
    for (std::size_t skip = 0; skip <= all.size(); ++skip) {
        EXPECT_EQ(gathered(buffer, skip, 64), all.substr(skip)) << skip;
    }
}

TEST(ReplyBuffer, GathersNoMorePiecesThanAsked) {
    ReplyBuffer buffer;
    for (int i = 0; i < 10; ++i) {
        buffer.append("run");
        buffer.append(blob_of("blob"));
    }
    const std::string all = buffer.to_string();
    for (int max_pieces = 1; max_pieces < 25; ++max_pieces) {
        int pieces = 0;
        const std::string some = gathered(buffer, 5, max_pieces, &pieces);
        EXPECT_EQ(pieces, std::min(max_pieces, 19));
        EXPECT_EQ(some, all.substr(5, some.size()));
    }
}

TEST(ReplyBuffer, IsSentCompletelyByGatheringAgainAndAgain) {
    Random random(3);
    for (int round = 0; round < 200; ++round) {
        ReplyBuffer buffer;
        for (std::uint64_t parts = random.below(20); parts > 0; --parts) {
            const std::string text(random.below(30), static_cast<char>('a' + random.below(26)));
            random.below(2) == 0 ? buffer.append(text) : buffer.append(blob_of(text));
        }
        std::string sent;
        while (sent.size() < buffer.size()) {
            const std::string some = gathered(buffer, sent.size(), 1 + static_cast<int>(random.below(4)));
            ASSERT_FALSE(some.empty());
            sent += some.substr(0, 1 + random.below(some.size()));  // The socket takes what it likes.
        }
        ASSERT_EQ(sent, buffer.to_string());
    }
}

TEST(ReplyBuffer, MovesItsTailToAnother) {
    ReplyBuffer from;
    from.append("kept");
    from.append(blob_of("<1>"));
    const ReplyBuffer::Mark mark = from.mark();
    from.append(blob_of("<2>"));
    from.append("tail");
    from.append(blob_of("<3>"));
    ReplyBuffer to;
    to.append("head");
    to.append(blob_of("<0>"));
    from.move_tail(mark, to);
    EXPECT_EQ(from.to_string(), "kept<1>");
    EXPECT_EQ(to.to_string(), "head<0><2>tail<3>");
    EXPECT_EQ(from.size(), 7u);
    EXPECT_EQ(to.size(), to.to_string().size());
}

TEST(ReplyBuffer, MovesNothingAsWell) {
    ReplyBuffer from;
    ReplyBuffer to;
    from.move_tail(from.mark(), to);
    EXPECT_TRUE(to.empty());
}

TEST(ReplyBuffer, BeyondItsLimitDropsWhatFollowedIt) {
    ReplyBuffer buffer;
    buffer.append("of others");
    buffer.limit_growth(1 << 20);
    const ReplyBuffer::Mark mark = buffer.mark();
    const std::string piece(1000, 'x');
    while (!buffer.overflowed() && buffer.size() < 8 << 20) buffer.append(piece);
    EXPECT_TRUE(buffer.overflowed());
    const ReplyBuffer::Mark behind = buffer.mark();
    for (int i = 0; i < 100'000; ++i) buffer.append(piece);
    EXPECT_LE(buffer.memory(), 4U << 20);
    buffer.append(BlobRef::zeroed(2 << 20));
    buffer.insert(behind, "header");
    buffer.cut_back(behind);
    EXPECT_LE(buffer.size_after(behind), 4U << 20);
    buffer.cut_back(mark);
    EXPECT_EQ(buffer.to_string(), "of others");
    buffer.limit_growth(SIZE_MAX);
    EXPECT_FALSE(buffer.overflowed());
}

TEST(ReplyBuffer, ALimitCountsBlobsAndStaysBehindWhenBytesMoveOn) {
    ReplyBuffer buffer;
    buffer.limit_growth(1 << 20);
    buffer.append(BlobRef::zeroed(1 << 19));
    EXPECT_FALSE(buffer.overflowed());
    ReplyBuffer other;
    buffer.move_tail({}, other);
    other.append(BlobRef::zeroed(1 << 20));
    EXPECT_FALSE(other.overflowed());
    EXPECT_EQ(other.size(), 3U << 19);
    buffer.append(BlobRef::zeroed(1 << 19));
    buffer.append(BlobRef::zeroed((1 << 19) + 1));
    EXPECT_TRUE(buffer.overflowed());
}

}  // namespace
TEST(ReplyBuffer, WhatIsDroppedFromTheFrontIsGoneAndItsBlobsAreLetGo) {
    const std::string blob_bytes(100, 'b');
    for (std::size_t count = 0; count <= 310; ++count) {
        ReplyBuffer buffer;
        BlobRef first = BlobRef::copy_of(blob_bytes, 100);
        buffer.append("0123456789");
        buffer.append(first);
        buffer.append(BlobRef::copy_of(blob_bytes, 100), 10, 50);
        buffer.append(std::string(150, 'c'));
        const std::string all = buffer.to_string();
        const std::size_t skip = buffer.drop_front(count);
        EXPECT_EQ(buffer.to_string().substr(skip), all.substr(count)) << count;
        EXPECT_EQ(buffer.size(), all.size() - count + skip) << count;
        EXPECT_EQ(first->unique(), count >= 110) << count;
    }
}

}  // namespace pongo
