#include "engine/command_syntax.h"

#include <array>

#include "base/check.h"
#include "base/escape.h"
#include "base/numbers.h"

namespace pongo {
namespace {

constexpr std::array<std::string_view, 9> kTypeNames = {
    "string", "integer", "double", "key", "pattern", "unix-time", "pure-token", "oneof", "block",
};
// Those that a name can be given; the others are seen from the form.
constexpr std::size_t kNamedTypes = 6;

constexpr bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}
constexpr bool is_small(char c) {
    return c >= 'a' && c <= 'z';
}
constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_word(char c) {
    return is_capital(c) || is_small(c) || is_digit(c) || c == '-' || c == '_' || c == ':' || c == '/';
}
constexpr bool is_version(char c) {
    return is_digit(c) || c == '.';
}

std::optional<Argument::Type> named_type(std::string_view name) {
    for (std::size_t i = 0; i < kNamedTypes; ++i) {
        if (kTypeNames[i] == name) return static_cast<Argument::Type>(i);
    }
    return std::nullopt;
}

// By recursive descent: a function for each form, each of which begins at its first character. The first
// thing wrong makes all that follows a harmless nothing.
class Parser {
  public:
    explicit Parser(std::string_view text) : rest_(text) {}

    std::optional<std::vector<Argument>> parse() {
        std::vector<Argument> all = items();
        if (failed_ || !rest_.empty()) return std::nullopt;
        return all;
    }

  private:
    char next() const { return rest_.empty() ? '\0' : rest_[0]; }
    void skip_spaces() {
        while (next() == ' ') rest_.remove_prefix(1);
    }
    bool accept(std::string_view mark) {
        if (!rest_.starts_with(mark)) return false;
        rest_.remove_prefix(mark.size());
        return true;
    }
    void expect(std::string_view mark) {
        skip_spaces();
        if (!accept(mark)) fail();
    }
    void fail() {
        failed_ = true;
        rest_ = {};
    }
    template <typename Belongs>
    std::string take_while(Belongs belongs) {
        std::size_t size = 0;
        while (size < rest_.size() && belongs(rest_[size])) ++size;
        std::string taken(rest_.substr(0, size));
        rest_.remove_prefix(size);
        if (taken.empty()) fail();
        return taken;
    }
    std::string version() {
        std::string taken = take_while(is_version);
        if (taken.ends_with('.')) fail();
        return taken;
    }
    bool at_end_of_group() {
        skip_spaces();
        return rest_.empty() || next() == ']' || next() == '|' || next() == '>' || next() == ')';
    }

    std::vector<Argument> items() {
        std::vector<Argument> all;
        while (!at_end_of_group()) all.push_back(item());
        return all;
    }

    Argument item() {
        skip_spaces();
        if (!accept("[")) return element();
        skip_spaces();
        Argument argument = element();
        argument.optional = true;
        expect("]");
        if (accept("...")) {
            if (!argument.token || argument.type == Argument::Type::PureToken || argument.multiple) fail();
            argument.multiple = argument.multiple_token = true;
        }
        return argument;
    }

    Argument element() {
        if (!is_capital(next())) return argument_form();
        const std::string token = take_while(is_word);
        Argument pure;
        marks(pure);
        const bool marked = pure.multiple || !pure.since.empty() || !pure.deprecated_since.empty();
        if (marked || at_end_of_group()) {
            pure.name = to_lower(token);
            pure.type = Argument::Type::PureToken;
            pure.token = token;
            return pure;
        }
        Argument argument = argument_form();
        if (argument.token) fail();
        argument.token = token;
        return argument;
    }

    Argument argument_form() {
        Argument argument;
        if (!is_small(next())) fail();
        argument.name = take_while(is_word);
        if (accept("=")) {
            form_of(argument);
        } else {
            type_of(argument);
        }
        if (argument.type == Argument::Type::Key) argument.key_spec = next_key_spec_++;
        marks(argument);
        return argument;
    }

