// Whether a request comes in one piece or in many, the parser must say the same. The input's first bytes
// choose the pieces; what follows is the wire, in which the byte 0xff stands for many (so that the fuzzer
// finds arguments which are received into memory of their own without having to invent them).
//
// Run: request_parser_fuzz -max_total_time=60
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "support/request_feeder.h"

namespace pongo {
namespace {

constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kRun = 9000;  // Four of them are a big argument.
static_assert(4 * kRun > kBigArgumentBytes);
constexpr std::size_t kMaxWireBytes = std::size_t{128} << 10;

std::string wire_of(std::string_view bytes) {
    std::string wire;
    for (const char byte : bytes) {
        if (wire.size() > kMaxWireBytes) break;
        byte == '\xff' ? wire.append(kRun, 'x') : wire.append(1, byte);
    }
    return wire;
}

bool is_about_a_long_line(const std::string& error) {
    return error.starts_with("ERR Protocol error: too big ");
}

// A long line is an error only while its end has not come, so there the pieces may matter.
void check_same(const Parsed& whole, const Parsed& pieces) {
    if (!is_about_a_long_line(whole.error) && !is_about_a_long_line(pieces.error)) {
        CHECK(whole == pieces);
        return;
    }
    const std::size_t common = std::min(whole.requests.size(), pieces.requests.size());
    for (std::size_t i = 0; i < common; ++i) CHECK(whole.requests[i] == pieces.requests[i]);
}

}  // namespace
}  // namespace pongo

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pongo;
    if (size < kHeaderBytes) return 0;
    const std::string wire =
        wire_of({reinterpret_cast<const char*>(data) + kHeaderBytes, size - kHeaderBytes});
    const ProtocolLimits limits{.authenticated = (data[0] & 1) != 0};
    std::size_t turn = 0;
    const auto next_piece = [&] {
        const std::uint8_t choice = data[1 + turn++ % (kHeaderBytes - 1)];
        // Small pieces, or such as come near the sizes at which the parser changes its ways. A long wire is
        // not cut into single bytes: that would take too long.
        const std::size_t piece = choice < 192 ? choice % 32 : std::size_t{1} << (choice % 18);
        return std::max(piece, wire.size() / 256);
    };
    check_same(parse_in_one(wire, limits), parse_in_pieces(wire, limits, next_piece));
    return 0;
}
