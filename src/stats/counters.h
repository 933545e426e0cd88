// What the server counts about itself. Each reactor owns one block and is the only one to write it, so
// counting costs no atomic read-modify-write; INFO reads and adds up all blocks.
#pragma once

#include <atomic>
#include <cstdint>

namespace pongo {

// Written by one thread, readable by all.
class Counter {
  public:
    void add(std::uint64_t n = 1) {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }
    void reset() { value_.store(0, std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

struct Counters {
    Counter connections;
    Counter commands;
    Counter input_bytes;
    Counter output_bytes;
    Counter reads;
    Counter writes;
    Counter keyspace_hits;
    Counter keyspace_misses;
    Counter expired_keys;
    Counter expired_fields;  // Of hashes.
    Counter evicted_keys;
    Counter expire_cycle_cpu_us;
    Counter changes;  // Of the data set: what Redis calls dirty.
    Counter error_replies;
    Counter query_buffer_limit_disconnections;
    Counter output_buffer_limit_disconnections;

    // Each counter once, for adding up and resetting.
    template <typename Visit>
    static void for_each(Visit&& visit) {
        for (auto member :
             {&Counters::connections, &Counters::commands, &Counters::input_bytes, &Counters::output_bytes,
              &Counters::reads, &Counters::writes, &Counters::keyspace_hits, &Counters::keyspace_misses,
              &Counters::expired_keys, &Counters::expired_fields, &Counters::evicted_keys,
              &Counters::expire_cycle_cpu_us, &Counters::changes, &Counters::error_replies,
              &Counters::query_buffer_limit_disconnections, &Counters::output_buffer_limit_disconnections}) {
            visit(member);
        }
    }
};

}  // namespace pongo
