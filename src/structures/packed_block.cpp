#include "structures/packed_block.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/bytes.h"
#include "base/check.h"
#include "base/lzf.h"

namespace pongo::packed_block {
namespace {

// In front of each packed block: no other one ever has the same.
using Number = std::uint64_t;
constexpr std::size_t kHeader = sizeof(Number);

constexpr std::size_t kLeastSaved = 16;

std::atomic<Number> last_number{0};

struct Unpacked {
    Number number = 0;
    std::unique_ptr<char[]> bytes;
    std::size_t room = 0;
};
thread_local Unpacked unpacked;

}  // namespace

char* pack(std::string_view bytes, std::uint32_t& packed) {
    if (bytes.size() < kLeastBytes || bytes.size() > kMostBytes) return nullptr;
    const std::size_t room = kHeader + bytes.size() - kLeastSaved;
    const std::unique_ptr<char[]> scratch(new char[room]);
    const std::size_t size = lzf::compress(bytes, {scratch.get() + kHeader, room - kHeader});
    if (size == 0) return nullptr;
    auto* const block = static_cast<char*>(std::malloc(kHeader + size));
    if (!block) return nullptr;
    store_as(scratch.get(), last_number.fetch_add(1, std::memory_order_relaxed) + 1);
    std::memcpy(block, scratch.get(), kHeader + size);
    packed = static_cast<std::uint32_t>(size);
    return block;
}

std::string_view unpack(const char* block, std::uint32_t packed, std::size_t size) {
    const auto number = load_as<Number>(block);
    if (unpacked.number == number) return {unpacked.bytes.get(), size};
    if (unpacked.room < size) {
        unpacked = {};
        unpacked.bytes = std::make_unique_for_overwrite<char[]>(size);
        unpacked.room = size;
    }
    CHECK(lzf::decompress({block + kHeader, packed}, {unpacked.bytes.get(), size}));
    unpacked.number = number;
    return {unpacked.bytes.get(), size};
}

}  // namespace pongo::packed_block
