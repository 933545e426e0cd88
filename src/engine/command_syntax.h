// The notation in which a row of the command table says what arguments its command takes. COMMAND DOCS, HELP
// and the usage line are derived from it.
//
//   key value [condition=<NX | XX>@2.6.12] [GET@6.2.0] [expiration=<EX seconds:integer | KEEPTTL>]
//
//   name             an argument: a string, or what its name says if that is one of the types
//   name:type        key, string, integer, double, pattern or unix-time
//   TOKEN argument   the word TOKEN, then the argument
//   name=TOKEN       only the word; alone in its brackets or branch it may be left unnamed: [NX]
//   name="~"         likewise, of a word that doesn't begin with a capital
//   name=<a | b>     one of several
//   name=(a b)       several together
//   [a]              may be left out
//   [TOKEN a]...     may be left out or repeated, each time with its token
//
// After an argument, in this order: `#1` its key specification (otherwise the keys count from 0), `...` it
// may be repeated, `@6.2.0` the version that brought it, `@-2.8.12` the version that deprecated it.
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pongo {

struct Argument {
    enum class Type : std::uint8_t {
        String,
        Integer,
        Double,
        Key,
        Pattern,
        UnixTime,
        PureToken,
        OneOf,  // Of `parts`.
        Block,  // All of `parts`.
    };

    std::string name;
    Type type = Type::String;
    std::optional<int> key_spec;  // Which of the row's key specifications finds it. Every key has one.
    std::optional<std::string> token;
    std::string since;
    std::string deprecated_since;
    bool optional = false;
    bool multiple = false;
    bool multiple_token = false;
    std::vector<Argument> parts;
};

// Nothing if the text is not in the notation.
std::optional<std::vector<Argument>> parse_syntax(std::string_view syntax);

// As COMMAND DOCS spells it: "pure-token".
std::string_view name_of(Argument::Type type);

// For people: "key value [NX | XX] [GET] [EX seconds | KEEPTTL]". REQUIRES: the syntax is well formed.
std::string usage_text(std::string_view syntax);

}  // namespace pongo
