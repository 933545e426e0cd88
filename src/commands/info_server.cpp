// INFO's sections about the process: server, clients, cpu, and those of parts that are not there.
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "base/version.h"
#include "commands/info_sections.h"

namespace pongo {
namespace {

constexpr std::int64_t kSecondsPerDay = 24 * 60 * 60;
constexpr std::uint32_t kAccessClockMask = (1U << 24) - 1;

std::string system_name() {
    utsname name{};
    if (::uname(&name) != 0) return "unknown";
    return std::string(name.sysname) + " " + name.release + " " + name.machine;
}

std::string executable_path() {
    std::array<char, 4096> path;
    const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
    return size < 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(size));
}

std::string_view name_of(Supervised supervised) {
    switch (supervised) {
        case Supervised::Systemd:
            return "systemd";
        case Supervised::Upstart:
            return "upstart";
        case Supervised::Auto:
            return "unknown";
        case Supervised::No:
            break;
    }
    return "no";
}

void write_cpu_time(InfoWriter& info, std::string_view name, const timeval& time) {
    info.real(name, static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / kUsPerSecond, 6);
}

}  // namespace

void write_server_info(InfoWriter& info, Call& call) {
    const Settings& settings = call.settings();
    const std::int64_t now_us = unix_us();
    const std::int64_t uptime_s = (call.now_ms() - call.engine().started_ms()) / kMsPerSecond;
    info.section("Server");
    info.field("redis_version", kRedisVersion);
    info.field("redis_git_sha1", "00000000");
    info.field("redis_git_dirty", 0);
    info.field("redis_build_id", "0000000000000000");
    info.field("redis_mode", "standalone");
    info.field("os", system_name());
    info.field("arch_bits", sizeof(void*) * 8);
    info.field("monotonic_clock", "POSIX clock_gettime");
    info.field("multiplexing_api", "epoll");
    info.field("atomicvar_api", "c++-atomic");
    info.field("gcc_version", __VERSION__);
    info.field("process_id", ::getpid());
    info.field("process_supervised", name_of(settings.supervised));
    info.field("run_id", call.engine().run_id());
    info.field("tcp_port", settings.port.get());
    info.field("server_time_usec", now_us);
    info.field("uptime_in_seconds", uptime_s);
    info.field("uptime_in_days", uptime_s / kSecondsPerDay);
    info.field("hz", settings.hz.get());
    info.field("configured_hz", settings.hz.get());
    info.field("lru_clock", static_cast<std::uint32_t>(call.now_ms() / kMsPerSecond) & kAccessClockMask);
    info.field("executable", executable_path());
    info.field("config_file", call.engine().config().file());
    info.field("io_threads_active", 0);
    info.field("pongo_version", kPongoVersion);
    info.field("reactors", settings.reactors.get());
}

void write_clients_info(InfoWriter& info, Call& call) {
    std::size_t waiting = 0;
    std::size_t timed = 0;
    std::size_t longest_query = 0;
    std::size_t longest_replies = 0;
    call.engine().clients().for_each([&](const Session& session) {
        waiting += session.paused || session.blocked() ? 1 : 0;
        const auto waiter = session.waiter();  // Another thread may end it meanwhile.
        timed += waiter && waiter->deadline_us != 0 ? 1 : 0;
        longest_query = std::max(longest_query, session.query_buffer_bytes + session.argument_bytes);
        longest_replies = std::max(longest_replies, session.reply_bytes.get());
    });
    info.section("Clients");
    info.field("connected_clients", call.engine().clients().count());
    info.field("cluster_connections", 0);
    info.field("maxclients", call.settings().maxclients.get());
    info.field("client_recent_max_input_buffer", longest_query);
    info.field("client_recent_max_output_buffer", longest_replies);
    info.field("blocked_clients", waiting);
    info.field("tracking_clients", call.engine().tracking().trackers());
    info.field("clients_in_timeout_table", timed);
}

// Of the "main thread", which in Redis is the one that runs commands, is told what holds of the reactor that
// answers.
void write_cpu_info(InfoWriter& info, Call&) {
    rusage self{};
    rusage children{};
    rusage thread{};
    ::getrusage(RUSAGE_SELF, &self);
    ::getrusage(RUSAGE_CHILDREN, &children);
    ::getrusage(RUSAGE_THREAD, &thread);
    info.section("CPU");
    write_cpu_time(info, "used_cpu_sys", self.ru_stime);
    write_cpu_time(info, "used_cpu_user", self.ru_utime);
    write_cpu_time(info, "used_cpu_sys_children", children.ru_stime);
    write_cpu_time(info, "used_cpu_user_children", children.ru_utime);
    write_cpu_time(info, "used_cpu_sys_main_thread", thread.ru_stime);
    write_cpu_time(info, "used_cpu_user_main_thread", thread.ru_utime);
}

void write_modules_info(InfoWriter& info, Call&) {
    info.section("Modules");
}

void write_cluster_info(InfoWriter& info, Call&) {
    info.section("Cluster");
    info.field("cluster_enabled", 0);
}

}  // namespace pongo
