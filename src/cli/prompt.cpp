#include "cli/prompt.h"

#include <Poco/Environment.h>
#include <Poco/NumberParser.h>
#include <Poco/Path.h>
#include <Poco/String.h>
#include <Poco/StringTokenizer.h>
#include <signal.h>

#include <chrono>
#include <cstdio>
#include <iostream>

#include "cli/cli_error.h"
#include "cli/command_facts.h"
#include "cli/interrupt_watch.h"

namespace pongo::cli {
namespace {

constexpr const char* kHelp = R"(
  help COMMAND        what a command does
  help @GROUP         the commands of a group
  N COMMAND           runs a command N times
  connect HOST PORT   moves to another server
  clear               empties the screen
  quit, exit          ends the program

  The Tab key completes the name of a command. A line that begins with a space or with ! is not kept in the
  history, nor is one that holds a password.
)";

std::string history_path() {
    const std::string fallback =
        Poco::Environment::get("HOME", "").empty()
            ? ""
            : Poco::Path(Poco::Path::home()).setFileName(".pongocli_history").toString();
    return Poco::Environment::get("PONGOCLI_HISTFILE", fallback);
}

/// The words of a line even when its quotes are not balanced.
Words words_at_any_rate(const std::string& line) {
    if (const auto words = split_line(line)) return *words;
    const Poco::StringTokenizer pieces(line, " \t", Poco::StringTokenizer::TOK_IGNORE_EMPTY);
    return {pieces.begin(), pieces.end()};
}

/// Takes the leading number of `3 incr counter` off. Returns 1 when there is none.
long take_repeat(Words& words) {
    int times = 0;
    if (words.size() < 2 || !Poco::NumberParser::tryParse(words.front(), times) || times < 1) return 1;
    words.erase(words.begin());
    return times;
}

bool may_be_remembered(const std::string& line) {
    if (line.front() == ' ' || line.front() == '!') return false;
    Words words = words_at_any_rate(line);
    take_repeat(words);
    return !words.empty() && !is_secret(words);
}

}  // namespace

Prompt::Prompt(Client& client, Runner& runner, const Options& options)
    : client_(client), runner_(runner), options_(options) {}

int Prompt::run_on_terminal() {
    // What the server or a pipe does must not end the prompt.
    ::signal(SIGPIPE, SIG_IGN);
    reader_.emplace(history_path(), [this](const std::string& line) { return docs().completions(line); });
    try {
        client_.connect();
    } catch (const CliError& error) {
        std::cerr << error.what() << std::endl;
    }
    while (const auto line = reader_->read(client_.prompt())) {
        try {
            if (handle(*line) == Next::Quit) break;
        } catch (const CliError& error) {
            std::cerr << error.what() << std::endl;
        }
    }
    return 0;
}

int Prompt::run_script() {
    for (std::string line; std::getline(std::cin, line);) {
        if (handle(line) == Next::Quit) break;
    }
    return 0;
}

Prompt::Next Prompt::handle(const std::string& line) {
    if (line.empty()) return Next::GoOn;
    if (reader_ && may_be_remembered(line)) reader_->remember(line);

    const auto words = split_line(line.front() == '!' ? line.substr(1) : line);
    if (words) return words->empty() ? Next::GoOn : obey(*words);

    std::cout << "Invalid argument(s)" << std::endl;
    return Next::GoOn;
}

Prompt::Next Prompt::obey(const Words& words) {
    const std::string& name = words.front();
    if (same_word(name, "quit") || same_word(name, "exit")) return Next::Quit;
    if (!obey_own_command(words)) run(words);
    return Next::GoOn;
}

bool Prompt::obey_own_command(const Words& words) {
    const std::string& name = words.front();
    if (same_word(name, "help") || name == "?") {
        help(words);
    } else if (same_word(name, "connect") && words.size() == 3) {
        move(words);
    } else if (same_word(name, "clear") && words.size() == 1 && reader_) {
        reader_->clear_screen();
    } else {
        return false;
    }
    return true;
}

void Prompt::run(const Words& words) {
    constexpr std::chrono::duration<double> kWorthTelling{0.5};
    Words command = words;
    const long times = take_repeat(command) * options_.repeat;

    std::optional<InterruptWatch> watch;
    if (reader_) watch.emplace();
    const auto start = std::chrono::steady_clock::now();
    try {
        runner_.run(command, times, watch ? &*watch : nullptr);
    } catch (const Interrupted&) {
        std::cout << std::endl;
        client_.connect();
    }

    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    if (reader_ && runner_.form() == OutputForm::ForPeople && elapsed >= kWorthTelling) {
        std::printf("(%.2fs)\n", elapsed.count());
    }
}

void Prompt::help(const Words& words) {
    const std::string topic = Poco::cat(std::string(" "), words.begin() + 1, words.end());
    const std::string text = docs().help(topic);
    if (topic.empty()) {
        std::cout << kHelp << "\n  Groups:" << text << "\n" << std::endl;
    } else {
        std::cout << (text.empty() ? "No help on " + topic + "\n" : text) << std::flush;
    }
}

void Prompt::move(const Words& words) {
    unsigned port = 0;
    if (!Poco::NumberParser::tryParseUnsigned(words[2], port) || port > 65535) {
        throw CliError("'" + words[2] + "' is not a port");
    }
    Endpoint endpoint;
    endpoint.host = words[1];
    endpoint.port = static_cast<Poco::UInt16>(port);
    client_.move_to(endpoint);
    docs_ = CommandDocs();
    client_.connect();
}

const CommandDocs& Prompt::docs() {
    if (!docs_.empty() || client_.in_transaction()) return docs_;
    try {
        docs_ = CommandDocs(client_.ask({"COMMAND", "DOCS"}));
    } catch (const CliError&) {
        // Help is no reason to complain; the next command will.
    }
    return docs_;
}

}  // namespace pongo::cli
