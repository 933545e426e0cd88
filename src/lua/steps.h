// Counts the steps of a loop whose length a script decides, and looks every few thousand of them whether the
// script has been killed.
#pragma once

#include <cstddef>

#include "lua/lua_state.h"

namespace pongo {

class Steps {
  public:
    explicit Steps(lua_State* lua) : lua_(lua) {}

    // Raises a Lua error if the script must end.
    void add(std::size_t steps = 1) {
        done_ += steps;
        if (done_ < kBetweenChecks) return;
        done_ = 0;
        check_interrupt(lua_);
    }
    // Bytes are copied or searched faster than other things are done.
    void add_bytes(std::size_t bytes) { add(1 + bytes / 16); }

  private:
    static constexpr std::size_t kBetweenChecks = 4096;

    lua_State* lua_;
    std::size_t done_ = 0;
};

}  // namespace pongo
