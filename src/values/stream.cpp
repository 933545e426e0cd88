#include "values/stream.h"

#include "base/memory_usage.h"

namespace pongo {

StreamGroup* StreamValue::group(std::string_view name) const {
    const auto found = groups.find(name);
    return found == groups.end() ? nullptr : found->second.get();
}

StreamGroup* StreamValue::add_group(std::string_view name, StreamId last_id,
                                    std::optional<std::int64_t> entries_read) {
    if (group(name)) return nullptr;
    return groups.emplace(name, std::make_unique<StreamGroup>(last_id, entries_read)).first->second.get();
}

std::optional<std::int64_t> StreamValue::lag(const StreamGroup& group) const {
    if (log.entries_added() == 0) return 0;
    const bool is_known = group.entries_read && !log.has_deleted_from(group.last_id);
    const auto read = is_known ? group.entries_read : log.added_up_to(group.last_id);
    if (!read) return std::nullopt;
    // Both may have been set to any number.
    return static_cast<std::int64_t>(log.entries_added() - static_cast<std::uint64_t>(*read));
}

std::unique_ptr<HeapValue> StreamValue::copy() const {
    auto copied = std::make_unique<StreamValue>();
    copied->log = log;
    copied->log.watch(nullptr);
    for (const auto& [name, each] : groups) copied->groups.emplace(name, each->copy());
    return copied;
}

std::size_t StreamValue::memory() const {
    std::size_t bytes = allocation_size(this) + log.memory();
    for (const auto& [name, each] : groups) bytes += name.capacity() + each->memory();
    return bytes;
}

std::size_t StreamValue::allocations() const {
    std::size_t count = 1 + log.blocks().size();
    for (const auto& [name, each] : groups) {
        count += 2 + each->pending().chunks() + 3 * each->consumers().size();
    }
    return count;
}

}  // namespace pongo
