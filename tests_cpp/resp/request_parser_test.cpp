#include "resp/request_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "base/escape.h"
#include "base/numbers.h"
#include "base/random.h"
#include "support/request_feeder.h"

namespace pongo {
namespace {

using namespace std::literals;
using testing::ElementsAre;
using testing::IsEmpty;

std::string encoded(const Words& words) {
    std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
    for (const std::string& word : words) bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    return bytes;
}

// The protocol once more, over a whole input and with no thought of speed or of pieces.
class Reference {
  public:
    explicit Reference(std::string_view input) : rest_(input) {}

    Parsed parse() {
        while (!rest_.empty() && parsed_.error.empty()) {
            const bool went_on = rest_[0] == '*' ? array() : inline_command();
            if (!went_on) break;
        }
        return parsed_;
    }

  private:
    std::optional<std::string_view> line(std::string_view end) {
        const auto at = rest_.find(end[0]);
        if (at == rest_.npos || at + end.size() > rest_.size()) return std::nullopt;
        const std::string_view found = rest_.substr(0, at);
        rest_.remove_prefix(at + end.size());
        return found;
    }
    bool inline_command() {
        auto found = line("\n");
        if (!found) return false;
        if (found->ends_with('\r')) found->remove_suffix(1);
        const auto words = split_arguments(*found);
        if (!words) return fail("ERR Protocol error: unbalanced quotes in request");
        if (!words->empty()) parsed_.requests.push_back(*words);
        return true;
    }
    bool array() {
        const auto header = line("\r\n");
        if (!header) return false;
        const auto count = parse_int64(header->substr(1));
        if (!count || *count > INT32_MAX) return fail("ERR Protocol error: invalid multibulk length");
        Words words;
        for (std::int64_t i = 0; i < *count; ++i) {
            if (!bulk(words)) return false;
        }
        if (!words.empty()) parsed_.requests.push_back(words);
        return true;
    }
    bool bulk(Words& words) {
        const auto header = line("\r\n");
        if (!header) return false;
        if (!header->starts_with('$')) {
            const char got = header->empty() ? '\r' : (*header)[0];
            return fail("ERR Protocol error: expected '$', got '" + std::string(1, got) + "'");
        }
        const auto size = parse_int64(header->substr(1));
        if (!size || *size < 0 || *size > ProtocolLimits{}.max_bulk_bytes) {
            return fail("ERR Protocol error: invalid bulk length");
        }
        const auto bytes = static_cast<std::size_t>(*size);
        if (rest_.size() < bytes + 2) return false;
        words.emplace_back(rest_.substr(0, bytes));
        rest_.remove_prefix(bytes + 2);
        return true;
    }
    bool fail(std::string error) {
        parsed_.error = std::move(error);
        return false;
    }

