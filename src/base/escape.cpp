#include "base/escape.h"

#include <algorithm>

namespace pongo {

namespace {

constexpr std::string_view kEscapedBytes = "\n\r\t\a\b";
constexpr std::string_view kEscapeLetters = "nrtab";

constexpr bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

constexpr int hex_value(char c) {
    const char lower = ascii_lower(c);
    if (c >= '0' && c <= '9') return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

class Splitter {
  public:
    explicit Splitter(std::string_view line) : rest_(line.substr(0, line.find('\0'))) {}

    bool at_end() {
        while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
        return rest_.empty();
    }

    /// Appends the next argument to `out`; false when a quote in it is unbalanced. REQUIRES: !at_end().
    bool argument(std::string& out);

  private:
    bool double_quoted(std::string& out);
    bool single_quoted(std::string& out);
    char escaped();

    /// A closing quote has just been read: whether the word ends here, as it must.
    bool word_ends() const { return rest_.empty() || is_space(rest_.front()); }

    char take() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    std::string_view rest_;
};

bool Splitter::argument(std::string& out) {
    while (!rest_.empty()) {
        const char c = take();
        if (c == '"') return double_quoted(out);
        if (c == '\'') return single_quoted(out);
        // Inside of a word Redis does not count \v and \f as white space.
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t') break;
        out += c;
    }
    return true;
}

bool Splitter::double_quoted(std::string& out) {
    while (!rest_.empty()) {
        const char c = take();
        if (c == '"') return word_ends();
        out += c == '\\' && !rest_.empty() ? escaped() : c;
    }
    return false;
}

bool Splitter::single_quoted(std::string& out) {
    while (!rest_.empty()) {
        const char c = take();
        if (c == '\'') return word_ends();
        out += c == '\\' && rest_.starts_with('\'') ? take() : c;
    }
    return false;
}

char Splitter::escaped() {
    if (rest_.size() >= 3 && rest_[0] == 'x' && hex_value(rest_[1]) >= 0 && hex_value(rest_[2]) >= 0) {
        const int byte = hex_value(rest_[1]) * 16 + hex_value(rest_[2]);
        rest_.remove_prefix(3);
        return static_cast<char>(byte);
    }
    const char letter = take();
    const auto index = kEscapeLetters.find(letter);
    return index == std::string_view::npos ? letter : kEscapedBytes[index];
}

void append_escaped(std::string& out, char c) {
    static constexpr char kHex[] = "0123456789abcdef";
    const auto index = kEscapedBytes.find(c);
    if (index != std::string_view::npos) {
        out += {'\\', kEscapeLetters[index]};
    } else if (c == '\\' || c == '"') {
        out += {'\\', c};
    } else if (c >= ' ' && c <= '~') {
        out += c;
    } else {
        const auto byte = static_cast<unsigned char>(c);
        out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    }
}

}  // namespace

std::string Quoted::operator()(std::string_view bytes) const {
    std::string out;
    out.reserve(bytes.size() + 2);
    out += '"';
    for (const char c : bytes) append_escaped(out, c);
    out += '"';
    return out;
}

std::optional<std::vector<std::string>> split_arguments(std::string_view line) {
    std::vector<std::string> arguments;
    Splitter splitter(line);
    while (!splitter.at_end()) {
        if (!splitter.argument(arguments.emplace_back())) return std::nullopt;
    }
    return arguments;
}

bool equals_ignore_case(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return ascii_lower(x) == ascii_lower(y);
           });
}

std::string to_lower(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
    return lower;
}

std::string to_upper(std::string_view text) {
    std::string upper(text);
    for (char& c : upper) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return upper;
}

}  // namespace pongo
