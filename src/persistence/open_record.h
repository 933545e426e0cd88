// A key's record that is not written down all at once, because its value is big: it is *open* until the last
// of it is written.
//
//   open_record() and begin(): under the lock of the value's shard, and at once
//      │  write_slice(), again and again. In between the value may change: what is about to change is
//      │  written down before, and kept until a slice takes it along.
//      ▼
//   the slice that says that it is the last: let_go()
//
// What has to be known of the value as a whole (size, next expiry, consumer groups ...) is written down when
// it is opened. Of a hash, a set or a sorted set the items may stand in any order; blocks of lists and
// streams stand in theirs. A string is not watched: its bytes are shared, and who changes shared bytes makes
// new ones.
//
// Invariants:
//  1. Every element that the value had when it was opened is in one slice, as it was then; no other one is.
//  2. The value stays where it is until let_go(): a value that no key has any more belongs to its record.
//
// Thread rule: under the lock of the value's shard, and once is_alone() on one thread, which destroys it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "keyspace/database.h"
#include "persistence/compression.h"
#include "persistence/pieces.h"
#include "persistence/rdb_writer.h"
#include "values/payload.h"

namespace pongo {

class OpenRecord {
  public:
    struct Slice {
        Pieces bytes;
        std::size_t kept = 0;  // How many bytes were kept for it, as note_kept() was told.
        bool is_last = false;
    };

    virtual ~OpenRecord() { kept_.subtract(kept_here_); }
    OpenRecord(const OpenRecord&) = delete;
    OpenRecord& operator=(const OpenRecord&) = delete;

    // Once: writes what stands between the key and the first slice, and watches the value from then on.
    virtual void begin(RdbWriter& writer) = 0;
    // What comes next: what is kept, and about so many bytes more.
    virtual void write_slice(Slice& slice, std::size_t bytes, Compression compression) = 0;
    // Once: from then on the value may do what it wants.
    virtual void let_go() {}

    // So many kept bytes of a slice are not in memory any more.
    void note_consumed(std::size_t kept) {
        kept_here_ -= kept;
        kept_.subtract(kept);
    }

    // What stands before the first slice.
    Pieces& head() { return head_; }

    // Where the value is to be found. The shard may be asked for without its lock; it is right if it is still
    // the same under it.
    std::uint32_t shard() const { return shard_; }
    const std::string& key() const { return key_; }
    void set_place(const KeyLocation& at) {
        key_ = at.key;
        shard_ = at.shard;
    }
    // The value is in a database that nobody sees any more, and that lives at least as long as this.
    void hold(std::shared_ptr<Database> content) { within_ = std::move(content); }
    // No key has the value any more: whoever destroys the record frees it.
    void own(const Payload& value) {
        owned_ = value;
        note_kept(heap_bytes(value));
    }
    const std::optional<Payload>& owned() const { return owned_; }
    // Nobody else can change the value: no lock is needed.
    virtual bool is_alone() const { return owned_.has_value(); }

  protected:
    explicit OpenRecord(KeptBytes& kept) : kept_(kept) {}

    void note_kept(std::size_t bytes) {
        kept_here_ += bytes;
        kept_.add(bytes);
    }

  private:
    KeptBytes& kept_;
    std::atomic<std::size_t> kept_here_{0};
    Pieces head_;
    std::string key_;
    std::atomic<std::uint32_t> shard_{0};
    std::shared_ptr<Database> within_;
    std::optional<Payload> owned_;
};

// Who opens it: the snapshot that comes by, or somebody who is about to change the value.
enum class Opener : std::uint8_t { Walker, Writer };

// nullptr for a value of no more than `big_bytes`, roughly, and for one that has no parts.
std::unique_ptr<OpenRecord> open_record(const Payload& value, std::size_t big_bytes, Opener opener,
                                        KeptBytes& kept);
// The open record of a value, if it has one. (A string has none.)
OpenRecord* open_record_of(const Payload& value);

}  // namespace pongo
