#include "lua/json_lexer.h"

#include <strings.h>

#include <cstdlib>

#include "base/numbers.h"

namespace pongo {

using Type = JsonTokenType;

namespace {

int hexadecimal(char c) {
    if (is_digit(c)) return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// What follows a backslash, to what it means; 0 if nothing.
char escaped(char c) {
    switch (c) {
        case '"':
        case '\\':
        case '/':
            return c;
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return '\0';
    }
}

// As strtod(), which takes its time for the short integers that most numbers are.
double read_number(const char* begin, char*& end) {
    constexpr std::ptrdiff_t kExactDigits = 15;
    const bool negative = *begin == '-';
    const char* const digits = begin + (negative ? 1 : 0);
    const char* at = digits;
    std::int64_t value = 0;
    for (; is_digit(*at) && at - digits < kExactDigits; ++at) value = value * 10 + (*at - '0');
    const char next = *at;
    const char letter = static_cast<char>(next | 0x20);
    if (at == digits || is_digit(next) || next == '.' || letter == 'e' || letter == 'x') {
        return std::strtod(begin, &end);
    }
    end = const_cast<char*>(at);
    return negative ? -static_cast<double>(value) : static_cast<double>(value);
}

}  // namespace

JsonToken JsonLexer::token(Type type, std::size_t size) {
    JsonToken token{.type = type, .offset = next_, .text = {}};
    next_ += size;
    return token;
}

JsonToken JsonLexer::error(std::string_view what, std::size_t offset) {
    return {.type = Type::Error, .offset = offset, .text = what};
}

JsonToken JsonLexer::next() {
    steps_.add();
    while (at(next_) == ' ' || at(next_) == '\t' || at(next_) == '\n' || at(next_) == '\r') {
        steps_.add();
        ++next_;
    }
    switch (at(next_)) {
        case '{':
            return token(Type::ObjectBegin, 1);
        case '}':
            return token(Type::ObjectEnd, 1);
        case '[':
            return token(Type::ArrayBegin, 1);
        case ']':
            return token(Type::ArrayEnd, 1);
        case ',':
            return token(Type::Comma, 1);
        case ':':
            return token(Type::Colon, 1);
        case '\0':
            return token(Type::End, 0);
        case '"':
            return string();
        default:
            return word_or_number();
    }
}

JsonToken JsonLexer::word_or_number() {
    const char first = at(next_);
    if (first == '-' || is_digit(first)) {
        if (!options_.decode_invalid && is_invalid_number()) return error("invalid number", next_);
        return number();
    }
    const std::string_view rest = text_.substr(next_);
    if (rest.starts_with("null")) return token(Type::Null, 4);
    if (rest.starts_with("true") || rest.starts_with("false")) {
        JsonToken word = token(Type::Boolean, first == 't' ? 4 : 5);
        word.boolean = first == 't';
        return word;
    }
    if (options_.decode_invalid && is_invalid_number()) return number();
    return error("invalid token", next_);
}

// Whether it looks like one of the numbers that strtod() reads and JSON does not have.
bool JsonLexer::is_invalid_number() const {
    if (at(next_) == '+') return true;
    const std::size_t first = at(next_) == '-' ? next_ + 1 : next_;
    if (at(first) == '0') return is_digit(at(first + 1)) || (at(first + 1) | 0x20) == 'x';
    const char* const rest = text_.data() + first;
    return strncasecmp(rest, "inf", 3) == 0 || strncasecmp(rest, "nan", 3) == 0;
}

JsonToken JsonLexer::number() {
    const char* const begin = text_.data() + next_;
    char* end = nullptr;
    const double value = read_number(begin, end);
    if (end == begin) return error("invalid number", next_);
    JsonToken number = token(Type::Number, static_cast<std::size_t>(end - begin));
    steps_.add_bytes(static_cast<std::size_t>(end - begin));
    number.number = value;
    return number;
}

JsonToken JsonLexer::string() {
    const std::size_t begin = next_++;
    decoded_.clear();
    std::size_t copied = next_;
    for (;;) {
        const char c = at(next_);
        if (c == '\0') return error("unexpected end of string", next_);
        if (c == '"') break;
        if (c != '\\') {
            ++next_;
            continue;
        }
        decoded_.append(text_.substr(copied, next_ - copied));
        if (const char* const wrong = escape()) return error(wrong, next_);
        copied = next_;
    }
    std::string_view value = text_.substr(copied, next_ - copied);
    steps_.add_bytes(value.size());
    // Most strings have no escapes and need not be copied.
    if (copied != begin + 1) {
        decoded_.append(value);
        value = decoded_.view();
    }
    ++next_;
    return {.type = Type::String, .offset = begin, .text = value};
}

const char* JsonLexer::escape() {
    if (at(next_ + 1) == 'u') return unicode_escape() ? nullptr : "invalid unicode escape code";
    const char meant = escaped(at(next_ + 1));
    if (meant == '\0') return "invalid escape code";
    decoded_.append(meant);
    next_ += 2;
    return nullptr;
}

bool JsonLexer::unicode_escape() {
    constexpr std::size_t kSize = 6;
    const int unit = code_unit(next_);
    if (unit < 0) return false;
    if ((unit & 0xf800) != 0xd800) {
        append_utf8(static_cast<std::uint32_t>(unit));
        next_ += kSize;
        return true;
    }
    // Half a character: the other half must follow, and the high one must come first.
    if ((unit & 0x400) != 0 || at(next_ + kSize) != '\\' || at(next_ + kSize + 1) != 'u') return false;
    const int low = code_unit(next_ + kSize);
    if (low < 0 || (low & 0xfc00) != 0xdc00) return false;
    append_utf8(0x10000 + ((static_cast<std::uint32_t>(unit) & 0x3ff) << 10 |
                           (static_cast<std::uint32_t>(low) & 0x3ff)));
    next_ += 2 * kSize;
    return true;
}

int JsonLexer::code_unit(std::size_t escape_at) const {
    int unit = 0;
    for (std::size_t i = 2; i < 6; ++i) {
        const int digit = hexadecimal(at(escape_at + i));
        if (digit < 0) return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

void JsonLexer::append_utf8(std::uint32_t code_point) {
    const auto continuation = [this, code_point](int shift) {
        decoded_.append(static_cast<char>(0x80 | (code_point >> shift & 0x3f)));
    };
    if (code_point < 0x80) return decoded_.append(static_cast<char>(code_point));
    if (code_point < 0x800) {
        decoded_.append(static_cast<char>(0xc0 | code_point >> 6));
    } else {
        if (code_point < 0x10000) {
            decoded_.append(static_cast<char>(0xe0 | code_point >> 12));
        } else {
            decoded_.append(static_cast<char>(0xf0 | code_point >> 18));
            continuation(12);
        }
        continuation(6);
    }
    continuation(0);
}

}  // namespace pongo
