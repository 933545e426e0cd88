// Key events, as notify-keyspace-events asks for them: an event "set" of key "k" in database 0 is published
// as the message "set" on the channel "__keyspace@0__:k", and as the message "k" on "__keyevent@0__:set".
//
//  1. Events of one key are published in the order in which they happened, those of a unit without a gap, and
//     whatever the reactor, nothing overtakes: the effect log says one unit after the other.
//  2. Nobody pays for events that the option does not ask for: the effect log is not asked for them then.
//
// Thread rule: accept() on any thread, under the locks of shards; nothing in it waits for another reactor.
#pragma once

#include <atomic>
#include <cstdint>

#include "effects/effect_log.h"
#include "engine/channels.h"
#include "engine/config.h"

namespace pongo {

class KeyEvents : public Sink {
  public:
    // The option is followed from here on. All three must outlive it, and the configuration must not change
    // afterwards.
    KeyEvents(Config& config, EffectLog& log, Channels& channels);
    ~KeyEvents() override { log_.remove_sink(*this); }
    KeyEvents(const KeyEvents&) = delete;
    KeyEvents& operator=(const KeyEvents&) = delete;

    void accept(const Unit& unit) noexcept override;

  private:
    void follow(const Settings& settings);
    void publish(std::size_t reactor, const Event& event, std::uint32_t wanted);

    EffectLog& log_;
    Channels& channels_;
    std::atomic<std::uint32_t> wanted_{0};  // A sum of key_event::, 0 if nothing is to be published.
};

}  // namespace pongo
