#include "base/background.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <utility>

namespace pongo {
namespace {

constexpr int kNicer = 5;  // A third of a busy core: waiting for a lock of theirs must not take long.

}  // namespace

void give_way_to_others() {
    const auto thread = static_cast<id_t>(gettid());
    setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + kNicer);
}

Background::Background(std::string name, Priority priority)
    : thread_([this, name = std::move(name), priority] { work(name, priority); }) {}

Background::~Background() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Background::post(std::function<void()> task, std::size_t weight) {
    pending_.fetch_add(weight, std::memory_order_relaxed);
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back({std::move(task), weight});
    }
    changed_.notify_all();
}

void Background::drain() {
    std::unique_lock lock(mutex_);
    bool done = false;
    tasks_.push_back({[&] {
                          const std::lock_guard inner(mutex_);
                          done = true;
                          changed_.notify_all();
                      },
                      0});
    changed_.notify_all();
    changed_.wait(lock, [&] { return done; });
}

void Background::work(const std::string& name, Priority priority) {
    pthread_setname_np(pthread_self(), name.c_str());
    if (priority == Priority::GivesWay) give_way_to_others();
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
        if (tasks_.empty()) return;
        Task task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        task.run();
        task.run = nullptr;  // What it captured goes before it counts as finished.
        pending_.fetch_sub(task.weight, std::memory_order_relaxed);
        finished_.fetch_add(task.weight, std::memory_order_relaxed);
        lock.lock();
    }
}

}  // namespace pongo
