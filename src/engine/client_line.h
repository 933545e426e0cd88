// A client in one line, as CLIENT LIST and the log show it: "id=3 addr=127.0.0.1:50000 ... resp=2".
// Callable on any thread while the session is registered.
#pragma once

#include <cstdint>
#include <string>

#include "engine/session.h"

namespace pongo {

// Without an end of line. Ages and idle times are told as of `now_ms`.
std::string client_line(const Session& session, std::int64_t now_ms);

}  // namespace pongo
