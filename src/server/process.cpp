#include "server/process.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/log.h"

namespace pongo {
namespace {

std::string pid_file_of(const Settings& settings) {
    const std::string path = settings.pidfile.get();
    if (!path.empty()) return path;
    return settings.daemonize ? "/var/run/redis.pid" : "";
}

}  // namespace

void daemonize(const Settings& settings) {
    if (!settings.daemonize) return;
    if (::fork() != 0) std::_Exit(0);
    ::setsid();
    const int null = ::open("/dev/null", O_RDWR);
    if (null < 0) return;
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, standard);
    if (null > STDERR_FILENO) ::close(null);
}

void write_pid_file(const Settings& settings) {
    const std::string path = pid_file_of(settings);
    if (path.empty()) return;
    if (std::FILE* file = std::fopen(path.c_str(), "we")) {
        std::fprintf(file, "%d\n", static_cast<int>(::getpid()));
        std::fclose(file);
    } else {
        log_warning("Failed to write PID file ", path);
    }
}

void remove_pid_file(const Settings& settings) {
    const std::string path = pid_file_of(settings);
    if (!path.empty()) ::unlink(path.c_str());
}

}  // namespace pongo
