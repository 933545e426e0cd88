// What leaves the data set when it changes.
//
// Words: an *event* tells that something happened to a key ("set", "expired"); a *command* says how a copy of
// the data set does the same change; a *unit* is what was changed atomically: by one command, one
// transaction, one round of expiry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pongo {

// The classes of notify-keyspace-events, with its letters. Bits, so that a set of them is a sum.
enum class EventClass : std::uint16_t {
    Generic = 1 << 0,    // g
    String = 1 << 1,     // $
    List = 1 << 2,       // l
    Set = 1 << 3,        // s
    Hash = 1 << 4,       // h
    SortedSet = 1 << 5,  // z
    Expired = 1 << 6,    // x
    Evicted = 1 << 7,    // e
    Stream = 1 << 8,     // t
    KeyMiss = 1 << 9,    // m
    Module = 1 << 10,    // d
    New = 1 << 11,       // n
};

struct Event {
    EventClass event_class;
    std::string_view name;  // A literal.
    int db;
    std::string key;
};

// The copies of the data set that are told.
enum class PropagateTo : std::uint8_t { Nobody = 0, AppendOnlyFile = 1, Replicas = 2, All = 3 };

struct PropagatedCommand {
    int db;
    std::vector<std::string> args;
    PropagateTo to = PropagateTo::All;
};

// The key was created, changed or removed: what WATCH and client tracking want to know.
struct TouchedKey {
    int db;
    std::string key;
    bool by_server = false;  // It expired or was evicted: whoever came across it has not changed it.
};

struct Unit {
    struct Origin {
        std::uint64_t client = 0;   // Who makes the change, by its id; 0 if it is no client.
        std::size_t reactor = 0;    // On whose thread.
        std::uint64_t running = 0;  // Whose command runs there: another one, if that serves `client`.
    };

    Origin origin;
    std::vector<Event> events;  // As they happened.
    std::vector<PropagatedCommand> commands;
    std::vector<TouchedKey> touched;
    std::vector<int> emptied_dbs;  // By FLUSHALL, FLUSHDB and SWAPDB: every key in them is touched.
    std::size_t flushes = 0;       // How often FLUSHALL or FLUSHDB ran.

    bool empty() const {
        return events.empty() && commands.empty() && touched.empty() && emptied_dbs.empty();
    }
    void clear() {
        events.clear();
        commands.clear();
        touched.clear();
        emptied_dbs.clear();
        flushes = 0;
    }
};

}  // namespace pongo
