// The configuration: redis.conf files, command line options, and CONFIG GET, SET and REWRITE on the running
// server.
//
// An option is one row of the table in config_options.cpp. Config keeps each option's value as its canonical
// text, which is what CONFIG GET answers, and mirrors it into Settings, which is what everybody else reads.
//
// Thread rule: load() and on_change() belong to the start, on one thread; everything else may be called from
// any thread. Changes (set, assign, rewrite, reload) happen one at a time. Hooks run on the thread of the
// change with that order held: a hook may read Settings and call get(), but must not change options, nor wait
// for a thread that may be in the middle of a change itself.
#pragma once

#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/settings.h"

namespace pongo {

struct Option;
struct Directive;

// What went wrong, in Redis's words; nothing when all went well.
using ConfigError = std::optional<std::string>;

class Config {
  public:
    struct Assignment {
        std::string_view name;
        std::string_view value;
    };
    struct RenamedCommand {
        std::string from;
        std::string to;  // empty takes the command away
        bool operator==(const RenamedCommand&) const = default;
    };
    // Tells what is wrong with a `rename-command`, if anything.
    using RenameCheck = std::function<ConfigError(std::string_view from, std::string_view to)>;
    // Runs after new values were stored. An error undoes the whole change.
    using Hook = std::function<ConfigError(const Settings&)>;

    Config();  // everything at its default
    ~Config();
    Config(const Config&) = delete;
    Config& operator=(const Config&) = delete;

    Settings& settings() { return settings_; }
    const Settings& settings() const { return settings_; }

    // Reads what redis-server would from its arguments (without the program's name): a file's name or "-" for
    // `input` first, then options as `--name value...`. Enters the directory `dir`; runs no hooks.
    // The error is complete and ready to be printed.
    ConfigError load(std::span<const std::string> arguments, std::istream& input,
                     const RenameCheck& check_rename);

    // The absolute path of the configuration file, empty when there is none.
    const std::string& file() const { return file_; }
    // The `rename-command` lines that load() found, for those who know commands.
    const std::vector<RenamedCommand>& renamed_commands() const { return renamed_commands_; }
    // The options that load() was given and that mean nothing in this server.
    std::vector<std::string> options_without_meaning() const;

    // CONFIG GET: names and values, each name once. A name given without wildcards is answered as it was
    // written.
    std::vector<std::pair<std::string, std::string>> get(std::span<const std::string_view> patterns) const;
    std::optional<std::string> get(std::string_view name) const;

    // CONFIG SET: all or nothing. `local` says whether the client came over the loopback or a unix socket.
    // The error is a complete error reply without the leading '-'.
    enum class Client { Local, Remote };
    ConfigError set(std::span<const Assignment> assignments, Client client);

    // The server itself changes an option (maxclients lowered to what the system gives; replicaof to "no
    // one"). Immutable ones too; hooks do not run. The error says what is wrong with the value. REQUIRES: the
    // option exists.
    ConfigError assign(std::string_view name, std::string_view value);

    // CONFIG REWRITE, through a temporary file, fsync and rename. The error is a complete error reply without
    // '-'.
    ConfigError rewrite();

    // SIGHUP: reads the file and the command line again. What may change at run time changes, hooks included;
    // what may not is logged by name. A fault anywhere is logged and changes nothing. Options that neither
    // the file nor the command line names, now or at the last reading, keep what CONFIG SET gave them.
    ConfigError reload();

    // REQUIRES: the options exist. A hook given several names runs once per change.
    void on_change(std::initializer_list<std::string_view> names, Hook hook);
    void on_change(std::string_view name, Hook hook) { on_change({name}, std::move(hook)); }

    // Whether a client's arguments must hide this option's value (slow log, MONITOR).
    static bool is_sensitive(std::string_view name);

  private:
    struct Outcome;  // of reading everything
    struct Change {
        const Option* option;
        std::string text;
    };
    struct RegisteredHook {
        std::vector<const Option*> options;
        Hook run;
    };

    ConfigError read_all(std::span<const std::string> arguments, Outcome& outcome) const;
    ConfigError read_one(const Directive& directive, Outcome& outcome) const;
    ConfigError check_log_file(const std::string& path, const std::string& directory) const;
    void remember_named(const Outcome& outcome);
    ConfigError check_names(std::span<const Assignment> assignments, Client client) const;
    ConfigError apply(std::span<const Change> changes, std::string& culprit);
    std::vector<Change> changes_to(const Outcome& outcome) const;
    std::string absolute(const std::string& path) const;
    std::string initial_text(const Option& option) const;
    std::string text_of(const Option& option) const;
    std::string earlier_text(const Option& option) const;
    void store(const Option& option, std::string_view text);

    Settings settings_;
    std::string start_directory_;  // what relative names in the file and on the command line are relative to
    std::string file_;
    std::vector<std::string> arguments_;  // of load(), for reload()
    std::string standard_input_;          // what load() read there, for reload()
    std::vector<RenamedCommand> renamed_commands_;
    std::vector<const Option*> named_;  // by the file or the command line at the last reading
    std::vector<RegisteredHook> hooks_;

    std::mutex change_mutex_;         // one change at a time; taken before texts_mutex_
    mutable std::mutex texts_mutex_;  // guards texts_
    std::vector<std::string> texts_;  // canonical, by the option's place in the table
};

// Directs the log as the settings say: file, syslog, level.
ConfigError direct_log(const Settings& settings);

}  // namespace pongo
