// The error of a subcommand that was given more, or other, arguments than it understands.
#pragma once

#include <string>

#include "base/escape.h"
#include "engine/call.h"

namespace pongo {

inline void fail_subcommand(Call& call) {
    constexpr std::size_t kMaxQuotedWord = 128;
    const Command* container = call.command().parent ? call.command().parent : &call.command();
    call.fail("ERR unknown subcommand or wrong number of arguments for '" +
              std::string(until_nul(call.arg(1)).substr(0, kMaxQuotedWord)) + "'. Try " +
              std::string(container->spec->name) + " HELP.");
}

}  // namespace pongo
