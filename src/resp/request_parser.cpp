#include "resp/request_parser.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/escape.h"
#include "base/numbers.h"

namespace pongo {
namespace {

constexpr std::size_t kFirstBlobBytes = std::size_t{64} << 10;
constexpr std::size_t kReservedArguments = 1024;  // What an announced count may cost before anything arrives.

// Cuts a line of `sign` and a number of at most three digits off, and returns the number.
std::optional<std::size_t> cut_short_line(std::string_view& input, char sign) {
    constexpr std::size_t kMostDigits = 3;
    if (input.empty() || input[0] != sign) return std::nullopt;
    std::size_t number = 0;
    for (std::size_t i = 1; i < std::min(input.size(), kMostDigits + 2); ++i) {
        if (input[i] == '\r') {
            input.remove_prefix(std::min(i + 2, input.size()));
            return number;
        }
        if (!is_digit(input[i])) return std::nullopt;
        number = number * 10 + static_cast<std::size_t>(input[i] - '0');
    }
    return std::nullopt;
}

}  // namespace

void Request::own() {
    std::string joined;
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (!has_blob(i)) joined += args[i];
    }
    BlobRef owned = BlobRef::copy_of(joined);
    std::size_t offset = 0;
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (has_blob(i)) continue;
        args[i] = owned->view().substr(offset, args[i].size());
        offset += args[i].size();
    }
    storage = std::move(owned);
}

bool Request::has_blob(std::size_t index) const {
    return std::any_of(big.begin(), big.end(), [index](const Big& each) { return each.index == index; });
}

RequestParser::Outcome RequestParser::next(std::string_view input, const ProtocolLimits& limits,
                                           Request& request) {
    request.clear();
    consumed_ = 0;
    while (remaining_ == 0) {
        if (consumed_ == input.size()) return Outcome::NeedMore;
        if (input[consumed_] != '*') return parse_inline(input, request);
        const Step step = parse_header(input, limits);
        if (step == Step::Failed) return Outcome::Failed;
        if (step == Step::NeedMore) return Outcome::NeedMore;
    }
    while (remaining_ > 0) {
        const Step step = parse_argument(input, limits, request);
        if (step == Step::Failed) return Outcome::Failed;
        if (step == Step::NeedMore) {
            keep(request);
            request_bytes_ += consumed_;
            return Outcome::NeedMore;
        }
        --remaining_;
    }
    finish(request);
    return Outcome::Ready;
}

RequestParser::Outcome RequestParser::parse_inline(std::string_view input, Request& request) {
    const std::string_view rest = input.substr(consumed_);
    const auto end = rest.find('\n');
    if (std::min(end, rest.size()) > kMaxLineBytes) return fail("ERR Protocol error: too big inline request");
    if (end == rest.npos) return Outcome::NeedMore;
    std::string_view line = rest.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    auto words = split_arguments(line);
    if (!words) return fail("ERR Protocol error: unbalanced quotes in request");
    consumed_ += end + 1;
    std::string bytes;
    for (const std::string& word : *words) bytes += word;
    request.storage = BlobRef::copy_of(bytes);
    std::size_t offset = 0;
    for (const std::string& word : *words) {
        request.args.push_back(request.storage->view().substr(offset, word.size()));
        offset += word.size();
    }
    request.bytes = end + 1;
    return Outcome::Ready;
}

RequestParser::Step RequestParser::read_line(std::string_view input, const char* too_long,
                                             std::string_view& line) {
    const std::string_view rest = input.substr(consumed_);
    const auto end = rest.find('\r');
    if (end == rest.npos) {
        if (rest.size() <= kMaxLineBytes) return Step::NeedMore;
        fail(too_long);
        return Step::Failed;
    }
    if (end + 2 > rest.size()) return Step::NeedMore;
    line = rest.substr(0, end);
    consumed_ += end + 2;
    return Step::Done;
}

// Nearly all counts and lengths have one or two digits; takes such a line, if it is all there.
std::optional<std::int64_t> RequestParser::take_short_line(std::string_view input, char sign) {
    const std::string_view rest = input.substr(consumed_);
    if (rest.size() < 5 || rest[0] != sign || !is_digit(rest[1])) return std::nullopt;
    const int first = rest[1] - '0';
    if (rest[2] == '\r') {
        consumed_ += 4;
        return first;
    }
    if (first == 0 || !is_digit(rest[2]) || rest[3] != '\r') return std::nullopt;
    consumed_ += 5;
    return first * 10 + (rest[2] - '0');
}

RequestParser::Step RequestParser::parse_header(std::string_view input, const ProtocolLimits& limits) {
    auto count = take_short_line(input, '*');
    if (!count) {
        std::string_view line;
        const Step step = read_line(input, "ERR Protocol error: too big mbulk count string", line);
        if (step != Step::Done) return step;
        count = parse_int64(line.substr(1));
    }
    if (!count || *count > kMaxArguments) {
        fail("ERR Protocol error: invalid multibulk length");
        return Step::Failed;
    }
    if (!limits.authenticated && *count > kMaxArgumentsOfStranger) {
        fail("ERR Protocol error: unauthenticated multibulk length");
        return Step::Failed;
    }
    remaining_ = std::max<std::int64_t>(*count, 0);
    return Step::Done;
}

