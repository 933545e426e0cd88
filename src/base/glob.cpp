#include "base/glob.h"

#include <cstring>
#include <utility>

#include "base/escape.h"

namespace pongo {

namespace {

/// Matches one pattern element against one byte at a time, remembering the place of the last star.
class Matcher {
  public:
    Matcher(std::string_view pattern, CaseSensitivity cs)
        : pattern_(pattern), insensitive_(cs == CaseSensitivity::Insensitive) {}

    bool matches(std::string_view text);

  private:
    static constexpr std::size_t kNoStar = std::string_view::npos;

    char fold(char c) const { return insensitive_ ? ascii_lower(c) : c; }
    std::size_t left() const { return pattern_.size() - at_; }

    void skip_stars() {
        while (at_ < pattern_.size() && pattern_[at_] == '*') ++at_;
    }

    /// Whether `c` fits the element at at_, which moves behind that element.
    bool element(char c);
    bool char_class(char c);
    bool class_item(char c);

    /// Where from `from` on the element behind the star can begin at the earliest, as far as a glance tells.
    std::size_t next_candidate(std::string_view text, std::size_t from) const;

    std::string_view pattern_;
    std::size_t at_ = 0;
    bool insensitive_;
};

bool Matcher::class_item(char c) {
    if (pattern_[at_] == '\\' && left() >= 2) {
        at_ += 2;
        return pattern_[at_ - 1] ==
               c;  // Redis compares an escaped member as it is, even when case is ignored.
    }
    if (left() >= 3 && pattern_[at_ + 1] == '-') {
        // Signed on every platform, as Redis's are where it usually runs.
        auto first = static_cast<signed char>(fold(pattern_[at_]));
        auto last = static_cast<signed char>(fold(pattern_[at_ + 2]));
        if (static_cast<signed char>(pattern_[at_]) > static_cast<signed char>(pattern_[at_ + 2]))
            std::swap(first, last);
        at_ += 3;
        const auto folded = static_cast<signed char>(fold(c));
        return first <= folded && folded <= last;
    }
    return fold(pattern_[at_++]) == fold(c);
}

bool Matcher::char_class(char c) {
    ++at_;
    const bool negated = left() > 0 && pattern_[at_] == '^';
    if (negated) ++at_;

    bool found = false;
    while (left() > 0 && pattern_[at_] != ']') found |= class_item(c);
    if (left() > 0) ++at_;
    return found != negated;
}

bool Matcher::element(char c) {
    switch (pattern_[at_]) {
        case '?':
            ++at_;
            return true;
        case '[':
            return char_class(c);
        case '\\':
            if (left() >= 2) ++at_;
            break;
        default:
            break;
    }
    return fold(pattern_[at_++]) == fold(c);
}

std::size_t Matcher::next_candidate(std::string_view text, std::size_t from) const {
    const char wanted = pattern_[at_];
    if (insensitive_ || wanted == '?' || wanted == '[' || wanted == '\\') return from;
    const void* found = std::memchr(text.data() + from, wanted, text.size() - from);
    if (found == nullptr) return text.size();
    return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

bool Matcher::matches(std::string_view text) {
    if (text.empty()) return pattern_.empty();

    std::size_t after_star = kNoStar;
    std::size_t retry_from = 0;  // Where the text behind the star begins in the present attempt.
    std::size_t pos = 0;
    while (pos < text.size()) {
        if (left() > 0 && pattern_[at_] == '*') {
            skip_stars();
            if (left() == 0) return true;
            after_star = at_;
            retry_from = pos = next_candidate(text, pos);
            continue;
        }
        if (left() > 0 && element(text[pos])) {
            ++pos;
            continue;
        }
        if (after_star == kNoStar) return false;
        at_ = after_star;
        retry_from = pos = next_candidate(text, retry_from + 1);
    }
    skip_stars();
    return left() == 0;
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text, CaseSensitivity cs) {
    return Matcher(pattern, cs).matches(text);
}

}  // namespace pongo
