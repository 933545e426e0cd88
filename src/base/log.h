// The server's log, on POCO's Logger, in Redis's line format:
//     12345:M 21 Nov 2026 12:00:00.123 * Ready to accept connections
// that is process id, role (C a child or a start not yet done, M master, S replica, X sentinel), local time
// and level (. debug, - verbose, * notice, # warning).
//
//     log_notice("DB loaded from disk: ", seconds, " seconds");
//
// The arguments are joined as they are; nothing is joined when the level is off. Lines go to standard output
// until open_log() says otherwise.
//
// Thread rule: everything here may be called from any thread; log_raw also from a signal handler.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace pongo {

enum class LogLevel : std::uint8_t { Debug, Verbose, Notice, Warning };

struct LogTarget {
    std::string file;  // empty is standard output; opened for appending, created with mode 0644
    bool syslog = false;
    std::string syslog_ident = "redis";
    int syslog_facility = 0;  // 0 is LOG_USER, 1..8 are LOG_LOCAL0..LOG_LOCAL7
};

// Directs the lines to come. An error (its text is the system's) leaves the log where it was.
std::optional<std::string> open_log(const LogTarget& target);

void set_log_level(LogLevel level);
void set_log_role(char role);  // 'M' after the start, 'S' as a replica
bool log_enabled(LogLevel level);

void log_line(LogLevel level, std::string_view message);

// The bytes as they are, written at once to the log's file (or standard output). Async-signal-safe.
void log_raw(std::string_view bytes) noexcept;

// The descriptor that log_raw writes to, for backtrace_symbols_fd and the like. Async-signal-safe.
int log_descriptor() noexcept;

namespace log_detail {
inline void append(std::string& line, std::string_view text) {
    line += text;
}
inline void append(std::string& line, char character) {
    line += character;
}
void append(std::string& line, double number);
template <std::integral Number>
requires(!std::same_as<Number, char> && !std::same_as<Number, bool>) void append(std::string& line,
                                                                                 Number number) {
    char digits[24];
    line.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

template <typename... Parts>
void log(LogLevel level, const Parts&... parts) {
    if (!log_enabled(level)) return;
    std::string line;
    (append(line, parts), ...);
    log_line(level, line);
}
}  // namespace log_detail

template <typename... Parts>
void log_debug(const Parts&... parts) {
    log_detail::log(LogLevel::Debug, parts...);
}
template <typename... Parts>
void log_verbose(const Parts&... parts) {
    log_detail::log(LogLevel::Verbose, parts...);
}
template <typename... Parts>
void log_notice(const Parts&... parts) {
    log_detail::log(LogLevel::Notice, parts...);
}
template <typename... Parts>
void log_warning(const Parts&... parts) {
    log_detail::log(LogLevel::Warning, parts...);
}

}  // namespace pongo
