#pragma once

#include <string_view>

namespace pongo {

/// Whether letters that differ in their case only are different.
enum class CaseSensitivity { Sensitive, Insensitive };

/// Whether `text` as a whole matches a Redis glob: `*`, `?`, `[a-z]`, `[^a-z]`, and `\` before a literal.
/// Used by KEYS, SCAN MATCH, PSUBSCRIBE, CONFIG GET, ACL patterns.
///
/// It answers as Redis does in the corners too: a class that is never closed ends with the pattern, bytes in
/// a range are compared signed, and an empty text matches the empty pattern only (so not `*`). Takes
/// O(pattern * text) at worst: only the last star is ever retried. Pure; any thread.
bool glob_match(std::string_view pattern, std::string_view text,
                CaseSensitivity cs = CaseSensitivity::Sensitive);

}  // namespace pongo
