#include "base/murmur_hash.h"

#include "base/siphash.h"

namespace pongo {

std::uint64_t murmur_hash_64a(std::string_view bytes, std::uint64_t seed) noexcept {
    constexpr std::uint64_t kMultiplier = 0xc6a4a7935bd1e995;
    constexpr int kShift = 47;

    std::uint64_t hash = seed ^ (bytes.size() * kMultiplier);
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        std::uint64_t word = load_le64(bytes.data() + at) * kMultiplier;
        word = (word ^ (word >> kShift)) * kMultiplier;
        hash = (hash ^ word) * kMultiplier;
    }
    if (at < bytes.size()) hash = (hash ^ detail::load_tail(bytes.data(), bytes.size())) * kMultiplier;
    hash = (hash ^ (hash >> kShift)) * kMultiplier;
    return hash ^ (hash >> kShift);
}

}  // namespace pongo
