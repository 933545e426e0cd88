#pragma once

#include "cli/words.h"

/// The little that the client itself has to know about commands; everything else passes through as it was
/// written.
namespace pongo::cli {

/// Turns the friendly form `SET key value --expires MS` into `SET key value PX MS`. All other commands,
/// plain Redis syntax included, are returned unchanged: `--expires` is an error in Redis at that place, so
/// no valid command changes its meaning.
Words to_redis_syntax(Words words);

/// Whether the server keeps sending after this command, until the connection ends: SUBSCRIBE, MONITOR ...
bool streams(const Words& words);

/// How many replies this command has, when it does not stream.
std::size_t reply_count(const Words& words);

/// Whether the reply is a text for people, to be printed as it is and not between quotes: INFO ...
bool replies_with_text(const Words& words);

/// Whether an end of the connection is what this command asked for: SHUTDOWN.
bool ends_the_server(const Words& words);

/// Whether this command carries a password, and so must not be remembered.
bool is_secret(const Words& words);

}  // namespace pongo::cli
