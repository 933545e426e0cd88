#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "persistence/value_readers.h"
#include "persistence/ziplist.h"
#include "persistence/zipmap.h"
#include "structures/repeats.h"
#include "values/expiring_hash.h"
#include "values/field_expiry.h"
#include "values/hash.h"
#include "values/packed_limit.h"
#include "values/timed_fields.h"

namespace pongo {
namespace {

constexpr const char* kRepeated = "a field comes twice";

// Gathers fields, without looking for each whether it is there already as long as that would take a search.
class HashBuilder {
  public:
    explicit HashBuilder(const HashLimits& limits) : limits_(limits) {}

    void add(std::string_view name, std::string_view value) {
        if (!table_ && !fits(name, value)) become_table();
        if (table_) {
            repeated_ |= !table_->table.put(name, value);
        } else {
            ListpackEditor(packed_).insert(packed_list().end(), std::array{name, value});
            ++packed_fields_;
        }
    }
    // Where so many fields are to come that they will be a table anyway.
    void become_table() {
        table_ = std::make_unique<TableHash>();
        add_all(packed_list());
    }
    // The fields of a listpack that is not this one's own.
    void add_all(Listpack fields) {
        std::array<char, kMaxInt64Digits> name_digits;
        std::array<char, kMaxInt64Digits> value_digits;
        for (auto at = fields.begin(); at != fields.end();) {
            const auto value_at = fields.next(at);
            add(fields[at].text(name_digits), fields[value_at].text(value_digits));
            at = fields.next(value_at);
        }
    }
    void finish(RdbReader& in, DetachedValue& value) {
        if (repeated_ || (!table_ && has_repeats(packed_list(), 1))) return in.fail(kRepeated);
        if (table_) {
            value.replace(heap_payload(Type::Hash, Encoding::Hashtable, std::move(table_)));
        } else {
            Payload payload = Hash::empty();
            payload.bytes = bytes_;
            value.replace(payload);
        }
    }

  private:
    Listpack packed_list() const { return Listpack(bytes_); }
    bool fits(std::string_view name, std::string_view value) const {
        return packed_fields_ < limits_.fields && name.size() <= limits_.text_bytes &&
               value.size() <= limits_.text_bytes &&
               bytes_.size() + name.size() + value.size() < kMostPackedBytes;
    }

    const HashLimits& limits_;
    std::string bytes_{Listpack::empty_bytes()};
    StringStore packed_{bytes_};
    std::uint64_t packed_fields_ = 0;
    std::unique_ptr<TableHash> table_;
    bool repeated_ = false;
};

void read_strings(RdbReader& in, const HashLimits& limits, HashBuilder& hash) {
    RdbString name;
    RdbString value;
    std::uint64_t left = in.count(2);
    if (left > limits.fields) hash.become_table();
    for (; left > 0 && !in.failed(); --left) {
        in.string(name);
        in.string(value);
        if (!in.failed()) hash.add(name.view(), value.view());
    }
}

void read_zipmap(RdbReader& in, HashBuilder& hash) {
    RdbString bytes;
    in.string(bytes);
    if (in.failed()) return;
    if (!Zipmap::valid(bytes.view())) return in.fail("this is no zipmap");
    Zipmap(bytes.view()).for_each([&](std::string_view name, std::string_view value) {
        hash.add(name, value);
    });
}

// The listpack becomes the hash as it is, unless there are too many fields. How long they are does not matter
// here.
void adopt_listpack(RdbReader& in, std::string_view bytes, const HashLimits& limits, DetachedValue& value) {
    const Listpack fields(bytes);
    const std::size_t elements = fields.size();
    if (elements % 2 != 0) return in.fail("a field without a value");
    if (elements / 2 <= limits.fields) {
        if (has_repeats(fields, 1)) return in.fail(kRepeated);
        Payload payload = Hash::empty();
        payload.bytes = bytes;
        return value.replace(payload);
    }
    HashBuilder hash(limits);
    hash.become_table();
    hash.add_all(fields);
    hash.finish(in, value);
}

void read_ziplist(RdbReader& in, const HashLimits& limits, DetachedValue& value) {
    RdbString bytes;
    in.string(bytes);
    if (in.failed()) return;
    if (!Ziplist::valid(bytes.view())) return in.fail("this is no ziplist");
    const auto fields = Ziplist(bytes.view()).to_listpack();
    if (!fields) return in.fail("a ziplist is too big");
    adopt_listpack(in, *fields, limits, value);
}

void read_listpack(RdbReader& in, const HashLimits& limits, DetachedValue& value) {
    RdbString bytes;
    in.string(bytes);
    if (in.failed()) return;
    if (!Listpack::valid(bytes.view())) return in.fail("this is no listpack");
    adopt_listpack(in, bytes.view(), limits, value);
}

// Gathers fields, some of them with an expiry, likewise.
class ExpiringHashBuilder {
  public:
    ExpiringHashBuilder(RdbReader& in, const HashLimits& limits) : in_(in), limits_(limits) {}

