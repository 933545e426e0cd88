#pragma once

#include <string>
#include <string_view>

#include "cli/reply.h"

namespace pongo::cli {

/// The form for people, as redis-cli prints it on a terminal: `(integer) 1`, strings in quotes, numbered and
/// indented elements. Ends with a newline.
std::string format_for_people(const Reply& reply);

/// The form for programs, as redis-cli prints it into a pipe: bytes as they are, the elements of an aggregate
/// separated by `delimiter`. Only an error ends with a newline.
std::string format_raw(const Reply& reply, std::string_view delimiter);

}  // namespace pongo::cli
