// Writes what values consist of in Redis's object format: lengths, strings, doubles. See rdb_format.h.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "persistence/byte_sink.h"
#include "persistence/compression.h"
#include "persistence/rdb_format.h"

namespace pongo {

class RdbWriter {
  public:
    RdbWriter(ByteSink& sink, Compression compression) : sink_(sink), compression_(compression) {}

    void byte(std::uint8_t value);
    void opcode(RdbOpcode opcode) { byte(static_cast<std::uint8_t>(opcode)); }
    void length(std::uint64_t value);
    // In the shortest form: as the integer that it spells, compressed, or as it is.
    void string(std::string_view bytes);
    // As they are, without a length.
    void raw(std::string_view bytes);
    // The string of its digits.
    void integer(std::int64_t value);
    void real(double value);
    // Eight bytes, the lowest first.
    void fixed64(std::uint64_t value);

  private:
    bool small_integer(std::int64_t value);
    bool compressed(std::string_view bytes);

    ByteSink& sink_;
    Compression compression_;
    std::unique_ptr<char[]> scratch_;
    std::size_t scratch_size_ = 0;
};

}  // namespace pongo
