// One command's way to the keys of one database, under the locks that its executor has taken.
//
// Reading removes what has expired, counts hits and misses, and notes the use of the entry. Changing happens
// through a WriteEntry, which keeps the books when it goes out of scope: event, touched key, count of
// changes. A handler can't forget.
//
// Thread rule: one thread, within the locks of the keys' shards.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "effects/effect_log.h"
#include "keyspace/access_clock.h"
#include "keyspace/keyspace.h"
#include "stats/counters.h"
#include "values/detached_value.h"
#include "values/value_holder.h"

namespace pongo {

// What copies of the data set are told of a key that goes.
inline std::string_view removal_command(Keyspace::Free how) {
    return how == Keyspace::Free::Lazily ? "UNLINK" : "DEL";
}

// What all of a command's accesses share. Lives in the executor.
struct AccessContext {
    Keyspace& keyspace;
    EffectLog& log;
    Unit& unit;
    Counters& counters;
    AccessClock& clock;
    std::int64_t now_ms = 0;
    // The keys that the executor has located already. Handlers mostly ask for the very same bytes, in this
    // order.
    std::vector<KeyLocation> located = {};
    std::size_t next_located = 0;
    bool keep_expired =
        false;  // While clients are paused the data set stays as it is: what has expired is only hidden.
    // While commands are run once more that tell themselves what has expired: those of the append-only file.
    bool nothing_expires = false;
    // What ends by then is over.
    std::int64_t expiry_ms() const { return nothing_expires ? INT64_MIN : now_ms; }
    bool note_use = true;  // Not for a client that asked for CLIENT NO-TOUCH, nor for OBJECT and the like.
    // As the options say: lazyfree-lazy-server-del for values that are replaced, and lazyfree-lazy-expire.
    Keyspace::Free free_replaced = Keyspace::Free::Now;
    Keyspace::Free free_expired = Keyspace::Free::Now;
    Random random = {};
};

class WriteEntry;

class Access {
  public:
    enum class Note {
        Use,   // A hit or a miss, which the entry remembers ...
        Look,  // ... or doesn't: for commands that ask about a key rather than for its value.
        Nothing,
    };

    Access(AccessContext& context, int db) : context_(&context), db_(db) {}

    int db() const { return db_; }
    AccessContext& context() const { return *context_; }

    // nullptr if the key is not there (any more).
    const Entry* find(std::string_view key, Note note = Note::Use);
    // Whether the key is there now; what has expired is left in its place.
    bool is_there(std::string_view key) const;
    // The same for a key whose time has come and that nobody has removed yet.
    bool is_stored(std::string_view key) const { return stored(key) != nullptr; }
    // Neither hit nor miss is counted.
    WriteEntry find_for_write(std::string_view key);
    // Creates the key, or overwrites whatever it held. Takes over the payload's object. The caller says what
    // happened with WriteEntry::changed().
    WriteEntry put(std::string_view key, const Payload& payload, std::optional<std::int64_t> expires_at_ms);
    // The same for a key that find_for_write() has just looked up.
    void put(WriteEntry& entry, const Payload& payload, std::optional<std::int64_t> expires_at_ms);
    // Puts what a command has computed in the place of whatever the key held, and says so; a result that is
    // empty takes the key away. REQUIRES: it is no string.
    void put_result(WriteEntry& entry, DetachedValue& result, std::string_view event, EventClass event_class,
                    std::uint64_t changes = 1);
    // Hands over value, expiry and what is remembered of their use; `from` is absent afterwards. The caller
    // says what happened with changed() of both. REQUIRES: `from` is present and another entry; `to` is of
    // this database.
    void move(WriteEntry& from, WriteEntry& to);

    // Removes an entry whose time has come: its event and its effect. For find() and the expiry cycle.
    void expire(const KeyLocation& at, Entry* entry);
    // Removes an entry because there is not enough memory.
    void evict(const KeyLocation& at, Entry* entry, Keyspace::Free how);
    // Removes at most `most` fields of a hash whose time has come, likewise, and the key with the last one.
    // Returns the entry, which may have moved, or nullptr if it is gone. REQUIRES: it has such fields.
    Entry* expire_fields(const KeyLocation& at, Entry* entry, std::uint64_t most = UINT64_MAX);

  private:
    KeyLocation locate(std::string_view key) const {
        if (context_->next_located < context_->located.size()) {
            const KeyLocation& known = context_->located[context_->next_located];
            if (key.data() == known.key.data() && key.size() == known.key.size()) {
                // A single key may be asked for again.
                if (context_->located.size() > 1) ++context_->next_located;
                return known;
            }
        }
        return context_->keyspace.locate(key);
    }
    // A writer that is let in (clients may be let go on at any moment) takes away what has expired in any
    // case.
    enum class Purpose : std::uint8_t { Reading, Writing };
    // Whether its time has come or not; nullptr if there is none.
    const Entry* stored(std::string_view key) const;
    Entry* live(const KeyLocation& at, Purpose purpose);
    // The same for a hash with fields that expire. If due ones are left in it, readers of the hash don't see
    // them.
    Entry* live_hash(const KeyLocation& at, Entry* entry, Purpose purpose);
    // Removes a hash all of whose fields are due.
    void expire_hash(const KeyLocation& at, Entry* entry);
    // Removes a key, and tells copies of the data set.
    void take_away(const KeyLocation& at, Entry* entry, Keyspace::Free how);

