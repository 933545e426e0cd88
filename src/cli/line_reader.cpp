#include "cli/line_reader.h"

#include <editline/readline.h>
#include <fcntl.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>

namespace pongo::cli {
namespace {

constexpr std::size_t kHistoryLines = 1000;

// libedit takes plain functions, so what they work with cannot be a member.
Completion the_completion;
std::vector<std::string> candidates;

/// Hands out copies of the candidates one by one; libedit frees them.
char* next_candidate(const char*, int state) {
    static std::size_t next;
    if (state == 0) next = 0;
    return next < candidates.size() ? ::strdup(candidates[next++].c_str()) : nullptr;
}

char** complete(const char* text, int, int) {
    // Never fall back to the names of files.
    rl_attempted_completion_over = 1;
    candidates = the_completion(text);
    return rl_completion_matches(text, next_candidate);
}

std::vector<std::string> read_lines(const std::string& path) {
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

}  // namespace

LineReader::LineReader(std::string history_path, Completion completion)
    : history_path_(std::move(history_path)) {
    the_completion = std::move(completion);

    // libedit takes the bytes of a character apart by it.
    std::setlocale(LC_CTYPE, "");
    rl_readline_name = "pongo-cli";
    rl_catch_signals = 1;
    rl_initialize();
    // The word to complete is the whole line: commands like CONFIG GET have two.
    rl_basic_word_break_characters = "";
    rl_attempted_completion_function = complete;

    using_history();
    stifle_history(static_cast<int>(kHistoryLines));
    load_history();
}

std::optional<std::string> LineReader::read(const std::string& prompt) {
    const std::unique_ptr<char, void (*)(void*)> line(::readline(prompt.c_str()), std::free);
    if (!line) return std::nullopt;
    return line.get();
}

void LineReader::remember(const std::string& line) {
    if (line == last_line_) return;
    last_line_ = line;
    ::add_history(line.c_str());
    append_to_file(line);
}

void LineReader::clear_screen() {
    std::fputs("\x1b[H\x1b[2J", stdout);
    std::fflush(stdout);
}

void LineReader::load_history() {
    auto lines = read_lines(history_path_);
    const bool too_long = lines.size() > 2 * kHistoryLines;
    if (lines.size() > kHistoryLines) lines.erase(lines.begin(), lines.end() - kHistoryLines);
    for (const std::string& line : lines) ::add_history(line.c_str());
    if (!lines.empty()) last_line_ = lines.back();

    if (too_long && ::truncate(history_path_.c_str(), 0) == 0) {
        for (const std::string& line : lines) append_to_file(line);
    }
}

void LineReader::append_to_file(const std::string& line) const {
    // What was typed concerns nobody else.
    constexpr mode_t kOwnerOnly = 0600;
    const int file = ::open(history_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kOwnerOnly);
    if (file < 0) return;
    const std::string entry = line + "\n";
    [[maybe_unused]] const auto written = ::write(file, entry.data(), entry.size());
    ::close(file);
}

}  // namespace pongo::cli
