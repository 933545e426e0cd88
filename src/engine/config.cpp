#include "engine/config.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <istream>
#include <iterator>
#include <map>
#include <system_error>

#include "base/check.h"
#include "base/escape.h"
#include "base/glob.h"
#include "base/log.h"
#include "engine/config_file.h"
#include "engine/config_option.h"

namespace pongo {
namespace {

constexpr std::string_view kBadDirective = "Bad directive or wrong number of arguments";
constexpr std::string_view kNoUsers = "this server has no users of its own yet, only requirepass";

std::size_t index_of(const Option& option) {
    return static_cast<std::size_t>(&option - options().data());
}

const Option& option_named(std::string_view name) {
    const Option* const option = find_option(name);
    CHECK(option != nullptr);
    return *option;
}

ConfigError enter_directory(const std::string& directory) {
    if (chdir(directory.c_str()) == 0) return std::nullopt;
    return std::generic_category().message(errno);
}

bool lines_add_up(const Option& option) {
    const auto* const words = std::get_if<Words>(&option.type);
    return words != nullptr && words->lines_add_up;
}

bool has_wildcard(std::string_view pattern) {
    return pattern.find_first_of("*?[") != std::string_view::npos;
}

bool may(WhoMay who, Config::Client client) {
    return who == WhoMay::Everybody || (who == WhoMay::LocalClients && client == Config::Client::Local);
}

std::string set_failed(std::string_view name, std::string_view reason) {
    return "ERR CONFIG SET failed (possibly related to argument '" + std::string(name) + "') - " +
           std::string(reason);
}

OptionLines lines_of(const Option& option, std::string_view text) {
    OptionLines result{.name = option.name, .alias = option.alias, .lines = {}};
    const std::string initial = default_text(option);
    const auto initial_lines = file_lines(option, initial);
    const auto lines = file_lines(option, text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        // Where lines do not add up, each overrides its own part of the default.
        const bool same_part = i < initial_lines.size() && lines[i] == initial_lines[i];
        result.lines.push_back({lines[i], text != initial && (lines_add_up(option) || !same_part)});
    }
    return result;
}

}  // namespace

struct Config::Outcome {
    std::string file;
    std::map<const Option*, std::string> texts;
    RenameCheck check_rename;
    std::vector<RenamedCommand> renamed_commands;
};

Config::Config() : start_directory_(std::filesystem::current_path()), texts_(options().size()) {
    for (const auto& option : options()) texts_[index_of(option)] = default_text(option);
    store(option_named("dir"), initial_text(option_named("dir")));
    on_change("dir", [](const Settings& settings) { return enter_directory(settings.dir.get()); });
}

Config::~Config() = default;

// Reading everything: at the start, and again at a reload.

ConfigError Config::load(std::span<const std::string> arguments, std::istream& input,
                         const RenameCheck& check_rename) {
    std::lock_guard lock(change_mutex_);
    arguments_.assign(arguments.begin(), arguments.end());
    if (read_command_line(arguments).standard_input) {
        standard_input_.assign(std::istreambuf_iterator<char>(input), {});
    }
    Outcome outcome;
    outcome.check_rename = check_rename;
    if (auto error = read_all(arguments, outcome)) return error;
    for (const auto& [option, text] : outcome.texts) store(*option, text);
    remember_named(outcome);
    file_ = std::move(outcome.file);
    renamed_commands_ = std::move(outcome.renamed_commands);
    if (const auto error = enter_directory(settings_.dir.get())) return fatal_config_error(*error);
    return std::nullopt;
}

ConfigError Config::reload() {
    std::lock_guard lock(change_mutex_);
    Outcome outcome;
    if (auto error = read_all(arguments_, outcome)) {
        log_warning("Configuration not reloaded: ", *error);
        return error;
    }
    const auto changes = changes_to(outcome);
    std::string culprit;
    if (auto error = apply(changes, culprit)) {
        log_warning("Configuration not reloaded: '", culprit, "' was refused: ", *error);
        return error;
    }
    if (outcome.renamed_commands != renamed_commands_) {
        log_warning("'rename-command' can't change while the server runs: a restart is needed");
    }
    remember_named(outcome);
    // A log that was rotated away goes on in a new file.
    if (const auto error = direct_log(settings_)) log_warning("Can't open the log file: ", *error);
    log_notice("Configuration reloaded, options changed: ", changes.size());
    return std::nullopt;
}

ConfigError Config::read_all(std::span<const std::string> arguments, Outcome& outcome) const {
    const CommandLine line = read_command_line(arguments);
    std::string text;
    if (!line.file.empty()) {
        outcome.file = absolute(line.file);
        FileText file = read_config_file(outcome.file, outcome.file);
        if (file.error) return file.error;
        text = std::move(file.text);
    }
    if (line.standard_input) text += (text.empty() || text.ends_with('\n') ? "" : "\n") + standard_input_;
    if (!line.options.empty()) text += '\n' + line.options;

    const auto handler = [&](const Directive& directive) { return read_one(directive, outcome); };
    if (auto error = read_directives(text, start_directory_, handler)) return error;
    const auto given = [&](std::string_view name) {
        const auto found = outcome.texts.find(&option_named(name));
        return found == outcome.texts.end() ? std::string() : found->second;
    };
    if (given("cluster-enabled") == "yes" && !given("replicaof").empty()) {
        return fatal_config_error("replicaof directive not allowed in cluster mode");
    }
    if (auto error = check_log_file(given("logfile"), given("dir"))) return error;
    if (!given("aclfile").empty()) {
        return fatal_config_error("aclfile: " + std::string(kNoUsers));
    }
    if (const std::string port = given("tls-port"); !port.empty() && port != "0") {
        return fatal_config_error("tls-port: this server does not speak TLS yet");
    }
    return std::nullopt;
}

// Before anything is changed, and while there still is somebody to be told.
ConfigError Config::check_log_file(const std::string& path, const std::string& directory) const {
    if (path.empty()) return std::nullopt;
    const std::filesystem::path base = directory.empty() ? settings_.dir.get() : directory;
    if (std::ofstream(base / path, std::ios::app)) return std::nullopt;
    return fatal_config_error("Can't open the log file: " + std::string(std::strerror(errno)));
}

ConfigError Config::read_one(const Directive& directive, Outcome& outcome) const {
    if (directive.name == "rename-command" && directive.words.size() == 2) {
        outcome.renamed_commands.push_back({directive.words[0], directive.words[1]});
        if (!outcome.check_rename) return std::nullopt;
        return outcome.check_rename(directive.words[0], directive.words[1]);
    }
    if (directive.name == "loadmodule" && !directive.words.empty()) return "this server loads no modules";
    // To start without them would open to everybody what was to be closed.
    if (directive.name == "user" && !directive.words.empty()) {
        return std::string(kNoUsers);
    }

    const Option* const option = find_option(directive.name);
    if (option == nullptr) return std::string(kBadDirective);
    auto words = directive.words;
    if (option == &option_named("dir") && words.size() == 1) words[0] = absolute(words[0]);
    const auto known = outcome.texts.find(option);
    const std::string earlier = known != outcome.texts.end() ? known->second
                                : lines_add_up(*option)      ? std::string()
                                                             : default_text(*option);
    OptionValue value = read_value(*option, words, earlier);
    if (!value.ok()) return value.error;
    outcome.texts.insert_or_assign(option, std::move(value.text));
    return std::nullopt;
}

void Config::remember_named(const Outcome& outcome) {
    named_.clear();
    for (const auto& [option, text] : outcome.texts) named_.push_back(option);
}

std::vector<Config::Change> Config::changes_to(const Outcome& outcome) const {
    std::vector<Change> changes;
    for (const auto& option : options()) {
        const auto given = outcome.texts.find(&option);
        const bool was_named = std::ranges::find(named_, &option) != named_.end();
        if (given == outcome.texts.end() && !was_named) continue;
        std::string text = given != outcome.texts.end() ? given->second : initial_text(option);
        if (text == text_of(option)) continue;
        if (option.is(kImmutable)) {
            log_warning("'", option.name, "' can't change while the server runs: a restart is needed");
        } else {
            changes.push_back({&option, std::move(text)});
        }
    }
    return changes;
}

std::vector<std::string> Config::options_without_meaning() const {
    std::vector<std::string> names;
    for (const Option* const option : named_) {
        if (!option->has_meaning()) names.emplace_back(option->name);
    }
    return names;
}

// CONFIG GET.

std::vector<std::pair<std::string, std::string>> Config::get(
    std::span<const std::string_view> patterns) const {
    std::vector<std::pair<std::string, std::string>> found;
    const auto add = [&](std::string_view name, const Option& option) {
        const auto same = [&](const auto& each) { return equals_ignore_case(each.first, name); };
        if (!std::ranges::any_of(found, same))
            found.emplace_back(name, shown_value(option, text_of(option), settings_));
    };
    for (const auto pattern : patterns) {
        if (!has_wildcard(pattern)) {
            if (const Option* const option = find_option(pattern)) add(pattern, *option);
            continue;
        }
        for (const auto& option : options()) {
            if (option.is(kHidden)) continue;
            for (const auto name : {option.name, option.alias}) {
                if (!name.empty() && glob_match(pattern, name, CaseSensitivity::Insensitive))
                    add(name, option);
            }
        }
    }
    return found;
}

std::optional<std::string> Config::get(std::string_view name) const {
    const Option* const option = find_option(name);
    if (option == nullptr) return std::nullopt;
    return shown_value(*option, text_of(*option), settings_);
}

bool Config::is_sensitive(std::string_view name) {
    const Option* const option = find_option(name);
    return option != nullptr && option->is(kSensitive);
}

// CONFIG SET.

ConfigError Config::set(std::span<const Assignment> assignments, Client client) {
    std::lock_guard lock(change_mutex_);
    if (auto error = check_names(assignments, client)) return error;
    std::vector<Change> changes;
    for (const auto& [name, argument] : assignments) {
        const Option& option = option_named(name);
        const std::string word(argument);
        OptionValue value = read_value(option, {&word, 1}, earlier_text(option));
        if (!value.ok()) return set_failed(name, value.error);
        changes.push_back({&option, std::move(value.text)});
    }
    std::string culprit;
    if (const auto error = apply(changes, culprit)) return set_failed(culprit, *error);
    return std::nullopt;
}

ConfigError Config::check_names(std::span<const Assignment> assignments, Client client) const {
    for (std::size_t i = 0; i < assignments.size(); ++i) {
        const auto name = assignments[i].name;
        const Option* const option = find_option(name);
        if (option == nullptr) {
            return "ERR Unknown option or number of arguments for CONFIG SET - '" +
                   std::string(until_nul(name)) + "'";
        }
        if (option->is(kImmutable)) return set_failed(name, "can't set immutable config");
        if (option->is(kProtected) && !may(settings_.enable_protected_configs, client)) {
            return set_failed(name, "can't set protected config");
        }
        const auto same = [&](const Assignment& other) { return equals_ignore_case(other.name, name); };
        if (std::ranges::any_of(assignments.first(i), same)) return set_failed(name, "duplicate parameter");
    }
    return std::nullopt;
}

// Stores, then runs the hooks of what was stored; puts everything back when one refuses.
ConfigError Config::apply(std::span<const Change> changes, std::string& culprit) {
    std::vector<Change> undo;
    for (const auto& [option, text] : changes) {
        std::string before = text_of(*option);
        if (before == text) continue;
        undo.push_back({option, std::move(before)});
        store(*option, text);
    }
    std::vector<const RegisteredHook*> ran;
    for (const auto& hook : hooks_) {
        const auto concerned = [&](const Change& change) {
            return std::ranges::find(hook.options, change.option) != hook.options.end();
        };
        const auto change = std::ranges::find_if(undo, concerned);
        if (change == undo.end()) continue;
        ran.push_back(&hook);
        ConfigError error = hook.run(settings_);
        if (!error) continue;

        culprit = change->option->name;
        log_warning("Failed applying new configuration. Possibly related to new ", culprit,
                    " setting. Restoring previous settings.");
        for (auto each = undo.rbegin(); each != undo.rend(); ++each) store(*each->option, each->text);
        for (const auto* const again : ran) static_cast<void>(again->run(settings_));
        return error;
    }
    return std::nullopt;
}

ConfigError Config::assign(std::string_view name, std::string_view value) {
    std::lock_guard lock(change_mutex_);
    const Option& option = option_named(name);
    const std::string word(value);
    OptionValue read = read_value(option, {&word, 1}, earlier_text(option));
    if (!read.ok()) return read.error;
    store(option, read.text);
    return std::nullopt;
}

void Config::on_change(std::initializer_list<std::string_view> names, Hook hook) {
    RegisteredHook registered{.options = {}, .run = std::move(hook)};
    for (const auto name : names) registered.options.push_back(&option_named(name));
    hooks_.push_back(std::move(registered));
}

// CONFIG REWRITE.

ConfigError Config::rewrite() {
    std::lock_guard lock(change_mutex_);
    if (file_.empty()) return "ERR The server is running without a config file";
    std::vector<OptionLines> lines;
    for (const auto& option : options()) lines.push_back(lines_of(option, text_of(option)));
    const FileText old = read_config_file(file_, file_);
    const auto refusal = old.error && !old.missing ? old.error : std::nullopt;
    if (const auto error = refusal ? refusal : replace_file(file_, rewritten_config(old.text, lines))) {
        log_warning("CONFIG REWRITE failed: ", *error);
        return "ERR Rewriting config file: " + *error;
    }
    log_notice("CONFIG REWRITE executed with success.");
    return std::nullopt;
}

// Values.

std::string Config::absolute(const std::string& path) const {
    return (std::filesystem::path(start_directory_) / path).lexically_normal();
}

std::string Config::initial_text(const Option& option) const {
    return &option == &option_named("dir") ? start_directory_ : default_text(option);
}

std::string Config::text_of(const Option& option) const {
    std::lock_guard lock(texts_mutex_);
    return texts_[index_of(option)];
}

std::string Config::earlier_text(const Option& option) const {
    return lines_add_up(option) ? std::string() : text_of(option);
}

void Config::store(const Option& option, std::string_view text) {
    {
        std::lock_guard lock(texts_mutex_);
        texts_[index_of(option)] = text;
    }
    store_value(option, text, settings_);
}

ConfigError direct_log(const Settings& settings) {
    set_log_level(settings.loglevel);
    return open_log({.file = settings.logfile.get(),
                     .syslog = settings.syslog_enabled,
                     .syslog_ident = settings.syslog_ident.get(),
                     .syslog_facility = static_cast<int>(settings.syslog_facility.get())});
}

}  // namespace pongo
