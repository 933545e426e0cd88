#pragma once

#include <optional>
#include <string>

#include "cli/client.h"
#include "cli/command_docs.h"
#include "cli/line_reader.h"
#include "cli/options.h"
#include "cli/runner.h"
#include "cli/words.h"

namespace pongo::cli {

/// Runs the commands of standard input, one in a line: on a terminal with a prompt, history and help, where a
/// lost connection is only a message and Ctrl-C ends what a command waits for; otherwise as a script, which
/// ends at the first command that cannot be carried out. For one thread.
class Prompt {
  public:
    /// All three must outlive it.
    Prompt(Client& client, Runner& runner, const Options& options);

    /// Returns the program's exit code.
    int run_on_terminal();
    int run_script();

  private:
    enum class Next { GoOn, Quit };

    Next handle(const std::string& line);
    Next obey(const Words& words);
    bool obey_own_command(const Words& words);
    void run(const Words& words);
    void help(const Words& words);
    void move(const Words& words);
    const CommandDocs& docs();

    Client& client_;
    Runner& runner_;
    const Options& options_;
    CommandDocs docs_;                  ///< Empty until they are needed.
    std::optional<LineReader> reader_;  ///< Only on a terminal.
};

}  // namespace pongo::cli
