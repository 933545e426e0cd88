#include "base/lzf.h"

#include <lzf.h>

#include <cstdint>

namespace pongo::lzf {

std::size_t compress(std::string_view bytes, std::span<char> into) {
    return lzf_compress(bytes.data(), static_cast<unsigned>(bytes.size()), into.data(),
                        static_cast<unsigned>(into.size()));
}

bool decompress(std::string_view bytes, std::span<char> into) {
    if (bytes.empty()) return into.empty();
    if (bytes.size() > UINT32_MAX || into.size() > UINT32_MAX) return false;
    return lzf_decompress(bytes.data(), static_cast<unsigned>(bytes.size()), into.data(),
                          static_cast<unsigned>(into.size())) == into.size();
}

}  // namespace pongo::lzf
