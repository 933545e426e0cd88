#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Text for people and configuration files: quoting, splitting into arguments, ASCII case. Pure; any thread.
namespace pongo {

/// In double quotes, on one line, printable ASCII only: \n \r \t \a \b \\ \" and \xHH for the rest.
/// split_arguments reads it back as one argument. As in MONITOR, CLIENT LIST, error texts, CONFIG REWRITE.
///
/// An object rather than a function, so that an argument of type std::string does not find std::quoted
/// instead.
inline constexpr struct Quoted { std::string operator()(std::string_view bytes) const; } quoted;

/// The arguments of an inline command or of a line of the configuration file. White space separates; "..."
/// takes the escapes of quoted(); '...' takes only \'; a quote may open inside of a word, but what follows
/// its end must be white space. A NUL ends the line. Nothing when a quote is unbalanced.
std::optional<std::vector<std::string>> split_arguments(std::string_view line);

/// Of ASCII letters; all other bytes must be the same.
bool equals_ignore_case(std::string_view a, std::string_view b) noexcept;
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

/// What C makes of the bytes as a string: Redis's error texts quote arguments so.
constexpr std::string_view until_nul(std::string_view bytes) noexcept {
    return bytes.substr(0, bytes.find('\0'));
}

/// One ASCII letter in lower case; any other byte as it is.
constexpr char ascii_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace pongo
