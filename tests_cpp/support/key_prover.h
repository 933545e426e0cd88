// Tries to prove of the source of a script that it keeps to its keys.
#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "commands/families.h"
#include "scripting/key_proof.h"
#include "support/plain_lua.h"

namespace pongo {

class KeyProver {
  public:
    bool is_proven_of_script(std::string_view source) {
        state_.compile(source);
        return is_proven(ScriptCall::Passing::kGlobals);
    }

    // The source returns the function.
    bool is_proven_of_function(std::string_view source) {
        EXPECT_TRUE(state_.run(source)) << source;
        return is_proven(ScriptCall::Passing::kParameters);
    }

    PlainLua& state() { return state_; }
    const CommandTable& commands() const { return commands_; }

  private:
    // Of the function on top of the stack, which it takes away.
    bool is_proven(ScriptCall::Passing passing) {
        const int function = luaL_ref(state_.lua(), LUA_REGISTRYINDEX);
        const int before = lua_gettop(state_.lua());
        const bool proven = keeps_to_keys(state_.lua(), function, passing, commands_);
        EXPECT_EQ(lua_gettop(state_.lua()), before);
        luaL_unref(state_.lua(), LUA_REGISTRYINDEX, function);
        return proven;
    }

    PlainLua state_;
    CommandTable commands_{all_families()};
};

}  // namespace pongo
