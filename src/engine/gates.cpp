#include "engine/gates.h"

#include <cstdint>
#include <string_view>

#include "base/escape.h"
#include "resp/errors.h"

namespace pongo {
namespace {

constexpr std::size_t kMaxQuotedName = 128;
constexpr std::size_t kMaxQuotedArguments = 128;

std::string unknown_command(const Request& request) {
    std::string error = "ERR unknown command '";
    error.append(until_nul(request.args[0]).substr(0, kMaxQuotedName));
    error += "', with args beginning with: ";
    std::string quoted_args;
    for (std::size_t i = 1; i < request.args.size() && quoted_args.size() < kMaxQuotedArguments; ++i) {
        const std::size_t room = kMaxQuotedArguments - quoted_args.size();
        quoted_args += '\'';
        quoted_args.append(until_nul(request.args[i]).substr(0, room));
        quoted_args += "' ";
    }
    return error + quoted_args;
}

std::string unknown_subcommand(const Request& request) {
    return "ERR unknown subcommand '" + std::string(until_nul(request.args[1]).substr(0, kMaxQuotedName)) +
           "'. Try " + to_upper(until_nul(request.args[0])) + " HELP.";
}

// An entry knows the length of its key in 32 bits.
bool has_too_long_key(const CommandSpec& spec, const Request& request) {
    bool found = false;
    for_each_key(spec, request.args, [&](std::size_t index, const KeySpec&) {
        found = found || request.args[index].size() > UINT32_MAX;
    });
    return found;
}

bool touches_keys(const Session& session, const Command& command) {
    return writes(session, command) || command.is(ReadOnly) ||
           (command.is(RunsQueue) && session.transaction && session.transaction->is(ReadOnly));
}

}  // namespace

bool writes(const Session& session, const Command& command) {
    const auto may_write = [](const auto& what) { return what.is(Write) || what.is(MayReplicate); };
    return may_write(command) ||
           (command.is(RunsQueue) && session.transaction && may_write(*session.transaction));
}

std::string gate_error(const Settings& settings, const Session& session, const Command* command,
                       const Request& request) {
    if (!command) return unknown_command(request);
    if (command->lacks_subcommand(request.args.size())) return unknown_subcommand(request);
    if (!command->spec->arity.accepts(request.args.size())) {
        return "ERR wrong number of arguments for '" + command->name + "' command";
    }
    if (!request.big.empty() && has_too_long_key(*command->spec, request)) return "ERR a key is too long";
    if (!session.authenticated && !settings.requirepass.empty() && !command->is(NoAuth)) {
        return std::string(errors::kNoAuth);
    }
    if (session.subscribes() && session.protocol == Protocol::Resp2 && !command->is(WhileSubscribed)) {
        return "ERR Can't execute '" + command->name +
               "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";
    }
    // Redis keeps a list of monitors and replicas together, and says so.
    if (session.monitors && touches_keys(session, *command)) {
        return "ERR Replica can't interact with the keyspace";
    }
    if (session.transaction && command->is(NoMulti)) return "ERR Command not allowed inside a transaction";
    if (command->is(Protected)) {
        const WhoMay who = settings.enable_debug_command;
        const bool local = session.from_loopback || session.over_unix_socket;
        if (who == WhoMay::Nobody || (who == WhoMay::LocalClients && !local)) {
            return "ERR " + std::string(command->parent ? command->parent->spec->name : command->spec->name) +
                   " command not allowed. If the enable-debug-command option is set to \"local\", "
                   "you can run it from a local connection, otherwise you need to set this option in the "
                   "configuration "
                   "file, and then restart the server.";
        }
    }
    return {};
}

}  // namespace pongo
