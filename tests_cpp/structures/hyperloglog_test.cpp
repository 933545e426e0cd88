#include "structures/hyperloglog.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/random.h"

namespace pongo {
namespace {

using Outcome = HyperLogLogEditor::Outcome;

constexpr std::size_t kMostSparse = 3000;
constexpr std::size_t kNeverDense = 1 << 20;

// What is in the bytes, register by register.
HyperLogLogArray registers_of(const std::string& bytes) {
    HyperLogLogArray registers = {};
    EXPECT_TRUE(HyperLogLog::of(bytes)->raise(registers));
    return registers;
}

std::string made_of(std::string_view runs) {
    return std::string(HyperLogLog::empty_bytes().substr(0, HyperLogLog::kHeader)) + std::string(runs);
}

class HyperLogLogTest : public testing::Test {
  protected:
    HyperLogLogEditor editor(std::size_t most_sparse = kMostSparse) { return {store_, most_sparse}; }
    HyperLogLog value() const { return *HyperLogLog::of(bytes_); }
    std::string runs() const { return bytes_.substr(HyperLogLog::kHeader); }

    std::string bytes_{HyperLogLog::empty_bytes()};
    StringStore store_{bytes_};
};

TEST_F(HyperLogLogTest, AnEmptyOneIsOneRunOfZeros) {
    EXPECT_TRUE(value().is_sparse());
    EXPECT_TRUE(value().valid());
    EXPECT_EQ(value().known_estimate(), 0U);
    EXPECT_EQ(value().estimate(), 0U);
    EXPECT_EQ(runs(), "\x7f\xff");
}

TEST_F(HyperLogLogTest, ARaisedRegisterSplitsItsRun) {
    EXPECT_EQ(editor().raise(0, 1), Outcome::Changed);
    EXPECT_EQ(runs(), "\x80\x7f\xfe");
    EXPECT_EQ(editor().raise(0, 1), Outcome::Unchanged);
    EXPECT_EQ(editor().raise(2, 32), Outcome::Changed);
    EXPECT_EQ(runs(), std::string("\x80\x00\xfc\x7f\xfc", 5));
    EXPECT_EQ(editor().raise(16383, 2), Outcome::Changed);
    EXPECT_EQ(runs(), std::string("\x80\x00\xfc\x7f\xfb\x84", 6));
}

TEST_F(HyperLogLogTest, NeighboursOfTheSameValueAreJoined) {
    for (const std::uint32_t index : {5, 6, 7, 8}) editor().raise(index, 3);
    EXPECT_EQ(runs(), std::string("\x04\x8b\x7f\xf6", 4));
    editor().raise(9, 3);
    EXPECT_EQ(runs(), std::string("\x04\x8b\x88\x7f\xf5", 5));
}

TEST_F(HyperLogLogTest, BecomesDenseBeforeItIsTooLong) {
    std::size_t longest = 0;
    Random random(3);
    while (value().is_sparse()) {
        longest = bytes_.size();
        editor().raise(static_cast<std::uint32_t>(random.below(kHyperLogLogRegisters)), 2);
        ASSERT_LE(longest, kMostSparse);
    }
    EXPECT_GT(longest, kMostSparse - 3);
    EXPECT_EQ(bytes_.size(), HyperLogLog::kDenseSize);
}

TEST_F(HyperLogLogTest, BecomesDenseForAHighValue) {
    editor(kNeverDense).raise(100, 32);
    EXPECT_TRUE(value().is_sparse());
    editor(kNeverDense).raise(16383, 33);
    EXPECT_FALSE(value().is_sparse());
    EXPECT_EQ(registers_of(bytes_)[100], 32);
    EXPECT_EQ(registers_of(bytes_)[16383], 33);
}

TEST_F(HyperLogLogTest, RemembersAnEstimateUntilItIsForgotten) {
    editor().remember_estimate(123456789);
    EXPECT_EQ(value().known_estimate(), 123456789U);
    editor().forget_estimate();
    EXPECT_EQ(value().known_estimate(), std::nullopt);
    editor().remember_estimate(1);
    EXPECT_EQ(value().known_estimate(), 1U);
}

// One way at a time against an array, sparse and dense, until both are full.
TEST_F(HyperLogLogTest, RandomRaisesEqualThoseOfAnArray) {
    Random random(7);
    for (const std::size_t most_sparse : {std::size_t{0}, std::size_t{200}, kMostSparse, kNeverDense}) {
        bytes_ = HyperLogLog::empty_bytes();
        HyperLogLogArray model = {};
        for (int step = 0; step < 40000; ++step) {
            const auto index = static_cast<std::uint32_t>(random.below(kHyperLogLogRegisters));
            const auto rank = static_cast<std::uint8_t>(1 + random.below(random.below(100) == 0 ? 32 : 4));
            const bool higher = model[index] < rank;
            ASSERT_EQ(editor(most_sparse).raise(index, rank), higher ? Outcome::Changed : Outcome::Unchanged);
            if (higher) model[index] = rank;
            if (step % 500 == 0) {
                ASSERT_TRUE(value().valid());
                ASSERT_EQ(registers_of(bytes_), model);
                ASSERT_EQ(value().estimate(), estimate(model));
            }
        }
        EXPECT_EQ(value().is_sparse(), most_sparse == kNeverDense);
        EXPECT_EQ(registers_of(bytes_), model);
    }
}

// raise_to() goes on from where it was; the bytes must not show it.
TEST_F(HyperLogLogTest, RaisingAllEqualsRaisingOneByOne) {
    Random random(11);
    for (const std::size_t most_sparse : {kMostSparse, kNeverDense}) {
        for (const std::uint64_t raises : {1, 10, 100, 1000, 5000}) {
            bytes_ = HyperLogLog::empty_bytes();
            for (std::uint64_t i = 0; i < raises / 2; ++i) {
                editor(most_sparse).raise(static_cast<std::uint32_t>(random.below(kHyperLogLogRegisters)), 2);
            }
            HyperLogLogArray all = registers_of(bytes_);
            for (std::uint64_t i = 0; i < raises; ++i) {
                auto& one = all[random.below(kHyperLogLogRegisters)];
                one = std::max(one, static_cast<std::uint8_t>(1 + random.below(3)));
            }
            std::string other = bytes_;
            StringStore other_store(other);
            HyperLogLogEditor one_by_one(other_store, most_sparse);
            for (std::uint32_t index = 0; index < all.size(); ++index) {
                if (all[index] > 0) one_by_one.raise(index, all[index]);
            }
            editor(most_sparse).raise_to(all);
            ASSERT_EQ(bytes_, other) << raises;
            ASSERT_EQ(registers_of(bytes_), all);
        }
    }
}

TEST_F(HyperLogLogTest, EstimatesWithinItsError) {
    std::uint64_t added = 0;
    for (const std::uint64_t elements : {10U, 100U, 1000U, 10000U, 100000U, 300000U}) {
        while (added < elements) editor().add(std::to_string(added++));
        const auto error = std::abs(static_cast<double>(*value().estimate()) - static_cast<double>(elements));
        EXPECT_LT(error, 4 * 1.04 / 128 * static_cast<double>(elements) + 1) << elements;
    }
}

TEST_F(HyperLogLogTest, OtherBytesAreNone) {
    EXPECT_FALSE(HyperLogLog::of(""));
    EXPECT_FALSE(HyperLogLog::of("HYLL"));
    EXPECT_FALSE(HyperLogLog::of(std::string("HYLL\1") + std::string(10, '\0')));
    EXPECT_FALSE(HyperLogLog::of(std::string("HYLL\2") + std::string(11, '\0')));
    EXPECT_FALSE(HyperLogLog::of(std::string("HYLL\0", 5) + std::string(11, '\0')));
    EXPECT_FALSE(HyperLogLog::of(std::string("hYLL\1") + std::string(11, '\0')));
    EXPECT_TRUE(HyperLogLog::of(std::string("HYLL\1") + std::string(11, '\0')));
    EXPECT_TRUE(HyperLogLog::of(std::string("HYLL\0", 5) + std::string(HyperLogLog::kDenseSize - 5, 'x')));
}

TEST_F(HyperLogLogTest, CorruptRunsAreFoundOut) {
    HyperLogLogArray registers = {};
    for (const std::string& runs : {std::string(), std::string("\x7f\xfe"), std::string("\x7f"),
                                    std::string("\x7f\xff\x80"), std::string(1000, '\xff')}) {
        bytes_ = made_of(runs);
        EXPECT_FALSE(value().valid());
        EXPECT_EQ(value().estimate(), std::nullopt);
        EXPECT_FALSE(value().raise(registers));
        EXPECT_FALSE(editor().make_dense());
        EXPECT_EQ(editor().raise(16383, 1), runs.ends_with("\x80") ? Outcome::Changed : Outcome::Corrupt);
    }
}

// Whatever the bytes are, nothing reads or writes elsewhere (a sanitizer sees it).
TEST_F(HyperLogLogTest, RandomBytesDoNoHarm) {
    Random random(5);
    for (int round = 0; round < 3000; ++round) {
        std::string runs(random.below(60), '\0');
        for (char& byte : runs) {
            byte = static_cast<char>(random.below(4) == 0 ? 0x40 + random.below(64) : random.below(256));
        }
        bytes_ = made_of(runs);
        for (int step = 0; step < 30; ++step) {
            const auto index = static_cast<std::uint32_t>(random.below(kHyperLogLogRegisters));
            editor(random.below(2) == 0 ? 50 : kNeverDense).raise(index, 1 + random.below(32) % 33);
        }
        HyperLogLogArray registers = {};
        EXPECT_EQ(value().raise(registers), value().valid());
        EXPECT_EQ(value().estimate().has_value(), value().valid());
    }
}

}  // namespace
}  // namespace pongo
