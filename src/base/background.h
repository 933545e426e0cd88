// One thread that does what no reactor should wait for: giving back the memory of big values, closing files.
// Thread rule: post() on any thread; the tasks run one after the other, on the background thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace pongo {

// Lowers the priority of the calling thread from what it was, and of threads that it starts: where there are
// fewer cores than threads at work, it waits for those that serve clients instead of stopping them for a time
// slice.
void give_way_to_others();

class Background {
  public:
    enum class Priority : bool { Usual, GivesWay };
    explicit Background(std::string name, Priority priority = Priority::GivesWay);
    // Runs what was posted, then ends the thread.
    ~Background();

    // `weight` is what pending() counts the task as.
    void post(std::function<void()> task, std::size_t weight = 1);
    std::size_t pending() const { return pending_.load(std::memory_order_relaxed); }
    std::size_t finished() const { return finished_.load(std::memory_order_relaxed); }
    void reset_finished() { finished_.store(0, std::memory_order_relaxed); }
    // Returns when everything posted before has run.
    void drain();

  private:
    struct Task {
        std::function<void()> run;
        std::size_t weight;
    };

    void work(const std::string& name, Priority priority);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Task> tasks_;
    bool stopping_ = false;
    std::atomic<std::size_t> pending_{0};
    std::atomic<std::size_t> finished_{0};
    std::thread thread_;  // Last: it uses the members above.
};

}  // namespace pongo
