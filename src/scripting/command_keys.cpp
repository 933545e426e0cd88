#include "scripting/command_keys.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string_view>

#include "base/numbers.h"

namespace pongo {
namespace {

using Kind = ForeseenArgument::Kind;

constexpr std::size_t kToTheEnd = std::numeric_limits<std::size_t>::max();

// Null if there is none, or if it could be one or another.
const Command* find_command(const CommandTable& commands, const ForeseenCommand& foreseen) {
    const std::vector<ForeseenArgument>& arguments = foreseen.arguments;
    std::vector<std::string_view> words;
    for (std::size_t i = 0; i < std::min<std::size_t>(arguments.size(), 2); ++i) {
        if (arguments[i].kind != Kind::Known) break;
        words.push_back(arguments[i].text);
    }
    if (words.empty()) return nullptr;
    const Command* const command = commands.find(words);
    return command && command->subcommands.empty() ? command : nullptr;
}

// Whether the arguments from the first to the last, as many of them as there are, are declared keys.
bool are_declared(const ForeseenCommand& command, std::size_t first, std::size_t last, std::size_t step) {
    const std::size_t known = command.arguments.size();
    for (std::size_t i = first; i < known && i <= last; i += step) {
        if (command.arguments[i].kind != Kind::DeclaredKey) return false;
    }
    const bool may_be_in_rest = command.rest && std::max(first, known) <= last;
    return !may_be_in_rest || *command.rest == Kind::DeclaredKey;
}

std::size_t last_in_range(const KeySpec& spec, const ForeseenCommand& command) {
    if (spec.last >= 0) return static_cast<std::size_t>(spec.index + spec.last);
    if (command.rest) return kToTheEnd;
    const auto behind = static_cast<std::size_t>(-spec.last);
    const std::size_t known = command.arguments.size();
    return known > behind ? known - behind : 0;
}

// As many as a constant says; as many as there are if it isn't known.
std::size_t last_counted(const KeySpec& spec, const ForeseenCommand& command) {
    const auto count_at = static_cast<std::size_t>(spec.index + spec.count_index);
    if (count_at >= command.arguments.size()) return kToTheEnd;
    const ForeseenArgument& argument = command.arguments[count_at];
    const auto count = argument.kind == Kind::Known ? parse_int64(argument.text) : std::nullopt;
    if (!count || *count < 0 || *count > std::numeric_limits<int>::max()) return kToTheEnd;
    const auto first = static_cast<std::size_t>(spec.index + spec.first_index);
    return *count == 0 ? 0 : first + static_cast<std::size_t>((*count - 1) * spec.step);
}

bool keeps_to(const KeySpec& spec, const ForeseenCommand& command) {
    if (spec.begin == KeySpec::Begin::None) return true;
    if (spec.begin != KeySpec::Begin::Index || spec.index < 1 || spec.step < 1) return false;
    const auto step = static_cast<std::size_t>(spec.step);
    if (spec.find == KeySpec::Find::Range) {
        return are_declared(command, static_cast<std::size_t>(spec.index), last_in_range(spec, command),
                            step);
    }
    if (spec.find != KeySpec::Find::Count || spec.first_index < 0) return false;
    const auto first = static_cast<std::size_t>(spec.index + spec.first_index);
    return are_declared(command, first, last_counted(spec, command), step);
}

}  // namespace

bool keeps_to_declared_keys(const CommandTable& commands, const ForeseenCommand& command) {
    const Command* const found = find_command(commands, command);
    if (!found || found->is(AllShards) || found->is(RunsScript) || found->is(RunsQueue)) return false;
    const CommandSpec& spec = *found->spec;
    if (spec.reaches_further || spec.find_last_key) return false;
    return std::all_of(spec.keys.begin(), spec.keys.end(),
                       [&](const KeySpec& keys) { return keeps_to(keys, command); });
}

}  // namespace pongo
