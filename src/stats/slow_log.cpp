#include "stats/slow_log.h"

#include <algorithm>

namespace pongo {
namespace {

constexpr std::size_t kMaxArguments = 32;
constexpr std::size_t kMaxArgumentBytes = 128;

std::string shortened(std::string_view arg) {
    if (arg.size() <= kMaxArgumentBytes) return std::string(arg);
    return std::string(arg.substr(0, kMaxArgumentBytes)) + "... (" +
           std::to_string(arg.size() - kMaxArgumentBytes) + " more bytes)";
}

std::vector<std::string> shortened(std::span<const std::string_view> args) {
    const bool too_many = args.size() > kMaxArguments;
    const std::size_t kept = too_many ? kMaxArguments - 1 : args.size();
    std::vector<std::string> result;
    result.reserve(std::min(args.size(), kMaxArguments));
    for (std::size_t i = 0; i < kept; ++i) result.push_back(shortened(args[i]));
    if (too_many) result.push_back("... (" + std::to_string(args.size() - kept) + " more arguments)");
    return result;
}

}  // namespace

void SlowLog::add(std::int64_t unix_s, std::int64_t duration_us, std::span<const std::string_view> args,
                  std::string peer, std::string client_name, std::size_t max_records) {
    Record record{0, unix_s, duration_us, shortened(args), std::move(peer), std::move(client_name)};
    const std::lock_guard lock(mutex_);
    record.id = next_id_++;
    records_.push_front(std::move(record));
    while (records_.size() > max_records) records_.pop_back();
}

std::vector<SlowLog::Record> SlowLog::latest(std::size_t count) const {
    const std::lock_guard lock(mutex_);
    const auto end = records_.begin() + static_cast<std::ptrdiff_t>(std::min(count, records_.size()));
    return {records_.begin(), end};
}

std::size_t SlowLog::size() const {
    const std::lock_guard lock(mutex_);
    return records_.size();
}

void SlowLog::clear() {
    const std::lock_guard lock(mutex_);
    records_.clear();
}

}  // namespace pongo
