#include "scripting/script_buffer.h"

#include <algorithm>
#include <limits>

namespace pongo {

void ScriptBuffer::grow(std::size_t bytes) {
    constexpr std::size_t kSmallest = 256;
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max() / 4;
    void* owner = nullptr;
    const lua_Alloc allocate = lua_getallocf(lua_, &owner);
    const std::size_t wanted = bytes < kMost ? std::max({size_ + bytes, capacity_ * 2, kSmallest}) : kMost;
    void* grown = wanted < kMost ? allocate(owner, data_, capacity_, wanted) : nullptr;
    if (grown == nullptr) {
        lua_pushliteral(lua_, "not enough memory");
        lua_error(lua_);
    }
    data_ = static_cast<char*>(grown);
    capacity_ = wanted;
}

void ScriptBuffer::release() {
    if (data_ == nullptr) return;
    void* owner = nullptr;
    const lua_Alloc allocate = lua_getallocf(lua_, &owner);
    allocate(owner, data_, capacity_, 0);
}

}  // namespace pongo
