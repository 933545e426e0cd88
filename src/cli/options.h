#pragma once

#include <Poco/Util/OptionSet.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/connection.h"

namespace pongo::cli {

/// Who to be and where to start, sent after each connect.
struct Login {
    std::string user;
    std::optional<std::string> password;
    std::optional<int> protocol;  ///< 2 or 3; nothing: whatever the server starts with.
    int db = 0;
};

/// In which form replies are printed.
enum class OutputForm { ForPeople, Raw };

/// What the command line says, commands aside. The values here are the defaults.
struct Options {
    Endpoint endpoint;
    Login login;
    std::optional<OutputForm> form;  ///< Nothing: decided by whether the output is a terminal.
    std::string element_delimiter = "\n";
    std::string reply_delimiter = "\n";
    long repeat = 1;  ///< Below zero: for ever.
    std::chrono::duration<double> interval{0};
    bool last_word_from_input = false;
    bool fail_on_error_reply = false;
    bool warn_of_visible_password = true;
    bool show_help = false;
    bool show_version = false;
};

/// Declares the command line's options.
void define_options(Poco::Util::OptionSet& set);

/// Takes over one option. Throws Poco::Util::InvalidArgumentException when the value makes no sense.
void apply_option(Options& options, const std::string& name, const std::string& value);

/// How many of the leading arguments are options and their values; behind them the command begins. An
/// argument of the command may look like an option. Throws Poco::Util::OptionException.
std::size_t count_option_arguments(const std::vector<std::string>& arguments);

/// Prints the help to standard output.
void print_help(const std::string& program);

}  // namespace pongo::cli
