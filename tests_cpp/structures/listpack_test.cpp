#include "structures/listpack.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "structures/listpack_bytes.h"

namespace pongo {
namespace {

using namespace std::string_view_literals;
using Strings = std::vector<std::string>;

class ListpackTest : public testing::Test {
  protected:
    Listpack list() const { return Listpack(bytes_); }
    Strings contents() const {
        Strings all;
        for (auto at = list().begin(); at != list().end(); at = list().next(at)) {
            all.push_back(list()[at].to_string());
        }
        return all;
    }
    Strings backwards() const {
        Strings all;
        for (auto at = list().end(); at != list().begin();) {
            at = list().previous(at);
            all.push_back(list()[at].to_string());
        }
        return all;
    }

    std::string bytes_{Listpack::empty_bytes()};
    StringStore store_{bytes_};
    ListpackEditor edit_{store_};
};

TEST_F(ListpackTest, TheEmptyOneIsSevenBytes) {
    EXPECT_EQ(bytes_, "\x07\0\0\0\0\0\xff"sv);
    EXPECT_TRUE(Listpack::valid(bytes_));
    EXPECT_TRUE(list().empty());
    EXPECT_EQ(list().size(), 0U);
    EXPECT_EQ(list().seek(0), list().end());
    EXPECT_EQ(list().seek(-1), list().end());
}

// The bytes are those that redis-server writes into DUMP for the same elements.
TEST_F(ListpackTest, EveryEncodingIsWrittenAsTheFormatSays) {
    edit_.push_back("5");
    edit_.push_back("-1");
    edit_.push_back("ab");
    EXPECT_EQ(bytes_,
              "\x10\0\0\0\3\0\x05\x01\xdf\xff\x02\x82"
              "ab\x03\xff"sv);
    edit_.clear();
    edit_.push_back("-32768");
    edit_.push_back("8388607");
    EXPECT_EQ(bytes_, "\x10\0\0\0\2\0\xf1\x00\x80\x03\xf2\xff\xff\x7f\x04\xff"sv);
    edit_.clear();
    edit_.push_back("-2147483648");
    EXPECT_EQ(bytes_, "\x0d\0\0\0\1\0\xf3\0\0\0\x80\x05\xff"sv);
    edit_.clear();
    edit_.push_back("9223372036854775807");
    EXPECT_EQ(bytes_, "\x11\0\0\0\1\0\xf4\xff\xff\xff\xff\xff\xff\xff\x7f\x09\xff"sv);
}

TEST_F(ListpackTest, NumbersAtEveryEdgeComeBack) {
    Strings numbers;
    for (int bits = 0; bits < 64; ++bits) {
        const std::int64_t power = static_cast<std::int64_t>(std::uint64_t{1} << bits);
        for (std::int64_t near = -2; near <= 2; ++near) {
            const auto value = static_cast<std::int64_t>(static_cast<std::uint64_t>(power) +
                                                         static_cast<std::uint64_t>(near));
            numbers.push_back(std::to_string(value));
        }
    }
    for (const std::string& number : numbers) edit_.push_back(number);
    EXPECT_EQ(contents(), numbers);
    EXPECT_TRUE(Listpack::valid(bytes_));
}

TEST_F(ListpackTest, OnlyTheCanonicalTextOfANumberIsANumber) {
    for (const char* text : {"007", "+7", "-0", " 7", "7 ", "", "9223372036854775808", "1e3"}) {
        edit_.push_back(text);
        EXPECT_FALSE(list()[list().seek(-1)].is_integer) << text;
        EXPECT_EQ(list()[list().seek(-1)].to_string(), text);
    }
}

TEST_F(ListpackTest, StringsOfEverySizeComeBackInBothDirections) {
    Strings texts;
    for (const std::size_t size :
         {0, 1, 63, 64, 125, 126, 127, 128, 4095, 4096, 16380, 16381, 16382, 16383, 70'000, 2'097'150}) {
        texts.push_back(std::string(size, 'x'));
        edit_.push_back(texts.back());
    }
    EXPECT_EQ(contents(), texts);
    EXPECT_EQ(backwards(), Strings(texts.rbegin(), texts.rend()));
    EXPECT_TRUE(Listpack::valid(bytes_));
}

TEST_F(ListpackTest, IsFoundByIndexFromBothEnds) {
    for (int i = 0; i < 10; ++i) edit_.push_back(std::to_string(i));
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(list()[list().seek(i)].integer, i);
        EXPECT_EQ(list()[list().seek(i - 10)].integer, i);
    }
    EXPECT_EQ(list().seek(10), list().end());
    EXPECT_EQ(list().seek(-11), list().end());
}

TEST_F(ListpackTest, FindLooksAtEveryNth) {
    for (const char* text : {"a", "b", "b", "1", "1", "b"}) edit_.push_back(text);
    EXPECT_EQ(list().find("b", list().begin()), list().seek(1));
    EXPECT_EQ(list().find("b", list().begin(), 1), list().seek(2));
    EXPECT_EQ(list().find("1", list().begin()), list().seek(3));
    EXPECT_EQ(list().find("1", list().begin(), 1), list().seek(4));
    EXPECT_EQ(list().find("01", list().begin()), list().end());
    EXPECT_EQ(list().find("c", list().begin()), list().end());
}

TEST_F(ListpackTest, TheCountGivesUpAtItsLimitAndSizeCounts) {
    const std::vector<std::string_view> many(65534, "1");
    edit_.insert(list().end(), many);
    EXPECT_EQ(list().size(), 65534U);
    edit_.push_back("2");
    EXPECT_EQ(list().size(), 65535U);
    edit_.push_back("3");
    EXPECT_EQ(list().size(), 65536U);
    edit_.erase(list().begin(), 10);
    EXPECT_EQ(list().size(), 65526U);
    EXPECT_TRUE(Listpack::valid(bytes_));
}

// Against std::vector, with the format verified after each step.
TEST_F(ListpackTest, RandomEditsEqualThoseOfAVector) {
    Random random(7);
    Strings model;
    const auto text = [&] {
        const std::uint64_t kind = random.below(4);
        if (kind == 0) return std::to_string(static_cast<std::int64_t>(random.next() >> random.below(64)));
        return std::string(random.below(kind == 1 ? 300 : 12), static_cast<char>('a' + random.below(26)));
    };
    for (int step = 0; step < 5000; ++step) {
        const std::size_t index = random.below(model.size() + 1);
        const auto place = model.begin() + static_cast<std::ptrdiff_t>(index);
        const auto at = index == model.size() ? list().end() : list().seek(static_cast<std::int64_t>(index));
        const std::uint64_t what = model.size() > 60 ? 2 : random.below(4);
        if (what == 0 || index == model.size()) {
            const std::string added = text();
            EXPECT_EQ(edit_.insert(at, added), at);
            model.insert(place, added);
        } else if (what == 1) {
            const std::string changed = text();
            EXPECT_EQ(edit_.replace(at, changed), at);
            *place = changed;
        } else {
            const std::size_t count = std::min<std::size_t>(random.below(4), model.size() - index);
            EXPECT_EQ(edit_.erase(at, count), at);
            model.erase(place, place + static_cast<std::ptrdiff_t>(count));
        }
        ASSERT_TRUE(Listpack::valid(bytes_));
        ASSERT_EQ(contents(), model);
        ASSERT_EQ(list().size(), model.size());
    }
    EXPECT_EQ(backwards(), Strings(model.rbegin(), model.rend()));
}

// Whatever is called valid can be walked without leaving the bytes: the sanitizers watch.
TEST_F(ListpackTest, WhatIsAppendedInOneGoIsAsIfItHadBeenInserted) {
    const Strings texts = {"a", "", "17", "-4097", "007", std::string(64, 'x'), std::string(5000, 'y')};
    const std::vector<std::int64_t> numbers = {0, 127, 128, -1, 4095, -4097, 70000, INT64_MAX, INT64_MIN};
    std::string expected(bytes_);
    StringStore expected_store(expected);
    std::size_t room = 77;
    for (const std::string& text : texts) room += ListpackAppender::room_for(text);
    room += numbers.size() * ListpackAppender::kIntegerRoom;
    for (int round = 0; round < 3; ++round) {
        ListpackAppender out(store_, room);
        for (const std::string& text : texts) {
            out.add(text);
            ListpackEditor(expected_store).push_back(text);
        }
        for (const std::int64_t number : numbers) {
            out.add(number);
            ListpackEditor(expected_store).push_back(std::to_string(number));
        }
        out.finish();
        EXPECT_EQ(bytes_, expected);
    }
    for (const std::int64_t number : numbers) {
        edit_.replace(list().begin(), number);
        ListpackEditor(expected_store).replace(Listpack::kHeader, std::to_string(number));
        EXPECT_EQ(bytes_, expected);
    }
}

TEST_F(ListpackTest, BytesOfTheirOwnChangeAsThoseOfAString) {
    Random random(3);
    ListpackBytes own(100);
    ListpackStore own_store(own);
    for (int i = 0; i < 2000; ++i) {
        const auto count = static_cast<std::int64_t>(list().size());
        const auto index = static_cast<std::int64_t>(random.below(list().size() + 1));
        const auto at = index == count ? list().end() : list().seek(index);
        const std::string text(random.below(200), 'x');
        if (random.below(2) == 0 || count == 0) {
            edit_.insert(at, text);
            ListpackEditor(own_store).insert(at, text);
        } else if (at != list().end()) {
            const std::size_t erased = 1 + random.below(3);
            edit_.erase(at, erased);
            ListpackEditor(own_store).erase(at, erased);
        }
        if (random.below(50) == 0) own.shrink_to_fit();
        ASSERT_EQ(own.view(), bytes_);
        ASSERT_GE(own.allocated(), own.size());
        const ListpackBytes copy(own);
        ASSERT_EQ(copy.view(), bytes_);
        if (random.below(50) == 0) own = ListpackBytes(copy);
    }
}

TEST_F(ListpackTest, TheCountStaysUnknownWhenMoreIsAppended) {
    bytes_ = Listpack::empty_bytes();
    for (int i = 0; i < 65533; ++i) edit_.push_back("1");
    for (int i = 0; i < 5; ++i) {
        ListpackAppender out(store_, ListpackAppender::kIntegerRoom);
        out.add(std::int64_t{i});
        out.finish();
        EXPECT_EQ(list().size(), 65534U + static_cast<unsigned>(i));
        EXPECT_TRUE(Listpack::valid(bytes_));
    }
}

TEST_F(ListpackTest, DamagedBytesAreInvalidOrCanBeWalked) {
    for (const char* text : {"1", "-5000", "hello", "123456789012"}) edit_.push_back(text);
    edit_.push_back(std::string(200, 'y'));
    Random random(11);
    int survivors = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string damaged = bytes_;
        for (std::uint64_t n = random.below(3) + 1; n > 0; --n) {
            damaged[random.below(damaged.size())] = static_cast<char>(random.next());
        }
        if (random.below(3) == 0) damaged.resize(random.below(damaged.size()));
        const std::string exact(damaged.begin(), damaged.end());
        if (!Listpack::valid(exact)) continue;
        ++survivors;
        const Listpack walked(exact);
        std::size_t count = 0;
        for (auto at = walked.begin(); at != walked.end(); at = walked.next(at), ++count) {
            walked[at].to_string();
        }
        EXPECT_EQ(count, walked.size());
        for (auto at = walked.end(); at != walked.begin();) at = walked.previous(at);
    }
    EXPECT_GT(survivors, 0);
}

TEST(ListpackFormat, NothingIsNoListpack) {
    EXPECT_FALSE(Listpack::valid(""));
    EXPECT_FALSE(Listpack::valid("\x06\0\0\0\0\0"sv));
    EXPECT_FALSE(Listpack::valid("\x07\0\0\0\1\0\xff"sv));
    EXPECT_FALSE(Listpack::valid("\x08\0\0\0\0\0\xff"sv));
}

TEST_F(ListpackTest, ElementsAreFoundFromEitherEndAndErasedTogether) {
    for (const char* text : {"a", "1", "b", "a", "300", "a", "c"}) edit_.push_back(text);
    const auto is_a = [](const Listpack::Element& element) { return element.equals("a", std::nullopt); };
    EXPECT_EQ(list().find_all(ListEnd::Front, 9, is_a).size(), 3U);
    EXPECT_TRUE(list().find_all(ListEnd::Back, 0, is_a).empty());
    edit_.erase_all({});
    edit_.erase_all(list().find_all(ListEnd::Back, 2, is_a));
    EXPECT_TRUE(Listpack::valid(bytes_));
    EXPECT_EQ(contents(), (Strings{"a", "1", "b", "300", "c"}));
    edit_.erase_all(list().find_all(ListEnd::Front, 9, [](const auto&) { return true; }));
    EXPECT_EQ(bytes_, Listpack::empty_bytes());
}

}  // namespace
}  // namespace pongo
