#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace pongo {

/// The 160 bits, the most significant byte first.
using Sha1Digest = std::array<std::uint8_t, 20>;

/// SHA-1, where the protocol asks for it (script names, DEBUG DIGEST); not a protection. Pure; any thread.
Sha1Digest sha1(std::string_view bytes);

/// The digest as 40 lower-case hexadecimal digits.
std::string sha1_hex(std::string_view bytes);

}  // namespace pongo
