#include "keyspace/database.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "values/expiring_hash.h"
#include "values/field_expiry.h"

namespace pongo {

Database::~Database() {
    table_.for_each([](Entry* entry) { Entry::destroy(entry); });
}

Entry* Database::add(const KeyLocation& at, std::optional<std::int64_t> expires_at_ms,
                     const Payload& payload) {
    Entry* entry = Entry::create(at.key, expires_at_ms, payload);
    table_.insert(at.hash, entry);
    note_deadline(entry);
    return entry;
}

// Puts `after` in the place of `before` and frees the shell of the latter.
Entry* Database::exchange(const KeyLocation& at, Entry* before, Entry* after) {
    after->set_access(before->access());
    after->set_mark(before->mark());
    forget_deadline(before);
    table_.replace(at.hash, before, after);
    note_deadline(after);
    Entry::destroy_shell(before);
    return after;
}

Entry* Database::overwrite(const KeyLocation& at, Entry* entry, std::optional<std::int64_t> expires_at_ms,
                           const Payload& payload) {
    const bool same_shape = entry->type() == payload.type && entry->storage() == payload.storage &&
                            entry->has_expiry() == expires_at_ms.has_value();
    if (!same_shape || (payload.storage == Storage::Inline && !entry->fits_snugly(payload.bytes.size()))) {
        return exchange(at, entry, Entry::create(entry->key(), expires_at_ms, payload));
    }
    if (expires_at_ms && *expires_at_ms != entry->expires_at_ms()) set_expiry(at, entry, expires_at_ms);
    if (expires_in_parts(entry->encoding())) unindex_fields(entry);
    entry->set_value_in_place(payload);
    if (expires_in_parts(entry->encoding())) index_fields(entry);
    return entry;
}

Entry* Database::set_expiry(const KeyLocation& at, Entry* entry, std::optional<std::int64_t> expires_at_ms) {
    if (entry->has_expiry() && expires_at_ms) {
        forget_deadline(entry);
        entry->set_expiry_in_place(*expires_at_ms);
        note_deadline(entry);
        return entry;
    }
    if (!entry->has_expiry() && !expires_at_ms) return entry;
    return exchange(at, entry, Entry::create(entry->key(), expires_at_ms, entry->payload()));
}

Entry* Database::resize_inline(const KeyLocation& at, Entry* entry, std::size_t size) {
    const Payload before = entry->payload();
    const bool wastes = size < before.bytes.size() && !entry->fits_snugly(size);
    if (entry->fits_inline(size) && !wastes) {
        entry->set_inline_size(size);
        return entry;
    }
    Payload payload = before;
    payload.bytes = {};
    const auto expiry = entry->has_expiry() ? std::optional(entry->expires_at_ms()) : std::nullopt;
    Entry* moved = Entry::create_with_room(entry->key(), expiry, payload, size);
    std::copy_n(before.bytes.data(), std::min(size, before.bytes.size()), moved->inline_data());
    moved->set_inline_size(size);
    return exchange(at, entry, moved);
}

Entry* Database::extract(const KeyLocation& at, Entry* entry) {
    forget_deadline(entry);
    table_.erase(at.hash, entry);
    return entry;
}

Entry* Database::first_expired(std::int64_t now_ms) const {
    if (deadlines_.empty()) return nullptr;
    Entry* entry = deadlines_.first().entry;
    return entry->expired(now_ms) ? entry : nullptr;
}

Entry* Database::first_with_due_fields(std::int64_t now_ms) const {
    if (field_deadlines_.empty()) return nullptr;
    const Deadline& first = field_deadlines_.first();
    return first.at_ms < now_ms ? first.entry : nullptr;
}

std::int64_t Database::average_ttl_ms(std::int64_t now_ms) const {
    if (deadlines_.empty()) return 0;
    const auto average =
        static_cast<std::int64_t>(deadline_sum_ms_ / static_cast<std::int64_t>(deadlines_.size()));
    return std::max<std::int64_t>(average - now_ms, 0);
}

void Database::swap(Database& other) noexcept {
    table_.swap(other.table_);
    deadlines_.swap(other.deadlines_);
    field_deadlines_.swap(other.field_deadlines_);
    std::swap(deadline_sum_ms_, other.deadline_sum_ms_);
}

bool Database::valid() const {
    std::size_t with_expiry = 0;
    std::size_t with_fields = 0;
    __extension__ __int128 sum_ms = 0;
    bool indexed = true;
    for_each([&](Entry* entry) {
        if (expires_in_parts(entry->encoding())) {
            const auto next = next_field_expiry(entry->payload());
            if (next) ++with_fields;
            indexed = indexed && (!next || field_deadlines_.contains({*next, entry}));
        }
        if (!entry->has_expiry()) return;
        ++with_expiry;
        sum_ms += entry->expires_at_ms();
        indexed = indexed && deadlines_.contains({entry->expires_at_ms(), entry});
    });
    return table_.valid() && deadlines_.valid() && field_deadlines_.valid() && indexed &&
           with_expiry == deadlines_.size() && with_fields == field_deadlines_.size() &&
           sum_ms == deadline_sum_ms_;
}

void Database::index_fields(Entry* entry) {
    const Payload payload = entry->payload();
    const auto next = next_field_expiry(payload);
    if (is_packed(payload.encoding)) {
        if (next) CHECK(field_deadlines_.insert({*next, entry}));
        return;
    }
    ExpiringHash& hash = expiring_hash(payload);
    const auto indexed = next ? std::optional(ExpiringHash::Indexed{*next, entry}) : std::nullopt;
    if (hash.indexed == indexed) return;
    unindex_fields(entry);
    if (next) CHECK(field_deadlines_.insert({*next, entry}));
    hash.indexed = indexed;
}

void Database::unindex_fields(Entry* entry) {
    const Payload payload = entry->payload();
    if (is_packed(payload.encoding)) {
        if (const auto next = next_field_expiry(payload)) CHECK(field_deadlines_.erase({*next, entry}));
        return;
    }
    ExpiringHash& hash = expiring_hash(payload);
    if (!hash.indexed || hash.indexed->entry != entry) return;
    CHECK(field_deadlines_.erase({hash.indexed->at_ms, entry}));
    hash.indexed = std::nullopt;
}

void Database::note_deadline(Entry* entry) {
    if (expires_in_parts(entry->encoding())) index_fields(entry);
    if (!entry->has_expiry()) return;
    deadline_sum_ms_ += entry->expires_at_ms();
    CHECK(deadlines_.insert({entry->expires_at_ms(), entry}));
}

void Database::forget_deadline(Entry* entry) {
    if (expires_in_parts(entry->encoding())) unindex_fields(entry);
    if (!entry->has_expiry()) return;
    deadline_sum_ms_ -= entry->expires_at_ms();
    CHECK(deadlines_.erase({entry->expires_at_ms(), entry}));
}

}  // namespace pongo
