#include "server/server.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory_usage.h"
#include "base/version.h"
#include "commands/families.h"
#include "server/crash_report.h"
#include "server/process.h"

namespace pongo {
namespace {

// Descriptors that are not clients: listening sockets, event queues, logs, files.
constexpr rlim_t kOtherDescriptors = 32;
constexpr long kTickNs = 100'000'000;

sigset_t awaited_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR2}) sigaddset(&signals, signal);
    return signals;
}

// Raises the process's limit towards `wanted`; returns what it is then.
rlim_t descriptors_for(rlim_t wanted) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return limit.rlim_cur;
    const rlimit raised{wanted, std::max(limit.rlim_max, wanted)};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return wanted;
    const rlimit most{limit.rlim_max, limit.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &most);
    return limit.rlim_max;
}

}  // namespace

Server::Server(Config& config)
    : config_(config), engine_(config, all_families()), scripting_(engine_), persistence_(engine_) {
    engine_.set_deliveries(*this);
}

Server::~Server() = default;

void Server::block_signals() {
    const sigset_t signals = awaited_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

int Server::run() {
    if (!start()) return 1;
    while (wait_and_tick()) {
    }
    stop();
    return exit_code_;
}

bool Server::start() {
    const Settings& settings = config_.settings();
    log_warning("oO0OoO0OoO0Oo Pongo is starting oO0OoO0OoO0Oo");
    log_warning("Redis version=", kRedisVersion, ", Pongo version=", kPongoVersion,
                ", bits=64, pid=", ::getpid(), ", just started");
    if (config_.file().empty()) {
        log_warning(
            "Warning: no config file specified, using the default config. In order to specify a config file "
            "use pongo-server /path/to/redis.conf");
    } else {
        log_warning("Configuration loaded");
    }
    for (const std::string& option : config_.options_without_meaning()) {
        log_notice("The option '", option, "' is accepted and has no effect here");
    }
    purge_in_background();
    raise_descriptor_limit();
    if (const auto error = listeners_.open(settings)) {
        log_warning(*error);
        return false;
    }
    if (listeners_.sockets().empty()) {
        log_warning("Configured to not listen anywhere, exiting.");
        return false;
    }
    if (const auto error = persistence_.lock_folder()) {
        log_warning(*error);
        return false;
    }
    watch_settings();
    const auto count = static_cast<std::size_t>(settings.reactors);
    for (std::size_t i = 0; i < count; ++i) reactors_.push_back(std::make_unique<Reactor>(engine_, i, count));
    accept_on(listeners_.sockets());
    set_log_role('M');
    log_notice("Running mode=standalone, port=", settings.port.get(), ".");
    log_notice("Server initialized, ", count, " reactors, PID: ", ::getpid(), ".");
    if (const auto error = persistence_.load_in_background()) {
        log_warning(*error);
        return false;
    }
    was_loading_ = true;
    for (const auto& reactor : reactors_) reactor->start(prepare_thread_for_crash);
    return true;
}

void Server::accept_on(const std::vector<Poco::Net::ServerSocket>& sockets) {
    for (const auto& acceptor : acceptors_) acceptor->unregisterAcceptor();
    acceptors_.clear();  // Sockets that are not among the new ones are closed with their last reference.
    for (Poco::Net::ServerSocket socket : sockets) {
        acceptors_.push_back(std::make_unique<Acceptor>(socket, engine_, reactors_));
        acceptors_.back()->registerAcceptor(*reactors_.front());
    }
}

ConfigError Server::listen_anew(const Settings& settings) {
    Listeners fresh;
    auto error = fresh.open(settings, &listeners_);
    if (error) {
        // A wildcard and an address of its port exclude each other: the old ones have to go first.
        listeners_.pause();
        error = fresh.open(settings);
    }
    if (error) {
        listeners_.go_on(settings);
        log_warning(*error);
        return "Unable to listen on this port. Check server logs.";
    }
    listeners_ = std::move(fresh);
    reactors_.front()->post([this, sockets = listeners_.sockets()] { accept_on(sockets); });
    return std::nullopt;
}

// Reactors end one after the other; the acceptors are on the first, which must let go of them itself.
void Server::stop() {
    reactors_.front()->post([this] {
        for (const auto& acceptor : acceptors_) acceptor->unregisterAcceptor();
    });
    for (const auto& reactor : reactors_) reactor->stop_soon();
    end_scripts();
    for (const auto& reactor : reactors_) reactor->join();
    persistence_.stop();
    acceptors_.clear();
    reactors_.clear();
    listeners_.close();
    remove_pid_file(config_.settings());
    log_warning("Redis is now ready to exit, bye bye...");
}

void Server::raise_descriptor_limit() {
    const auto clients = static_cast<rlim_t>(config_.settings().maxclients);
    const rlim_t wanted = clients + kOtherDescriptors;
    const rlim_t granted = descriptors_for(wanted);
    if (granted >= wanted) return;
    const rlim_t possible = std::max(granted, kOtherDescriptors + 1) - kOtherDescriptors;
    log_warning("You requested maxclients of ", clients, " requiring at least ", wanted,
                " max file descriptors, but the system allows ", granted, ": maxclients is now ", possible,
                ".");
    config_.assign("maxclients", std::to_string(possible));
}

void Server::watch_settings() {
    engine_.on_shutdown = [this] {
        request_stop();
        ::kill(::getpid(), SIGUSR2);  // Wakes the main thread.
    };
    engine_.wake_reactors = [this] {
        for (const auto& reactor : reactors_) reactor->post([] {});
    };
    config_.on_change({"logfile", "loglevel", "syslog-enabled", "syslog-ident", "syslog-facility"},
                      direct_log);
    config_.on_change({"port", "bind"}, [this](const Settings& settings) { return listen_anew(settings); });
    config_.on_change("tls-port", [](const Settings& settings) -> ConfigError {
        if (settings.tls_port == 0) return std::nullopt;
        log_warning("tls-port: this server does not speak TLS yet");
        return "Unable to listen on this port. Check server logs.";
    });
    engine_.data_set().log().wake_waiting = [this] {
        for (const auto& reactor : reactors_) reactor->note_synced();
    };
    config_.on_change("dir", [this](const Settings&) { return persistence_.lock_folder(); });
    config_.on_change("appendonly", [this](const Settings& settings) -> ConfigError {
        if (!settings.appendonly) {
            persistence_.append_only().turn_off();
        } else if (const auto error = persistence_.append_only().turn_on()) {
            log_warning(*error);
            return "Unable to turn on AOF. Check server logs.";
        }
        return std::nullopt;
    });
    config_.on_change("appendfsync", [this](const Settings&) -> ConfigError {
        persistence_.append_only().follow_policy();
        return std::nullopt;
    });
    config_.on_change("maxmemory", [](const Settings& settings) -> ConfigError {
        const auto used = static_cast<std::int64_t>(memory_usage().used);
        if (settings.maxmemory == 0 || used <= settings.maxmemory) return std::nullopt;
        log_warning("The new maxmemory of ", settings.maxmemory.get(), " bytes is less than the ", used,
                    " bytes in use: keys will be evicted or writes refused, as maxmemory-policy says.");
        return std::nullopt;
    });
    config_.on_change("crash-log-enabled", [](const Settings& settings) -> ConfigError {
        settings.crash_log_enabled ? install_crash_handlers() : remove_crash_handlers();
        return std::nullopt;
    });
    config_.on_change("maxclients", [](const Settings& settings) -> ConfigError {
        const rlim_t possible = descriptors_for(settings.maxclients + kOtherDescriptors) - kOtherDescriptors;
        if (possible >= static_cast<rlim_t>(settings.maxclients)) return std::nullopt;
        return "The operating system is not able to handle the specified number of clients, try with " +
               std::to_string(possible);
    });
}

bool Server::wait_and_tick() {
    const sigset_t signals = awaited_signals();
    const timespec tick_time{0, kTickNs};
    const int signal = ::sigtimedwait(&signals, nullptr, &tick_time);
    if (signal == SIGINT && stop_requested_us_ > 0) {
        log_warning("You insist... exiting now.");
        engine_.running_scripts().end_all();
    } else if (signal == SIGTERM || signal == SIGINT) {
        const Settings& settings = config_.settings();
        stop_options_ = signal == SIGTERM ? settings.shutdown_on_sigterm : settings.shutdown_on_sigint;
        request_stop();
        log_warning("Received ", signal == SIGTERM ? "SIGTERM" : "SIGINT", " scheduling shutdown...");
    } else if (signal == SIGHUP) {
        log_notice("Received SIGHUP, reloading the configuration");
        config_.reload();
    }
    if (stop_requested_us_ > 0 && !is_kept_by_script()) {
        log_warning("User requested shutdown...");
        if (is_ready_to_stop()) return false;
    }
    if (was_loading_) follow_loading();
    engine_.clock_tick();
    if (!engine_.clock_paused) persistence_.tick();
    if (persistence_.must_exit()) exit_code_ = 1;
    return exit_code_ == 0;
}

void Server::request_stop() {
    engine_.running_scripts().refuse_new();
    std::int64_t never = 0;
    stop_requested_us_.compare_exchange_strong(never, monotonic_us());
}

bool Server::is_ready_to_stop() {
    auto save = FinalSave::AsConfigured;
    if ((stop_options_ & kShutdownSave) != 0) save = FinalSave::Yes;
    if ((stop_options_ & kShutdownNoSave) != 0) save = FinalSave::No;
    const bool force = (stop_options_ & kShutdownForce) != 0;
    const auto in_any_case = force ? Persistence::InAnyCase::Yes : Persistence::InAnyCase::No;
    if (persistence_.prepare_to_stop(save, in_any_case)) return true;
    stop_requested_us_ = 0;
    stop_options_ = 0;
    engine_.running_scripts().accept_again();
    return false;
}

void Server::follow_loading() {
    if (engine_.data_set().loading()) return;
    was_loading_ = false;
    log_notice("Ready to accept connections");
}

// There may be some of an EXEC that had begun when scripts were refused.
void Server::end_scripts() {
    constexpr int kPatience = 100;
    constexpr timespec kMoment{0, 10'000'000};
    RunningScripts& scripts = engine_.running_scripts();
    for (int moment = 0; scripts.any(); ++moment) {
        if (moment == kPatience) scripts.end_all();
        ::nanosleep(&kMoment, nullptr);
    }
}

// Scripts that run come to their end first: those that take long at once, unless they have written something.
// Until then clients are served, so that SHUTDOWN NOSAVE can be said.
bool Server::is_kept_by_script() {
    constexpr std::int64_t kPatienceUs = 1'000'000;
    RunningScripts& scripts = engine_.running_scripts();
    if (scripts.ending() || !scripts.any()) return false;
    if (scripts.busy() || monotonic_us() - stop_requested_us_ > kPatienceUs) {
        for (const auto kind : {RunningScript::Kind::Eval, RunningScript::Kind::Function}) scripts.kill(kind);
    }
    return true;
}

}  // namespace pongo
