#include "lua/script_buffer.h"

#include <algorithm>
#include <limits>

namespace pongo {

void ScriptBuffer::grow(std::size_t bytes) {
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max() / 4;
    void* owner = nullptr;
    const lua_Alloc allocate = lua_getallocf(lua_, &owner);
    const bool small = data_ == small_.data();
    const std::size_t wanted = bytes < kMost ? std::max(size_ + bytes, capacity_ * 2) : kMost;
    void* grown = nullptr;
    if (wanted < kMost) grown = allocate(owner, small ? nullptr : data_, small ? 0 : capacity_, wanted);
    if (grown == nullptr) {
        lua_pushliteral(lua_, "not enough memory");
        lua_error(lua_);
    }
    if (small) std::memcpy(grown, data_, size_);
    data_ = static_cast<char*>(grown);
    capacity_ = wanted;
}

void ScriptBuffer::release() {
    if (data_ == small_.data()) return;
    void* owner = nullptr;
    const lua_Alloc allocate = lua_getallocf(lua_, &owner);
    allocate(owner, data_, capacity_, 0);
}

}  // namespace pongo
