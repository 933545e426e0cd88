// Passes over values in Redis's object format without decoding them: what is found so can be read later, on
// any thread. Whatever read_value() reads ends where this says it does.
//
// Thread rule: pure; any thread.
#pragma once

#include <cstdint>

#include "persistence/rdb_reader.h"

namespace pongo {

// The value of a type that was read before: one of ObjectType, or any other number. The reader knows the
// reason if there is none.
void skip_value(RdbReader& in, std::uint8_t type);

// Whether skip_value() and read_value() know the number, be it to say why they refuse it.
bool is_object_type(std::uint8_t type);

// A module's value or RdbOpcode::ModuleAux: the module's id, and parts until one says that it is the last.
void skip_module(RdbReader& in);

}  // namespace pongo
