// DEBUG's words about keys and tables.
#include <cinttypes>
#include <cstdio>
#include <string>

#include "base/escape.h"
#include "commands/data_digest.h"
#include "commands/debug_handlers.h"
#include "commands/object_facts.h"
#include "engine/args.h"
#include "persistence/value_limits.h"
#include "persistence/value_writer.h"
#include "values/hash.h"
#include "values/list.h"
#include "values/set.h"
#include "values/sorted_set.h"
#include "values/string.h"

namespace pongo {
namespace {

// As found, without noting the use of it; a failure if it is not there.
const Entry* find_entry(Call& call, std::string_view key) {
    const Entry* entry = call.keys().find(key, Access::Note::Nothing);
    if (!entry) call.fail(errors::kNoSuchKey);
    return entry;
}

std::string table_figures(Keyspace& keyspace, int db) {
    std::uint64_t slots = 0;
    std::size_t table_bytes = 0;
    std::size_t deadline_bytes = 0;
    for (std::size_t shard = 0; shard < static_cast<std::size_t>(keyspace.shards()); ++shard) {
        const Database& database = *keyspace.shard(shard).databases[static_cast<std::size_t>(db)];
        slots += database.slots();
        table_bytes += database.table_bytes();
        deadline_bytes += database.deadline_bytes();
    }
    const std::uint64_t keys = keyspace.size(db);
    const std::uint64_t filled = slots == 0 ? 0 : 100 * keys / slots;
    return "[Keys]\n shards: " + std::to_string(keyspace.shards()) + "\n keys: " + std::to_string(keys) +
           "\n slots: " + std::to_string(slots) + " (" + std::to_string(filled) +
           "% filled)\n bytes: " + std::to_string(table_bytes) +
           "\n[Deadlines]\n keys: " + std::to_string(keyspace.volatile_size(db)) +
           "\n bytes: " + std::to_string(deadline_bytes) + "\n";
}

// `otherwise`, if there is no such argument.
std::int64_t positive(Call& call, Args& args, std::int64_t otherwise) {
    if (!args.more()) return otherwise;
    const std::int64_t value = args.integer(errors::kOutOfRangePositive);
    if (value < 0) call.fail(errors::kOutOfRangePositive);
    return value;
}

std::string populated_value(std::int64_t number, std::int64_t size) {
    std::string value = "value:" + std::to_string(number);
    if (size > 0) value.resize(static_cast<std::size_t>(size), '\0');
    return value;
}

std::uint64_t elements_of(const Payload& payload) {
    switch (payload.type) {
        case Type::Set:
            return Set(payload).size();
        case Type::Hash:
            return Hash(payload).size();
        default:
            return SortedSet(payload).size();
    }
}

// What DEBUG OBJECT adds for a list.
std::string list_figures(const Settings& settings, const List& list) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < list.blocks(); ++i) bytes += list.block(i).size();
    char average[32];
    std::snprintf(average, sizeof(average), "%.2f",
                  static_cast<double>(list.size()) / static_cast<double>(list.blocks()));
    return " ql_nodes:" + std::to_string(list.blocks()) + " ql_avg_node:" + average +
           " ql_listpack_max:" + std::to_string(settings.list_max_listpack_size) +
           " ql_compressed:" + std::to_string(settings.list_compress_depth != 0) +
           " ql_uncompressed_size:" + std::to_string(bytes);
}

}  // namespace

void debug_digest(Call& call) {
    call.reply().simple(digest_of(call.engine().keyspace()).text());
}

void debug_digest_value(Call& call) {
    call.reply().array(call.argc() - 2);
    for (std::size_t i = 2; i < call.argc(); ++i) {
        DataDigest digest;
        const Entry* entry = call.keys().find(call.arg(i), Access::Note::Nothing);
        if (entry) mix_value(digest, *entry);
        call.reply().simple(digest.text());
    }
}

void debug_htstats(Call& call) {
    const std::int64_t db = Args(call, 2).integer();
    if (db < 0 || db >= call.engine().keyspace().databases()) call.fail("ERR Out of range database");
    if (call.failed()) return;

    call.reply().verbatim(table_figures(call.engine().keyspace(), static_cast<int>(db)));
}

