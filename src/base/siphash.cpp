#include "base/siphash.h"

#include <random>

namespace pongo {

HashSecret HashSecret::random() {
    std::random_device device;
    const auto word = [&device] {
        const std::uint64_t high = device();
        return high << 32 | device();
    };
    const std::uint64_t k0 = word();
    return {k0, word()};
}

const HashSecret& HashSecret::of_process() {
    static const HashSecret secret = random();
    return secret;
}

}  // namespace pongo
