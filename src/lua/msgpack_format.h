// The first bytes of MessagePack's values, and the two directions of cmsgpack that know them.
#pragma once

#include <cstdint>
#include <string_view>

#include "lua/script_buffer.h"

namespace pongo {

namespace msgpack {

// Small ones have their value or length in the first byte.
inline constexpr std::uint8_t kSmallMap = 0x80;
inline constexpr std::uint8_t kSmallArray = 0x90;
inline constexpr std::uint8_t kSmallString = 0xa0;
inline constexpr std::uint8_t kNil = 0xc0;
inline constexpr std::uint8_t kFalse = 0xc2;
inline constexpr std::uint8_t kTrue = 0xc3;
inline constexpr std::uint8_t kFloat32 = 0xca;
inline constexpr std::uint8_t kFloat64 = 0xcb;
inline constexpr std::uint8_t kUnsigned8 = 0xcc;
inline constexpr std::uint8_t kUnsigned16 = 0xcd;
inline constexpr std::uint8_t kUnsigned32 = 0xce;
inline constexpr std::uint8_t kUnsigned64 = 0xcf;
inline constexpr std::uint8_t kSigned8 = 0xd0;
inline constexpr std::uint8_t kSigned16 = 0xd1;
inline constexpr std::uint8_t kSigned32 = 0xd2;
inline constexpr std::uint8_t kSigned64 = 0xd3;
inline constexpr std::uint8_t kString8 = 0xd9;
inline constexpr std::uint8_t kString16 = 0xda;
inline constexpr std::uint8_t kString32 = 0xdb;
inline constexpr std::uint8_t kArray16 = 0xdc;
inline constexpr std::uint8_t kArray32 = 0xdd;
inline constexpr std::uint8_t kMap16 = 0xde;
inline constexpr std::uint8_t kMap32 = 0xdf;
// Those from here on are the numbers from -32 to -1.
inline constexpr std::uint8_t kSmallNegative = 0xe0;

}  // namespace msgpack

// Appends the value at the top of the stack, which stays there.
void write_msgpack(lua_State* lua, ScriptBuffer& out);

// Reads values from bytes that stay where they are.
class MsgpackReader {
  public:
    MsgpackReader(lua_State* lua, std::string_view bytes, std::size_t offset)
        : lua_(lua), bytes_(bytes), offset_(offset), steps_(lua) {}

    bool at_end() const { return offset_ == bytes_.size(); }
    std::size_t offset() const { return offset_; }
    // Pushes the next value. Bytes that are missing or mean nothing are a Lua error.
    void push_next();

  private:
    struct Open;

    // Pushes a value; true if it is a table that is still to be filled.
    bool push_or_open(Open& table);
    bool open_array(Open& table, std::uint64_t values);
    bool open_map(Open& table, std::uint64_t values);
    // Takes the value at the top of the stack into the table; true if that was its last.
    bool put(Open& table);
    void push_string(std::uint64_t size);
    template <typename Integer>
    Integer take();
    template <typename Integer>
    bool push_number();

    lua_State* lua_;
    std::string_view bytes_;
    std::size_t offset_;
    Steps steps_;
};

}  // namespace pongo
