#include "cli/options.h"

#include <Poco/NumberParser.h>
#include <Poco/URI.h>
#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/OptionException.h>
#include <Poco/Util/OptionProcessor.h>

#include <iostream>
#include <limits>

namespace pongo::cli {
namespace {

using Poco::NumberParser;
using Poco::Util::Option;

[[noreturn]] void refuse(const std::string& value, const std::string& expected) {
    throw Poco::Util::InvalidArgumentException("'" + value + "' is not " + expected);
}

int number(const std::string& value, int lowest, int highest, const std::string& expected) {
    int result = 0;
    if (!NumberParser::tryParse(value, result) || result < lowest || result > highest)
        refuse(value, expected);
    return result;
}

void set_port(Options& options, const std::string& value) {
    options.endpoint.port = static_cast<Poco::UInt16>(number(value, 0, 65535, "a port"));
}

void set_db(Options& options, const std::string& value) {
    options.login.db = number(value, 0, std::numeric_limits<int>::max(), "a number of a database");
}

void set_repeat(Options& options, const std::string& value) {
    options.repeat = number(value, -1, std::numeric_limits<int>::max(), "a number of times");
}

void set_interval(Options& options, const std::string& value) {
    constexpr double kLongest = 1e6;
    double seconds = 0;
    if (!NumberParser::tryParseFloat(value, seconds) || seconds < 0 || seconds > kLongest) {
        refuse(value, "a number of seconds");
    }
    options.interval = std::chrono::duration<double>(seconds);
}

void set_password(Options& options, const std::string& value) {
    options.login.password = value;
}

void set_user_info(Options& options, const std::string& info) {
    if (info.empty()) return;
    const auto colon = info.find(':');
    if (colon != std::string::npos) options.login.user = info.substr(0, colon);
    set_password(options, info.substr(colon == std::string::npos ? 0 : colon + 1));
}

void set_uri(Options& options, const std::string& value) try {
    const Poco::URI uri(value);
    if (uri.getScheme() != "redis") refuse(value, "an address like redis://user:password@host:port/db");
    if (!uri.getHost().empty()) options.endpoint.host = uri.getHost();
    if (uri.getPort() != 0) options.endpoint.port = uri.getPort();
    if (uri.getPath().size() > 1) set_db(options, uri.getPath().substr(1));
    set_user_info(options, uri.getUserInfo());
} catch (const Poco::SyntaxException&) {
    refuse(value, "an address like redis://user:password@host:port/db");
}

struct OptionRow {
    const char* name;
    const char* letter;
    const char* argument;
    const char* description;
    void (*apply)(Options&, const std::string&);
};

constexpr OptionRow kOptions[] = {
    {"host", "h", "HOST", "Connect to this host (default: 127.0.0.1).",
     [](Options& o, const std::string& value) { o.endpoint.host = value; }},
    {"port", "p", "PORT", "Connect to this port (default: 6379).", set_port},
    {"socket", "s", "PATH", "Connect to this Unix socket instead of a host and a port.",
     [](Options& o, const std::string& value) { o.endpoint.socket_path = value; }},
    {"uri", "u", "URI", "Connect to redis://user:password@host:port/db.", set_uri},
    {"password", "a", "PASSWORD",
     "Log in with this password. The environment variable REDISCLI_AUTH does so unseen.", set_password},
    {"pass", "", "PASSWORD", "The same as --password.", set_password},
    {"user", "", "NAME", "Log in as this user (needs a password).",
     [](Options& o, const std::string& value) { o.login.user = value; }},
    {"no-auth-warning", "", "", "Do not warn that a password on the command line can be seen.",
     [](Options& o, const std::string&) { o.warn_of_visible_password = false; }},
    {"db", "n", "NUMBER", "Select this database.", set_db},
    {"resp2", "2", "", "Speak RESP2.", [](Options& o, const std::string&) { o.login.protocol = 2; }},
    {"resp3", "3", "", "Speak RESP3.", [](Options& o, const std::string&) { o.login.protocol = 3; }},
    {"repeat", "r", "TIMES", "Run the command so many times; -1 is for ever.", set_repeat},
    {"interval", "i", "SECONDS", "Wait so long between repeated commands; 0.1 is fine.", set_interval},
    {"stdin", "x", "", "Take the command's last argument from standard input.",
     [](Options& o, const std::string&) { o.last_word_from_input = true; }},
    {"error-code", "e", "", "Exit with code 1 when the reply is an error.",
     [](Options& o, const std::string&) { o.fail_on_error_reply = true; }},
    {"raw", "", "", "Print replies as they are (the default when the output is not a terminal).",
     [](Options& o, const std::string&) { o.form = OutputForm::Raw; }},
    {"no-raw", "", "", "Print replies for people (the default on a terminal).",
     [](Options& o, const std::string&) { o.form = OutputForm::ForPeople; }},
    {"element-delimiter", "d", "BYTES", "In raw form, put this between elements (default: a newline).",
     [](Options& o, const std::string& value) { o.element_delimiter = value; }},
    {"reply-delimiter", "D", "BYTES", "In raw form, put this behind a reply (default: a newline).",
     [](Options& o, const std::string& value) { o.reply_delimiter = value; }},
    {"help", "", "", "Print this help.", [](Options& o, const std::string&) { o.show_help = true; }},
    {"version", "", "", "Print the version.", [](Options& o, const std::string&) { o.show_version = true; }},
};

constexpr const char* kCommandHelp = R"(
Commands:
  ping [MESSAGE]                 Ask whether the server is there.
  get KEY                        Print the string at a key.
  set KEY VALUE [--expires MS]   Set a key, if wanted for a number of milliseconds only.
                                 Redis's own form works too: set KEY VALUE EX 10 NX
  publish CHANNEL MESSAGE        Send a message to whoever listens.
  subscribe CHANNEL...           Print the messages of channels until Ctrl-C.
  any other command              Goes to the server as it is: lpush LIST a b c

Without a command: a prompt with a history (in ~/.pongocli_history, or in the file that the
environment variable PONGOCLI_HISTFILE names) or, when standard input is not a terminal,
the commands that stand there, one in a line.

Exit code: 0, or 1 when the server cannot be reached, the login fails or, with -e, the reply is an error.

Examples:
  pongo-cli set greeting hello --expires 5000
  pongo-cli -r 10 -i 0.5 incr counter
  cat picture.png | pongo-cli -x set picture
)";

}  // namespace

