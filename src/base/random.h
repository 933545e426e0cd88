#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace pongo {

/// Statistical randomness (sampling, eviction, RANDOMKEY): xoshiro256** by Blackman and Vigna. Not for
/// secrets. Serves as a standard UniformRandomBitGenerator. One thread at a time; each user owns one.
class Random {
  public:
    using result_type = std::uint64_t;

    /// Seeded from the operating system.
    Random();
    /// The same seed gives the same sequence, for tests.
    explicit Random(std::uint64_t seed) noexcept;

    std::uint64_t next() noexcept {
        const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

    /// Uniform in [0, n), without bias. REQUIRES: n > 0.
    std::uint64_t below(std::uint64_t n) noexcept;

    /// Uniform in [0, 1), in steps of 2^-53.
    double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

    std::uint64_t operator()() noexcept { return next(); }
    static constexpr std::uint64_t min() noexcept { return 0; }
    static constexpr std::uint64_t max() noexcept { return std::numeric_limits<std::uint64_t>::max(); }

  private:
    std::array<std::uint64_t, 4> state_;  // Never all zero: that state would only lead to itself.
};

/// Chooses some of a row of items in passing, every choice with the same probability. (Algorithm S in Knuth,
/// "The Art of Computer Programming", volume 2.)
class Selection {
  public:
    /// `wanted` of `all` items; all of them if there are no more.
    Selection(std::uint64_t wanted, std::uint64_t all) noexcept : wanted_(wanted), left_(all) {}

    /// To be asked once for each item. REQUIRES: not more often than there are items.
    bool takes_next(Random& random) noexcept {
        const bool takes = random.below(left_--) < wanted_;
        if (takes) --wanted_;
        return takes;
    }

  private:
    std::uint64_t wanted_;
    std::uint64_t left_;
};

/// `digits` lower-case hexadecimal digits from the operating system's source: run ids, ACL GENPASS. Any
/// thread.
std::string random_hex(std::size_t digits);

}  // namespace pongo
