#include "persistence/snapshot_job.h"

#include <string_view>

#include "base/clock.h"
#include "base/memory_usage.h"
#include "base/version.h"
#include "engine/access_clock_settings.h"
#include "persistence/rebuilding_commands.h"
#include "persistence/value_limits.h"
#include "scripting/scripting.h"

namespace pongo {
namespace {

UsageNotes usage_notes_of(MaxmemoryPolicy policy) {
    if (is_lfu(policy)) return UsageNotes::Frequency;
    const bool is_lru = policy == MaxmemoryPolicy::AllkeysLru || policy == MaxmemoryPolicy::VolatileLru;
    return is_lru ? UsageNotes::IdleTime : UsageNotes::None;
}

}  // namespace

SnapshotJob::SnapshotJob(Engine& engine, Kind kind)
    : engine_(engine),
      kind_(kind),
      snapshot_(engine.keyspace(), options_of(engine, kind)),
      started_us_(monotonic_us()),
      started_s_(unix_ms() / kMsPerSecond) {
    const auto libraries = engine_.scripting().libraries().snapshot();
    for (const auto& [name, library] : libraries->by_name) libraries_.push_back(library->source);
    Keyspace& keyspace = engine_.keyspace();
    for (int db = 0; db < keyspace.databases(); ++db) {
        if (keyspace.size(db) > 0) sizes_.push_back({db, keyspace.size(db), keyspace.volatile_size(db)});
    }
    snapshot_.begin();
}

SnapshotOptions SnapshotJob::options_of(Engine& engine, Kind kind) {
    const Settings& settings = engine.settings();
    SnapshotOptions options{.format = kind == Kind::CommandBase ? RecordFormat::Commands : RecordFormat::Rdb,
                            .compression = compression_of_files(settings),
                            .usage = usage_notes_of(settings.maxmemory_policy),
                            .key_delay_us = &settings.rdb_key_save_delay_us,
                            .kept_limit = static_cast<std::size_t>(settings.snapshot_kept_limit.get()),
                            .data_set = &engine.data_set()};
    advance(options.clock, unix_ms(), settings);
    return options;
}

std::optional<std::string> SnapshotJob::write(const std::string& path, IncrementalSync incremental_sync,
                                              Locking locking) {
    OutputFile file(path, incremental_sync);
    kind_ == Kind::CommandBase ? write_commands(file, locking) : write_rdb(file, locking);
    if (engine_.data_set().snapshot_is_crowded.exchange(false)) engine_.wake_reactors();
    if (snapshot_.cancelled() && !file.error()) return "it was called off";
    return file.finish();
}

void SnapshotJob::write_rdb(OutputFile& file, Locking locking) {
    const Settings& settings = engine_.settings();
    SnapshotWriter writer(file, compression_of_files(settings), checksum_of(settings));
    write_header(writer);
    run([&](int db, std::string_view records) { writer.record(db, records); }, file, locking);
    writer.end();
}

void SnapshotJob::write_commands(OutputFile& file, Locking locking) {
    for (const std::string& source : libraries_) write_library_command(file, source);
    std::optional<int> selected;
    const auto consume = [&](int db, std::string_view records) {
        if (selected != db) write_database_command(file, db);
        selected = db;
        file.append(records);
    };
    run(consume, file, locking);
}

void SnapshotJob::write_header(SnapshotWriter& writer) {
    const std::string created = std::to_string(started_s_);
    const std::string memory = std::to_string(memory_usage().used);
    const AuxField fields[] = {{"redis-ver", kRedisVersion},
                               {"redis-bits", "64"},
                               {"ctime", created},
                               {"used-mem", memory},
                               {"aof-base", kind_ == Kind::RdbBase ? "1" : "0"}};
    writer.begin(fields);
    for (const std::string& source : libraries_) writer.function_library(source);
    for (const DatabaseSize& size : sizes_) writer.database(size.db, size.keys, size.volatile_keys);
}

void SnapshotJob::run(const KeyspaceSnapshot::Consumer& consume, const OutputFile& file, Locking locking) {
    snapshot_.run(
        [&](int db, std::string_view records) {
            consume(db, records);
            note_relief();
            if (file.error()) snapshot_.cancel();
        },
        locking);
}

// Writers wait until half of what was kept is written.
void SnapshotJob::note_relief() {
    std::atomic<bool>& crowded = engine_.data_set().snapshot_is_crowded;
    if (crowded && snapshot_.is_relieved() && crowded.exchange(false)) engine_.wake_reactors();
}

}  // namespace pongo
