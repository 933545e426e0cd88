#include "base/crc64.h"

#include <array>
#include <cstddef>

#include "base/bytes.h"

namespace pongo {

namespace {

constexpr std::uint64_t kReflectedJones = 0x95ac9329ac4bc9b5;

using Table = std::array<std::uint64_t, 256>;

/// kTables[n][byte]: what `byte` leaves behind once n more bytes have passed.
constexpr std::array<Table, 8> kTables = [] {
    std::array<Table, 8> tables{};
    for (std::uint64_t byte = 0; byte < 256; ++byte) {
        std::uint64_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? kReflectedJones : 0);
        tables[0][byte] = crc;
    }
    for (std::size_t n = 1; n < 8; ++n) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint64_t crc = tables[n - 1][byte];
            tables[n][byte] = crc >> 8 ^ tables[0][crc & 0xff];
        }
    }
    return tables;
}();

}  // namespace

std::uint64_t crc64(std::uint64_t crc, std::string_view bytes) noexcept {
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; left -= 8, at += 8) {
        const std::uint64_t mixed = crc ^ load_le64(at);
        crc = 0;
        for (std::size_t i = 0; i < 8; ++i) crc ^= kTables[7 - i][mixed >> 8 * i & 0xff];
    }
    for (; left > 0; --left, ++at)
        crc = crc >> 8 ^ kTables[0][(crc ^ static_cast<unsigned char>(*at)) & 0xff];
    return crc;
}

}  // namespace pongo
