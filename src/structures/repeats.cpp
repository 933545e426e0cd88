#include "structures/repeats.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/numbers.h"

namespace pongo {
namespace {

// A text in a form that is the same for equal texts, whether or not they stand there as integers.
using Canonical = std::tuple<bool, std::int64_t, std::string_view>;

Canonical canonical(const Listpack::Element& element) {
    if (element.is_integer) return {true, element.integer, {}};
    if (const auto number = parse_int64(element.bytes)) return {true, *number, {}};
    return {false, 0, element.bytes};
}

}  // namespace

bool has_repeats(Listpack list, std::size_t skip) {
    std::vector<Canonical> found;
    found.reserve(list.size() / (skip + 1));
    for (auto at = list.begin(); at != list.end();) {
        found.push_back(canonical(list[at]));
        for (std::size_t i = 0; i <= skip && at != list.end(); ++i) at = list.next(at);
    }
    std::ranges::sort(found);
    return std::ranges::adjacent_find(found) != found.end();
}

}  // namespace pongo
