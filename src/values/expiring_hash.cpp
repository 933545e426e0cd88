#include "values/expiring_hash.h"

#include <utility>

namespace pongo {
namespace {

std::int64_t time_of(double score) {
    return static_cast<std::int64_t>(score);
}

}  // namespace

ExpiringHash::ExpiringHash(PackedTable&& fields)
    : expiries_(std::make_unique<ScoredMembers>(&HashSecret::of_process())) {
    table = std::move(fields);
}

ExpiringHash::ExpiringHash(ExpiringHash& other) : ExpiringHash(std::move(other.table)) {
    expiries_.swap(other.expiries_);
}

std::optional<std::int64_t> ExpiringHash::expiry(std::string_view name) const {
    const auto score = expiries_->score(name);
    return score ? std::optional(time_of(*score)) : std::nullopt;
}

std::optional<std::int64_t> ExpiringHash::next_expiry() const {
    const auto first = expiries_->first();
    return first ? std::optional(time_of(first.score())) : std::nullopt;
}

void ExpiringHash::set_expiry(std::string_view name, std::int64_t at_ms) {
    const auto score = static_cast<double>(at_ms);
    expiries_->score(name) ? expiries_->update(name, score) : expiries_->insert(name, score);
}

std::vector<std::string> ExpiringHash::erase_due(std::int64_t now_ms, std::uint64_t most) {
    std::vector<std::string> names;
    for (auto at = expiries_->first(); at && time_of(at.score()) < now_ms && names.size() < most; at.next()) {
        names.emplace_back(at.member());
    }
    expiries_->erase_range(0, names.size(), [](std::string_view, double) {});
    for (const std::string& name : names) table.erase(name);
    return names;
}

std::unique_ptr<HeapValue> ExpiringHash::copy() const {
    PackedTable fields(&HashSecret::of_process());
    table.for_each([&](std::string_view name, std::string_view value) { fields.put(name, value); });
    auto copied = std::make_unique<ExpiringHash>(std::move(fields));
    expiries_->for_each([&](std::string_view name, double score) { copied->expiries_->insert(name, score); });
    return copied;
}

std::size_t ExpiringHash::memory() const {
    return TableHash::memory() + allocation_size(expiries_.get()) + expiries_->bytes();
}

std::size_t ExpiringHash::allocations() const {
    return TableHash::allocations() + 1 + expiries_->size() / 10;
}

}  // namespace pongo
