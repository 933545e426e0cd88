// Passes bytes on in big pieces, and keeps the checksum of all of them.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "persistence/byte_sink.h"
#include "persistence/checksum.h"

namespace pongo {

class ChecksumSink : public ByteSink {
  public:
    // The sink outlives this.
    ChecksumSink(ByteSink& sink, Checksum checksum) : sink_(sink), checksum_(checksum) {}

    void append(std::string_view bytes) override;
    // Passes on what is still here. Not done by the destructor.
    void flush();
    // Of all bytes so far; 0 if none is kept.
    std::uint64_t checksum() const;
    // With those that are still here.
    std::uint64_t size() const { return passed_ + buffered_; }

  private:
    static constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

    void pass(std::string_view bytes);

    ByteSink& sink_;
    Checksum checksum_;
    std::uint64_t crc_ = 0;
    std::uint64_t passed_ = 0;
    std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(kBufferBytes);
    std::size_t buffered_ = 0;
};

}  // namespace pongo
