#include "base/bytes.h"

#include <gtest/gtest.h>

#include <string>

namespace pongo {
namespace {

TEST(EqualBytes, FindsADifferenceAtEveryPlaceOfEverySize) {
    for (std::size_t size = 0; size <= 40; ++size) {
        const std::string one(size, 'x');
        EXPECT_TRUE(equal_bytes(one.data(), std::string(one).data(), size));
        for (std::size_t place = 0; place < size; ++place) {
            std::string other = one;
            other[place] = 'y';
            EXPECT_FALSE(equal_bytes(one.data(), other.data(), size)) << size << " " << place;
        }
    }
}

}  // namespace
}  // namespace pongo
