// The data set on disk: loaded when the server starts, saved while it runs and when it ends.
//
// Thread rule: load_in_background() and stop() are the server's; the others any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "engine/engine.h"
#include "persistence/rdb_loader.h"
#include "persistence/saves.h"

namespace pongo {

class Persistence {
  public:
    explicit Persistence(Engine& engine);
    ~Persistence() { stop(); }
    Persistence(const Persistence&) = delete;
    Persistence& operator=(const Persistence&) = delete;

    Saves& saves() { return saves_; }

    // Loads what is there, on another thread; until that is done clients are told so (see DataSet).
    void load_in_background();
    // Loading and saving end where they are. For a server that stops, when nobody can begin anew.
    void stop();
    // Loading has failed, which the log has said why: the server must not go on with less than it had.
    bool load_failed() const { return load_failed_; }

    // Puts what the RDB file has into the keyspace; no file is no keys. Returns what is wrong.
    std::optional<std::string> load_rdb(Locking locking,
                                        LoadOptions::Existing existing = LoadOptions::Existing::Unexpected);

    // Saves before the server ends, as asked; nobody writes from then on. Returns what went wrong: then
    // everything goes on as before.
    std::optional<std::string> prepare_to_stop(FinalSave save);

  private:
    LoadOptions load_options(Locking locking) const;
    bool must_save(FinalSave save) const;

    Engine& engine_;
    Saves saves_;
    std::thread loading_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> load_failed_{false};
};

}  // namespace pongo
