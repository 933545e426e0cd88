// What a request may measure. The numbers are Redis's, so that clients meet the same walls.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pongo {

struct ProtocolLimits {
    std::int64_t max_bulk_bytes = std::int64_t{512} << 20;  // The option proto-max-bulk-len.
    bool authenticated = true;                              // Strangers get the two small limits below.
};

inline constexpr std::size_t kMaxLineBytes = std::size_t{64} << 10;
inline constexpr std::int64_t kMaxArguments = INT32_MAX;
inline constexpr std::int64_t kMaxArgumentsOfStranger = 10;
inline constexpr std::int64_t kMaxBulkBytesOfStranger = 16384;

// An argument from this size on is received into memory of its own, from which a value may take it.
inline constexpr std::size_t kBigArgumentBytes = std::size_t{32} << 10;

// The place for so many arguments is kept from one request to the next.
inline constexpr std::size_t kReusedArguments = 4096;

// A string from this size on is sent from where it lives instead of being copied into the reply.
inline constexpr std::size_t kSharedReplyBytes = std::size_t{16} << 10;
static_assert(kSharedReplyBytes <= kBigArgumentBytes);

}  // namespace pongo
