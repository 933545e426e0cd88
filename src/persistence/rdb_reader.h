// Reads what values consist of from bytes that may come from anywhere. The first thing wrong ends the
// reading: from then on every read gives a harmless value, so it is enough to ask failed() at the end of each
// loop. Nothing is allocated that is not in proportion to the bytes that are there.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pongo {

// A string as it was read: a view of the input, or decoded into memory of its own, which is used again by the
// next string.
class RdbString {
  public:
    std::string_view view() const { return view_; }

  private:
    friend class RdbReader;

    std::string_view view_;
    std::string decoded_;
};

class RdbReader {
  public:
    explicit RdbReader(std::string_view bytes) : bytes_(bytes) {}

    bool failed() const { return reason_ != nullptr; }
    // What is wrong, and where. REQUIRES: failed().
    const char* reason() const { return reason_; }
    std::size_t offset() const { return at_; }
    std::size_t left() const { return bytes_.size() - at_; }

    std::uint8_t byte();
    std::uint64_t length();
    // A number of items, each of which takes at least `least_bytes`: fails if there are not so many left.
    std::uint64_t count(std::size_t least_bytes);
    // Good until `into` is used again.
    std::string_view string(RdbString& into);
    // Passes over one, without decoding it.
    void skip_string();
    std::string_view bytes(std::uint64_t size);
    double real();
    // Little-endian.
    std::uint32_t fixed32();
    std::uint64_t fixed64();

    // Says that what was read cannot be. `reason` is a literal.
    void fail(const char* reason);

  private:
    std::uint64_t length_from(std::uint8_t first);
    std::uint64_t network_order(std::size_t size);
    std::uint64_t little_endian(std::size_t size);
    // Of the integer in a special string.
    std::size_t integer_size(std::uint8_t first);
    void decode_integer(std::uint8_t first, RdbString& into);
    void decompress(RdbString& into);

    std::string_view bytes_;
    std::size_t at_ = 0;
    const char* reason_ = nullptr;
};

}  // namespace pongo