void define_options(Poco::Util::OptionSet& set) {
    for (const OptionRow& row : kOptions) {
        Option option(row.name, row.letter, row.description, false);
        option.repeatable(true);
        if (*row.argument) option.argument(row.argument);
        set.addOption(option);
    }
}

void apply_option(Options& options, const std::string& name, const std::string& value) {
    for (const OptionRow& row : kOptions) {
        if (name == row.name) row.apply(options, value);
    }
}

std::size_t count_option_arguments(const std::vector<std::string>& arguments) {
    Poco::Util::OptionSet set;
    define_options(set);
    Poco::Util::OptionProcessor processor(set);
    std::string name, value;
    std::size_t count = 0;
    while (count < arguments.size() && processor.process(arguments[count], name, value)) ++count;
    processor.checkRequired();
    return count;
}

void print_help(const std::string& program) {
    Poco::Util::OptionSet set;
    define_options(set);
    Poco::Util::HelpFormatter formatter(set);
    constexpr int kColumns = 100;
    formatter.setWidth(kColumns);
    formatter.setCommand(program);
    formatter.setUsage("[OPTION...] [COMMAND [ARGUMENT...]]");
    formatter.setHeader("Sends commands to a server that speaks Redis's protocol.");
    formatter.format(std::cout);
    std::cout << kCommandHelp;
}

}  // namespace pongo::cli