    AccessContext* context_;
    int db_;
};

// A key that may be changed: present, or absent (then only Access::put() can change that). A list, set,
// sorted set or hash that was changed and is empty at the end of the guard's life is removed, with the event
// "del".
//
// REQUIRES: nothing else changes the same key while the guard lives. `key` must outlive the guard.
class WriteEntry {
  public:
    WriteEntry(AccessContext& context, int db, const KeyLocation& at, Entry* entry)
        : context_(&context), at_(at), entry_(entry), db_(db) {}
    WriteEntry(WriteEntry&& other) noexcept;
    WriteEntry(const WriteEntry&) = delete;
    WriteEntry& operator=(const WriteEntry&) = delete;
    WriteEntry& operator=(WriteEntry&&) = delete;
    ~WriteEntry() {
        if (touched_) {
            keep_books();
        } else if (created_) {
            undo_creation();
        }
    }

    explicit operator bool() const { return entry_ != nullptr; }
    const Entry* operator->() const { return entry_; }
    const Entry& operator*() const { return *entry_; }
    std::string_view key() const { return at_.key; }
    std::optional<std::int64_t> expires_at_ms() const {
        return entry_->has_expiry() ? std::optional(entry_->expires_at_ms()) : std::nullopt;
    }

    // REQUIRES for all of these: the key is present.
    void set_value(const Payload& payload);  // Keeps the expiry; takes over the payload's object.
    void set_expiry(std::optional<std::int64_t> at_ms);
    void set_access(std::uint32_t access) { entry_->set_access(access); }
    // For strings: the bytes, raw, at this size, ready to be changed; new ones at the end are zero.
    char* raw_bytes(std::size_t size);
    // For packed encodings whose parts don't expire: as ByteStore::splice().
    char* splice_packed(std::size_t offset, std::size_t erased, std::size_t inserted);
    // Takes the key away, with its event.
    void remove(std::string_view event, EventClass event_class = EventClass::Generic,
                Keyspace::Free how = Keyspace::Free::Now);

    // Says that the entry was changed, under the event's name (a literal). The books are kept at the end of
    // its life. `changes` is how much closer it brings the next save: 0 where a command changes several keys
    // that count as one.
    void changed(std::string_view event, EventClass event_class, std::uint64_t changes = 1);
    // One more event of the same change.
    void also(std::string_view event, EventClass event_class);
    // Says that a field had expired, and was taken out before a change.
    void note_expired_field(std::string_view name);
    // Changed without an event.
    void changed_silently(std::uint64_t changes = 1) {
        changes_ += changes;
        if (!touched_) note_touched();
        touched_ = true;
    }

  protected:
    std::int64_t expiry_ms() const { return context_->expiry_ms(); }

  private:
    friend class Access;

    Database& database() const { return context_->keyspace.database(db_, at_); }
    // At once: where a command changes several keys, they are told in the order in which it says so.
    void note_touched();
    void keep_books();
    void undo_creation();
    void overwrite(const Payload& payload, std::optional<std::int64_t> expires_at_ms);

    AccessContext* context_;
    KeyLocation at_;
    Entry* entry_;
    int db_;
    bool created_ = false;  // By put(). A handler that ends before it says so with changed() has failed.
    bool touched_ = false;
    std::uint64_t changes_ = 0;
};

// The value of a present key, for those who change values without knowing of keys.
class HeldValue : public ValueHolder {
  public:
    // The entry must outlive it.
    explicit HeldValue(WriteEntry& entry) : entry_(entry) {}

    Payload payload() const override { return entry_->payload(); }
    void replace(const Payload& payload) override { entry_.set_value(payload); }
    std::string_view view() const override { return packed_bytes(entry_->payload()); }
    char* splice(std::size_t offset, std::size_t erased, std::size_t inserted) override {
        return entry_.splice_packed(offset, erased, inserted);
    }
    void field_expired(std::string_view name) override { entry_.note_expired_field(name); }

  private:
    WriteEntry& entry_;
};

// The bytes of a present string, for those who change bytes without knowing of keys. REQUIRES: it is not kept
// as an integer.
class HeldString : public ByteStore {
  public:
    // The entry must outlive it.
    explicit HeldString(WriteEntry& entry) : entry_(entry) {}

    std::string_view view() const override;
    char* splice(std::size_t offset, std::size_t erased, std::size_t inserted) override;

  private:
    WriteEntry& entry_;
};

}  // namespace pongo
