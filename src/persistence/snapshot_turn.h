// Who takes a snapshot now: there is one at a time, for an RDB file or for the base of the append-only file.
//
// Thread rule: any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "engine/data_set.h"

namespace pongo {

class SnapshotTurn {
  public:
    enum class Holder : std::uint8_t { Nobody, Save, Rewrite };

    explicit SnapshotTurn(DataSet& data_set) : data_set_(data_set) {}

    Holder holder() const {
        const std::lock_guard lock(mutex_);
        return holder_;
    }
    // False if somebody has it.
    [[nodiscard]] bool take(Holder holder) {
        const std::lock_guard lock(mutex_);
        if (holder_ != Holder::Nobody) return false;
        holder_ = holder;
        data_set_.snapshot_runs = true;
        return true;
    }
    void give_back() {
        {
            const std::lock_guard lock(mutex_);
            holder_ = Holder::Nobody;
            data_set_.snapshot_runs = false;
        }
        free_.notify_all();
    }
    // Returns when this one does not have it, or not any more.
    void wait_for_end_of(Holder holder) {
        std::unique_lock lock(mutex_);
        free_.wait(lock, [&] { return holder_ != holder; });
    }

  private:
    DataSet& data_set_;
    mutable std::mutex mutex_;
    std::condition_variable free_;
    Holder holder_ = Holder::Nobody;
};

}  // namespace pongo
