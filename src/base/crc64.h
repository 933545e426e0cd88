#pragma once

#include <cstdint>
#include <string_view>

namespace pongo {

/// CRC-64 of the RDB and DUMP formats: the "Jones" polynomial 0xad93d23594c935a9, reflected, no final
/// inversion. Starts with `crc` 0; feeding the result of one call to the next gives the checksum of both
/// parts joined. Long inputs are folded 64 bytes at a time by carry-less multiplication where the processor
/// can (after Gopal and others), all else goes eight bytes at a time (slicing-by-8, after Kounavis and
/// Berry). Pure; any thread.
std::uint64_t crc64(std::uint64_t crc, std::string_view bytes) noexcept;

}  // namespace pongo
