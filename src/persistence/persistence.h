// The data set on disk: loaded when the server starts, saved while it runs and when it ends.
//
// Thread rule: load_in_background() and stop() are the server's; the others any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/engine.h"
#include "persistence/append_only.h"
#include "persistence/folder_lock.h"
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
    SnapshotTurn& turn() { return turn_; }
    AppendOnly& append_only() { return append_only_; }

    // Nobody else has his files in this folder, from now on until the server ends. Returns why that is not
    // so.
    std::optional<std::string> lock_folder();
    // Loads what is there, on another thread; until that is done clients are told so (see DataSet). Returns
    // what is wrong, if it can't even begin.
    std::optional<std::string> load_in_background();
    // Loading and saving end where they are. For a server that stops, when nobody can begin anew.
    void stop();
    // The log has said why: the server must not go on with less than it had, or without keeping its word.
    bool must_exit() const { return load_failed_ || append_only_.has_given_up(); }
    // To be called several times a second.
    void tick();

    // Puts what the RDB file has into the keyspace; no file is no keys. Returns what is wrong.
    std::optional<std::string> load_rdb(Locking locking,
                                        LoadOptions::Existing existing = LoadOptions::Existing::Unexpected);

    // The same for the append-only file, whose executor nobody else uses meanwhile.
    std::optional<std::string> load_append_only(Executor& executor, Locking locking);

    // Saves before the server ends, as asked; nobody writes from then on. False if something went wrong, of
    // which the log tells: then everything goes on as before, unless it is to end in any case. Once that has
    // succeeded there is no way back, and nothing more to be done for who asks again.
    enum class InAnyCase : bool { No, Yes };
    bool prepare_to_stop(FinalSave save, InAnyCase in_any_case);

  private:
    void let_go_of_former_folders();
    LoadOptions load_options(Locking locking) const;
    std::optional<std::string> load();
    std::optional<std::string> load_snapshot(MappedFile& file, LoadOptions options, std::size_t& size);
    std::optional<std::string> try_to_stop(FinalSave save, InAnyCase in_any_case);
    std::optional<std::string> save_finally();
    bool must_save(FinalSave save) const;

    Engine& engine_;
    std::mutex lock_mutex_;
    FolderLock lock_;
    SnapshotTurn turn_;
    Saves saves_;
    AppendOnly append_only_;
    Executor loading_executor_;
    std::mutex stop_mutex_;  // One at a time prepares for the end.
    bool prepared_to_stop_ = false;
    std::thread loading_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> load_failed_{false};
};

}  // namespace pongo
