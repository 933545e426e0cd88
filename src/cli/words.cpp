#include "cli/words.h"

#include <Poco/Ascii.h>

#include <algorithm>
#include <array>

namespace pongo::cli {
namespace {

bool is_space(char c) {
    return Poco::Ascii::isSpace(static_cast<unsigned char>(c));
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

struct Escape {
    char letter;
    char byte;
};
constexpr std::array kEscapes{Escape{'n', '\n'}, Escape{'r', '\r'}, Escape{'t', '\t'}, Escape{'b', '\b'},
                              Escape{'a', '\a'}};

/// Walks over one line, a word at a time.
class Splitter {
  public:
    explicit Splitter(std::string_view line) : line_(line) {}

    std::optional<Words> split() {
        Words words;
        while (skip_space()) {
            if (!read_word(words.emplace_back())) return std::nullopt;
        }
        return words;
    }

  private:
    bool at_end() const { return at_ == line_.size(); }
    bool at_boundary() const { return at_end() || is_space(line_[at_]); }

    bool skip_space() {
        while (!at_end() && is_space(line_[at_])) ++at_;
        return !at_end();
    }

    bool read_word(std::string& word) {
        while (!at_boundary()) {
            const char c = line_[at_++];
            if (c == '"') return read_double_quoted(word) && at_boundary();
            if (c == '\'') return read_single_quoted(word) && at_boundary();
            word += c;
        }
        return true;
    }

    bool read_double_quoted(std::string& word) {
        while (!at_end()) {
            const char c = line_[at_++];
            if (c == '"') return true;
            if (c == '\\' && !at_end()) {
                word += read_escape();
            } else {
                word += c;
            }
        }
        return false;
    }

    char read_escape() {
        const char c = line_[at_++];
        if (c == 'x' && at_ + 2 <= line_.size()) {
            const int high = hex_digit(line_[at_]);
            const int low = hex_digit(line_[at_ + 1]);
            if (high >= 0 && low >= 0) {
                at_ += 2;
                return static_cast<char>(high * 16 + low);
            }
        }
        const auto* found = std::ranges::find(kEscapes, c, &Escape::letter);
        return found == kEscapes.end() ? c : found->byte;
    }

    bool read_single_quoted(std::string& word) {
        while (!at_end()) {
            const char c = line_[at_++];
            if (c == '\'') return true;
            const bool escaped_quote = c == '\\' && !at_end() && line_[at_] == '\'';
            word += escaped_quote ? line_[at_++] : c;
        }
        return false;
    }

    std::string_view line_;
    std::size_t at_ = 0;
};

}  // namespace

std::optional<Words> split_line(std::string_view line) {
    return Splitter(line).split();
}

std::string quoted(std::string_view bytes) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text = "\"";
    for (const char c : bytes) {
        const auto* escape = std::ranges::find(kEscapes, c, &Escape::byte);
        const auto code = static_cast<unsigned char>(c);
        if (escape != kEscapes.end()) {
            text += {'\\', escape->letter};
        } else if (c == '"' || c == '\\') {
            text += {'\\', c};
        } else if (code >= 0x20 && code < 0x7f) {
            text += c;
        } else {
            text += {'\\', 'x', kHex[code >> 4], kHex[code & 15]};
        }
    }
    return text += '"';
}

bool same_word(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, Poco::Ascii::toLower, Poco::Ascii::toLower);
}

}  // namespace pongo::cli
