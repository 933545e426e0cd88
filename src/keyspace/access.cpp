#include "keyspace/access.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "keyspace/live_entry.h"
#include "values/field_expiry.h"
#include "values/hash.h"
#include "values/heap_value.h"
#include "values/string.h"

namespace pongo {
namespace {

// So many fields of a hash that are due are removed by who comes across them; more are left to the cycle.
constexpr std::uint64_t kFieldsPerAccess = 32;

// Growth of a string that is changed in place: double, but never more than a megabyte ahead.
constexpr std::size_t kMaxSpareBytes = std::size_t{1} << 20;

void record_event(AccessContext& context, EventClass event_class, std::string_view name, int db,
                  std::string_view key) {
    if (context.log.wants(event_class)) {
        context.unit.events.push_back({event_class, name, db, std::string(key)});
    }
}

// What the expiry of these fields of a hash is for everybody else.
void record_expired_fields(AccessContext& context, int db, std::string_view key,
                           std::vector<std::string> names) {
    context.counters.expired_fields.add(names.size());
    record_event(context, EventClass::Hash, "hexpired", db, key);
    if (!context.log.wants(Interest::Commands)) return;
    names.insert(names.begin(), {"HDEL", std::string(key)});
    context.unit.commands.push_back({db, std::move(names)});
}

}  // namespace

Entry* Access::live(const KeyLocation& at, Purpose purpose) {
    const bool keep_expired = context_->keep_expired && purpose == Purpose::Reading;
    Entry* entry = context_->keyspace.database(db_, at).find(at);
    if (entry && entry->expired(context_->expiry_ms())) {
        if (!keep_expired) expire(at, entry);
        return nullptr;
    }
    if (entry && expires_in_parts(entry->encoding())) return live_hash(at, entry, purpose);
    return entry;
}

Entry* Access::live_hash(const KeyLocation& at, Entry* entry, Purpose purpose) {
    const Payload hash = entry->payload();
    const std::uint64_t due = due_fields(hash, context_->expiry_ms());
    if (due == 0) return entry;
    // A reader removes all or nothing: what a command has read of the hash stays where it is when the same
    // command looks for the hash again.
    const bool is_reading = purpose == Purpose::Reading;
    if (due <= kFieldsPerAccess && !(is_reading && context_->keep_expired)) return expire_fields(at, entry);
    const bool is_there = is_live(*entry, context_->expiry_ms());
    if (is_reading) return is_there ? entry : nullptr;
    if (is_there) return expire_fields(at, entry, kFieldsPerAccess);
    expire_hash(at, entry);
    return nullptr;
}

const Entry* Access::find(std::string_view key, Note note) {
    Entry* entry = live(locate(key), Purpose::Reading);
    if (note == Note::Nothing) return entry;
    if (!entry) {
        context_->counters.keyspace_misses.add();
        record_event(*context_, EventClass::KeyMiss, "keymiss", db_, key);
        return nullptr;
    }
    context_->counters.keyspace_hits.add();
    if (note == Note::Use && context_->note_use) {
        entry->set_access(context_->clock.touched(entry->access()));
    }
    return entry;
}

bool Access::is_there(std::string_view key) const {
    const Entry* const entry = stored(key);
    return entry && is_live(*entry, context_->expiry_ms());
}

const Entry* Access::stored(std::string_view key) const {
    const KeyLocation at = locate(key);
    return context_->keyspace.database(db_, at).find(at);
}

WriteEntry Access::find_for_write(std::string_view key) {
    const KeyLocation at = locate(key);
    Entry* entry = live(at, Purpose::Writing);
    if (entry) context_->keyspace.take(db_, at.shard, *entry);
    if (entry && context_->note_use) entry->set_access(context_->clock.touched(entry->access()));
    return {*context_, db_, at, entry};
}

WriteEntry Access::put(std::string_view key, const Payload& payload,
                       std::optional<std::int64_t> expires_at_ms) {
    WriteEntry entry = find_for_write(key);
    put(entry, payload, expires_at_ms);
    return entry;
}

void Access::put(WriteEntry& entry, const Payload& payload, std::optional<std::int64_t> expires_at_ms) {
    Database& database = entry.database();
    if (entry.entry_) {
        entry.overwrite(payload, expires_at_ms);
        return;
    }
    entry.entry_ = database.add(entry.at_, expires_at_ms, payload);
    entry.created_ = true;
    entry.entry_->set_access(context_->clock.fresh());
    context_->keyspace.mark_as_taken(*entry.entry_);
    record_event(*context_, EventClass::New, "new", db_, entry.key());
}

void Access::put_result(WriteEntry& entry, DetachedValue& result, std::string_view event,
                        EventClass event_class, std::uint64_t changes) {
    if (!is_emptied(result.payload())) {
        put(entry, result.release(), std::nullopt);
        entry.changed(event, event_class, changes);
    } else if (entry) {
        entry.remove("del", EventClass::Generic, context_->free_replaced);
    }
}

void Access::move(WriteEntry& from, WriteEntry& to) {
    const std::uint32_t access = from->access();
    from.database().forget_fields(from.entry_);
    put(to, from->payload(), from.expires_at_ms());
    context_->keyspace.note_move(to->payload(), to.at_);
    to.set_access(access);
    Entry::destroy_shell(from.database().extract(from.at_, from.entry_));
    from.entry_ = nullptr;
}

void Access::expire(const KeyLocation& at, Entry* entry) {
    context_->counters.expired_keys.add();
    record_event(*context_, EventClass::Expired, "expired", db_, entry->key());
    take_away(at, entry, context_->free_expired);
}

void Access::evict(const KeyLocation& at, Entry* entry, Keyspace::Free how) {
    context_->counters.evicted_keys.add();
    record_event(*context_, EventClass::Evicted, "evicted", db_, entry->key());
    take_away(at, entry, how);
}

void Access::expire_hash(const KeyLocation& at, Entry* entry) {
    context_->counters.expired_fields.add(Hash(entry->payload()).size());
    record_event(*context_, EventClass::Hash, "hexpired", db_, entry->key());
    record_event(*context_, EventClass::Generic, "del", db_, entry->key());
    take_away(at, entry, context_->free_expired);
}

void Access::take_away(const KeyLocation& at, Entry* entry, Keyspace::Free how) {
    context_->keyspace.take(db_, at.shard, *entry);
    if (context_->log.wants(Interest::Touches)) {
        context_->unit.touched.push_back({db_, std::string(entry->key()), true});
    }
    if (context_->log.wants(Interest::Commands)) {
        context_->unit.commands.push_back(
            {db_, {std::string(removal_command(how)), std::string(entry->key())}});
    }
    context_->keyspace.database(db_, at).extract(at, entry);
    context_->keyspace.dispose(entry, how);
}

Entry* Access::expire_fields(const KeyLocation& at, Entry* entry, std::uint64_t most) {
    const std::string key(entry->key());
    context_->keyspace.take(db_, at.shard, *entry);
    WriteEntry hash(*context_, db_, {key, at.hash, at.shard}, entry);
    HeldValue held(hash);
    record_expired_fields(*context_, db_, key, erase_due_fields(held, context_->expiry_ms(), most));
    if (context_->log.wants(Interest::Touches)) context_->unit.touched.push_back({db_, key, true});
    if (!is_emptied(hash->payload())) {
        hash.database().note_fields(hash.entry_);
        return hash.entry_;
    }
    record_event(*context_, EventClass::Generic, "del", db_, key);
    context_->keyspace.dispose(hash.database().extract(at, hash.entry_), context_->free_expired);
    return nullptr;
}

WriteEntry::WriteEntry(WriteEntry&& other) noexcept
    : context_(other.context_),
      at_(other.at_),
      entry_(other.entry_),
      db_(other.db_),
      created_(std::exchange(other.created_, false)),
      touched_(std::exchange(other.touched_, false)),
      changes_(std::exchange(other.changes_, 0)) {}

void WriteEntry::overwrite(const Payload& payload, std::optional<std::int64_t> expires_at_ms) {
    const Payload before = entry_->payload();
    const Payload released = before.storage == Storage::Heap ? before : Payload{};
    entry_ = database().overwrite(at_, entry_, expires_at_ms, payload);
    context_->keyspace.dispose(released, context_->free_replaced);
}

void WriteEntry::set_value(const Payload& payload) {
    overwrite(payload, expires_at_ms());
}

void WriteEntry::set_expiry(std::optional<std::int64_t> at_ms) {
    entry_ = database().set_expiry(at_, entry_, at_ms);
}

char* WriteEntry::raw_bytes(std::size_t size) {
    const Payload before = entry_->payload();
    CHECK(before.type == Type::String);
    const std::size_t old_size = String(before).size();
    if (before.storage == Storage::Inline && size <= String::kMaxInline) {
        entry_ = database().resize_inline(at_, entry_, size);
        entry_->set_encoding(Encoding::Raw);
        if (size > old_size) std::memset(entry_->inline_data() + old_size, 0, size - old_size);
        return entry_->inline_data();
    }
    if (before.storage != Storage::Heap || !static_cast<Blob*>(before.heap)->unique()) {
        // Bytes that are being sent to somebody must not change: from here on we have our own.
        const String old(before);
        if (size <= String::kMaxInline) {
            set_value(String::encode_raw(old.view().substr(0, String::kMaxInline)));
            return raw_bytes(size);
        }
        BlobRef own = BlobRef::zeroed(size);
        old.view().copy(own->data(), size);
        char* const bytes = own->data();
        set_value({.encoding = Encoding::Raw, .storage = Storage::Heap, .heap = own.release()});
        return bytes;
    }
    BlobRef blob = BlobRef::adopt(static_cast<Blob*>(entry_->payload().heap));
    if (size > blob->capacity()) blob.reserve(size + std::min(size, kMaxSpareBytes));
    const std::size_t from = blob->size();
    blob.resize(size);
    if (size > from) std::memset(blob->data() + from, 0, size - from);
    Blob* owned = blob.release();
    entry_->set_heap_in_place(owned);
    return owned->data();
}

char* WriteEntry::splice_packed(std::size_t offset, std::size_t erased, std::size_t inserted) {
    const Payload before = entry_->payload();
    DCHECK(is_packed(before.encoding) && !expires_in_parts(before.encoding));
    if (before.storage == Storage::Heap) {
        return static_cast<PackedBytes&>(heap_value(before)).splice(offset, erased, inserted);
    }
    if (inserted == erased) return entry_->inline_data();
    const std::size_t size = before.bytes.size() - erased + inserted;
    if (size > Entry::kMaxInlineValue) {
        auto bytes = std::make_unique<PackedBytes>(std::string(before.bytes));
        char* const start = bytes->splice(offset, erased, inserted);
        set_value(heap_payload(before.type, before.encoding, std::move(bytes)));
        return start;
    }
    const std::size_t tail = before.bytes.size() - offset - erased;
    if (inserted > erased) entry_ = database().resize_inline(at_, entry_, size);
    char* const start = entry_->inline_data();
    std::memmove(start + offset + inserted, start + offset + erased, tail);
    if (inserted < erased) entry_ = database().resize_inline(at_, entry_, size);
    return entry_->inline_data();
}

void WriteEntry::remove(std::string_view event, EventClass event_class, Keyspace::Free how) {
    Entry* removed = database().extract(at_, entry_);
    entry_ = nullptr;
    changed(event, event_class);
    context_->keyspace.dispose(removed, how);
}

void WriteEntry::changed(std::string_view event, EventClass event_class, std::uint64_t changes) {
    changed_silently(changes);
    also(event, event_class);
}

void WriteEntry::also(std::string_view event, EventClass event_class) {
    record_event(*context_, event_class, event, db_, at_.key);
}

void WriteEntry::note_expired_field(std::string_view name) {
    record_expired_fields(*context_, db_, at_.key, {std::string(name)});
}

void WriteEntry::undo_creation() {
    std::vector<Event>& events = context_->unit.events;
    const auto told = std::find_if(events.rbegin(), events.rend(), [&](const Event& event) {
        return event.event_class == EventClass::New && event.db == db_ && event.key == at_.key;
    });
    if (told != events.rend()) events.erase(std::next(told).base());
    if (entry_) context_->keyspace.dispose(database().extract(at_, entry_), Keyspace::Free::Now);
}

void WriteEntry::keep_books() {
    if (entry_ && is_emptied(entry_->payload())) {
        also("del", EventClass::Generic);
        context_->keyspace.dispose(database().extract(at_, entry_), Keyspace::Free::Now);
    } else if (entry_) {
        database().note_fields(entry_);
    }
    context_->counters.changes.add(changes_);
}

void WriteEntry::note_touched() {
    if (context_->log.wants(Interest::Touches)) context_->unit.touched.push_back({db_, std::string(at_.key)});
}

std::string_view HeldString::view() const {
    DCHECK(entry_->storage() != Storage::Integer);
    return String(entry_->payload()).view();
}

char* HeldString::splice(std::size_t offset, std::size_t erased, std::size_t inserted) {
    const std::size_t before = view().size();
    const std::size_t after = before - erased + inserted;
    const std::size_t tail = before - offset - erased;
    char* const bytes = entry_.raw_bytes(std::max(before, after));
    std::memmove(bytes + offset + inserted, bytes + offset + erased, tail);
    return after < before ? entry_.raw_bytes(after) : bytes;
}

}  // namespace pongo
