#include "persistence/open_string.h"

#include <algorithm>
#include <utility>

namespace pongo {
namespace {

// Nobody waits for a slice, however long it takes.
constexpr std::size_t kSliceBytes = std::size_t{1} << 20;

}  // namespace

OpenString::OpenString(const Payload& value, Opener opener, KeptBytes& kept)
    : OpenRecord(kept), bytes_(BlobRef::share(static_cast<Blob*>(value.heap))) {
    // A writer leaves the bytes to the record, and takes others.
    if (opener == Opener::Writer) counted_ = bytes_->size();
    note_kept(counted_);
}

void OpenString::write_slice(Slice& slice, std::size_t, Compression compression) {
    RdbWriter writer(slice.bytes, compression);
    const std::string_view all = bytes_->view();
    if (compression != Compression::Off) {
        writer.string(all);
        next_ = all.size();
    } else {
        if (next_ == 0) writer.length(all.size());
        writer.raw(all.substr(next_, kSliceBytes));
        next_ = std::min(next_ + kSliceBytes, all.size());
    }
    slice.is_last = next_ == all.size();
    if (slice.is_last) slice.kept = std::exchange(counted_, 0);
}

}  // namespace pongo
