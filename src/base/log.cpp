#include "base/log.h"

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/Logger.h>
#include <Poco/Message.h>
#include <Poco/SyslogChannel.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <mutex>
#include <system_error>

namespace pongo {
namespace {

constexpr mode_t kLogFileMode = 0644;

std::atomic<LogLevel> current_level{LogLevel::Notice};
std::atomic<char> current_role{'C'};
std::atomic<int> current_descriptor{STDOUT_FILENO};

Poco::Message::Priority priority_of(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return Poco::Message::PRIO_DEBUG;
        case LogLevel::Verbose:
            return Poco::Message::PRIO_INFORMATION;
        case LogLevel::Notice:
            return Poco::Message::PRIO_NOTICE;
        case LogLevel::Warning:
            return Poco::Message::PRIO_WARNING;
    }
    return Poco::Message::PRIO_WARNING;
}

char mark_of(Poco::Message::Priority priority) {
    switch (priority) {
        case Poco::Message::PRIO_DEBUG:
            return '.';
        case Poco::Message::PRIO_INFORMATION:
            return '-';
        case Poco::Message::PRIO_NOTICE:
            return '*';
        default:
            return '#';
    }
}

std::string line_of(const Poco::Message& message) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    tm local{};
    localtime_r(&now.tv_sec, &local);
    char date[32];
    strftime(date, sizeof date, "%d %b %Y %H:%M:%S", &local);
    char prefix[80];
    // Asked anew for every line, because a daemon's process id is that of a fork.
    const int length = snprintf(prefix, sizeof prefix, "%d:%c %s.%03d %c ", static_cast<int>(getpid()),
                                current_role.load(std::memory_order_relaxed), date,
                                static_cast<int>(now.tv_nsec / 1'000'000), mark_of(message.getPriority()));
    std::string line(prefix, static_cast<std::size_t>(length));
    line += message.getText();
    line += '\n';
    return line;
}

// Stays in place for the life of the process, because POCO's Logger may not change channels while others log.
class RedisLineChannel : public Poco::Channel {
  public:
    void log(const Poco::Message& message) override {
        std::lock_guard lock(mutex_);
        log_raw(line_of(message));
        if (syslog_) syslog_->log(message);
    }

    void direct_to(int descriptor, Poco::AutoPtr<Poco::Channel> syslog) {
        std::lock_guard lock(mutex_);
        const int old = current_descriptor.exchange(descriptor);
        if (old != STDOUT_FILENO && old != descriptor) ::close(old);
        syslog_ = std::move(syslog);
    }

  private:
    std::mutex mutex_;
    Poco::AutoPtr<Poco::Channel> syslog_;
};

struct Log {
    Poco::AutoPtr<RedisLineChannel> channel{new RedisLineChannel};
    Poco::Logger& logger = Poco::Logger::create("pongo", channel, Poco::Message::PRIO_TRACE);
    // Never freed by POCO's own shutdown: other threads may log until the process is gone.
    Log() { logger.duplicate(); }
};

Log& the_log() {
    static Log* const log = new Log;
    return *log;
}

int syslog_facility_code(int facility) {
    return facility == 0 ? static_cast<int>(Poco::SyslogChannel::SYSLOG_USER)
                         : static_cast<int>(Poco::SyslogChannel::SYSLOG_LOCAL0) + ((facility - 1) << 3);
}

}  // namespace

std::optional<std::string> open_log(const LogTarget& target) {
    int descriptor = STDOUT_FILENO;
    if (!target.file.empty()) {
        descriptor = ::open(target.file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kLogFileMode);
        if (descriptor < 0) return std::generic_category().message(errno);
    }
    Poco::AutoPtr<Poco::Channel> syslog;
    if (target.syslog) {
        syslog = new Poco::SyslogChannel(target.syslog_ident,
                                         Poco::SyslogChannel::SYSLOG_PID | Poco::SyslogChannel::SYSLOG_NDELAY,
                                         syslog_facility_code(target.syslog_facility));
    }
    the_log().channel->direct_to(descriptor, syslog);
    return std::nullopt;
}

void set_log_level(LogLevel level) {
    current_level.store(level, std::memory_order_relaxed);
}

void set_log_role(char role) {
    current_role.store(role, std::memory_order_relaxed);
}

bool log_enabled(LogLevel level) {
    return level >= current_level.load(std::memory_order_relaxed);
}

void log_line(LogLevel level, std::string_view message) {
    if (!log_enabled(level)) return;
    Poco::Logger& logger = the_log().logger;
    logger.log(Poco::Message(logger.name(), std::string(message), priority_of(level)));
}

void log_raw(std::string_view bytes) noexcept {
    const int descriptor = log_descriptor();
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;  // A log that cannot be written has nowhere to complain.
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

int log_descriptor() noexcept {
    return current_descriptor.load(std::memory_order_relaxed);
}

void log_detail::append(std::string& line, double number) {
    char digits[32];
    line.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace pongo