    std::string_view rest_;
    Parsed parsed_;
};

// Whatever the pieces, the outcome is that of the reference.
void expect_same_in_pieces(const std::string& input, Random& random) {
    const Parsed expected = Reference(input).parse();
    ASSERT_EQ(parse_in_one(input, {}), expected);
    for (const std::size_t size : {1u, 2u, 3u, 7u, 4096u, 30000u, 70000u}) {
        if (input.size() / size > 20000) continue;
        ASSERT_EQ(parse_in_pieces(input, {}, [&] { return size; }), expected) << "in pieces of " << size;
    }
    for (int round = 0; round < 20; ++round) {
        ASSERT_EQ(parse_in_pieces(input, {}, [&] { return std::size_t{1} << random.below(17); }), expected);
    }
}

void expect_same_at_every_split(const std::string& input) {
    const Parsed expected = Reference(input).parse();
    for (std::size_t split = 0; split <= input.size(); ++split) {
        RequestFeeder feeder({});
        if (feeder.feed(std::string_view(input).substr(0, split))) {
            feeder.feed(std::string_view(input).substr(split));
        }
        ASSERT_EQ(feeder.parsed(), expected) << "split at " << split;
    }
}

Parsed parse(std::string_view input, const ProtocolLimits& limits = {}) {
    return parse_in_one(input, limits);
}

TEST(RequestParser, ParsesAnArrayOfBulkStrings) {
    EXPECT_THAT(parse("*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n").requests, ElementsAre(Words{"GET", "key"}));
}

TEST(RequestParser, ArgumentsMayHoldAnyBytes) {
    const Words words{"SET", "", "\r\n$3\r\n*1", std::string("\0\xff\n", 3)};
    EXPECT_THAT(parse(encoded(words)).requests, ElementsAre(words));
}

TEST(RequestParser, ParsesOneRequestAfterTheOther) {
    const auto parsed = parse(encoded({"A"}) + "inline 1\r\n" + encoded({"B", "b"}) + "\n" + encoded({"C"}));
    EXPECT_THAT(parsed.requests, ElementsAre(Words{"A"}, Words{"inline", "1"}, Words{"B", "b"}, Words{"C"}));
}

TEST(RequestParser, EmptyRequestsAreNothing) {
    const auto parsed = parse("*0\r\n*-1\r\n*-9223372036854775808\r\n\r\n\n   \r\n*1\r\n$4\r\nPING\r\n");
    EXPECT_THAT(parsed.requests, ElementsAre(Words{"PING"}));
    EXPECT_EQ(parsed.error, "");
}

TEST(RequestParser, TheByteAfterACarriageReturnIsNotLookedAt) {
    EXPECT_THAT(parse("*1\rx$4\ryPINGzz*1\r\n$1\r\na\r\n").requests, ElementsAre(Words{"PING"}, Words{"a"}));
}

TEST(RequestParser, InlineCommandsAreSplitAtSpacesAndQuotes) {
    EXPECT_THAT(parse("  SET  key\t\"a \\x41\\n\" 'it\\'s'\r\n").requests,
                ElementsAre(Words{"SET", "key", "a A\n", "it's"}));
    EXPECT_THAT(parse("PING\n").requests, ElementsAre(Words{"PING"}));
    EXPECT_THAT(parse("PING\r\r\n").requests, ElementsAre(Words{"PING"}));
    EXPECT_THAT(parse("SET k \"\"\r\n").requests, ElementsAre(Words{"SET", "k", ""}));
    EXPECT_THAT(parse("$4\r\n").requests, ElementsAre(Words{"$4"}));
}

struct Fault {
    std::string_view input;
    std::string_view error;
};

class FaultyRequest : public testing::TestWithParam<Fault> {};

TEST_P(FaultyRequest, FailsWithRedisText) {
    const Parsed parsed = parse("*1\r\n$4\r\nPING\r\n" + std::string(GetParam().input));
    EXPECT_THAT(parsed.requests, ElementsAre(Words{"PING"}));
    EXPECT_EQ(parsed.error, "ERR Protocol error: " + std::string(GetParam().error));
    expect_same_at_every_split(std::string(GetParam().input));
}

INSTANTIATE_TEST_SUITE_P(
    All, FaultyRequest,
    testing::Values(
        Fault{"*\r\n", "invalid multibulk length"}, Fault{"*x\r\n", "invalid multibulk length"},
        Fault{"*+1\r\n", "invalid multibulk length"}, Fault{"* 1\r\n", "invalid multibulk length"},
        Fault{"*01\r\n", "invalid multibulk length"}, Fault{"*-0\r\n", "invalid multibulk length"},
        Fault{"*2147483648\r\n", "invalid multibulk length"},
        Fault{"*-9223372036854775809\r\n", "invalid multibulk length"},
        Fault{"*1\r\n$\r\n", "invalid bulk length"}, Fault{"*1\r\n$x\r\n", "invalid bulk length"},
        Fault{"*1\r\n$-1\r\n", "invalid bulk length"}, Fault{"*1\r\n$04\r\n", "invalid bulk length"},
        Fault{"*1\r\n$536870913\r\n", "invalid bulk length"},
        Fault{"*1\r\n$9223372036854775807\r\n", "invalid bulk length"},
        Fault{"*2\r\n$1\r\na\r\n$x\r\n", "invalid bulk length"},
        Fault{"*1\r\n:4\r\n", "expected '$', got ':'"}, Fault{"*1\r\n\r\n", "expected '$', got '\r'"},
        Fault{"*1\r\n\n\r\n", "expected '$', got '\n'"},
        Fault{"PING \"a\r\n", "unbalanced quotes in request"},
        Fault{"PING 'a\r\n", "unbalanced quotes in request"},
        Fault{"PING \"a\"b\r\n", "unbalanced quotes in request"}));

TEST(RequestParser, TheHighestLengthsAreNoFault) {
    EXPECT_EQ(parse("*2147483647\r\n").error, "");
    EXPECT_EQ(parse("*1\r\n$536870912\r\n").error, "");
}

TEST(RequestParser, TheLimitOfABulkIsAnOption) {
    const ProtocolLimits limits{.max_bulk_bytes = 5};
    EXPECT_THAT(parse(encoded({"12345"}), limits).requests, ElementsAre(Words{"12345"}));
    EXPECT_EQ(parse(encoded({"123456"}), limits).error, "ERR Protocol error: invalid bulk length");
}

TEST(RequestParser, StrangersHaveSmallLimits) {
    const ProtocolLimits limits{.authenticated = false};
    EXPECT_EQ(parse(encoded(Words(10, "x")), limits).requests.size(), 1u);
    EXPECT_EQ(parse(encoded(Words(11, "x")), limits).error,
              "ERR Protocol error: unauthenticated multibulk length");
    EXPECT_EQ(parse(encoded({std::string(16384, 'x')}), limits).requests.size(), 1u);
    EXPECT_EQ(parse(encoded({std::string(16385, 'x')}), limits).error,
              "ERR Protocol error: unauthenticated bulk length");
}

TEST(RequestParser, AStrangersImpossibleLengthIsCalledInvalidFirst) {
    const ProtocolLimits limits{.authenticated = false};
    EXPECT_EQ(parse("*2147483648\r\n", limits).error, "ERR Protocol error: invalid multibulk length");
    EXPECT_EQ(parse("*1\r\n$536870913\r\n", limits).error, "ERR Protocol error: invalid bulk length");
}

TEST(RequestParser, ALineWithoutAnEndIsTooLongAfter64KiB) {
    const std::string line(kMaxLineBytes, 'a');
    EXPECT_EQ(parse(line).error, "");
    EXPECT_EQ(parse(line + "a").error, "ERR Protocol error: too big inline request");
    const std::string digits(kMaxLineBytes - 1, '1');
    EXPECT_EQ(parse("*" + digits).error, "");
    EXPECT_EQ(parse("*1" + digits).error, "ERR Protocol error: too big mbulk count string");
    EXPECT_EQ(parse("*1\r\n$" + digits).error, "");
    EXPECT_EQ(parse("*1\r\n$1" + digits).error, "ERR Protocol error: too big bulk count string");
}

TEST(RequestParser, AnInlineRequestIsBoundedEvenWhenItIsComplete) {
    const std::string word(kMaxLineBytes * 2, 'a');
    EXPECT_EQ(parse("PING " + word + "\r\n").error, "ERR Protocol error: too big inline request");
    EXPECT_EQ(parse("*1" + word + "\r\n").error, "ERR Protocol error: invalid multibulk length");
}

TEST(RequestParser, ARequestMayBeCutAnywhere) {
    expect_same_at_every_split(encoded({"SET", "key", "", "value\r\n"}) + "inline \"a b\" c\r\n" +
                               "*0\r\n\r\n" + encoded({"GET", "key"}) + "*3\r\n$1\r\na\r\n$5\r\nbcd");
}

TEST(RequestParser, ABigArgumentMayBeCutAnywhereAroundItsEnds) {
    const std::string big(kBigArgumentBytes, 'b');
    const std::string input =
        encoded({"SET", "key", big, "EX", "10"}) + encoded({big}) + encoded({"GET", "key"});
    const Parsed expected = Reference(input).parse();
    const std::size_t near = 60;
    for (std::size_t first = 0; first <= input.size(); ++first) {
        const std::size_t into = first % (kBigArgumentBytes + near);
        if (into > 2 * near && into < kBigArgumentBytes - near) continue;
        RequestFeeder feeder({});
        feeder.feed(std::string_view(input).substr(0, first));
        feeder.feed(std::string_view(input).substr(first));
        ASSERT_EQ(feeder.parsed(), expected) << "split at " << first;
    }
}

// As the ends of arguments and requests are what the parser may get wrong, sizes lie close to its borders.
std::string random_argument(Random& random) {
    constexpr std::size_t kSizes[] = {0,     1,     2,     10, 100, kBigArgumentBytes - 2, kBigArgumentBytes,
                                      65534, 65536, 200000};
    const bool small = random.below(8) != 0;
    const std::size_t size = kSizes[random.below(small ? 5 : std::size(kSizes))] + random.below(3);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = "a\r\n$*1 \0"[random.below(8)];
    return bytes;
}

TEST(RequestParser, RandomRequestsInRandomPiecesAreThoseOfTheReference) {
    Random random(1);
    for (int round = 0; round < 30; ++round) {
        std::string input;
        for (std::uint64_t requests = 1 + random.below(4); requests > 0; --requests) {
            Words words(1 + random.below(6));
            for (std::string& word : words) word = random_argument(random);
            input += encoded(words);
        }
        ASSERT_NO_FATAL_FAILURE(expect_same_in_pieces(input, random)) << "round " << round;
    }
}

TEST(RequestParser, DamagedRequestsInRandomPiecesAreThoseOfTheReference) {
    Random random(2);
    for (int round = 0; round < 2000; ++round) {
        std::string input = encoded({"SET", "k", "v"}) + "PING 'a b'\r\n" + encoded({"GET", "k"});
        for (std::uint64_t faults = 1 + random.below(3); faults > 0; --faults) {
            input[random.below(input.size())] = "a\r\n$*19-'\"\\ \0"[random.below(13)];
        }
        const Parsed expected = Reference(input).parse();
        ASSERT_EQ(parse_in_one(input, {}), expected) << quoted(input);
        ASSERT_EQ(parse_in_pieces(input, {}, [&] { return 1 + random.below(9); }), expected) << quoted(input);
    }
}

TEST(RequestParser, ACompleteRequestIsNotCopied) {
    const std::string input = encoded({"SET", "key", std::string(kBigArgumentBytes * 2, 'v')});
    RequestParser parser;
    Request request;
    ASSERT_EQ(parser.next(input, {}, request), RequestParser::Outcome::Ready);
    EXPECT_EQ(parser.consumed(), input.size());
    EXPECT_EQ(request.bytes, input.size());
    EXPECT_THAT(request.big, IsEmpty());
    EXPECT_FALSE(request.storage);
    for (const std::string_view arg : request.args) {
        EXPECT_TRUE(arg.data() >= input.data() && arg.data() < input.data() + input.size());
    }
}

TEST(RequestParser, AnOverwrittenRequestKeepsNothingOfTheOneBefore) {
    RequestParser parser;
    Request request;
    ASSERT_EQ(parser.next("PING x\r\n", {}, request), RequestParser::Outcome::Ready);
    ASSERT_EQ(parser.next("*1\r\n$4\r\nPING\r\n", {}, request), RequestParser::Outcome::Ready);
    EXPECT_THAT(request.args, ElementsAre("PING"));
    EXPECT_FALSE(request.storage);
    ASSERT_EQ(parser.next("", {}, request), RequestParser::Outcome::NeedMore);
    EXPECT_THAT(request.args, IsEmpty());
}

TEST(RequestParser, ABigArgumentThatComesInPiecesHasABlobOfItsOwn) {
    const std::string big(kBigArgumentBytes * 5, 'v');
    RequestFeeder feeder({});
    const std::string input = encoded({"SET", "key", big, "NX"});
    const std::size_t cut = input.size() - big.size() / 2;
    ASSERT_TRUE(feeder.feed(input.substr(0, cut)));
    EXPECT_EQ(feeder.rest(), 0u);
    EXPECT_FALSE(feeder.parser().big_room().empty());
    RequestParser& parser = feeder.parser();
    Request request;
    ASSERT_EQ(parser.next(std::string_view(input).substr(cut), {}, request), RequestParser::Outcome::Ready);
    ASSERT_EQ(request.big.size(), 1u);
    EXPECT_EQ(request.big[0].index, 2u);
    EXPECT_TRUE(request.has_blob(2));
    EXPECT_FALSE(request.has_blob(1));
    EXPECT_EQ(request.big[0].blob->view(), big);
    EXPECT_EQ(request.bytes, input.size());
    EXPECT_TRUE(parser.big_room().empty());
    EXPECT_EQ(parser.memory(), 0u);
}

TEST(RequestParser, BytesOfABigArgumentMayBePutWhereTheyWillLive) {
    const std::string big(kBigArgumentBytes * 3, 'v');
    RequestParser parser;
    Request request;
    ASSERT_EQ(parser.next("*3\r\n$3\r\nSET\r\n$" + std::to_string(big.size()) + "\r\n", {}, request),
              RequestParser::Outcome::NeedMore);
    const std::string wire = big + "\r\n";
    std::size_t sent = 0;
    while (sent < wire.size()) {
        const std::span<char> room = parser.big_room();
        ASSERT_FALSE(room.empty());
        const std::size_t size = std::min(room.size(), wire.size() - sent);
        std::memcpy(room.data(), wire.data() + sent, size);
        parser.big_received(size);
        sent += size;
    }
    EXPECT_TRUE(parser.big_room().empty());
    ASSERT_EQ(parser.next({}, {}, request), RequestParser::Outcome::NeedMore);
    ASSERT_EQ(parser.next("$0\r\n\r\n", {}, request), RequestParser::Outcome::Ready);
    ASSERT_EQ(request.args.size(), 3u);
    EXPECT_EQ(request.args[1], big);
    EXPECT_EQ(request.big[0].blob->size(), big.size());
}

TEST(RequestParser, ThereIsNoRoomWhereNoBigArgumentIsExpected) {
    RequestParser parser;
    Request request;
    EXPECT_TRUE(parser.big_room().empty());
    parser.next("*2\r\n$3\r\nGET\r\n$100\r\nabc", {}, request);
    EXPECT_TRUE(parser.big_room().empty());
}

TEST(RequestParser, AnAnnouncedLengthCostsNothing) {
    RequestParser parser;
    Request request;
    parser.next("*2147483647\r\n$536870912\r\n", {}, request);
    EXPECT_LE(parser.memory(), std::size_t{128} << 10);
}

TEST(RequestParser, ABigArgumentTakesMemoryAsItArrives) {
    RequestFeeder feeder({});
    ASSERT_TRUE(feeder.feed("*1\r\n$536870912\r\n"));
    std::size_t received = 0;
    const std::string piece(100000, 'x');
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(feeder.feed(piece));
        received += piece.size();
        EXPECT_LE(feeder.parser().memory(), 2 * received + (std::size_t{128} << 10));
    }
}

TEST(RequestParser, TellsHowMuchOfAnUnfinishedRequestIsThere) {
    RequestFeeder feeder({});
    feeder.feed("*3\r\n$3\r\nSET\r\n$4\r\nkeys\r\n$5\r\nab");
    EXPECT_EQ(feeder.parser().pending_arguments(), 2u);
    EXPECT_EQ(feeder.parser().pending_argument_bytes(), 7u);
    EXPECT_EQ(feeder.rest(), 2u);
    feeder.feed("cde\r\n");
    EXPECT_EQ(feeder.parser().pending_arguments(), 0u);
    EXPECT_EQ(feeder.parser().memory(), 0u);
}

TEST(RequestParser, ManyArgumentsInManyPiecesAreAllKept) {
    Words words(20000);
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = std::to_string(i);
    EXPECT_THAT(parse_in_pieces(encoded(words), {}, [] { return 1000u; }).requests, ElementsAre(words));
}

TEST(RequestParser, TheSizeOnTheWireIsThatOfAllPieces) {
    const std::string input = encoded({"SET", "key", "value"});
    RequestParser parser;
    Request request;
    std::string rest;
    for (const char byte : input) {
        rest += byte;
        if (parser.next(rest, {}, request) == RequestParser::Outcome::Ready) break;
        rest.erase(0, parser.consumed());
    }
    EXPECT_EQ(request.bytes, input.size());
}

TEST(Request, ThatOwnsItsArgumentsNeedsNoInput) {
    auto input = std::make_unique<std::string>(encoded({"SET", "", "some longer value that fits nowhere"}) +
                                               "a \"b\"\r\n");
    const std::size_t first_size = encoded({"SET", "", "some longer value that fits nowhere"}).size();
    RequestParser parser;
    Request array;
    Request line;
    ASSERT_EQ(parser.next(*input, {}, array), RequestParser::Outcome::Ready);
    ASSERT_EQ(parser.next(std::string_view(*input).substr(first_size), {}, line),
              RequestParser::Outcome::Ready);
    array.own();
    line.own();
    input->assign(input->size(), '#');
    input.reset();
    EXPECT_THAT(array.args, ElementsAre("SET", "", "some longer value that fits nowhere"));
    EXPECT_THAT(line.args, ElementsAre("a", "b"));
}

TEST(Request, ThatOwnsItsArgumentsKeepsItsBlobs) {
    const std::string big(kBigArgumentBytes, 'v');
    const std::string input = encoded({"SET", "key", big});
    RequestFeeder feeder({});
    feeder.feed(std::string_view(input).substr(0, 100));
    Request request;
    feeder.parser().next(std::string_view(input).substr(100), {}, request);
    ASSERT_TRUE(request.has_blob(2));
    request.own();
    EXPECT_THAT(request.args, ElementsAre("SET", "key", big));
    EXPECT_EQ(request.args[2].data(), request.big[0].blob->data());
}

TEST(ProbableKey, IsTheSecondArgument) {
    EXPECT_EQ(probable_key(encoded({"GET", "key"})), "key");
    EXPECT_EQ(probable_key(encoded({"SET", "key", "value"}) + encoded({"GET", "other"})), "key");
    EXPECT_EQ(probable_key(encoded({"GET", std::string(999, 'k')})), std::string(999, 'k'));
}

TEST(ProbableKey, IsNotGuessedFromLessOrFromOtherThings) {
    EXPECT_EQ(probable_key(""), "");
    EXPECT_EQ(probable_key("GET key\r\n"), "");
    EXPECT_EQ(probable_key(encoded({"PING"}) + encoded({"GET", "key"})), "");
    EXPECT_EQ(probable_key(encoded({"GET", std::string(1000, 'k')})), "");
    EXPECT_EQ(probable_key("*x\r\n$3\r\nGET\r\n$3\r\nkey\r\n"), "");
    const std::string whole = encoded({"GET", "key"});
    for (std::size_t size = 0; size < whole.size() - 2; ++size) {
        EXPECT_EQ(probable_key(whole.substr(0, size)), "") << size;
    }
}

}  // namespace
}  // namespace pongo
