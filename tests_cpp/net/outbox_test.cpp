#include "net/outbox.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace pongo {
namespace {

class OutboxTest : public testing::Test {
  protected:
    OutboxTest() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0); }
    ~OutboxTest() override {
        hang_up();
        ::close(ends_[0]);
    }

    Outbox::Sent send() { return outbox_.send(ends_[0]); }
    void hang_up() {
        if (ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
    }
    // What has arrived.
    std::string received() {
        std::string all;
        char buffer[4096];
        for (ssize_t size = 0; (size = ::read(ends_[1], buffer, sizeof buffer)) > 0;) {
            all.append(buffer, static_cast<std::size_t>(size));
        }
        return all;
    }

    Outbox outbox_;
    int ends_[2] = {-1, -1};
};

std::string numbered(std::size_t size) {
    std::string text;
    for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
    return text;
}

TEST_F(OutboxTest, SendsAllThatTheSocketTakes) {
    outbox_.room(5).append("+OK\r\n");
    const Outbox::Sent sent = send();
    EXPECT_EQ(sent.bytes, 5U);
    EXPECT_EQ(sent.writes, 1U);
    EXPECT_FALSE(sent.broken);
    EXPECT_TRUE(outbox_.empty());
    EXPECT_EQ(received(), "+OK\r\n");
}

TEST_F(OutboxTest, SendsNoMoreThanItMay) {
    const std::string text = numbered(40'000);
    const std::string shared = numbered(20'000);
    outbox_.room(text.size()).append(text);
    outbox_.room(shared.size()).append(BlobRef::copy_of(shared));
    for (const std::size_t most : {1U, 39'999U, 10'000U, 9'999U})
        EXPECT_EQ(outbox_.send(ends_[0], most).bytes, most);
    EXPECT_EQ(outbox_.size(), text.size() + shared.size() - 59'999);
    EXPECT_EQ(received(), (text + shared).substr(0, 59'999));
    EXPECT_EQ(outbox_.send(ends_[0], 0).writes, 0U);
    send();
    EXPECT_EQ(received(), (text + shared).substr(59'999));
}

TEST_F(OutboxTest, GoesOnWhereASlowReaderHasStoppedIt) {
    const std::string text = numbered(3 << 20);
    const std::string shared = numbered(2 << 20);
    outbox_.room(text.size()).append(text);
    outbox_.room(shared.size()).append(BlobRef::copy_of(shared));
    outbox_.room(text.size()).append(text);
    const std::size_t all = outbox_.size();
    std::string seen;
    while (!outbox_.empty()) {
        const std::size_t before = outbox_.size();
        const Outbox::Sent sent = send();
        ASSERT_FALSE(sent.broken);
        ASSERT_EQ(outbox_.size(), before - sent.bytes);
        seen += received();
    }
    EXPECT_EQ(seen.size(), all);
    EXPECT_TRUE(seen == text + shared + text);
}

TEST_F(OutboxTest, TakesManySmallPieces) {
    std::string expected;
    std::string seen;
    for (int i = 0; i < 50'000; ++i) {
        const std::string piece = std::to_string(i) + " of many pieces\n";
        outbox_.room(piece.size()).append(piece);
        expected += piece;
        if (i % 1'000 != 0) continue;
        send();
        seen += received();
        ASSERT_EQ(seen.size() + outbox_.size(), expected.size());
    }
    while (!outbox_.empty()) {
        ASSERT_FALSE(send().broken);
        seen += received();
    }
    EXPECT_TRUE(seen == expected);
    EXPECT_EQ(outbox_.size(), 0U);
}

TEST_F(OutboxTest, TakesHardlyMoreMemoryThanItsBytes) {
    const std::string piece(100, 'x');
    std::size_t memory = 0;
    const ReplyBuffer* last = nullptr;
    for (int i = 0; i < 10'000; ++i) {
        ReplyBuffer& room = outbox_.room(piece.size());
        if (last && last != &room) memory += last->capacity();
        room.append(piece);
        last = &room;
    }
    EXPECT_LT(static_cast<double>(memory), 1.02 * 100 * 10'000);
}

TEST_F(OutboxTest, TellsThatNobodyIsThere) {
    hang_up();
    outbox_.room(5).append("+OK\r\n");
    EXPECT_TRUE(send().broken);
    EXPECT_EQ(outbox_.size(), 5U);
}

}  // namespace
}  // namespace pongo
