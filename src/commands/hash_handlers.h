// The handlers of the hash commands. Their rows, which say what each of them does, stand in hashes.cpp; those
// of the commands that have a word on expiry in hash_expiry.cpp.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "commands/expiry_options.h"
#include "engine/args.h"
#include "engine/call.h"
#include "persistence/value_limits.h"
#include "values/hash.h"

namespace pongo::hashes {

// The hash of a present entry, to be changed.
class EditedHash {
  public:
    // The entry must outlive it.
    EditedHash(Call& call, WriteEntry& entry)
        : held_(entry), limits_(hash_limits_of(call.settings())), editor_(held_, limits_, call.expiry_ms()) {}
    EditedHash(const EditedHash&) = delete;
    EditedHash& operator=(const EditedHash&) = delete;

    Hash value() const { return editor_.hash(); }
    HashEditor* operator->() { return &editor_; }

  private:
    HeldValue held_;
    HashLimits limits_;
    HashEditor editor_;
};

// FIELDS, how many, and the names, which are the rest of the arguments (each followed by a value where
// `width` is 2). `count_error` is for a count that is not positive.
std::span<const std::string_view> read_fields(Args& args, Call& call, std::string_view count_error,
                                              std::size_t width = 1);
inline constexpr std::string_view kFieldsNotPositive = "ERR Number of fields must be a positive integer";

// The number as a time for fields, in milliseconds of Unix time.
std::int64_t read_field_time(Call& call, std::string_view number, ExpiryForm form);

inline bool is_over(const Call& call, std::int64_t at_ms) {
    return at_ms <= call.expiry_ms();
}
// Gives the field this expiry; if that is over, takes the field away. REQUIRES: the field is there.
void give_expiry(Call& call, EditedHash& hash, std::string_view name, std::int64_t at_ms);
// The event of that.
std::string_view expiry_event(const Call& call, std::int64_t at_ms);
// Keeps the books of it, for several fields.
void note_expiry(Call& call, WriteEntry& entry, std::span<const std::string_view> names, std::int64_t at_ms);

// Copies of the data set are told HDEL of the fields ...
void propagate_removal(Call& call, const WriteEntry& entry, std::span<const std::string_view> names);
// ... or `head`, the word FIELDS, their number and the fields.
void propagate_fields(Call& call, std::initializer_list<std::string_view> head,
                      std::span<const std::string_view> names);

// hash_changes.cpp: setting, removing, counting.
void hset(Call& call);
void hmset(Call& call);
void hsetnx(Call& call);
void hdel(Call& call);
void hincrby(Call& call);
void hincrbyfloat(Call& call);

// hash_lifetimes.cpp: reading, setting and taking fields, with a word on their expiry.
void hgetdel(Call& call);
void hgetex(Call& call);
void hsetex(Call& call);

// hash_random.cpp
void hrandfield(Call& call);

}  // namespace pongo::hashes
