#include "base/blob.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "base/check.h"

namespace pongo {

void Blob::drop_reference() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) std::free(this);
}

BlobRef BlobRef::initialized(void* memory, std::size_t size, std::size_t capacity) {
    if (!memory) throw std::bad_alloc();
    auto* blob = static_cast<Blob*>(memory);
    blob->size_ = size;
    blob->capacity_ = capacity;
    new (&blob->references_) std::atomic<std::uint32_t>(1);
    return BlobRef(blob);
}

BlobRef BlobRef::allocate(std::size_t capacity) {
    return initialized(std::malloc(sizeof(Blob) + capacity), 0, capacity);
}

BlobRef BlobRef::zeroed(std::size_t size) {
    return initialized(std::calloc(1, sizeof(Blob) + size), size, size);
}

BlobRef BlobRef::copy_of(std::string_view bytes, std::size_t capacity) {
    BlobRef blob = allocate(capacity < bytes.size() ? bytes.size() : capacity);
    std::memcpy(blob->data(), bytes.data(), bytes.size());
    blob->size_ = bytes.size();
    return blob;
}

void BlobRef::resize(std::size_t size) {
    DCHECK(blob_->unique());
    if (size > blob_->capacity_) reserve(size);
    blob_->size_ = size;
}

void BlobRef::reserve(std::size_t capacity) {
    DCHECK(blob_->unique());
    if (capacity <= blob_->capacity_) return;
    // The header is trivially copyable apart from the count, of which we hold the only one.
    void* memory = std::realloc(static_cast<void*>(blob_), sizeof(Blob) + capacity);
    if (!memory) throw std::bad_alloc();
    blob_ = static_cast<Blob*>(memory);
    blob_->capacity_ = capacity;
}

}  // namespace pongo
