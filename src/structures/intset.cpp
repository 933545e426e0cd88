#include "structures/intset.h"

#include <cstring>

#include "base/bytes.h"

namespace pongo {
namespace {

std::size_t width_of(std::int64_t value) {
    if (value >= INT16_MIN && value <= INT16_MAX) return 2;
    return value >= INT32_MIN && value <= INT32_MAX ? 4 : 8;
}

std::int64_t read(const char* from, std::size_t width) {
    switch (width) {
        case 2:
            return load_as<std::int16_t>(from);
        case 4:
            return load_as<std::int32_t>(from);
        default:
            return load_as<std::int64_t>(from);
    }
}

// Little-endian and two's complement: the low bytes are the narrower number.
void write(char* to, std::int64_t value, std::size_t width) {
    std::memcpy(to, &value, width);
}

}  // namespace

std::string_view Intset::empty_bytes() {
    return {"\2\0\0\0\0\0\0\0", kHeader};
}

bool Intset::valid(std::string_view bytes) {
    if (bytes.size() <= kHeader) return false;
    const auto width = load_as<std::uint32_t>(bytes.data());
    if (width != 2 && width != 4 && width != 8) return false;
    if (load_as<std::uint32_t>(bytes.data() + 4) * std::uint64_t{width} != bytes.size() - kHeader)
        return false;
    const Intset set(bytes);
    for (std::size_t i = 1; i < set.size(); ++i) {
        if (set[i - 1] >= set[i]) return false;
    }
    return true;
}

std::size_t Intset::width() const {
    return load_as<std::uint32_t>(bytes_.data());
}

std::int64_t Intset::operator[](std::size_t index) const {
    return read(bytes_.data() + kHeader + index * width(), width());
}

Intset::Place Intset::find(std::int64_t value) const {
    const std::size_t each = width();
    const char* const values = bytes_.data() + kHeader;
    std::size_t low = 0;
    std::size_t high = size();
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        const std::int64_t there = read(values + middle * each, each);
        if (there == value) return {middle, true};
        if (there < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return {low, false};
}

bool IntsetEditor::add(std::int64_t value) {
    if (width_of(value) > set().width()) widen(width_of(value));
    const auto [index, found] = set().find(value);
    if (found) return false;
    const std::size_t width = set().width();
    const std::size_t size = set().size();
    const std::size_t at = Intset::kHeader + index * width;
    char* const bytes = store_.splice(at, 0, width);
    write(bytes + at, value, width);
    note_size(bytes, size + 1);
    return true;
}

bool IntsetEditor::remove(std::int64_t value) {
    const auto [index, found] = set().find(value);
    if (!found) return false;
    const std::size_t width = set().width();
    const std::size_t size = set().size();
    note_size(store_.splice(Intset::kHeader + index * width, width, 0), size - 1);
    return true;
}

// From the last value to the first, so that none is overwritten before it was read.
void IntsetEditor::widen(std::size_t width) {
    const std::size_t before = set().width();
    const std::size_t size = set().size();
    char* const bytes = store_.splice(store_.view().size(), 0, size * (width - before));
    char* const values = bytes + Intset::kHeader;
    for (std::size_t i = size; i-- > 0;) write(values + i * width, read(values + i * before, before), width);
    store_as(bytes, static_cast<std::uint32_t>(width));
}

void IntsetEditor::note_size(char* bytes, std::size_t size) {
    store_as(bytes + 4, static_cast<std::uint32_t>(size));
}

}  // namespace pongo
