// Walking over the keyspace: SCAN, KEYS and RANDOMKEY. Rows are in keys.cpp.
#pragma once

#include "engine/call.h"

namespace pongo {

void scan(Call& call);
void keys(Call& call);
void random_key(Call& call);

}  // namespace pongo
