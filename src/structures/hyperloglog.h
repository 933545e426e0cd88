// HyperLogLog: estimates how many different elements were added, from the longest run of zero bits among the
// hashes that fall to each of 16384 registers. Its bytes are those of Redis:
//
//   "HYLL", form (0 dense, 1 sparse), 3 bytes unused, 8 bytes last estimate (little-endian; the highest bit
//   says that it is out of date), then the registers:
//     dense   6 bits for each, from the lowest bit of each byte on
//     sparse  runs of registers, see register_runs.h, as long as they are short and the values low
//
// Sparse registers from elsewhere may be corrupt. This is found out where it matters, as in Redis.
//
// Thread rule: as a plain container.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "structures/byte_store.h"
#include "structures/register_runs.h"

namespace pongo {

// One byte for each register.
using HyperLogLogArray = std::array<std::uint8_t, kHyperLogLogRegisters>;

class HyperLogLog {
  public:
    static constexpr std::size_t kHeader = 16;
    static constexpr std::size_t kDenseSize = kHeader + kHyperLogLogRegisters * 6 / 8;

    // nullopt if the bytes cannot be one.
    static std::optional<HyperLogLog> of(std::string_view bytes);
    // The bytes of an empty one, which is sparse.
    static std::string_view empty_bytes();

    bool is_sparse() const;
    // REQUIRES: is_sparse().
    std::string_view runs() const { return bytes_.substr(kHeader); }
    // Whether the registers are all there.
    bool valid() const;

    // The last estimate, if nothing was added since.
    std::optional<std::uint64_t> known_estimate() const;
    // nullopt if the registers are corrupt.
    std::optional<std::uint64_t> estimate() const;
    // Raises registers to those of this one where these are higher; false, with part of them raised, if they
    // are corrupt.
    bool raise(HyperLogLogArray& registers) const;

  private:
    friend class HyperLogLogEditor;
    explicit HyperLogLog(std::string_view bytes) : bytes_(bytes) {}

    std::string_view bytes_;
};

std::uint64_t estimate(const HyperLogLogArray& registers);

// Changes one where it is stored. REQUIRES: the store holds bytes that HyperLogLog::of() accepts.
class HyperLogLogEditor {
  public:
    enum class Outcome : std::uint8_t { Unchanged, Changed, Corrupt };

    // Sparse ones become dense before they take more than `most_sparse_bytes`.
    HyperLogLogEditor(ByteStore& store, std::size_t most_sparse_bytes)
        : store_(store), most_sparse_bytes_(most_sparse_bytes) {}

    HyperLogLog value() const { return HyperLogLog(store_.view()); }

    Outcome add(std::string_view element);
    // Raises a register. REQUIRES: the rank is one that an element can have: 1 to 51.
    Outcome raise(std::uint32_t index, std::uint8_t rank);
    // Raises all registers. REQUIRES: the value is valid() and none of its registers is higher.
    void raise_to(const HyperLogLogArray& registers);
    // False, and nothing is changed, if the registers are corrupt.
    bool make_dense();

    void remember_estimate(std::uint64_t estimate);
    void forget_estimate();

  private:
    bool is_sparse() const { return value().is_sparse(); }
    char* mutable_bytes() { return store_.splice(0, 0, 0); }
    Outcome raise_dense(std::uint32_t index, std::uint8_t rank);
    Outcome raise_sparse(std::uint32_t index, std::uint8_t rank, RunPlace& place);
    void put_dense(const HyperLogLogArray& registers);

    ByteStore& store_;
    std::size_t most_sparse_bytes_;
};

}  // namespace pongo
