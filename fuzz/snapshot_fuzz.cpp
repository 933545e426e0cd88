// Whatever bytes are read as a snapshot: the reader ends, within them, with an end or an error. Values that
// decode end where they were said to end, and a snapshot of them is read as the same keys.
//
// Run: snapshot_fuzz -max_total_time=60
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "fuzzed_values.h"
#include "persistence/skip_value.h"
#include "persistence/snapshot_reader.h"
#include "persistence/snapshot_writer.h"
#include "persistence/value_reader.h"
#include "support/snapshot_bytes.h"

namespace pongo {
namespace {

// Reads the file to its end, and copies the keys that it can decode. Returns how many these were; nothing if
// the file is not whole.
std::optional<std::size_t> copy_keys(std::string_view file, Checksum checksum, SnapshotWriter& copy) {
    SnapshotReader reader(file, checksum);
    std::size_t copied = 0;
    for (;;) {
        const SnapshotReader::Item item = reader.next();
        CHECK(reader.offset() <= file.size() && reader.needed_from() <= reader.offset());
        if (std::holds_alternative<SnapshotReader::Error>(item)) return std::nullopt;
        if (std::holds_alternative<SnapshotReader::End>(item)) return copied;
        const auto* key = std::get_if<SnapshotReader::Key>(&item);
        if (!key) continue;
        RdbReader in(key->value);
        DetachedValue value;
        if (!read_value(in, key->type, kUsualLimits, value)) continue;
        CHECK(in.left() == 0);
        copy.key(key->db, key->key, key->expires_at_ms, key->usage, value.payload());
        ++copied;
    }
}

// Reading passes over no more and no fewer bytes than decoding, whether or not a snapshot could hold these.
void check_skipping(std::string_view body) {
    RdbReader decoded(body);
    DetachedValue value;
    if (!read_typed_value(decoded, kUsualLimits, value)) return;
    RdbReader skipped(body);
    skip_value(skipped, skipped.byte());
    CHECK(!skipped.failed() && skipped.offset() == decoded.offset());
}

// A small snapshot of some parts that are right.
std::string some_parts(const std::vector<std::string>& parts, Random& random) {
    std::string bytes = "REDIS0012";
    for (std::uint64_t left = 1 + random.below(4); left > 0; --left)
        bytes += parts[random.below(parts.size())];
    return rdb_ended(bytes);
}

// Replaces the input by such a snapshot, or puts a part somewhere into it.
std::size_t splice(char* data, std::size_t size, std::size_t max_size, Random& random) {
    static const std::vector<std::string> kParts = snapshot_parts();
    const bool whole = size == 0 || random.below(2) == 0;
    const std::string bytes = whole ? some_parts(kParts, random) : kParts[random.below(kParts.size())];
    const std::size_t at = whole ? 0 : random.below(size);
    const std::size_t length = std::min(bytes.size(), max_size - at);
    std::memcpy(data + at, bytes.data(), length);
    return whole ? length : std::max(size, at + length);
}

}  // namespace
}  // namespace pongo

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    pongo::Random random(seed);
    if (size == 0 || random.below(16) == 0) {
        size = pongo::splice(reinterpret_cast<char*>(data), size, max_size, random);
    }
    return LLVMFuzzerMutate(data, size, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pongo;
    const std::string_view file(reinterpret_cast<const char*>(data), size);
    check_skipping(file);
    BlobSink bytes;
    SnapshotWriter writer(bytes, Compression::Quick, Checksum::On);
    writer.begin({});
    const auto keys = copy_keys(file, Checksum::Off, writer);
    CHECK(keys || !copy_keys(file, Checksum::On, writer));
    if (!keys) return 0;
    writer.end();
    BlobSink again;
    SnapshotWriter second(again, Compression::Quick, Checksum::On);
    CHECK(copy_keys(bytes.view(), Checksum::On, second) == keys);
    return 0;
}
