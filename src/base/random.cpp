#include "base/random.h"

#include <random>

namespace pongo {

namespace {

__extension__ typedef unsigned __int128 Uint128;

std::uint64_t system_word() {
    std::random_device device;
    const std::uint64_t high = device();
    return high << 32 | device();
}

}  // namespace

Random::Random() : Random(system_word()) {}

Random::Random(std::uint64_t seed) noexcept {
    // SplitMix64, which the authors of xoshiro recommend for spreading a seed over the state.
    for (auto& word : state_) {
        seed += 0x9e3779b97f4a7c15;
        std::uint64_t mixed = seed;
        mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
        word = mixed ^ mixed >> 31;
    }
}

std::uint64_t Random::below(std::uint64_t n) noexcept {
    // Lemire, "Fast random integer generation in an interval": the product's high half is the answer, and its
    // low half tells when the draw fell into the uneven remainder.
    Uint128 product = Uint128{next()} * n;
    if (static_cast<std::uint64_t>(product) < n) {
        const std::uint64_t uneven = (0 - n) % n;
        while (static_cast<std::uint64_t>(product) < uneven) product = Uint128{next()} * n;
    }
    return static_cast<std::uint64_t>(product >> 64);
}

std::string random_hex(std::size_t digits) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::random_device device;
    std::string text(digits, '\0');
    unsigned bits = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (i % 8 == 0) bits = device();
        text[i] = kHex[bits & 15];
        bits >>= 4;
    }
    return text;
}

}  // namespace pongo