RequestParser::Step RequestParser::parse_bulk_length(std::string_view input, const ProtocolLimits& limits) {
    auto size = take_short_line(input, '$');
    if (!size) {
        std::string_view line;
        const Step step = read_line(input, "ERR Protocol error: too big bulk count string", line);
        if (step != Step::Done) return step;
        if (line.empty() || line[0] != '$') {
            fail(std::string("ERR Protocol error: expected '$', got '") + (line.empty() ? '\r' : line[0]) +
                 "'");
            return Step::Failed;
        }
        size = parse_int64(line.substr(1));
    }
    if (!size || *size < 0 || *size > limits.max_bulk_bytes) {
        fail("ERR Protocol error: invalid bulk length");
        return Step::Failed;
    }
    if (!limits.authenticated && *size > kMaxBulkBytesOfStranger) {
        fail("ERR Protocol error: unauthenticated bulk length");
        return Step::Failed;
    }
    bulk_size_ = *size;
    return Step::Done;
}

RequestParser::Step RequestParser::parse_argument(std::string_view input, const ProtocolLimits& limits,
                                                  Request& request) {
    if (bulk_size_ == kNone) {
        const Step step = parse_bulk_length(input, limits);
        if (step != Step::Done) return step;
    }
    if (big_open_) return continue_big(input);

    const auto size = static_cast<std::size_t>(bulk_size_);
    if (input.size() - consumed_ >= size + 2) {
        request.args.push_back(input.substr(consumed_, size));
        consumed_ += size + 2;
        bulk_size_ = kNone;
        return Step::Done;
    }
    if (size < kBigArgumentBytes) return Step::NeedMore;

    // From here on the arguments before it must not depend on the input any more.
    keep(request);
    big_.push_back(BlobRef::allocate(std::min(size + 2, kFirstBlobBytes)));
    big_open_ = true;
    return continue_big(input);
}

RequestParser::Step RequestParser::continue_big(std::string_view input) {
    const auto size = static_cast<std::size_t>(bulk_size_);
    while (consumed_ < input.size() && big_.back()->size() < size + 2) {
        const std::span<char> room = big_room();
        const std::size_t take = std::min(room.size(), input.size() - consumed_);
        std::memcpy(room.data(), input.data() + consumed_, take);
        consumed_ += take;
        big_received(take);
    }
    if (big_.back()->size() < size + 2) return Step::NeedMore;
    big_.back().resize(size);  // The line end behind it came along.
    kept_.push_back({big_.size() - 1, size, true});
    big_open_ = false;
    bulk_size_ = kNone;
    return Step::Done;
}

std::span<char> RequestParser::big_room() {
    if (!big_open_) return {};
    BlobRef& blob = big_.back();
    const std::size_t wanted = static_cast<std::size_t>(bulk_size_) + 2;
    if (blob->size() == blob->capacity() && blob->size() < wanted) {
        blob.reserve(std::min(wanted, blob->capacity() * 2));
    }
    return {blob->data() + blob->size(), std::min(blob->capacity(), wanted) - blob->size()};
}

void RequestParser::big_received(std::size_t bytes) {
    big_.back().resize(big_.back()->size() + bytes);
}

// Copies the arguments that were parsed in place into the parser's own memory.
void RequestParser::keep(Request& request) {
    if (kept_.empty() && !request.args.empty()) {
        kept_.reserve(
            std::min(static_cast<std::size_t>(remaining_) + request.args.size(), kReservedArguments));
    }
    for (const std::string_view arg : request.args) {
        kept_.push_back({kept_bytes_.size(), arg.size(), false});
        kept_bytes_.append(arg);
    }
    request.args.clear();
}

void RequestParser::finish(Request& request) {
    request.bytes = request_bytes_ + consumed_;
    request_bytes_ = 0;
    if (kept_.empty() && big_.empty()) return;

    std::vector<std::string_view> args;
    args.reserve(kept_.size() + request.args.size());
    request.storage = BlobRef::copy_of(kept_bytes_);
    for (const Kept& kept : kept_) {
        if (kept.big) {
            args.push_back(big_[kept.offset]->view());
            request.big.push_back({args.size() - 1, std::move(big_[kept.offset])});
        } else {
            args.push_back(request.storage->view().substr(kept.offset, kept.size));
        }
    }
    args.insert(args.end(), request.args.begin(), request.args.end());
    request.args = std::move(args);
    // Their memory goes too: the client may be idle from now on.
    std::vector<Kept>().swap(kept_);
    std::string().swap(kept_bytes_);
    std::vector<BlobRef>().swap(big_);
}

std::size_t RequestParser::memory() const {
    if (kept_.empty() && big_.empty()) return 0;
    std::size_t bytes = kept_.capacity() * sizeof(Kept) + kept_bytes_.capacity();
    for (const BlobRef& blob : big_) bytes += blob->capacity();
    return bytes;
}

RequestParser::Outcome RequestParser::fail(std::string text) {
    error_ = std::move(text);
    return Outcome::Failed;
}

std::string_view probable_key(std::string_view input) {
    if (!cut_short_line(input, '*')) return {};
    const auto name_size = cut_short_line(input, '$');
    if (!name_size || *name_size + 2 > input.size()) return {};
    input.remove_prefix(*name_size + 2);
    const auto key_size = cut_short_line(input, '$');
    if (!key_size || *key_size > input.size()) return {};
    return input.substr(0, *key_size);
}

}  // namespace pongo
