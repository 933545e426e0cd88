#include "persistence/command_reader.h"

#include <limits>

#include "base/numbers.h"

namespace pongo {
namespace {

constexpr std::string_view kTimestamp = "#TS:";

// Redis counts arguments in an int. Numbers up to the other limit can be read digit by digit.
constexpr std::uint64_t kMostArguments = std::numeric_limits<std::int32_t>::max();
constexpr std::uint64_t kMostBytes = 1'000'000'000'000'000'000;
static_assert(kMostBytes <= (std::numeric_limits<std::uint64_t>::max() - 9) / 10);

}  // namespace

CommandReader::Item CommandReader::next() {
    while (!last_) {
        begin_ = at_;
        if (at_ == file_.size()) {
            last_ = End{};
        } else if (file_[at_] != '#') {
            return read_command();
        } else if (const auto item = read_line()) {
            return *item;
        }
    }
    return *last_;
}

std::optional<CommandReader::Item> CommandReader::read_line() {
    const std::size_t end = file_.find('\n', at_);
    // Even if nothing is missing but that: what is appended to the file would belong to the line.
    if (end == std::string_view::npos) {
        at_end_of_file();
        return *last_;
    }
    std::string_view line = file_.substr(at_, end - at_);
    at_ = end + 1;
    if (!line.starts_with(kTimestamp)) return std::nullopt;
    line.remove_prefix(kTimestamp.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto unix_s = parse_int64(line);
    if (!unix_s) return std::nullopt;
    return Timestamp{*unix_s, begin_};
}

CommandReader::Item CommandReader::read_command() {
    args_.clear();
    const std::size_t count_at = at_ + 1;
    std::uint64_t left = 0;
    if (!read_number('*', left)) return *last_;
    if (left == 0) {
        fail(count_at, "a command without a name");
        return *last_;
    }
    if (left > kMostArguments) {
        fail(count_at, "too many arguments");
        return *last_;
    }
    for (; left > 0; --left) {
        if (!read_argument()) return *last_;
    }
    return Command{args_, begin_, at_};
}

bool CommandReader::read_argument() {
    std::uint64_t size = 0;
    if (!read_number('$', size)) return false;
    if (size > file_.size() - at_) return at_end_of_file();
    const std::string_view arg = file_.substr(at_, size);
    at_ += size;
    for (const char expected : {'\r', '\n'}) {
        if (at_ == file_.size()) return at_end_of_file();
        if (file_[at_] != expected) return fail(at_, "an argument does not end where it should");
        ++at_;
    }
    args_.push_back(arg);
    return true;
}

bool CommandReader::read_number(char type, std::uint64_t& number) {
    if (at_ == file_.size()) return at_end_of_file();
    if (file_[at_] != type) {
        return fail(
            at_, type == '*' ? "a command does not begin with '*'" : "an argument does not begin with '$'");
    }
    const std::size_t first = ++at_;
    number = 0;
    for (; at_ < file_.size() && is_digit(file_[at_]); ++at_) {
        number = number * 10 + static_cast<std::uint64_t>(file_[at_] - '0');
        if (number > kMostBytes) return fail(first, "a number is too big");
    }
    if (at_ == first && at_ < file_.size()) return fail(at_, "a number is missing");
    if (at_ < file_.size() && file_[at_] == '\r') ++at_;
    if (at_ == file_.size()) return at_end_of_file();
    if (file_[at_] != '\n') return fail(at_, "a line goes on behind its number");
    ++at_;
    return true;
}

bool CommandReader::at_end_of_file() {
    last_ = Truncated{begin_};
    return false;
}

bool CommandReader::fail(std::size_t offset, std::string_view reason) {
    last_ = Error{offset, reason};
    return false;
}

}  // namespace pongo
