#include "commands/data_digest.h"

#include <array>

#include "base/check.h"
#include "values/hash.h"
#include "values/list.h"
#include "values/set.h"
#include "values/sorted_set.h"
#include "values/stream.h"
#include "values/string.h"

namespace pongo {
namespace {

void mix_elements(DataDigest& digest, const List& list) {
    std::array<char, kMaxInt64Digits> digits;
    list.for_each_from(list.begin(), list.size(),
                       [&](const List::Element& element) { digest.mix(element.text(digits)); });
}

void mix_entries(DataDigest& digest, const StreamLog& log) {
    std::array<char, kMaxInt64Digits> digits;
    log.ascend(kLowestStreamId, kHighestStreamId, [&](const StreamEntry& entry) {
        digest.mix(std::to_string(entry.id.ms) + "." + std::to_string(entry.id.seq));
        entry.for_each([&](const StreamEntry::Text& name, const StreamEntry::Text& value) {
            digest.mix(name.text(digits));
            digest.mix(value.text(digits));
        });
        return true;
    });
}

void blend_members(DataDigest& digest, const Set& set) {
    std::array<char, kMaxInt64Digits> digits;
    set.for_each([&](const Set::Element& member) { digest.blend(member.text(digits)); });
}

// The order of fields does not count.
void blend_fields(DataDigest& digest, const Hash& hash) {
    std::array<char, kMaxInt64Digits> name_digits;
    std::array<char, kMaxInt64Digits> digits;
    hash.for_each([&](const Hash::Text& name, const Hash::Text& value) {
        DataDigest field;
        const std::string_view field_name = name.text(name_digits);
        field.mix(field_name);
        field.mix(value.text(digits));
        if (hash.expiry(field_name)) field.blend("!!hexpire!!");
        digest.blend(field.bytes());
    });
}

void blend_items(DataDigest& digest, const SortedSet& set) {
    std::array<char, kMaxInt64Digits> digits;
    char score[kMaxDoubleText];
    auto at = set.at(0);
    for (std::uint64_t left = set.size(); left > 0; --left, at.next()) {
        const SortedSet::Item item = *at;
        DataDigest one;
        one.mix(item.member.text(digits));
        one.mix({score, format_double(item.score, score)});
        digest.blend(one.bytes());
    }
}

}  // namespace

void DataDigest::blend(std::string_view bytes) {
    const Sha1Digest sum = sha1(bytes);
    for (std::size_t i = 0; i < digest_.size(); ++i) digest_[i] ^= sum[i];
}

void DataDigest::mix(std::string_view bytes) {
    blend(bytes);
    digest_ = sha1(this->bytes());
}

void DataDigest::mix_number(std::uint32_t number) {
    const std::array<char, 4> bytes{static_cast<char>(number >> 24), static_cast<char>(number >> 16),
                                    static_cast<char>(number >> 8), static_cast<char>(number)};
    mix({bytes.data(), bytes.size()});
}

std::string DataDigest::text() const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : digest_) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

void mix_value(DataDigest& digest, const Entry& entry) {
    digest.mix_number(static_cast<std::uint32_t>(entry.type()));
    switch (entry.type()) {
        case Type::String:
            digest.mix(String(entry.payload()).view());
            break;
        case Type::List:
            mix_elements(digest, List(entry.payload()));
            break;
        case Type::Set:
            blend_members(digest, Set(entry.payload()));
            break;
        case Type::Hash:
            blend_fields(digest, Hash(entry.payload()));
            break;
        case Type::SortedSet:
            blend_items(digest, SortedSet(entry.payload()));
            break;
        case Type::Stream:
            mix_entries(digest, Stream(entry.payload())->log);
            break;
    }
    if (entry.has_expiry()) digest.blend("!!expire!!");
}

DataDigest digest_of(Keyspace& keyspace) {
    DataDigest all;
    for (int db = 0; db < keyspace.databases(); ++db) {
        if (keyspace.size(db) == 0) continue;
        all.mix_number(static_cast<std::uint32_t>(db));
        for (std::size_t shard = 0; shard < static_cast<std::size_t>(keyspace.shards()); ++shard) {
            const Database& database = *keyspace.shard(shard).databases[static_cast<std::size_t>(db)];
            database.for_each([&](const Entry* entry) {
                DataDigest one;
                one.mix(entry->key());
                mix_value(one, *entry);
                all.blend(one.bytes());
            });
        }
    }
    return all;
}

}  // namespace pongo