void debug_htstats_key(Call& call) {
    const Entry* entry = find_entry(call, call.arg(2));
    if (!entry) return;
    const std::string_view form = name_of(entry->encoding());
    if (form != "hashtable" && form != "skiplist") {
        return call.fail("ERR The value stored at the specified key is not represented using an hash table");
    }

    const Payload payload = entry->payload();
    const std::size_t bytes =
        payload.storage == Storage::Heap ? heap_bytes(payload) : packed_bytes(payload).size();
    call.reply().verbatim("[Table]\n elements: " + std::to_string(elements_of(payload)) +
                          "\n bytes: " + std::to_string(bytes) + "\n");
}

void debug_listpack(Call& call) {
    const Entry* entry = find_entry(call, call.arg(2));
    if (!entry) return;
    if (entry->encoding() != Encoding::Listpack) return call.fail("ERR Not a listpack encoded object.");

    const std::string_view bytes = packed_bytes(entry->payload());
    const Listpack list(bytes);
    std::string text = "listpack of " + std::to_string(list.size()) + " elements in " +
                       std::to_string(bytes.size()) + " bytes\n";
    for (auto at = list.begin(); at != list.end(); at = list.next(at)) {
        text += std::to_string(at) + ": " + quoted(list[at].to_string()) + "\n";
    }
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
    call.reply().simple("Listpack structure printed on stdout");
}

void debug_object(Call& call) {
    const Entry* entry = find_entry(call, call.arg(2));
    if (!entry) return;

    char address[32];
    std::snprintf(address, sizeof(address), "0x%" PRIxPTR, reinterpret_cast<std::uintptr_t>(entry));
    const Payload payload = entry->payload();
    call.reply().simple(std::string("Value at:") + address +
                        " refcount:" + std::to_string(reported_references(call.settings(), payload)) +
                        " encoding:" + std::string(name_of(entry->encoding())) + " serializedlength:" +
                        std::to_string(written_size(payload, compression_of(call.settings()))) +
                        " lru:" + std::to_string(entry->access()) + " lru_seconds_idle:" +
                        std::to_string(call.context().clock.idle_seconds(entry->access())) +
                        (entry->type() == Type::List ? list_figures(call.settings(), List(payload)) : ""));
}

// Copies of the data set are not told; what is there already stays.
void debug_populate(Call& call) {
    Args args(call, 2);
    const std::int64_t count = positive(call, args, 0);
    const std::string prefix(args.more() ? args.next() : "key");
    const std::int64_t size = positive(call, args, 0);
    if (call.failed()) return;

    call.propagate_nothing();
    for (std::int64_t i = 0; i < count; ++i) {
        const std::string key = prefix + ":" + std::to_string(i);
        auto entry = call.keys().find_for_write(key);
        if (entry) continue;
        call.keys().put(entry, String::encode(populated_value(i, size)), std::nullopt);
        entry.changed_silently();
    }
    call.reply().ok();
}

void debug_sdslen(Call& call) {
    const Entry* entry = find_entry(call, call.arg(2));
    if (!entry) return;
    const Payload payload = entry->payload();
    if (entry->type() != Type::String || payload.storage == Storage::Integer) {
        return call.fail("ERR Not an sds encoded string.");
    }

    const String value(payload);
    const bool own = payload.storage == Storage::Heap;
    const std::size_t capacity = own ? static_cast<const Blob*>(payload.heap)->capacity() : value.size();
    const std::size_t allocated = own ? heap_bytes(payload) : value.size();
    call.reply().simple("key_sds_len:" + std::to_string(entry->key().size()) +
                        ", key_sds_avail:0, key_zmalloc: " + std::to_string(entry->key().size()) +
                        ", val_sds_len:" + std::to_string(value.size()) +
                        ", val_sds_avail:" + std::to_string(capacity - value.size()) +
                        ", val_zmalloc: " + std::to_string(allocated));
}

}  // namespace pongo