    void type_of(Argument& argument) {
        if (const auto type = named_type(argument.name)) argument.type = *type;
        const auto colon = argument.name.rfind(':');
        if (colon == std::string::npos) return;
        if (const auto type = named_type(std::string_view(argument.name).substr(colon + 1))) {
            argument.type = *type;
            argument.name.resize(colon);
        }
    }

    void form_of(Argument& argument) {
        if (accept("<")) {
            argument.type = Argument::Type::OneOf;
            do {
                argument.parts.push_back(item());
                skip_spaces();
            } while (accept("|"));
            expect(">");
        } else if (accept("(")) {
            argument.type = Argument::Type::Block;
            argument.parts = items();
            if (argument.parts.empty()) fail();
            expect(")");
        } else if (accept("\"")) {
            argument.type = Argument::Type::PureToken;
            const auto end = rest_.find('"');
            argument.token = rest_.substr(0, end);
            end == rest_.npos ? fail() : rest_.remove_prefix(end + 1);
        } else {
            argument.type = Argument::Type::PureToken;
            if (!is_capital(next())) fail();
            argument.token = take_while(is_word);
        }
    }

    void marks(Argument& argument) {
        if (accept("#")) {
            const std::string number = take_while(is_digit);
            if (argument.name.empty() || number.size() != 1) return fail();
            argument.key_spec = number[0] - '0';
            next_key_spec_ = *argument.key_spec + 1;
        }
        if (accept("...")) argument.multiple = true;
        if (rest_.starts_with("@") && !rest_.starts_with("@-")) {
            accept("@");
            argument.since = version();
        }
        if (accept("@-")) argument.deprecated_since = version();
        const char after = next();
        if (!rest_.empty() && after != ' ' && after != ']' && after != '>' && after != ')') fail();
    }

    std::string_view rest_;
    bool failed_ = false;
    int next_key_spec_ = 0;
};

std::string usage_of(const Argument& argument);

// A branch that may be left out is nothing for a person: the choice as a whole may be.
std::string alternatives(const std::vector<Argument>& branches) {
    std::string text;
    for (Argument branch : branches) {
        branch.optional = branch.optional && branch.multiple_token;
        if (!text.empty()) text += " | ";
        text += usage_of(branch);
    }
    return text;
}

std::string sequence(const std::vector<Argument>& arguments) {
    std::string text;
    for (const Argument& argument : arguments) {
        if (!text.empty()) text += ' ';
        text += usage_of(argument);
    }
    return text;
}

// Once, without its token and without the brackets of what may be left out.
std::string once(const Argument& argument) {
    switch (argument.type) {
        case Argument::Type::PureToken:
            return argument.token->empty() ? "\"\"" : *argument.token;
        case Argument::Type::OneOf:
            return alternatives(argument.parts);
        case Argument::Type::Block:
            return sequence(argument.parts);
        default:
            return argument.name;
    }
}

// "key [key ...]", but "<a | b> ...", which would be too long twice.
std::string repeated(const std::string& text, bool one_of) {
    return one_of ? text + " ..." : text + " [" + text + " ...]";
}

std::string usage_of(const Argument& argument) {
    const bool one_of = argument.type == Argument::Type::OneOf;
    const bool has_token = argument.token && argument.type != Argument::Type::PureToken;
    std::string text = once(argument);
    // The brackets of an option hold the alternatives together already.
    const bool bare = argument.optional && !has_token && !argument.multiple;
    if (one_of && !bare) text = "<" + text + ">";
    if (argument.multiple && !argument.multiple_token) text = repeated(text, one_of);
    if (has_token) text = *argument.token + " " + text;
    if (argument.multiple_token) text = repeated(text, false);
    return argument.optional ? "[" + text + "]" : text;
}

}  // namespace

std::optional<std::vector<Argument>> parse_syntax(std::string_view syntax) {
    return Parser(syntax).parse();
}

std::string_view name_of(Argument::Type type) {
    return kTypeNames[static_cast<std::size_t>(type)];
}

std::string usage_text(std::string_view syntax) {
    const auto arguments = parse_syntax(syntax);
    CHECK(arguments);
    return sequence(*arguments);
}

}  // namespace pongo
