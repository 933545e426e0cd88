// The HELP subcommand of every container (OBJECT HELP, CLIENT HELP ...), derived from the rows.
#pragma once

#include "engine/call.h"

namespace pongo {

// The handler of a HELP row. Replies with Redis's shape: a heading, then for each of the container's
// subcommands its name and arguments and, indented, what it does; HELP itself comes last.
void reply_help(Call& call);

}  // namespace pongo
