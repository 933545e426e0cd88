// Which arguments of a command are keys, where only some of them are known: for proofs about scripts.
// Thread rule: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/command_table.h"

namespace pongo {

// What is known of an argument before the script runs.
struct ForeseenArgument {
    enum class Kind : std::uint8_t { Known, DeclaredKey, Anything } kind = Kind::Anything;
    std::string text = {};  // Of one that is known.
};

// The words of a command, from its name on.
struct ForeseenCommand {
    std::vector<ForeseenArgument> arguments;
    // What any number of further arguments are, if it is unknown how many there are.
    std::optional<ForeseenArgument::Kind> rest = std::nullopt;
};

// Whether the command, whatever its arguments turn out to be, needs no shards but those of declared keys.
// False in doubt.
bool keeps_to_declared_keys(const CommandTable& commands, const ForeseenCommand& command);

}  // namespace pongo
