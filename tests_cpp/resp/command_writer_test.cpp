#include "resp/command_writer.h"

#include <gtest/gtest.h>

#include <climits>
#include <limits>
#include <string>
#include <vector>

namespace pongo {
namespace {

std::string bulk_of(const std::string& bytes) {
    return "$" + std::to_string(bytes.size()) + "\r\n" + bytes + "\r\n";
}

TEST(CommandWriter, WritesNumbersInTheirDigits) {
    std::string out;
    {
        CommandWriter writer(out);
        writer.begin(6);
        writer.arg(0);
        writer.arg(INT64_MIN);
        writer.arg(std::uint64_t{10});
        writer.arg(0.1);
        writer.arg(-std::numeric_limits<double>::infinity());
        writer.arg("text");
        EXPECT_EQ(out, "");
    }
    EXPECT_EQ(out, "*6\r\n" + bulk_of("0") + bulk_of("-9223372036854775808") + bulk_of("10") +
                       bulk_of("0.10000000000000001") + bulk_of("-inf") + bulk_of("text"));
}

// Notes in which pieces it is told.
struct Pieces {
    void append(std::string_view bytes) { pieces.emplace_back(bytes); }
    std::vector<std::string> pieces;
};

TEST(CommandWriter, GathersWhatIsSmallAndPassesOnWhatIsBig) {
    const std::string big(100'000, 'x');
    Pieces out;
    CommandWriter writer(out);
    writer.begin(3);
    writer.arg("SET");
    writer.arg("key");
    writer.arg(big);
    writer.raw("*1\r\n$4\r\nEXEC\r\n");
    writer.flush();
    writer.flush();
    EXPECT_EQ(out.pieces, (std::vector<std::string>{"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$100000\r\n", big,
                                                    "\r\n*1\r\n$4\r\nEXEC\r\n"}));
}

TEST(CommandWriter, WritesArgumentsOfEverySize) {
    std::string out;
    std::string expected;
    {
        CommandWriter writer(out);
        for (std::size_t size = 0; size < 3000; size += 7) {
            writer.begin(size);
            writer.arg(std::string(size, 'x'));
            expected += "*" + std::to_string(size) + "\r\n" + bulk_of(std::string(size, 'x'));
        }
    }
    EXPECT_EQ(out, expected);
}

}  // namespace
}  // namespace pongo
