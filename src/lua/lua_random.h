// The random numbers of scripts: those of redis-server, which begin anew only with the process, or where a
// script says math.randomseed(). They are lrand48() of POSIX: x = x * 0x5DEECE66D + 11 modulo 2^48, of which
// the upper 31 bits are given. Thread rule: one thread at a time.
#pragma once

#include <cstdint>

namespace pongo {

class LuaRandom {
  public:
    static constexpr std::int32_t kMost = INT32_MAX;

    void seed(std::int32_t seed) {
        state_ = (std::uint64_t{static_cast<std::uint32_t>(seed)} << 16) + 0x330E;
    }

    // In [0, 2^31).
    std::int32_t next() {
        state_ = (state_ * 0x5DEECE66D + 11) & 0xFFFF'FFFF'FFFF;
        return static_cast<std::int32_t>(state_ >> 17);
    }

  private:
    std::uint64_t state_ = 0x1234'ABCD'330E;
};

}  // namespace pongo
