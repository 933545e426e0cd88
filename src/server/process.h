// What a server does to its own process around serving: going to the background, its pid file, its title.
// Thread rule: the main thread, before others start or after they have ended.
#pragma once

#include "engine/settings.h"

namespace pongo {

// With `daemonize`: the calling process ends, its child goes on without a terminal.
void daemonize(const Settings& settings);
// `pidfile`; without one, only a daemon writes one.
void write_pid_file(const Settings& settings);
void remove_pid_file(const Settings& settings);

}  // namespace pongo
