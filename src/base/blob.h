// A reference-counted run of bytes on the heap: how a big string travels without being copied, from the
// socket that receives it, through the keyspace that owns it, to the replies that send it.
//
// Thread rule: the count is atomic, so references may be dropped on any thread. The bytes may be changed only
// by the one holder of the only reference (unique()); everybody else sees them as constant.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace pongo {

class BlobRef;

// Header and bytes share one allocation. Handled through BlobRef, or as a bare pointer by a container that
// counts itself.
class Blob {
  public:
    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    const char* data() const { return reinterpret_cast<const char*>(this + 1); }
    char* data() { return reinterpret_cast<char*>(this + 1); }
    std::string_view view() const { return {data(), size_}; }
    bool unique() const { return references_.load(std::memory_order_acquire) == 1; }

    void add_reference() { references_.fetch_add(1, std::memory_order_relaxed); }
    void drop_reference();

  private:
    friend class BlobRef;

    std::size_t size_;
    std::size_t capacity_;
    std::atomic<std::uint32_t> references_;
};

class BlobRef {
  public:
    BlobRef() = default;
    BlobRef(const BlobRef& other) : blob_(other.blob_) {
        if (blob_) blob_->add_reference();
    }
    BlobRef(BlobRef&& other) noexcept : blob_(std::exchange(other.blob_, nullptr)) {}
    BlobRef& operator=(BlobRef other) noexcept {
        std::swap(blob_, other.blob_);
        return *this;
    }
    ~BlobRef() {
        if (blob_) blob_->drop_reference();
    }

    static BlobRef allocate(std::size_t capacity);
    // Its size is its capacity, and all its bytes are zero; big ones cost no memory until they are written.
    static BlobRef zeroed(std::size_t size);
    static BlobRef copy_of(std::string_view bytes, std::size_t capacity);
    static BlobRef copy_of(std::string_view bytes) { return copy_of(bytes, bytes.size()); }
    // Takes over a reference that release() gave out.
    static BlobRef adopt(Blob* blob) { return BlobRef(blob); }
    // One more reference to a blob that somebody else holds.
    static BlobRef share(Blob* blob) {
        blob->add_reference();
        return BlobRef(blob);
    }
    [[nodiscard]] Blob* release() { return std::exchange(blob_, nullptr); }

    explicit operator bool() const { return blob_ != nullptr; }
    Blob* operator->() const { return blob_; }
    Blob* get() const { return blob_; }

    // REQUIRES: unique(). The bytes between the old and the new size are undefined.
    void resize(std::size_t size);
    // REQUIRES: unique(). May move the bytes.
    void reserve(std::size_t capacity);

  private:
    static BlobRef initialized(void* memory, std::size_t size, std::size_t capacity);
    explicit BlobRef(Blob* blob) : blob_(blob) {}

    Blob* blob_ = nullptr;
};

}  // namespace pongo
