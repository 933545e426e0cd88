#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace pongo::cli {

/// Returns what the line typed so far may become; see set_completion().
using Completion = std::function<std::vector<std::string>(const std::string& line)>;

/// Reads lines from a terminal, with editing, history and completion by libedit, whose state is global: there
/// can be one only. For one thread.
class LineReader {
  public:
    /// Reads the history from this file, one line each, and adds to it what remember() is given. No file when
    /// the path is empty. A file that cannot be read or written is ignored.
    LineReader(std::string history_path, Completion completion);

    /// Waits for a line. Returns nothing at the end of the input (Ctrl-D). Ctrl-C ends the program.
    std::optional<std::string> read(const std::string& prompt);

    /// Adds a line to the history, unless it is the same as the one before.
    void remember(const std::string& line);

    /// Empties the screen.
    void clear_screen();

  private:
    void load_history();
    void append_to_file(const std::string& line) const;

    std::string history_path_;
    std::string last_line_;
};

}  // namespace pongo::cli
