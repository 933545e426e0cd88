// A sink that writes down what leaves the data set, for tests to compare.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "effects/effect_log.h"

namespace pongo {

class RecordingSink : public Sink {
  public:
    explicit RecordingSink(EffectLog& log) : log_(log) {
        log.add_sink(*this, {Interest::Events, Interest::Commands, Interest::Touches});
    }
    RecordingSink(const RecordingSink&) = delete;
    RecordingSink& operator=(const RecordingSink&) = delete;
    ~RecordingSink() override { log_.remove_sink(*this); }

    void accept(const Unit& unit) noexcept override {
        for (const Event& event : unit.events) {
            events_.push_back(std::to_string(event.db) + " " + std::string(event.name) + " " + event.key);
        }
        for (const PropagatedCommand& command : unit.commands) {
            std::string line = std::to_string(command.db);
            for (const std::string& arg : command.args) line += " " + arg;
            commands_.push_back(line);
        }
        for (const TouchedKey& key : unit.touched) {
            touched_.push_back(std::to_string(key.db) + " " + key.key);
        }
    }

    // What came since the last call. An event reads "<db> <event> <key>", a command "<db> <argument>...", a
    // touched key "<db> <key>".
    std::vector<std::string> events() { return std::exchange(events_, {}); }
    std::vector<std::string> commands() { return std::exchange(commands_, {}); }
    std::vector<std::string> touched() { return std::exchange(touched_, {}); }
    void forget() {
        events_.clear();
        commands_.clear();
        touched_.clear();
    }

  private:
    EffectLog& log_;
    std::vector<std::string> events_;
    std::vector<std::string> commands_;
    std::vector<std::string> touched_;
};

}  // namespace pongo
