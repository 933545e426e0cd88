// Feeds bytes to a RequestParser in pieces, as a connection would, and checks what the parser promises about
// its input and its memory on the way. For the parser's tests and its fuzzer.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "resp/request_parser.h"

namespace pongo {

using Words = std::vector<std::string>;

// What came of an input as a whole.
struct Parsed {
    std::vector<Words> requests;
    std::string error;  // Empty if the parser only waits for more.

    friend bool operator==(const Parsed&, const Parsed&) = default;
};

class RequestFeeder {
  public:
    explicit RequestFeeder(const ProtocolLimits& limits) : limits_(limits) {}

    // As if a read had returned these bytes. False once the parser has failed.
    bool feed(std::string_view piece) {
        const std::span<char> room = parser_.big_room();
        if (rest_.empty() && !room.empty()) {
            const std::size_t direct = std::min(room.size(), piece.size());
            std::memcpy(room.data(), piece.data(), direct);
            parser_.big_received(direct);
            fed_ += direct;
            // A connection asks for the next request when it has filled the room.
            if (!parse("")) return false;
            return direct == piece.size() || feed(piece.substr(direct));
        }
        fed_ += piece.size();
        return parse(rest_ + std::string(piece));
    }

    const Parsed& parsed() const { return parsed_; }
    RequestParser& parser() { return parser_; }
    std::size_t rest() const { return rest_.size(); }

  private:
    // In memory of exactly this size, which is gone afterwards: a sanitizer sees views that should not be.
    bool parse(const std::string& bytes) {
        const auto exact = std::make_unique<char[]>(bytes.size());
        std::copy(bytes.begin(), bytes.end(), exact.get());
        std::string_view input(exact.get(), bytes.size());
        auto outcome = RequestParser::Outcome::Ready;
        while (outcome == RequestParser::Outcome::Ready) {
            Request request;
            outcome = parser_.next(input, limits_, request);
            CHECK(parser_.consumed() <= input.size());
            input.remove_prefix(parser_.consumed());
            if (outcome == RequestParser::Outcome::Ready) take(request);
        }
        rest_ = input;
        if (outcome == RequestParser::Outcome::Failed) {
            parsed_.error = parser_.error();
            return false;
        }
        // Of a line as long as you like that came at once, the very last byte may be missing.
        CHECK(rest_.size() <= kMaxLineBytes || rest_.ends_with('\r'));
        CHECK(parser_.memory() <= kMostIdleMemory + kMemoryPerByte * fed_);
        return true;
    }

    void take(const Request& request) {
        for (const Request::Big& big : request.big) {
            CHECK(big.blob->view().data() == request.args[big.index].data());
            CHECK(big.blob->size() == request.args[big.index].size());
            CHECK(big.blob->unique());
        }
        if (!request.args.empty()) parsed_.requests.emplace_back(request.args.begin(), request.args.end());
    }

    // What is only announced costs no more than this; what has come costs in proportion (an argument of a
    // few bytes on the wire has a record of its own).
    static constexpr std::size_t kMostIdleMemory = std::size_t{128} << 10;
    static constexpr std::size_t kMemoryPerByte = 16;

    ProtocolLimits limits_;
    RequestParser parser_;
    Parsed parsed_;
    std::string rest_;
    std::size_t fed_ = 0;
};

// `size_of_next` says how big each piece is; the last one is what is left.
inline Parsed parse_in_pieces(std::string_view input, const ProtocolLimits& limits,
                              const std::function<std::size_t()>& size_of_next) {
    RequestFeeder feeder(limits);
    while (!input.empty()) {
        const std::size_t size = std::clamp<std::size_t>(size_of_next(), 1, input.size());
        if (!feeder.feed(input.substr(0, size))) break;
        input.remove_prefix(size);
    }
    return feeder.parsed();
}

inline Parsed parse_in_one(std::string_view input, const ProtocolLimits& limits) {
    return parse_in_pieces(input, limits, [&] { return input.size(); });
}

}  // namespace pongo
