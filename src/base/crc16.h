#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pongo {

/// The slots of a cluster: a key is in slot CRC-16 modulo this.
inline constexpr unsigned kSlotCount = 16384;

namespace detail {

inline constexpr std::array<std::uint16_t, 256> kCrc16Table = [] {
    std::array<std::uint16_t, 256> table{};
    for (unsigned byte = 0; byte < table.size(); ++byte) {
        unsigned crc = byte << 8;
        for (int bit = 0; bit < 8; ++bit) crc = crc << 1 ^ ((crc & 0x8000) != 0 ? 0x1021u : 0u);
        table[byte] = static_cast<std::uint16_t>(crc);
    }
    return table;
}();

}  // namespace detail

/// CRC-16/XMODEM (polynomial 0x1021, initial value 0, nothing reflected), as the cluster specification asks.
constexpr std::uint16_t crc16(std::string_view bytes) noexcept {
    std::uint16_t crc = 0;
    for (const char c : bytes) {
        const auto index = static_cast<std::uint8_t>(crc >> 8 ^ static_cast<unsigned char>(c));
        crc = static_cast<std::uint16_t>(crc << 8 ^ detail::kCrc16Table[index]);
    }
    return crc;
}

/// The part of a key that decides where it lives: what stands between the first '{' and the next '}' when
/// that is not empty, otherwise the whole key. A view into `key`.
constexpr std::string_view hash_tag(std::string_view key) noexcept {
    const auto open = key.find('{');
    if (open == std::string_view::npos) return key;
    const auto close = key.find('}', open + 1);
    if (close == std::string_view::npos || close == open + 1) return key;
    return key.substr(open + 1, close - open - 1);
}

/// The cluster slot of a key, below kSlotCount.
constexpr std::uint16_t key_slot(std::string_view key) noexcept {
    return crc16(hash_tag(key)) & (kSlotCount - 1);
}

}  // namespace pongo
