#include "persistence/append_loader.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>
#include <variant>

#include "base/escape.h"
#include "base/log.h"
#include "persistence/rdb_format.h"

namespace pongo {
namespace {

// So much is run before others have the locks.
constexpr std::size_t kTurnBytes = std::size_t{64} << 10;

constexpr std::string_view kHowToFix =
    ": make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>";

// Whether a command may stand in such a file: one that changes keys, those of scripts, and what does no harm.
bool may_be_replayed(const CommandSpec& command) {
    if ((command.flags & Write) != 0 || (command.categories & CatScripting) != 0) return true;
    return (command.flags & (Admin | NoScript)) == 0;
}

std::string at_offset(std::string_view reason, std::size_t offset) {
    return std::string(reason) + " at offset " + std::to_string(offset);
}

}  // namespace

AppendLoader::AppendLoader(Executor& executor, Engine& engine, Locking locking, Callbacks callbacks)
    : executor_(executor),
      engine_(engine),
      locking_(locking),
      callbacks_(std::move(callbacks)),
      session_(0, &nobody_, 0) {
    session_.must_not_block = true;
    session_.authenticated = true;
}

std::optional<std::string> AppendLoader::load(const std::string& path, CutOff cut_off) {
    MappedFile file;
    if (auto error = file.open(path)) return error;
    session_.db = 0;
    std::size_t offset = 0;
    if (file.view().starts_with(kRdbMagic)) {
        if (auto error = callbacks_.load_snapshot(file, offset)) return path + " " + *error;
    }
    return run_commands(file, offset, path, cut_off);
}

std::optional<std::string> AppendLoader::run_commands(MappedFile& file, std::size_t offset,
                                                      const std::string& path, CutOff cut_off) {
    const std::size_t size = file.view().size();
    CommandReader reader(file.view(), offset);
    std::size_t whole = offset;  // Up to here there are no halves of anything.
    std::size_t turn_end = 0;
    in_transaction_ = false;
    queue_.clear();
    std::optional<std::string> failure;
    for (bool more = true; more && !failure;) {
        if (reader.offset() >= turn_end) {
            let_go();
            file.release_before(whole);
            if (!callbacks_.go_on(whole)) return "loading was called off";
            take_locks();
            turn_end = reader.offset() + kTurnBytes;
        }
        const CommandReader::Item item = reader.next();
        if (const auto* command = std::get_if<CommandReader::Command>(&item)) {
            if (std::string error = accept(command->args); !error.empty()) {
                failure = at_offset(error, command->offset) + " reading the append only file " + path;
            }
            if (!in_transaction_) whole = command->end;
        } else if (const auto* error = std::get_if<CommandReader::Error>(&item)) {
            failure = "Bad file format reading the append only file " + path + " (" +
                      at_offset(error->reason, error->offset) + ")" + std::string(kHowToFix);
        } else {
            const bool timestamp = std::holds_alternative<CommandReader::Timestamp>(item);
            if (timestamp && !in_transaction_) whole = reader.offset();
            more = timestamp;
        }
    }
    let_go();
    if (failure) return failure;
    callbacks_.go_on(whole);
    if (whole == size) return std::nullopt;
    if (cut_off == CutOff::LeftOut) return cut(path, size, whole);
    return at_offset("Unexpected end of file reading the append only file " + path, whole) +
           ". You can: 1) Make a backup of your AOF file, then use ./redis-check-aof --fix "
           "<filename.manifest>. 2) Alternatively you can set the 'aof-load-truncated' configuration option "
           "to yes and restart the server.";
}

void AppendLoader::take_locks() {
    if (locking_ == Locking::Held) return;
    executor_.locks().acquire_all();
    executor_.refresh_time();
}

void AppendLoader::let_go() {
    if (locking_ == Locking::Own) executor_.locks().release();
}

std::string AppendLoader::accept(std::span<const std::string_view> args) {
    if (equals_ignore_case(args[0], "MULTI")) {
        if (std::exchange(in_transaction_, true)) return "MULTI within MULTI";
    } else if (equals_ignore_case(args[0], "EXEC")) {
        if (!std::exchange(in_transaction_, false)) return "EXEC without MULTI";
        for (const Args& queued : std::exchange(queue_, {})) {
            if (std::string error = run(queued); !error.empty()) return error;
        }
    } else if (in_transaction_) {
        queue_.emplace_back(args.begin(), args.end());
    } else {
        return run(args);
    }
    return {};
}

std::string AppendLoader::run(std::span<const std::string_view> args) {
    request_.args.assign(args.begin(), args.end());
    const Command* const command = engine_.commands().find(request_.args);
    if (!command || command->lacks_subcommand(args.size()) || !command->spec->arity.accepts(args.size())) {
        return "Unknown command " + quoted(args[0]);
    }
    if (!may_be_replayed(*command->spec)) return "The command " + quoted(args[0]) + " changes no keys";
    executor_.replay(session_, *command, request_);
    return {};
}

std::optional<std::string> AppendLoader::cut(const std::string& path, std::size_t size, std::size_t whole) {
    log_warning("!!! Warning: short read while loading the AOF file ", path, "!!!");
    log_warning("AOF ", path, " loaded anyway because aof-load-truncated is enabled: its last ", size - whole,
                " bytes are the beginning of something. Truncating the AOF at offset ", whole);
    if (::truncate(path.c_str(), static_cast<off_t>(whole)) == 0) return std::nullopt;
    return "Error truncating the AOF file " + path + ": " + std::generic_category().message(errno);
}

}  // namespace pongo
