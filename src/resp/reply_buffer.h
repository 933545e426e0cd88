// Reply bytes on their way out: one growing run of bytes, with big strings spliced in by reference.
// Thread rule: one thread at a time.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "base/blob.h"

namespace pongo {

class ReplyBuffer {
  public:
    // A place in the buffer, to cut it back to.
    struct Mark {
        std::size_t bytes;
        std::size_t splices;
    };

    std::size_t size() const { return used_ + spliced_; }
    bool empty() const { return size() == 0; }
    // Memory that only this buffer holds, and what it keeps alive.
    std::size_t memory() const { return capacity_ + spliced_ + splices_.capacity() * sizeof(Splice); }
    std::size_t capacity() const { return capacity_; }

    void append(std::string_view bytes) {
        char* to = room(bytes.size());
        bytes.copy(to, bytes.size());  // Unlike memcpy it takes the null of an empty view.
        used_ += bytes.size();
    }
    // Space for `size` bytes at the end; tell with advance() how many were written.
    char* room(std::size_t size) {
        if (capacity_ - used_ < size) grow(size);
        return bytes_.get() + used_;
    }
    void advance(std::size_t size) { used_ += size; }
    // The blob, or a part of it, without a copy. It must not change while it is in here.
    void append(BlobRef blob) {
        const std::size_t size = blob->size();
        append(std::move(blob), 0, size);
    }
    void append(BlobRef blob, std::size_t offset, std::size_t size);

    Mark mark() const { return {used_, splices_.size()}; }
    void cut_back(Mark mark);
    void insert(Mark mark, std::string_view bytes);
    void clear() { cut_back({0, 0}); }

    // From here on there may be about `bytes` more. When more are appended, everything behind this place is
    // dropped, and so is, time and again, what still follows: nobody will send it.
    void limit_growth(std::size_t bytes);
    // Whether that has happened since: what writes without end should look at this.
    bool overflowed() const { return limit_.exceeded; }

    // Fills `pieces` with what comes after the first `skip` bytes, in order; returns how many pieces were
    // set.
    int gather(std::size_t skip, iovec* pieces, int max_pieces) const;
    // All bytes as one string, for tests and rarely used paths.
    std::string_view flat() const { return {bytes_.get(), used_}; }
    bool has_splices() const { return !splices_.empty(); }
    bool has_splices_after(Mark mark) const { return splices_.size() > mark.splices; }
    std::size_t size_after(Mark mark) const;
    std::string to_string() const;

    // Forgets the first `count` bytes, and lets go of the blobs that end there. What is left of `count` in
    // the middle of a blob is returned: so much of what is now the front is still to be skipped.
    std::size_t drop_front(std::size_t count);
    // Moves what comes after the mark to the end of another buffer.
    void move_tail(Mark from, ReplyBuffer& to);

  private:
    struct Splice {
        std::size_t at;  // Comes before the byte at this offset.
        BlobRef blob;
        std::size_t offset;
        std::size_t size;
        std::string_view view() const { return blob->view().substr(offset, size); }
    };

    struct Limit {
        Mark from{};
        std::size_t size = SIZE_MAX;
        bool exceeded = false;
    };

    void grow(std::size_t more);
    void keep_limit(std::size_t more);

    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t used_ = 0;
    std::size_t spliced_ = 0;
    std::vector<Splice> splices_;
    Limit limit_;
};

}  // namespace pongo
