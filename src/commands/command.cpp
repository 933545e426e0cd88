// COMMAND: the command table, told to clients.
#include <optional>

#include "base/glob.h"
#include "commands/families.h"
#include "commands/help.h"
#include "engine/args.h"
#include "engine/call.h"
#include "engine/command_description.h"

namespace pongo {
namespace {

// Calls visit(command) for all commands, each container before its subcommands.
template <typename Visit>
void for_each_command(const CommandTable& table, Visit&& visit) {
    for (const Command* command : table.commands()) {
        visit(*command);
        for (const Command* sub : command->subcommands) visit(*sub);
    }
}

void command_all(Call& call) {
    const auto& commands = call.engine().commands().commands();
    call.reply().array(commands.size());
    for (const Command* command : commands) write_command_info(call.reply(), *command);
}

void command_count(Call& call) {
    call.reply().integer(static_cast<std::int64_t>(call.engine().commands().commands().size()));
}

void command_info(Call& call) {
    if (call.argc() == 2) return command_all(call);
    call.reply().array(call.argc() - 2);
    for (const std::string_view name : call.args().subspan(2)) {
        const Command* command = call.engine().commands().find_full_name(name);
        command ? write_command_info(call.reply(), *command) : call.reply().null();
    }
}

void command_docs(Call& call) {
    const CommandTable& table = call.engine().commands();
    std::vector<const Command*> wanted;
    for (const std::string_view name : call.args().subspan(2)) {
        if (const Command* command = table.find_full_name(name)) wanted.push_back(command);
    }
    if (call.argc() == 2) wanted = table.commands();
    call.reply().map(wanted.size());
    for (const Command* command : wanted) write_command_docs(call.reply(), *command);
}

// Which commands COMMAND LIST names.
struct Filter {
    enum class By { Nothing, Module, Category, Pattern };
    By by = By::Nothing;
    std::string_view value = {};

