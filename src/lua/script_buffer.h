// Bytes that a library puts together for a script. Their memory comes from the allocator of the Lua state and
// so counts against its limit: what goes beyond is the Lua error "not enough memory", as is a string of Lua's
// own that does not fit. The first few bytes are in the buffer itself.
// Thread rule: that of the state.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "lua/steps.h"

namespace pongo {

class ScriptBuffer {
  public:
    explicit ScriptBuffer(lua_State* lua) : lua_(lua), steps_(lua) {}
    ~ScriptBuffer() { release(); }
    ScriptBuffer(const ScriptBuffer&) = delete;
    ScriptBuffer& operator=(const ScriptBuffer&) = delete;

    void append(char c) {
        *room(1) = c;
        ++size_;
    }
    void append(std::string_view bytes) {
        if (bytes.size() == 1) return append(bytes.front());
        steps_.add_bytes(bytes.size());
        char* at = room(bytes.size());
        if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
        size_ += bytes.size();
    }
    // Where up to `bytes` more can be written, to be told by wrote().
    char* room(std::size_t bytes) {
        if (bytes > capacity_ - size_) grow(bytes);
        return data_ + size_;
    }
    void wrote(std::size_t bytes) { size_ += bytes; }
    void clear() { size_ = 0; }

    std::string_view view() const { return {data_, size_}; }
    // Leaves the bytes as a string on the stack.
    void push() const { lua_pushlstring(lua_, data_, size_); }

  private:
    void grow(std::size_t bytes);
    void release();

    lua_State* lua_;
    Steps steps_;
    static constexpr std::size_t kSmall = 512;

    std::array<char, kSmall> small_;
    char* data_ = small_.data();
    std::size_t size_ = 0;
    std::size_t capacity_ = kSmall;
};

}  // namespace pongo
