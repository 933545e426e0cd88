// The most recent commands that took longer than a limit.
// Thread rule: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pongo {

class SlowLog {
  public:
    struct Record {
        std::int64_t id;
        std::int64_t unix_s;
        std::int64_t duration_us;
        std::vector<std::string> args;  // Shortened: see add().
        std::string peer;
        std::string client_name;
    };

    // Keeps at most 32 arguments of at most 128 bytes each, and says in the last of them what was left out.
    void add(std::int64_t unix_s, std::int64_t duration_us, std::span<const std::string_view> args,
             std::string peer, std::string client_name, std::size_t max_records);
    // The latest first.
    std::vector<Record> latest(std::size_t count) const;
    std::size_t size() const;
    void clear();

  private:
    mutable std::mutex mutex_;
    std::deque<Record> records_;  // The latest in front.
    std::int64_t next_id_ = 0;
};

}  // namespace pongo
