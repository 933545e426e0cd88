#include "base/sha1.h"

#include <Poco/SHA1Engine.h>

#include <algorithm>

namespace pongo {

Sha1Digest sha1(std::string_view bytes) {
    Poco::SHA1Engine engine;
    engine.update(bytes.data(), bytes.size());
    const Poco::DigestEngine::Digest& digest = engine.digest();
    Sha1Digest result{};
    std::copy_n(digest.begin(), result.size(), result.begin());
    return result;
}

std::string sha1_hex(std::string_view bytes) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : sha1(bytes)) {
        text += kHex[byte >> 4];
        text += kHex[byte & 15];
    }
    return text;
}

}  // namespace pongo
