#include "values/string.h"

namespace pongo {
namespace {

constexpr std::size_t kMaxIntegerDigits = 20;

Payload store(std::string_view bytes, Encoding encoding) {
    Payload payload{.encoding = encoding, .bytes = bytes};
    if (bytes.size() > String::kMaxInline) {
        payload.storage = Storage::Heap;
        payload.heap = BlobRef::copy_of(bytes).release();
    }
    return payload;
}

}  // namespace

Payload String::encode(std::string_view bytes) {
    if (bytes.size() <= kMaxIntegerDigits) {
        if (const auto integer = parse_int64(bytes)) return encode(*integer);
    }
    return encode_text(bytes);
}

Payload String::encode_text(std::string_view bytes) {
    return store(bytes, bytes.size() <= kMaxEmbstr ? Encoding::Embstr : Encoding::Raw);
}

Payload String::encode_raw(std::string_view bytes) {
    return store(bytes, Encoding::Raw);
}

Payload String::encode_raw(const BlobRef& blob) {
    if (blob->size() <= kMaxInline) return encode_raw(blob->view());
    return {.encoding = Encoding::Raw, .storage = Storage::Heap, .heap = BlobRef(blob).release()};
}

Payload String::encode(BlobRef blob) {
    if (blob->size() <= kMaxInline) return encode(blob->view());
    return {.encoding = Encoding::Raw, .storage = Storage::Heap, .heap = blob.release()};
}

Payload String::encode(std::int64_t integer) {
    return {.encoding = Encoding::Int, .storage = Storage::Integer, .integer = integer};
}

}  // namespace pongo
