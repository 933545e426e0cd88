#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pongo::cli {

/// A command and its arguments, each of them any bytes.
using Words = std::vector<std::string>;

/// Splits a line as redis-cli does. Words are separated by white space. "double quotes" know \n \r \t \b \a
/// \xHH and a backslash before any other character; 'single quotes' know only \'. A closing quote must be
/// followed by white space or the end of the line. Returns nothing when the quotes are not balanced.
std::optional<Words> split_line(std::string_view line);

/// The text between double quotes, with escapes for whatever is not printable ASCII: what split_line() reads
/// back as one word.
std::string quoted(std::string_view bytes);

/// Whether two words are the same but for the case of ASCII letters.
bool same_word(std::string_view left, std::string_view right);

}  // namespace pongo::cli
