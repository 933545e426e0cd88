// The handlers of CLIENT's subcommands about tracking. Their rows stand in client.cpp.
#pragma once

#include "engine/call.h"

namespace pongo {

void client_caching(Call& call);
void client_getredir(Call& call);
void client_tracking(Call& call);
void client_trackinginfo(Call& call);

}  // namespace pongo
