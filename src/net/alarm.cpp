#include "net/alarm.h"

#include <sys/timerfd.h>

#include "base/check.h"
#include "base/clock.h"

namespace pongo {
namespace {}  // namespace

Alarm::Alarm() : socket_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
    CHECK(socket_.descriptor() >= 0);
}

void Alarm::set(std::int64_t deadline_us, std::uint64_t client) {
    deadlines_.emplace(deadline_us, client);
    if (rings_at_us_ == 0 || deadline_us < rings_at_us_) arm();
}

std::vector<std::uint64_t> Alarm::take_due(std::int64_t now_us) {
    std::vector<std::uint64_t> due;
    while (!deadlines_.empty() && deadlines_.begin()->first <= now_us) {
        due.push_back(deadlines_.begin()->second);
        deadlines_.erase(deadlines_.begin());
    }
    arm();  // Which also ends the ringing.
    return due;
}

void Alarm::arm() {
    rings_at_us_ = deadlines_.empty() ? 0 : deadlines_.begin()->first;
    itimerspec when{};  // Of zero, for a timer that keeps still.
    when.it_value = {rings_at_us_ / kUsPerSecond, rings_at_us_ % kUsPerSecond * kNsPerUs};
    CHECK(::timerfd_settime(socket_.descriptor(), TFD_TIMER_ABSTIME, &when, nullptr) == 0);
}

}  // namespace pongo
