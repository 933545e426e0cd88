// What is asked of every request before it runs: does the command exist, has it the right number of
// arguments, may this client run it now? Pure; any thread.
#pragma once

#include <string>

#include "engine/command_table.h"
#include "engine/session.h"
#include "engine/settings.h"
#include "resp/request_parser.h"

namespace pongo {

// The error with which the request is turned away; empty if it may run. No command: none has that name.
std::string gate_error(const Settings& settings, const Session& session, const Command* command,
                       const Request& request);

// Whether the command may change the data set; EXEC does if a command in its queue may.
bool writes(const Session& session, const Command& command);

}  // namespace pongo
