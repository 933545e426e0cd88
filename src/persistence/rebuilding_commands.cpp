#include "persistence/rebuilding_commands.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/numbers.h"
#include "persistence/stream_commands.h"
#include "resp/command_writer.h"
#include "values/hash.h"
#include "values/list.h"
#include "values/set.h"
#include "values/sorted_set.h"
#include "values/stream.h"
#include "values/string.h"

namespace pongo {
namespace {

using Writer = CommandWriter<ByteSink>;

constexpr std::uint64_t kMostItems = 64;  // In one command.

void write_element(Writer& writer, const Listpack::Element& element) {
    std::array<char, kMaxInt64Digits> digits;
    writer.arg(element.text(digits));
}

// Many items in commands of the same form: name, key, items. Each item is announced with next(), and then
// written.
class Batches {
  public:
    Batches(Writer& writer, std::string_view command, std::string_view key, std::uint64_t items,
            std::uint64_t args_per_item)
        : writer_(writer), command_(command), key_(key), left_(items), args_per_item_(args_per_item) {}

    void next() {
        if (left_in_command_ == 0) {
            left_in_command_ = std::min(left_, kMostItems);
            writer_.begin(2 + left_in_command_ * args_per_item_);
            writer_.arg(command_);
            writer_.arg(key_);
        }
        --left_in_command_;
        --left_;
    }

  private:
    Writer& writer_;
    std::string_view command_;
    std::string_view key_;
    std::uint64_t left_;
    std::uint64_t args_per_item_;
    std::uint64_t left_in_command_ = 0;
};

void write_string(Writer& writer, std::string_view key, const String& string) {
    writer.begin(3);
    writer.arg("SET");
    writer.arg(key);
    writer.arg(string.view());
}

void write_list(Writer& writer, std::string_view key, const List& list) {
    const std::uint64_t size = list.size();
    Batches batches(writer, "RPUSH", key, size, 1);
    list.for_each_from(list.begin(), size, [&](const List::Element& element) {
        batches.next();
        write_element(writer, element);
    });
}

void write_set(Writer& writer, std::string_view key, const Set& set) {
    Batches batches(writer, "SADD", key, set.size(), 1);
    set.for_each([&](const Set::Element& member) {
        batches.next();
        write_element(writer, member);
    });
}

void write_sorted_set(Writer& writer, std::string_view key, const SortedSet& set) {
    std::uint64_t left = set.size();
    if (left == 0) return;
    Batches batches(writer, "ZADD", key, left, 2);
    // In their order, in which they are added fastest.
    for (auto cursor = set.at(0);; cursor.next()) {
        const SortedSet::Item item = *cursor;
        batches.next();
        writer.arg(item.score);
        write_element(writer, item.member);
        if (--left == 0) return;
    }
}

// Of a field, in milliseconds of Unix time.
using Expiry = std::pair<std::int64_t, std::string>;

// Those of the same time together. REQUIRES: they are sorted.
void write_field_expiries(Writer& writer, std::string_view key, const std::vector<Expiry>& expiries) {
    for (auto at = expiries.begin(); at != expiries.end();) {
        const auto most = at + std::min<std::ptrdiff_t>(kMostItems, expiries.end() - at);
        const auto end = std::find_if(at, most, [&](const Expiry& each) { return each.first != at->first; });
        writer.begin(5 + static_cast<std::uint64_t>(end - at));
        writer.arg("HPEXPIREAT");
        writer.arg(key);
        writer.arg(at->first);
        writer.arg("FIELDS");
        writer.arg(end - at);
        for (; at != end; ++at) writer.arg(std::string_view(at->second));
    }
}

void write_hash(Writer& writer, std::string_view key, const Payload& value) {
    const Hash hash(value);
    std::vector<Expiry> expiries;
    std::array<char, kMaxInt64Digits> digits;
    Batches batches(writer, "HMSET", key, hash.size(), 2);
    hash.for_each([&](const Hash::Text& name, const Hash::Text& text) {
        batches.next();
        write_element(writer, name);
        write_element(writer, text);
        if (!expires_in_parts(value.encoding)) return;
        const std::string_view field = name.text(digits);
        if (const auto at_ms = hash.expiry(field)) expiries.emplace_back(*at_ms, field);
    });
    std::sort(expiries.begin(), expiries.end());
    write_field_expiries(writer, key, expiries);
}

void write_value(Writer& writer, std::string_view key, const Payload& value) {
    switch (value.type) {
        case Type::String:
            return write_string(writer, key, String(value));
        case Type::List:
            return write_list(writer, key, List(value));
        case Type::Set:
            return write_set(writer, key, Set(value));
        case Type::SortedSet:
            return write_sorted_set(writer, key, SortedSet(value));
        case Type::Hash:
            return write_hash(writer, key, value);
        case Type::Stream:
            return write_stream_commands(writer, key, *Stream(value));
    }
    CHECK(false);
}

}  // namespace

void write_library_command(ByteSink& sink, std::string_view source) {
    Writer writer(sink);
    writer.begin(3);
    writer.arg("FUNCTION");
    writer.arg("LOAD");
    writer.arg(source);
}

void write_database_command(ByteSink& sink, int db) {
    Writer writer(sink);
    writer.begin(2);
    writer.arg("SELECT");
    writer.arg(db);
}

void write_key_commands(ByteSink& sink, std::string_view key, std::optional<std::int64_t> expires_at_ms,
                        const Payload& value) {
    Writer writer(sink);
    write_value(writer, key, value);
    if (!expires_at_ms) return;
    writer.begin(3);
    writer.arg("PEXPIREAT");
    writer.arg(key);
    writer.arg(*expires_at_ms);
}

}  // namespace pongo
