#include "structures/register_runs.h"

#include <algorithm>

#include "base/bytes.h"

namespace pongo {
namespace {

constexpr std::uint8_t kValuesBit = 0x80;
constexpr std::uint8_t kTwoBytesBit = 0x40;
constexpr std::uint8_t kZerosMask = 0x3f;
constexpr std::uint8_t kValueRunMask = 0x03;
constexpr int kValueShift = 2;

constexpr std::uint64_t in_each_byte(std::uint64_t byte) {
    return byte * 0x0101010101010101;
}

// How many registers eight runs of one byte are; 0 if there is a run of two bytes among them.
std::uint64_t registers_of_eight(const char* bytes) {
    const std::uint64_t word = load_le64(bytes);
    const std::uint64_t values = (word >> 7) & in_each_byte(1);
    if ((word & in_each_byte(kTwoBytesBit) & ~(values * kTwoBytesBit)) != 0) return 0;
    const std::uint64_t lengths = word & in_each_byte(kZerosMask) & ~(values * (kZerosMask ^ kValueRunMask));
    constexpr std::uint64_t kEvenBytes = 0x00ff00ff00ff00ff;
    const std::uint64_t pairs = (lengths & kEvenBytes) + ((lengths >> 8) & kEvenBytes);
    return 8 + (pairs * 0x0001000100010001 >> 48);
}

RunPlace find_from(std::string_view runs, std::uint32_t index, std::size_t at, std::uint64_t first) {
    RunPlace place{.at = at, .previous = at, .earlier = at, .first = first};
    while (place.at < runs.size()) {
        if (place.at + 8 <= runs.size()) {
            const std::uint64_t registers = registers_of_eight(runs.data() + place.at);
            if (registers > 0 && place.first + registers <= index) {
                place.earlier = place.at + 6;
                place.previous = place.at + 7;
                place.at += 8;
                place.first += registers;
                continue;
            }
        }
        const RegisterRun run = run_at(runs, place.at);
        if (place.first + run.registers > index) break;
        place.earlier = place.previous;
        place.previous = place.at;
        place.at += run.bytes;
        place.first += run.registers;
    }
    return place;
}

// Writes runs one behind the other.
class RunWriter {
  public:
    explicit RunWriter(char* out) : start_(out), at_(out) {}

    std::size_t size() const { return static_cast<std::size_t>(at_ - start_); }

    void copy(std::string_view bytes) { at_ += bytes.copy(at_, bytes.size()); }
    void put(std::uint8_t value, std::uint32_t registers) {
        if (registers == 0) return;
        const std::uint32_t rest = registers - 1;
        if (value > 0) {
            put_byte(kValuesBit | static_cast<std::uint32_t>(value - 1) << kValueShift | rest);
        } else if (registers <= RegisterRun::kMostOneByteZeros) {
            put_byte(rest);
        } else {
            put_byte(kTwoBytesBit | rest >> 8);
            put_byte(rest & 0xff);
        }
    }

  private:
    void put_byte(std::uint32_t byte) { *at_++ = static_cast<char>(byte); }

    char* start_;
    char* at_;
};

// Joins neighbours of the same value as far as one run takes them; returns how many bytes are left. Only the
// first few runs are looked at, as in Redis, whose values have to be the same.
std::size_t join_neighbours(char* bytes, std::size_t size) {
    constexpr int kLooks = 5;
    std::size_t at = 0;
    for (int look = 0; look < kLooks && at < size; ++look) {
        const RegisterRun run = run_at({bytes, size}, at);
        if (run.value > 0 && at + 1 < size) {
            const RegisterRun next = run_at({bytes, size}, at + 1);
            const std::uint32_t both = run.registers + next.registers;
            if (next.value == run.value && both <= RegisterRun::kMostValues) {
                RunWriter(bytes + at).put(run.value, both);
                std::copy(bytes + at + 2, bytes + size, bytes + at + 1);
                --size;
                continue;
            }
        }
        at += run.bytes;
    }
    return size;
}

// So many runs behind the changed one, or fewer, may be joined with it or with each other.
std::size_t end_of_neighbours(std::string_view runs, std::size_t at) {
    constexpr int kNeighbours = 6;
    for (int i = 0; i < kNeighbours && at < runs.size(); ++i) at += run_at(runs, at).bytes;
    return std::min(at, runs.size());
}

}  // namespace

RegisterRun run_at(std::string_view runs, std::size_t at) {
    const auto byte = static_cast<std::uint8_t>(runs[at]);
    if ((byte & kValuesBit) != 0) {
        const auto value = static_cast<std::uint8_t>(((byte & ~kValuesBit) >> kValueShift) + 1);
        return {.registers = (byte & std::uint32_t{kValueRunMask}) + 1, .value = value, .bytes = 1};
    }
    const std::uint32_t length = byte & kZerosMask;
    if ((byte & kTwoBytesBit) == 0) return {.registers = length + 1, .value = 0, .bytes = 1};
    const std::uint32_t low = at + 1 < runs.size() ? static_cast<std::uint8_t>(runs[at + 1]) : 0;
    return {.registers = (length << 8 | low) + 1, .value = 0, .bytes = 2};
}

std::optional<RunPlace> find_register(std::string_view runs, std::uint32_t index, const RunPlace& from) {
    RunPlace place = find_from(runs, index, from.earlier, from.earlier_first);
    // Two runs in front of the found one must be known.
    if (from.earlier > 0 && place.earlier == place.previous) place = find_from(runs, index, 0, 0);
    if (place.at >= runs.size()) return std::nullopt;
    if (place.at + run_at(runs, place.at).bytes > runs.size()) return std::nullopt;

    place.earlier_first = place.first;
    if (place.previous < place.at) place.earlier_first -= run_at(runs, place.previous).registers;
    if (place.earlier < place.previous) place.earlier_first -= run_at(runs, place.earlier).registers;
    return place;
}

RunChange raise_register(std::string_view runs, const RunPlace& place, std::uint32_t index,
                         std::uint8_t value) {
    const RegisterRun run = run_at(runs, place.at);
    const auto before = static_cast<std::uint32_t>(index - place.first);
    RunChange change{.at = place.previous};
    RunWriter writer(change.bytes.data());
    writer.copy(runs.substr(place.previous, place.at - place.previous));
    const std::size_t start = writer.size();
    writer.put(run.value, before);
    writer.put(value, 1);
    writer.put(run.value, run.registers - before - 1);
    change.growth = static_cast<std::ptrdiff_t>(writer.size() - start) - run.bytes;

    const std::size_t behind = place.at + run.bytes;
    const std::size_t end = end_of_neighbours(runs, behind);
    writer.copy(runs.substr(behind, end - behind));
    change.erased = end - place.previous;
    change.inserted = join_neighbours(change.bytes.data(), writer.size());
    return change;
}

}  // namespace pongo
