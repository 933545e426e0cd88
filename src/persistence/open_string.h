// The open record of a big string, which shares its bytes. They are compressed and copied without a lock.
//
// Thread rule: see open_record.h.
#pragma once

#include <cstddef>

#include "base/blob.h"
#include "persistence/open_record.h"

namespace pongo {

class OpenString final : public OpenRecord {
  public:
    // REQUIRES: the string is in a blob.
    OpenString(const Payload& value, Opener opener, KeptBytes& kept);

    void begin(RdbWriter&) override {}
    void write_slice(Slice& slice, std::size_t bytes, Compression compression) override;
    bool is_alone() const override { return true; }

  private:
    BlobRef bytes_;
    std::size_t next_ = 0;     // From here on they are still to be written.
    std::size_t counted_ = 0;  // So many bytes of it as kept.
};

}  // namespace pongo
