#include "effects/effect_log.h"

#include <algorithm>

namespace pongo {

void EffectLog::add_sink(Sink& sink, std::initializer_list<Interest> interests) {
    std::uint8_t wanted = 0;
    for (const Interest interest : interests) wanted |= static_cast<std::uint8_t>(interest);
    const std::lock_guard lock(mutex_);
    sinks_.push_back({&sink, wanted});
    interests_.store(interests_.load(std::memory_order_relaxed) | wanted, std::memory_order_relaxed);
}

void EffectLog::remove_sink(Sink& sink) {
    const std::lock_guard lock(mutex_);
    std::erase_if(sinks_, [&](const Attached& attached) { return attached.sink == &sink; });
    std::uint8_t wanted = 0;
    for (const Attached& attached : sinks_) wanted |= attached.interests;
    interests_.store(wanted, std::memory_order_relaxed);
}

void EffectLog::commit(Unit& unit) {
    if (unit.empty()) return;
    {
        const std::lock_guard lock(mutex_);
        for (const Attached& attached : sinks_) attached.sink->accept(unit);
    }
    unit.clear();
}

}  // namespace pongo
