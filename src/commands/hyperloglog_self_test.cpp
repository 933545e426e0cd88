#include "commands/hyperloglog_self_test.h"

#include <cmath>
#include <limits>
#include <string_view>

#include "base/random.h"
#include "structures/hyperloglog.h"

namespace pongo {
namespace {

// One that becomes dense in time, one that is dense from the start.
class BothForms {
  public:
    BothForms() { dense_editor_.make_dense(); }

    void add(std::string_view element) {
        sparse_editor_.add(element);
        dense_editor_.add(element);
    }
    bool equal() const {
        HyperLogLogArray sparse = {};
        HyperLogLogArray dense = {};
        return sparse_editor_.value().raise(sparse) && dense_editor_.value().raise(dense) && sparse == dense;
    }
    std::uint64_t estimate() const {
        return sparse_editor_.value().estimate().value_or(std::numeric_limits<std::uint64_t>::max());
    }

  private:
    static constexpr std::size_t kMostSparseBytes = 3000;

    std::string sparse_{HyperLogLog::empty_bytes()};
    std::string dense_{HyperLogLog::empty_bytes()};
    StringStore sparse_store_{sparse_};
    StringStore dense_store_{dense_};
    HyperLogLogEditor sparse_editor_{sparse_store_, kMostSparseBytes};
    HyperLogLogEditor dense_editor_{dense_store_, kMostSparseBytes};
};

// Every register keeps what it is given, and none changes another.
bool registers_are_apart() {
    Random random;
    std::string bytes{HyperLogLog::empty_bytes()};
    StringStore store(bytes);
    HyperLogLogEditor editor(store, 0);
    HyperLogLogArray expected = {};
    editor.make_dense();
    for (std::uint32_t index = 0; index < kHyperLogLogRegisters; ++index) {
        expected[index] = static_cast<std::uint8_t>(1 + random.below(50));
        editor.raise(index, expected[index]);
    }
    HyperLogLogArray found = {};
    return editor.value().raise(found) && found == expected;
}

}  // namespace

std::string test_hyperloglogs() {
    if (!registers_are_apart()) return "registers overlap";

    constexpr std::uint64_t kMostElements = 100'000;
    // Four standard errors, and one for small numbers.
    const double tolerance = 4 * 1.04 / std::sqrt(kHyperLogLogRegisters);
    BothForms forms;
    std::uint64_t added = 0;
    for (std::uint64_t elements = 1; elements <= kMostElements; elements *= 10) {
        while (added < elements) forms.add(std::to_string(added++));
        if (!forms.equal()) return "sparse and dense registers differ after " + std::to_string(elements);
        const double error = std::abs(static_cast<double>(forms.estimate()) - static_cast<double>(elements));
        if (error > tolerance * static_cast<double>(elements) + 1) {
            return "the estimate of " + std::to_string(elements) + " is " + std::to_string(forms.estimate());
        }
    }
    return {};
}

}  // namespace pongo