    // 0 is no expiry.
    void add(std::string_view name, std::string_view value, std::int64_t expires_at_ms) {
        if (expires_at_ms < 0 || expires_at_ms > kLatestFieldExpiryMs) in_.fail("this is no expiry");
        if (in_.failed()) return;
        if (!table_ && !fits(name, value)) become_table();
        if (table_) {
            add_to_table(name, value, expires_at_ms);
        } else {
            packed_.push_back({std::string(name), std::string(value), expires_at_ms});
            packed_bytes_ += field_bytes(name, value);
        }
    }
    void finish(DetachedValue& value) {
        if (table_) {
            return value.replace(heap_payload(Type::Hash, Encoding::HashtableEx, std::move(table_)));
        }
        const std::string bytes = TimedFields::bytes_of(std::move(packed_));
        if (has_repeats(Listpack(bytes), TimedFields::kWidth - 1)) return in_.fail(kRepeated);
        value.replace(packed_payload(Type::Hash, Encoding::ListpackEx, bytes));
    }

  private:
    // An integer in a listpack, with what stands around it.
    static constexpr std::size_t kMostExpiryBytes = 10;

    // Of the listpack, or a little more.
    static std::size_t field_bytes(std::string_view name, std::string_view value) {
        return Listpack::encoded_size(name) + Listpack::encoded_size(value) + kMostExpiryBytes;
    }
    bool fits(std::string_view name, std::string_view value) const {
        return packed_.size() < limits_.fields && limits_.fit(name, value) &&
               packed_bytes_ + field_bytes(name, value) < kMostPackedBytes;
    }
    void add_to_table(std::string_view name, std::string_view value, std::int64_t expires_at_ms) {
        if (!table_->table.put(name, value)) return in_.fail(kRepeated);
        if (expires_at_ms != 0) table_->set_expiry(name, expires_at_ms);
    }
    void become_table() {
        table_ = std::make_unique<ExpiringHash>();
        for (const auto& field : packed_) add_to_table(field.name, field.value, field.expires_at_ms);
        packed_.clear();
    }

    RdbReader& in_;
    const HashLimits& limits_;
    std::vector<TimedFields::Field> packed_;
    std::size_t packed_bytes_ = 0;
    std::unique_ptr<ExpiringHash> table_;
};

void read_expiring(RdbReader& in, ExpiringHashBuilder& fields) {
    RdbString name;
    RdbString value;
    const std::uint64_t first_ms = in.fixed64();
    for (std::uint64_t left = in.count(3); left > 0 && !in.failed(); --left) {
        const std::uint64_t later = in.length();
        in.string(name);
        in.string(value);
        // With both in range their sum cannot overflow.
        constexpr auto kLatest = static_cast<std::uint64_t>(kLatestFieldExpiryMs);
        if (later != 0 && (first_ms > kLatest || later > kLatest)) in.fail("this is no expiry");
        const std::uint64_t at_ms = later == 0 ? 0 : first_ms + later - 1;
        if (!in.failed()) fields.add(name.view(), value.view(), static_cast<std::int64_t>(at_ms));
    }
}

void read_expiring_listpack(RdbReader& in, ExpiringHashBuilder& fields) {
    RdbString bytes;
    in.fixed64();
    in.string(bytes);
    if (in.failed()) return;
    if (!Listpack::valid(bytes.view())) return in.fail("this is no listpack");
    const Listpack elements(bytes.view());
    if (elements.size() % 3 != 0) return in.fail("a field without a value or an expiry");
    std::array<char, kMaxInt64Digits> name_digits;
    std::array<char, kMaxInt64Digits> value_digits;
    for (auto at = elements.begin(); at != elements.end() && !in.failed();) {
        const auto value_at = elements.next(at);
        const auto expiry_at = elements.next(value_at);
        if (!elements[expiry_at].is_integer) return in.fail("this is no expiry");
        fields.add(elements[at].text(name_digits), elements[value_at].text(value_digits),
                   elements[expiry_at].integer);
        at = elements.next(expiry_at);
    }
}

}  // namespace

void read_hash(RdbReader& in, ObjectType type, const HashLimits& limits, DetachedValue& value) {
    value.replace(Hash::empty());
    switch (type) {
        case ObjectType::HashZiplist:
            read_ziplist(in, limits, value);
            break;
        case ObjectType::HashListpack:
            read_listpack(in, limits, value);
            break;
        case ObjectType::HashExpiring:
        case ObjectType::HashExpiringListpack: {
            ExpiringHashBuilder hash(in, limits);
            type == ObjectType::HashExpiring ? read_expiring(in, hash) : read_expiring_listpack(in, hash);
            if (!in.failed()) hash.finish(value);
            break;
        }
        default: {
            HashBuilder hash(limits);
            type == ObjectType::HashZipmap ? read_zipmap(in, hash) : read_strings(in, limits, hash);
            if (!in.failed()) hash.finish(in, value);
        }
    }
    if (!in.failed() && Hash(value.payload()).size() == 0) in.fail("a hash without fields");
}

}  // namespace pongo
