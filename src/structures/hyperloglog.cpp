#include "structures/hyperloglog.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/bytes.h"
#include "base/murmur_hash.h"

namespace pongo {
namespace {

constexpr std::string_view kMagic = "HYLL";
constexpr std::size_t kFormAt = 4;
constexpr std::size_t kEstimateAt = 8;
constexpr std::uint8_t kDenseForm = 0;
constexpr std::uint8_t kSparseForm = 1;
constexpr std::uint64_t kOutOfDate = std::uint64_t{1} << 63;

constexpr int kIndexBits = 14;
constexpr int kHashBits = 64 - kIndexBits;
static_assert(kHyperLogLogRegisters == 1 << kIndexBits);
constexpr std::uint64_t kHashSeed = 0xadc83b19;

constexpr unsigned kRegisterBits = 6;
constexpr std::uint32_t kRegisterMask = (1 << kRegisterBits) - 1;

std::uint64_t from_little_endian(std::uint64_t word) {
    char bytes[sizeof(word)];
    store_as(bytes, word);
    return load_le64(bytes);
}

struct Observation {
    std::uint32_t index;
    std::uint8_t rank;
};

// An element's register, and the place of the first 1 in the rest of its hash.
Observation observe(std::string_view element) {
    const std::uint64_t hash = murmur_hash_64a(element, kHashSeed);
    const std::uint64_t rest = hash >> kIndexBits | std::uint64_t{1} << kHashBits;
    return {static_cast<std::uint32_t>(hash % kHyperLogLogRegisters),
            static_cast<std::uint8_t>(std::countr_zero(rest) + 1)};
}

// Four registers are three bytes.
std::uint32_t load_four(const char* bytes) {
    const auto byte = [bytes](int i) { return std::uint32_t{static_cast<std::uint8_t>(bytes[i])} << 8 * i; };
    return byte(0) | byte(1) | byte(2);
}

template <typename Visit>
void for_each_dense(std::string_view registers, Visit&& visit) {
    for (std::uint32_t index = 0; index < kHyperLogLogRegisters; index += 4) {
        const std::uint32_t four = load_four(registers.data() + index / 4 * 3);
        for (std::uint32_t i = 0; i < 4; ++i) {
            visit(index + i, static_cast<std::uint8_t>(four >> kRegisterBits * i & kRegisterMask));
        }
    }
}

// How many registers have each value.
class ValueCounts {
  public:
    void add(std::uint8_t value, std::uint32_t registers) { counts_[value] += registers; }
    std::uint64_t estimate() const;

  private:
    static double sigma(double x);
    static double tau(double x);

