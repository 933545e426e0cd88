// The handlers of the set commands. Their rows stand in sets.cpp, which says what each of them does.
#pragma once

#include "engine/args.h"
#include "engine/call.h"
#include "persistence/value_limits.h"
#include "values/set.h"

namespace pongo::sets {

// What the editors of a call's sets have to keep to.
inline SetLimits limits_of(Call& call) {
    return set_limits_of(call.settings());
}

// set_operations.cpp: intersections, unions and differences.
void sinter(Call& call);
void sintercard(Call& call);
void sinterstore(Call& call);
void sunion(Call& call);
void sunionstore(Call& call);
void sdiff(Call& call);
void sdiffstore(Call& call);

// set_random.cpp: what chance chooses.
void spop(Call& call);
void srandmember(Call& call);

}  // namespace pongo::sets
