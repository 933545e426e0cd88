#include "persistence/snapshot_reader.h"

#include <charconv>
#include <climits>
#include <utility>

#include "base/bytes.h"
#include "base/crc64.h"
#include "persistence/rdb_format.h"
#include "persistence/skip_value.h"

namespace pongo {
namespace {

constexpr std::int64_t kMsPerSecond = 1000;

// Enough that the checksum goes fast, and so few that they are still in the processor's cache.
constexpr std::size_t kSummedAtOnce = std::size_t{256} << 10;

}  // namespace

SnapshotReader::SnapshotReader(std::string_view file, Checksum checksum)
    : file_(file), in_(file), checksum_(checksum) {}

SnapshotReader::Item SnapshotReader::next() {
    if (last_) return *last_;
    std::optional<Item> item = version_ == 0 ? read_header() : std::nullopt;
    while (!item && !in_.failed()) item = read_part();
    if (in_.failed()) item = error(in_.reason());
    if (std::holds_alternative<End>(*item) || std::holds_alternative<Error>(*item)) {
        last_ = item;
    } else if (in_.offset() - summed_ >= kSummedAtOnce) {
        sum_up_to(in_.offset());
    }
    return *std::move(item);
}

std::optional<SnapshotReader::Item> SnapshotReader::read_header() {
    if (!file_.starts_with(kRdbMagic)) return error("this is no snapshot: it does not begin with REDIS");
    in_.bytes(kRdbMagic.size());
    const std::string_view digits = in_.bytes(kRdbVersionDigits);
    if (in_.failed()) return std::nullopt;
    const auto [end, result] = std::from_chars(digits.data(), digits.data() + digits.size(), version_);
    const bool is_number = result == std::errc() && end == digits.data() + digits.size();
    if (!is_number) return error("this is no snapshot: it has no version");
    if (version_ >= 1 && version_ <= kNewestRdbVersion) return std::nullopt;
    return error("the format's version is " + std::to_string(version_) + ", not one of 1 to " +
                 std::to_string(kNewestRdbVersion));
}

std::optional<SnapshotReader::Item> SnapshotReader::read_part() {
    const std::uint8_t type = in_.byte();
    switch (static_cast<RdbOpcode>(type)) {
        case RdbOpcode::Aux:
            return read_aux();
        case RdbOpcode::Function2:
            return read_function();
        case RdbOpcode::EarlyFunction:
            return error("a function in the form of a release candidate of Redis 7.0");
        case RdbOpcode::SelectDb:
            return read_database();
        case RdbOpcode::ResizeDb:
            return read_sizes();
        case RdbOpcode::Expire:
            expires_at_ms_ = kMsPerSecond * static_cast<std::int32_t>(in_.fixed32());
            return std::nullopt;
        case RdbOpcode::ExpireMs:
            expires_at_ms_ = static_cast<std::int64_t>(in_.fixed64());
            return std::nullopt;
        case RdbOpcode::Idle:
            usage_.idle_seconds = in_.length();
            return std::nullopt;
        case RdbOpcode::Freq:
            usage_.frequency = in_.byte();
            return std::nullopt;
        case RdbOpcode::ModuleAux:
            skip_module(in_);
            return std::nullopt;
        case RdbOpcode::SlotInfo:
            skip_slot_info();
            return std::nullopt;
        case RdbOpcode::Eof:
            return read_end();
    }
    return read_key(type);
}

std::optional<SnapshotReader::Item> SnapshotReader::read_aux() {
    const std::string_view name = in_.string(name_);
    return Aux{name, in_.string(text_)};
}

std::optional<SnapshotReader::Item> SnapshotReader::read_function() {
    return Function{in_.string(text_)};
}

std::optional<SnapshotReader::Item> SnapshotReader::read_database() {
    const std::uint64_t db = in_.length();
    if (db > INT_MAX) return error("no database has such a number");
    db_ = static_cast<int>(db);
    return Database{db_};
}

std::optional<SnapshotReader::Item> SnapshotReader::read_sizes() {
    const std::uint64_t keys = in_.length();
    return ResizeDb{keys, in_.length()};
}

std::optional<SnapshotReader::Item> SnapshotReader::read_key(std::uint8_t type) {
    if (in_.failed()) return std::nullopt;
    if (!is_object_type(type)) return error("there is no type or opcode " + std::to_string(type));
    const std::string_view key = in_.string(name_);
    const std::size_t begin = in_.offset();
    skip_value(in_, type);
    return Key{.db = db_,
               .key = key,
               .expires_at_ms = std::exchange(expires_at_ms_, std::nullopt),
               .usage = std::exchange(usage_, {}),
               .type = type,
               .value = file_.substr(begin, in_.offset() - begin)};
}

std::optional<SnapshotReader::Item> SnapshotReader::read_end() {
    if (version_ < kFirstRdbVersionWithChecksum) return End{in_.offset()};
    const std::size_t summed = in_.offset();
    const std::string_view stated = in_.bytes(kRdbChecksumBytes);
    if (in_.failed()) return std::nullopt;
    const std::uint64_t sum = load_le64(stated.data());
    if (checksum_ == Checksum::Off || sum == 0) return End{in_.offset()};
    sum_up_to(summed);
    if (crc_ != sum) return error("the checksum is wrong");
    return End{in_.offset()};
}

void SnapshotReader::skip_slot_info() {
    in_.length();
    in_.length();
    in_.length();
}

void SnapshotReader::sum_up_to(std::size_t offset) {
    if (checksum_ == Checksum::Off) return;
    crc_ = crc64(crc_, file_.substr(summed_, offset - summed_));
    summed_ = offset;
}

}  // namespace pongo
