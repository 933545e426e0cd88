// Strings: bytes, or an integer that stands for its decimal digits.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/blob.h"
#include "base/numbers.h"
#include "values/payload.h"

namespace pongo {

// Reads a string value. The value must stay unchanged while the reader is used.
class String {
  public:
    static constexpr Type kType = Type::String;

    // The longest string that Redis makes in one allocation with its object; the limit shows in OBJECT
    // ENCODING.
    static constexpr std::size_t kMaxEmbstr = 44;
    // Longer ones live in a blob of their own instead of next to their key.
    static constexpr std::size_t kMaxInline = 4096;

    explicit String(const Payload& payload) : payload_(payload) {
        if (payload.storage == Storage::Inline) {
            bytes_ = payload.bytes;
        } else if (payload.storage == Storage::Heap) {
            bytes_ = static_cast<const Blob*>(payload.heap)->view();
        } else {
            bytes_ = {digits_, format_int64(payload.integer, digits_)};
        }
    }
    String(const String& other) : String(other.payload_) {}
    String& operator=(const String&) = delete;

    std::string_view view() const { return bytes_; }
    std::size_t size() const { return bytes_.size(); }
    bool is_integer() const { return payload_.storage == Storage::Integer; }
    // The number that the string spells in canonical form, if it does.
    std::optional<std::int64_t> integer() const {
        return is_integer() ? std::optional(payload_.integer) : parse_int64(bytes_);
    }
    // The same without making the digits first.
    static std::optional<std::int64_t> integer_of(const Payload& payload) {
        return payload.storage == Storage::Integer ? std::optional(payload.integer)
                                                   : String(payload).integer();
    }
    // Another reference to the bytes, if they live in a blob.
    BlobRef shared() const {
        return payload_.storage == Storage::Heap ? BlobRef::share(static_cast<Blob*>(payload_.heap))
                                                 : BlobRef();
    }

    // How to store these bytes: as an integer where they are one, otherwise where they fit. With
    // Storage::Heap the payload owns a new reference, which whoever stores it takes over.
    static Payload encode(std::string_view bytes);
    // The same without looking for an integer.
    static Payload encode_text(std::string_view bytes);
    // Likewise, and always called "raw": for strings that were changed in place.
    static Payload encode_raw(std::string_view bytes);
    // The same of bytes in a blob: big ones are shared, small ones need the blob until they are stored.
    static Payload encode_raw(const BlobRef& blob);
    // Big bytes that came in a blob are kept in it.
    static Payload encode(BlobRef blob);
    static Payload encode(std::int64_t integer);

  private:
    Payload payload_;
    std::string_view bytes_;
    char digits_[kMaxInt64Digits];
};

}  // namespace pongo
