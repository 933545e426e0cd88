#include "engine/key_events.h"

#include <string>

namespace pongo {
namespace {

// The option's bits are those of the classes, after the two that say on which channels.
constexpr int kClassShift = 2;
constexpr std::uint32_t kChannels = key_event::kKeyspace | key_event::kKeyevent;

// The executor wakes them when it has let go of the locks.
constexpr auto kWake = Deliveries::Wake::Later;

constexpr std::uint32_t bit_of(EventClass event_class) {
    return static_cast<std::uint32_t>(event_class) << kClassShift;
}
static_assert(bit_of(EventClass::Generic) == key_event::kGeneric);
static_assert(bit_of(EventClass::String) == key_event::kString);
static_assert(bit_of(EventClass::List) == key_event::kList);
static_assert(bit_of(EventClass::Set) == key_event::kSet);
static_assert(bit_of(EventClass::Hash) == key_event::kHash);
static_assert(bit_of(EventClass::SortedSet) == key_event::kSortedSet);
static_assert(bit_of(EventClass::Expired) == key_event::kExpired);
static_assert(bit_of(EventClass::Evicted) == key_event::kEvicted);
static_assert(bit_of(EventClass::Stream) == key_event::kStream);
static_assert(bit_of(EventClass::KeyMiss) == key_event::kKeyMiss);
static_assert(bit_of(EventClass::Module) == key_event::kModule);
static_assert(bit_of(EventClass::New) == key_event::kNew);

std::string channel(std::string_view kind, int db, std::string_view rest) {
    std::string name = "__";
    name.append(kind).append("@").append(std::to_string(db)).append("__:").append(rest);
    return name;
}

}  // namespace

KeyEvents::KeyEvents(Config& config, EffectLog& log, Channels& channels) : log_(log), channels_(channels) {
    log_.add_sink(*this, {});
    follow(config.settings());
    config.on_change("notify-keyspace-events", [this](const Settings& settings) -> ConfigError {
        follow(settings);
        return std::nullopt;
    });
}

void KeyEvents::follow(const Settings& settings) {
    const std::uint32_t bits = settings.notify_keyspace_events;
    wanted_ = (bits & kChannels) != 0 ? bits : 0;
    log_.want_classes(wanted_ >> kClassShift);
}

void KeyEvents::accept(const Unit& unit) noexcept {
    const std::uint32_t wanted = wanted_.load(std::memory_order_relaxed);
    for (const Event& event : unit.events) {
        if ((wanted & bit_of(event.event_class)) != 0) publish(unit.origin.reactor, event, wanted);
    }
}

void KeyEvents::publish(std::size_t reactor, const Event& event, std::uint32_t wanted) {
    if ((wanted & key_event::kKeyspace) != 0) {
        channels_.publish(reactor, Subscribed::Channel, channel("keyspace", event.db, event.key), event.name,
                          kWake);
    }
    if ((wanted & key_event::kKeyevent) != 0) {
        channels_.publish(reactor, Subscribed::Channel, channel("keyevent", event.db, event.name), event.key,
                          kWake);
    }
}

}  // namespace pongo
