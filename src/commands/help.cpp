#include "commands/help.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "engine/command_syntax.h"

namespace pongo {
namespace {

constexpr std::string_view kIndent = "    ";

// Replies with one line per line of `text`; returns how many there are.
std::size_t reply_indented(Call& call, std::string_view text) {
    std::size_t lines = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        call.reply().simple(std::string(kIndent).append(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
        ++lines;
    }
    return lines;
}

std::size_t reply_subcommand(Call& call, const CommandSpec& spec) {
    std::string heading(spec.name);
    if (const std::string usage = usage_text(spec.syntax); !usage.empty()) heading += " " + usage;
    call.reply().simple(heading);
    return 1 + reply_indented(call, spec.summary) + reply_indented(call, spec.help);
}

}  // namespace

void reply_help(Call& call) {
    const Command& help = call.command();
    const auto lines = call.reply().begin_array();
    call.reply().simple(std::string(help.parent->spec->name) +
                        " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    std::size_t count = 1;
    for (const Command* each : help.parent->subcommands) {
        if (each != &help) count += reply_subcommand(call, *each->spec);
    }
    count += reply_subcommand(call, *help.spec);
    call.reply().finish(lines, count);
}

}  // namespace pongo
