// The configuration as text: lines into directives, a command line into lines, and the file rewritten in
// place.
//
// A line is a name and words, split and quoted as in inline commands; `#` at its beginning makes a comment;
// `include` takes a path or a glob. Nothing here knows an option's type. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pongo {

struct Directive {
    std::string name;  // in lower case
    std::vector<std::string> words;
};

// Takes one directive, or says why not.
using DirectiveHandler = std::function<std::optional<std::string>(const Directive&)>;

// Feeds every directive of the text and of the files that it includes to the handler, in order. Relative
// includes are relative to `directory`. Stops at the first fault; the error is complete, in Redis's form.
std::optional<std::string> read_directives(std::string_view text, const std::string& directory,
                                           const DirectiveHandler& handler);

// The error for a configuration whose fault is in no single line.
std::string fatal_config_error(std::string_view message);

// The text of a file, or Redis's words on why it cannot be read, which call it by that name.
struct FileText {
    std::string text;
    std::optional<std::string> error;
    bool missing = false;
};
FileText read_config_file(const std::string& path, const std::string& name);

// The arguments of the server, without the program's name, as redis-server reads them.
struct CommandLine {
    std::string file;             // empty when none is named
    bool standard_input = false;  // "-"
    std::string options;          // "--name value..." as lines of a configuration file
};
CommandLine read_command_line(std::span<const std::string> arguments);

// One option's lines of the new file.
struct OptionLines {
    struct Line {
        std::string text;
        bool forced;  // wanted also when the file did not name the option; otherwise only in place of an old
                      // line
    };
    std::string_view name;
    std::string_view alias;
    std::vector<Line> lines;
};

// The old file with the options' lines in place of the old ones, comments and order kept, options that were
// not there appended. Lines that name no known directive become comments.
std::string rewritten_config(std::string_view old_text, std::span<const OptionLines> options);

// Puts the text in place of the file through a temporary file beside it, fsync and rename: a crash leaves the
// old or the new. The error is the system's.
std::optional<std::string> replace_file(const std::string& path, std::string_view text);

}  // namespace pongo
