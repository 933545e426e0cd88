#include "persistence/rdb_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/random.h"
#include "persistence/rdb_format.h"
#include "persistence/rdb_reader.h"

namespace pongo {
namespace {

// What `write` writes.
template <typename Write>
std::string written(Write&& write, Compression compression = Compression::On) {
    BlobSink sink;
    RdbWriter writer(sink, compression);
    write(writer);
    return std::string(sink.view());
}

std::string string_bytes(std::string_view text, Compression compression = Compression::On) {
    return written([&](RdbWriter& writer) { writer.string(text); }, compression);
}

std::string length_bytes(std::uint64_t length) {
    return written([&](RdbWriter& writer) { writer.length(length); });
}

TEST(RdbWriter, LengthsTakeAsManyBytesAsTheyNeed) {
    EXPECT_EQ(length_bytes(0), std::string("\0", 1));
    EXPECT_EQ(length_bytes(63), "\x3f");
    EXPECT_EQ(length_bytes(64), "\x40\x40");
    EXPECT_EQ(length_bytes(16383), "\x7f\xff");
    EXPECT_EQ(length_bytes(16384), std::string("\x80\0\0\x40\0", 5));
    EXPECT_EQ(length_bytes(UINT32_MAX), "\x80\xff\xff\xff\xff");
    EXPECT_EQ(length_bytes(UINT32_MAX + std::uint64_t{1}), std::string("\x81\0\0\0\1\0\0\0\0", 9));
}

TEST(RdbWriter, StringsThatSpellAnIntegerOf32BitsAreWrittenAsIt) {
    EXPECT_EQ(string_bytes("-128"), "\xc0\x80");
    EXPECT_EQ(string_bytes("128"), std::string("\xc1\x80\0", 3));
    EXPECT_EQ(string_bytes("-2147483648"), std::string("\xc2\0\0\0\x80", 5));
    EXPECT_EQ(string_bytes("2147483648"),
              "\x0a"
              "2147483648");
    EXPECT_EQ(string_bytes("-0"), "\x02-0");
    EXPECT_EQ(string_bytes("007"),
              "\x03"
              "007");
}

TEST(RdbWriter, IntegersAreWrittenAsTheStringsOfTheirDigits) {
    for (const std::int64_t value :
         {std::int64_t{0}, std::int64_t{-129}, std::int64_t{32768}, std::int64_t{1} << 40, INT64_MIN}) {
        EXPECT_EQ(written([&](RdbWriter& writer) { writer.integer(value); }),
                  string_bytes(std::to_string(value)));
    }
}

TEST(RdbWriter, LongStringsAreCompressedWhereThatSavesBytes) {
    EXPECT_LT(string_bytes(std::string(21, 'a')).size(), 12U);
    EXPECT_EQ(string_bytes(std::string(20, 'a')).size(), 21U);
    EXPECT_EQ(string_bytes(std::string(21, 'a'), Compression::Off).size(), 22U);
    const std::string nothing_to_save = "abcdefghijklmnopqrstuvwxyz";
    EXPECT_EQ(string_bytes(nothing_to_save), "\x1a" + nothing_to_save);
}

// Of all sizes and kinds, with what is left behind the last one being nothing.
TEST(RdbReader, ReadsWhatWasWritten) {
    Random random(11);
    std::vector<std::string> texts;
    std::vector<std::uint64_t> lengths;
    std::vector<double> reals{0.0, -0.0, 1.5, std::numeric_limits<double>::infinity(),
                              std::numeric_limits<double>::denorm_min()};
    for (int i = 0; i < 2000; ++i) {
        lengths.push_back(random.next() >> random.below(64));
        std::string text(random.below(i % 100 == 0 ? 100'000 : 100), 'x');
        for (char& byte : text) {
            byte = static_cast<char>(i % 2 == 0 ? 'a' + random.below(2) : random.below(256));
        }
        texts.push_back(i % 3 == 0 ? std::to_string(static_cast<std::int64_t>(random.next())) : text);
    }
    BlobSink sink;
    RdbWriter writer(sink, Compression::On);
    for (const auto& text : texts) writer.string(text);
    for (const auto length : lengths) writer.length(length);
    for (const double real : reals) writer.real(real);

    RdbReader reader(sink.view());
    RdbString into;
    for (const auto& text : texts) ASSERT_EQ(reader.string(into), text);
    for (const auto length : lengths) ASSERT_EQ(reader.length(), length);
    for (const double real : reals) {
        const double read = reader.real();
        EXPECT_EQ(read, real);
        EXPECT_EQ(std::signbit(read), std::signbit(real));
    }
    EXPECT_FALSE(reader.failed());
    EXPECT_EQ(reader.left(), 0U);
}

TEST(RdbReader, FailsAtTheFirstThingThatIsWrongAndStaysSo) {
    RdbString into;
    RdbReader reader(
        "\x03"
        "ab");
    EXPECT_EQ(reader.string(into), "");
    ASSERT_TRUE(reader.failed());
    const std::string reason = reader.reason();
    EXPECT_EQ(reader.byte(), 0);
    EXPECT_EQ(reader.length(), 0U);
    EXPECT_EQ(reader.real(), 0.0);
    EXPECT_EQ(reader.reason(), reason);
}

TEST(RdbReader, RefusesNumbersOfItemsThatCannotBeThere) {
    RdbReader enough(
        "\x02"
        "abcd");
    EXPECT_EQ(enough.count(2), 2U);
    EXPECT_FALSE(enough.failed());
    RdbReader reader(
        "\x03"
        "abcd");
    EXPECT_EQ(reader.count(2), 0U);
    EXPECT_TRUE(reader.failed());
}

TEST(RdbReader, AllocatesNothingForWhatCannotExpandSoFar) {
    const std::string bytes(
        "\xc3\x06\x81\0\0\0\xff\0\0\0\0\x01"
        "aa\xe0\x0a\0",
        17);
    RdbString into;
    RdbReader reader(bytes);
    reader.string(into);
    EXPECT_TRUE(reader.failed());
}

}  // namespace
}  // namespace pongo
