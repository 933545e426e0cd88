#include "values/expiring_hash.h"

#include <utility>

namespace pongo {
namespace {

std::int64_t time_of(double score) {
    return static_cast<std::int64_t>(score);
}

}  // namespace

std::optional<std::int64_t> ExpiringHash::expiry(std::string_view name) const {
    const auto score = expiries_ ? expiries_->score(name) : std::nullopt;
    return score ? std::optional(time_of(*score)) : std::nullopt;
}

std::optional<std::int64_t> ExpiringHash::next_expiry() const {
    return expiries_ ? std::optional(time_of(expiries_->first().score())) : std::nullopt;
}

std::uint64_t ExpiringHash::due(std::int64_t now_ms) const {
    const auto next = next_expiry();
    if (!next || *next >= now_ms) return 0;
    return expiries_->rank_of(expiries_->lower_bound(static_cast<double>(now_ms)));
}

void ExpiringHash::set_expiry(std::string_view name, std::int64_t at_ms) {
    table.announce(name);
    if (!expiries_) expiries_ = std::make_unique<ScoredMembers>(&HashSecret::of_process());
    const auto score = static_cast<double>(at_ms);
    expiries_->score(name) ? expiries_->update(name, score) : expiries_->insert(name, score);
}

bool ExpiringHash::clear_expiry(std::string_view name) {
    if (!expiries_ || !expiries_->score(name)) return false;
    table.announce(name);
    expiries_->erase(name);
    drop_if_empty();
    return true;
}

std::vector<std::string> ExpiringHash::erase_due(std::int64_t now_ms, std::uint64_t most) {
    std::vector<std::string> names;
    if (!expiries_) return names;
    for (auto at = expiries_->first(); at && time_of(at.score()) < now_ms && names.size() < most; at.next()) {
        names.emplace_back(at.member());
    }
    for (const std::string& name : names) table.announce(name);
    expiries_->erase_range(0, names.size(), [](std::string_view, double) {});
    for (const std::string& name : names) table.erase(name);
    drop_if_empty();
    return names;
}

std::unique_ptr<HeapValue> ExpiringHash::copy() const {
    auto copied = std::make_unique<ExpiringHash>(table.copy());
    if (expiries_) copied->expiries_ = std::make_unique<ScoredMembers>(*expiries_);
    return copied;
}

std::size_t ExpiringHash::memory() const {
    const std::size_t fields = TableHash::memory();
    return expiries_ ? fields + allocation_size(expiries_.get()) + expiries_->bytes() : fields;
}

std::size_t ExpiringHash::allocations() const {
    const std::size_t fields = TableHash::allocations();
    return expiries_ ? fields + 1 + expiries_->size() / 10 : fields;
}

}  // namespace pongo
