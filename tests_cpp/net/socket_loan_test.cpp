#include "net/socket_loan.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <utility>

namespace pongo {
namespace {

class SocketLoanTest : public testing::Test {
  protected:
    SocketLoanTest() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0); }
    ~SocketLoanTest() override {
        hang_up();
        ::close(ends_[0]);
    }

    bool use(const std::string& answer) { return loan_.use(ends_[0], BlobRef::copy_of(answer)); }
    void hang_up() {
        if (ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
    }
    std::size_t received() {
        std::size_t all = 0;
        char buffer[65536];
        for (ssize_t size = 0; (size = ::read(ends_[1], buffer, sizeof buffer)) > 0;) {
            all += static_cast<std::size_t>(size);
        }
        return all;
    }

    SocketLoan loan_;
    int ends_[2] = {-1, -1};
};

TEST_F(SocketLoanTest, IsUsedOnceAndOnlyWhileItIsLent) {
    EXPECT_FALSE(use("too soon"));
    loan_.lend();
    EXPECT_TRUE(use("+OK\r\n"));
    EXPECT_FALSE(use("once more"));
    EXPECT_TRUE(loan_.is_lent());
    const auto use_of_it = loan_.take_back();
    ASSERT_TRUE(use_of_it);
    EXPECT_EQ(use_of_it->answer->view(), "+OK\r\n");
    EXPECT_EQ(use_of_it->sent, 5U);
    EXPECT_FALSE(loan_.is_lent());
    EXPECT_FALSE(loan_.take_back());
    EXPECT_FALSE(use("too late"));
    EXPECT_EQ(received(), 5U);
}

TEST_F(SocketLoanTest, IsNotUsedForOneWhoIsGone) {
    loan_.lend();
    hang_up();
    EXPECT_FALSE(use("+OK\r\n"));
    EXPECT_FALSE(loan_.take_back());
}

TEST_F(SocketLoanTest, TellsHowMuchTheSocketTook) {
    loan_.lend();
    EXPECT_TRUE(use(std::string(10'000'000, 'x')));
    const auto use_of_it = loan_.take_back();
    ASSERT_TRUE(use_of_it);
    EXPECT_LT(use_of_it->sent, 10'000'000U);
    EXPECT_EQ(received(), use_of_it->sent);
}

// One thread lends and takes back, another one tries to use it: each knows what the other has done.
TEST_F(SocketLoanTest, IsNeverInTwoHands) {
    constexpr int kLoans = 20'000;
    std::atomic<bool> done{false};
    std::size_t used = 0;
    std::thread other([&] {
        while (!done) used += use("x") ? 1 : 0;
    });
    std::size_t told = 0;
    std::size_t arrived = 0;
    for (int i = 0; i < kLoans; ++i) {
        loan_.lend();
        if (i % 2 == 0) std::this_thread::yield();
        told += loan_.take_back() ? 1 : 0;
        arrived += received();
        ASSERT_EQ(told, arrived);
    }
    done = true;
    other.join();
    EXPECT_EQ(used, told);
}

}  // namespace
}  // namespace pongo
