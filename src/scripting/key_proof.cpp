#include "scripting/key_proof.h"

#include <new>
#include <optional>
#include <vector>

#include "scripting/function_walk.h"

namespace pongo {
namespace {

// Two or three milliseconds, and 4 MiB: what is known of a register takes 8 bytes.
constexpr std::size_t kMostSteps = std::size_t{1} << 19;

}  // namespace

bool keeps_to_keys(const Prototype& script, ScriptCall::Passing passing, const CommandTable& commands) {
    const bool as_parameter = passing == ScriptCall::Passing::kParameters;
    // All parameters are in `...`.
    if (as_parameter && script.parameters == 0 && script.is_vararg) return false;
    const ForeseenValue parameters[] = {{ForeseenValue::Kind::Keys}};
    std::vector<ForeseenValue> upvalues(static_cast<std::size_t>(script.upvalues),
                                        ForeseenValue{ForeseenValue::Kind::Tainted});
    ProofContext context{commands, passing, kMostSteps};
    FunctionWalk walk(context, script, FunctionWalk::Role::Script,
                      std::span(parameters).first(as_parameter ? 1 : 0), std::move(upvalues));
    return walk.keeps_to_keys();
}

bool keeps_to_keys(lua_State* lua, int function, ScriptCall::Passing passing, const CommandTable& commands) {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, function);
    std::optional<Prototype> script;
    bool kept = false;
    try {
        script = read_function(lua);
        kept = script && keeps_to_keys(*script, passing, commands);
    } catch (const std::bad_alloc&) {
        kept = false;
    }
    lua_pop(lua, 1);
    return kept;
}

}  // namespace pongo
