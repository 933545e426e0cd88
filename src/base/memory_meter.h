// How much memory is in use, cheap enough to be asked before every command.
//
// The allocator counts for each thread what it has handed out and got back, in two words that cost nothing to
// read. A thread's meter tells the others of the balance in steps, so that nobody writes to their common
// figure more often than it takes that much. What threads without a meter take is found out whenever somebody
// asks the allocator itself: see memory_usage().
//
// Thread rule: a meter belongs to its thread, but for tell(); the static members are for any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace pongo {

class MemoryMeter {
  public:
    // Others may not know of so many bytes of a thread's balance.
    static constexpr std::int64_t kStepBytes = 16 * 1024;

    // Of the calling thread, which has one from now on.
    static MemoryMeter& mine();

    // In use by the whole program, mapped memory included; what this thread does counts at once.
    std::size_t used();

    // The same without a meter.
    static std::size_t used_by_all();
    // What is in use in truth, as somebody has found out at greater cost.
    static void correct(std::size_t used);
    // Of memory that the allocator knows nothing of; negative when it is given back.
    static void count(std::int64_t bytes) { total_.fetch_add(bytes, std::memory_order_relaxed); }

    MemoryMeter(const MemoryMeter&) = delete;
    MemoryMeter& operator=(const MemoryMeter&) = delete;

  private:
    MemoryMeter();
    ~MemoryMeter();

    std::int64_t balance() const;
    // On any thread.
    void tell();

    static std::atomic<std::int64_t> total_;

    // The allocator's, of this thread. It alone writes them, at any time.
    const std::uint64_t* allocated_ = nullptr;
    const std::uint64_t* deallocated_ = nullptr;
    std::atomic<std::int64_t> told_{0};
};

}  // namespace pongo