    bool accepts(const Command& command) const {
        switch (by) {
            case By::Nothing:
                return true;
            case By::Module:
                return false;  // There are none.
            case By::Pattern:
                return glob_match(value, command.name, CaseSensitivity::Insensitive);
            case By::Category:
                return has_category(command);
        }
        return false;
    }
    bool has_category(const Command& command) const {
        const auto names = category_names();
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (equals_ignore_case(names[i], value)) return (command.categories >> i & 1) != 0;
        }
        return false;
    }
};

Filter read_filter(Call& call) {
    Args args(call, 2);
    Filter filter;
    if (!args.more()) return filter;
    if (args.accept("FILTERBY", 2)) {
        if (args.accept("MODULE")) {
            filter.by = Filter::By::Module;
        } else if (args.accept("ACLCAT")) {
            filter.by = Filter::By::Category;
        } else if (args.accept("PATTERN")) {
            filter.by = Filter::By::Pattern;
        }
    }
    if (filter.by != Filter::By::Nothing) filter.value = args.next();
    if (filter.by == Filter::By::Nothing || args.more()) args.reject();
    return filter;
}

void command_list(Call& call) {
    const Filter filter = read_filter(call);
    if (call.failed()) return;
    const ReplyWriter::Deferred list = call.reply().begin_array();
    std::size_t count = 0;
    for_each_command(call.engine().commands(), [&](const Command& command) {
        if (!filter.accepts(command)) return;
        call.reply().bulk(command.name);
        ++count;
    });
    call.reply().finish(list, count);
}

struct FoundKey {
    std::string_view key;
    std::uint16_t flags;
};

// The keys of the request that the arguments are; fails the call if they are no such request.
std::vector<FoundKey> find_keys(Call& call) {
    const auto request = call.args().subspan(2);
    std::vector<FoundKey> keys;
    const Command* command = call.engine().commands().find(request);
    if (!command || !command->subcommands.empty()) {
        call.fail("ERR Invalid command specified");
    } else if (command->spec->keys.count == 0) {
        call.fail("ERR The command has no key arguments");
    } else if (!command->spec->arity.accepts(request.size())) {
        call.fail("ERR Invalid number of arguments specified for command");
    } else {
        const CommandSpec& spec = *command->spec;
        const bool found = for_each_key(spec, request, [&](std::size_t index, const KeySpec& key) {
            keys.push_back({request[index], spec.key_use ? spec.key_use(request) : key.flags});
        });
        if (!found) keys.clear();
        if (keys.empty() && !command->is(NoMandatoryKeys)) {
            call.fail("ERR Invalid arguments specified for command");
        }
    }
    return keys;
}

void command_getkeys(Call& call) {
    const std::vector<FoundKey> keys = find_keys(call);
    call.reply().array(keys.size());
    for (const FoundKey& found : keys) call.reply().bulk(found.key);
}

void command_getkeysandflags(Call& call) {
    const std::vector<FoundKey> keys = find_keys(call);
    call.reply().array(keys.size());
    for (const FoundKey& found : keys) {
        call.reply().array(2);
        call.reply().bulk(found.key);
        write_key_flags(call.reply(), found.flags);
    }
}

constexpr Change kInfoHistory[] = {{"7.0.0", "Without a name, all commands are described."}};

constexpr CommandSpec kSubcommands[] = {
    {.name = "COUNT",
     .handler = command_count,
     .arity = {2},
     .flags = Loading | Stale,
     .categories = CatConnection,
     .group = Group::Server,
     .since = "2.8.13",
     .cost = "O(1)",
     .summary = "Counts the commands of this server."},
    {.name = "DOCS",
     .handler = command_docs,
     .arity = {-2},
     .flags = Loading | Stale,
     .categories = CatConnection,
     .group = Group::Server,
     .since = "7.0.0",
     .cost = "O(N), N being how many commands are asked for.",
     .summary = "Explains the named commands, or all: what they do, their arguments, their history.",
     .syntax = "[command-name...]",
     .tips = "nondeterministic_output_order"},
    {.name = "GETKEYS",
     .handler = command_getkeys,
     .arity = {-4},
     .flags = Loading | Stale,
     .categories = CatConnection,
     .group = Group::Server,
     .since = "2.8.13",
     .cost = "O(N), N being the arguments of the command.",
     .summary = "Picks the keys out of a whole command, which is given word by word."},
    {.name = "GETKEYSANDFLAGS",
     .handler = command_getkeysandflags,
     .arity = {-4},
     .flags = Loading | Stale,
     .categories = CatConnection,
     .group = Group::Server,
     .since = "7.0.0",
     .cost = "O(N), N being the arguments of the command.",
     .summary = "Like GETKEYS, and says of each key how the command uses it."},
    {.name = "HELP",
     .handler = reply_help,
     .arity = {2},
     .flags = Loading | Stale,
     .categories = CatConnection,
     .group = Group::Server,
     .since = "5.0.0",
     .cost = "O(1)",
     .summary = "Lists the subcommands."},
    {.name = "INFO",
     .handler = command_info,
     .arity = {-2},
     .flags = Loading | Stale,
     .categories = CatConnection,
     .group = Group::Server,
     .since = "2.8.13",
     .cost = "O(N), N being how many commands are asked for.",
     .summary = "Describes the named commands, or all: arity, flags, keys, categories.",
     .syntax = "[command-name...]",
     .tips = "nondeterministic_output_order",
     .history = kInfoHistory},
    {.name = "LIST",
     .handler = command_list,
     .arity = {-2},
     .flags = Loading | Stale,
     .categories = CatConnection,
     .group = Group::Server,
     .since = "7.0.0",
     .cost = "O(N), N being how many commands there are.",
     .summary = "Names all commands, or those of a category or with a matching name.",
     .syntax = "[FILTERBY filterby=<MODULE module-name | ACLCAT category | PATTERN pattern>]",
     .tips = "nondeterministic_output_order"},
};

constexpr CommandSpec kCommands[] = {
    {.name = "COMMAND",
     .handler = command_all,
     .arity = {-1},
     .flags = Loading | Stale,
     .categories = CatConnection,
     .group = Group::Server,
     .since = "2.8.13",
     .cost = "O(N), N being how many commands there are.",
     .summary = "Describes all commands: arity, flags, keys, categories.",
     .tips = "nondeterministic_output_order",
     .subcommands = kSubcommands},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> command_commands() {
    return kCommands;
}

}  // namespace pongo
