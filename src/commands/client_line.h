// A client in one line, as CLIENT LIST and CLIENT INFO show it: "id=3 addr=127.0.0.1:50000 ... resp=2\n".
// Callable on any thread while the session is registered.
#pragma once

#include <cstdint>
#include <string>

#include "engine/session.h"

namespace pongo {

// Appends the line, with its end, to `text`. Ages and idle times are told as of `now_ms`.
void append_client_line(std::string& text, const Session& session, std::int64_t now_ms);

}  // namespace pongo
