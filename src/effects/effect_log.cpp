#include "effects/effect_log.h"

#include <algorithm>

namespace pongo {

void EffectLog::add_sink(Sink& sink, std::initializer_list<Interest> interests) {
    for (const Interest interest : interests) want(interest);
    const std::lock_guard lock(mutex_);
    sinks_.push_back({&sink, interests});
}

void EffectLog::remove_sink(Sink& sink) {
    const std::lock_guard lock(mutex_);
    std::erase_if(sinks_, [&](const Attached& attached) {
        if (attached.sink != &sink) return false;
        for (const Interest interest : attached.interests) unwant(interest);
        return true;
    });
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