    std::array<std::uint32_t, 1 << kRegisterBits> counts_ = {};
};

// Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6.
std::uint64_t ValueCounts::estimate() const {
    constexpr double kAlphaInfinity = 0.721347520444481703680;  // 1 / (2 ln 2)
    constexpr double kRegisters = kHyperLogLogRegisters;
    double sum = kRegisters * tau((kRegisters - counts_[kHashBits + 1]) / kRegisters);
    for (int value = kHashBits; value >= 1; --value) {
        sum += counts_[static_cast<std::size_t>(value)];
        sum *= 0.5;
    }
    sum += kRegisters * sigma(counts_[0] / kRegisters);
    // Only corrupt registers add up to nothing: what Redis makes of infinity.
    if (sum == 0) return std::uint64_t{1} << 63;
    return static_cast<std::uint64_t>(std::llround(kAlphaInfinity * kRegisters * kRegisters / sum));
}

double ValueCounts::sigma(double x) {
    if (x == 1) return std::numeric_limits<double>::infinity();
    double power = 1;
    double sum = x;
    for (double before = -1; before != sum; power += power) {
        x *= x;
        before = sum;
        sum += x * power;
    }
    return sum;
}

double ValueCounts::tau(double x) {
    if (x == 0 || x == 1) return 0;
    double power = 1;
    double sum = 1 - x;
    for (double before = -1; before != sum;) {
        x = std::sqrt(x);
        before = sum;
        power *= 0.5;
        sum -= (1 - x) * (1 - x) * power;
    }
    return sum / 3;
}

}  // namespace

std::optional<HyperLogLog> HyperLogLog::of(std::string_view bytes) {
    if (bytes.size() < kHeader || !bytes.starts_with(kMagic)) return std::nullopt;
    const auto form = static_cast<std::uint8_t>(bytes[kFormAt]);
    if (form == kSparseForm || (form == kDenseForm && bytes.size() == kDenseSize)) return HyperLogLog(bytes);
    return std::nullopt;
}

std::string_view HyperLogLog::empty_bytes() {
    static constexpr std::string_view kBytes("HYLL\1\0\0\0\0\0\0\0\0\0\0\0\x7f\xff", kHeader + 2);
    return kBytes;
}

bool HyperLogLog::is_sparse() const {
    return bytes_[kFormAt] == kSparseForm;
}

bool HyperLogLog::valid() const {
    return !is_sparse() ||
           for_each_run(runs(), [](std::uint64_t, const RegisterRun&) {}) == kHyperLogLogRegisters;
}

std::optional<std::uint64_t> HyperLogLog::known_estimate() const {
    const std::uint64_t known = load_le64(bytes_.data() + kEstimateAt);
    return (known & kOutOfDate) == 0 ? std::optional(known) : std::nullopt;
}

std::optional<std::uint64_t> HyperLogLog::estimate() const {
    ValueCounts counts;
    if (!is_sparse()) {
        for_each_dense(runs(), [&](std::uint32_t, std::uint8_t value) { counts.add(value, 1); });
        return counts.estimate();
    }
    const std::uint64_t registers = for_each_run(
        runs(), [&](std::uint64_t, const RegisterRun& run) { counts.add(run.value, run.registers); });
    return registers == kHyperLogLogRegisters ? std::optional(counts.estimate()) : std::nullopt;
}

bool HyperLogLog::raise(HyperLogLogArray& registers) const {
    if (!is_sparse()) {
        for_each_dense(runs(), [&](std::uint32_t index, std::uint8_t value) {
            registers[index] = std::max(registers[index], value);
        });
        return true;
    }
    const std::uint64_t all = for_each_run(runs(), [&](std::uint64_t first, const RegisterRun& run) {
        if (run.value == 0 || first + run.registers > kHyperLogLogRegisters) return;
        for (std::uint64_t i = first; i < first + run.registers; ++i) {
            registers[i] = std::max(registers[i], run.value);
        }
    });
    return all == kHyperLogLogRegisters;
}

std::uint64_t estimate(const HyperLogLogArray& registers) {
    ValueCounts counts;
    for (const std::uint8_t value : registers) counts.add(value, 1);
    return counts.estimate();
}

HyperLogLogEditor::Outcome HyperLogLogEditor::add(std::string_view element) {
    const Observation observation = observe(element);
    return raise(observation.index, observation.rank);
}

HyperLogLogEditor::Outcome HyperLogLogEditor::raise(std::uint32_t index, std::uint8_t rank) {
    if (!is_sparse()) return raise_dense(index, rank);
    RunPlace from_start;
    return raise_sparse(index, rank, from_start);
}

HyperLogLogEditor::Outcome HyperLogLogEditor::raise_dense(std::uint32_t index, std::uint8_t rank) {
    const std::size_t at = HyperLogLog::kHeader + index / 4 * 3;
    const unsigned shift = index % 4 * kRegisterBits;
    const std::uint32_t four = load_four(store_.view().data() + at);
    if ((four >> shift & kRegisterMask) >= rank) return Outcome::Unchanged;

    const std::uint32_t raised = (four & ~(kRegisterMask << shift)) | std::uint32_t{rank} << shift;
    char* const bytes = mutable_bytes() + at;
    for (int i = 0; i < 3; ++i) bytes[i] = static_cast<char>(raised >> 8 * i);
    return Outcome::Changed;
}

// `place` is where to begin searching, and becomes where the register is.
HyperLogLogEditor::Outcome HyperLogLogEditor::raise_sparse(std::uint32_t index, std::uint8_t rank,
                                                           RunPlace& place) {
    const HyperLogLog before = value();
    if (rank <= RegisterRun::kMostValue) {
        const auto found = find_register(before.runs(), index, place);
        if (!found) return Outcome::Corrupt;
        place = *found;
        if (run_at(before.runs(), place.at).value >= rank) return Outcome::Unchanged;
        const RunChange change = raise_register(before.runs(), place, index, rank);
        const auto grown = static_cast<std::ptrdiff_t>(store_.view().size()) + change.growth;
        if (change.growth <= 0 || static_cast<std::size_t>(grown) <= most_sparse_bytes_) {
            const std::size_t at = HyperLogLog::kHeader + change.at;
            char* const bytes = store_.splice(at, change.erased, change.inserted);
            std::copy_n(change.bytes.data(), change.inserted, bytes + at);
            return Outcome::Changed;
        }
    }
    return make_dense() ? raise_dense(index, rank) : Outcome::Corrupt;
}

void HyperLogLogEditor::raise_to(const HyperLogLogArray& registers) {
    RunPlace place;
    for (std::uint32_t index = 0; index < kHyperLogLogRegisters && is_sparse(); ++index) {
        if (registers[index] > 0) raise_sparse(index, registers[index], place);
    }
    if (!is_sparse()) put_dense(registers);
}

bool HyperLogLogEditor::make_dense() {
    if (!is_sparse()) return true;
    HyperLogLogArray registers = {};
    if (!value().raise(registers)) return false;
    store_.splice(HyperLogLog::kHeader, store_.view().size() - HyperLogLog::kHeader,
                  HyperLogLog::kDenseSize - HyperLogLog::kHeader);
    mutable_bytes()[kFormAt] = kDenseForm;
    put_dense(registers);
    return true;
}

void HyperLogLogEditor::put_dense(const HyperLogLogArray& registers) {
    char* at = mutable_bytes() + HyperLogLog::kHeader;
    for (std::size_t index = 0; index < registers.size(); index += 4) {
        std::uint32_t four = 0;
        for (std::size_t i = 0; i < 4; ++i) four |= std::uint32_t{registers[index + i]} << kRegisterBits * i;
        for (int i = 0; i < 3; ++i) *at++ = static_cast<char>(four >> 8 * i);
    }
}

void HyperLogLogEditor::remember_estimate(std::uint64_t estimate) {
    store_as(mutable_bytes() + kEstimateAt, from_little_endian(estimate));
}

void HyperLogLogEditor::forget_estimate() {
    char* const bytes = mutable_bytes() + kEstimateAt;
    store_as(bytes, from_little_endian(load_le64(bytes) | kOutOfDate));
}

}  // namespace pongo
