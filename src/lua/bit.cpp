#include "lua/bit.h"

#include <bit>
#include <cstdint>
#include <iterator>

namespace pongo {
namespace {

// A number modulo 2^32, rounded to the nearest integer. Beyond 2^51, inf and nan included, the result is what
// the sum below happens to leave in the low bits of a double: scripts see the same of Redis.
std::uint32_t bits_of(lua_State* lua, int index) {
    // 2^52 + 2^51: in the sum, the unit is the lowest bit of the mantissa.
    constexpr double kUnitIsLowestBit = 6755399441055744.0;
    return static_cast<std::uint32_t>(
        std::bit_cast<std::uint64_t>(luaL_checknumber(lua, index) + kUnitIsLowestBit));
}

int push_bits(lua_State* lua, std::uint32_t bits) {
    lua_pushnumber(lua, static_cast<std::int32_t>(bits));
    return 1;
}

int to_bit(lua_State* lua) {
    return push_bits(lua, bits_of(lua, 1));
}

int bit_not(lua_State* lua) {
    return push_bits(lua, ~bits_of(lua, 1));
}

int swap_bytes(lua_State* lua) {
    return push_bits(lua, __builtin_bswap32(bits_of(lua, 1)));
}

template <typename Combine>
int combine_all(lua_State* lua, Combine combine) {
    std::uint32_t bits = bits_of(lua, 1);
    for (int index = lua_gettop(lua); index > 1; --index) bits = combine(bits, bits_of(lua, index));
    return push_bits(lua, bits);
}

int bit_and(lua_State* lua) {
    return combine_all(lua, [](std::uint32_t a, std::uint32_t b) { return a & b; });
}

int bit_or(lua_State* lua) {
    return combine_all(lua, [](std::uint32_t a, std::uint32_t b) { return a | b; });
}

int bit_xor(lua_State* lua) {
    return combine_all(lua, [](std::uint32_t a, std::uint32_t b) { return a ^ b; });
}

template <typename Shift>
int shift_by(lua_State* lua, Shift shift) {
    const std::uint32_t bits = bits_of(lua, 1);
    return push_bits(lua, shift(bits, static_cast<int>(bits_of(lua, 2) & 31)));
}

int shift_left(lua_State* lua) {
    return shift_by(lua, [](std::uint32_t bits, int count) { return bits << count; });
}

int shift_right(lua_State* lua) {
    return shift_by(lua, [](std::uint32_t bits, int count) { return bits >> count; });
}

int shift_right_signed(lua_State* lua) {
    return shift_by(lua, [](std::uint32_t bits, int count) {
        return static_cast<std::uint32_t>(static_cast<std::int32_t>(bits) >> count);
    });
}

int rotate_left(lua_State* lua) {
    return shift_by(lua, [](std::uint32_t bits, int count) { return std::rotl(bits, count); });
}

int rotate_right(lua_State* lua) {
    return shift_by(lua, [](std::uint32_t bits, int count) { return std::rotr(bits, count); });
}

// The second argument is how many digits there are to be; negative for upper case.
int to_hex(lua_State* lua) {
    constexpr std::int32_t kMostDigits = 8;
    std::uint32_t bits = bits_of(lua, 1);
    const auto wanted = lua_isnone(lua, 2) ? kMostDigits : static_cast<std::int32_t>(bits_of(lua, 2));
    const char* const digits = wanted < 0 ? "0123456789ABCDEF" : "0123456789abcdef";
    std::int32_t count = kMostDigits;
    if (wanted > -kMostDigits && wanted < kMostDigits) count = wanted < 0 ? -wanted : wanted;

    char text[kMostDigits];
    for (std::int32_t at = count; at-- > 0; bits >>= 4) text[at] = digits[bits & 15];
    lua_pushlstring(lua, text, static_cast<std::size_t>(count));
    return 1;
}

// pairs() shows them in an order that depends on that of their registration.
constexpr luaL_Reg kFunctions[] = {
    {"tobit", to_bit},    {"bnot", bit_not},      {"band", bit_and},       {"bor", bit_or},
    {"bxor", bit_xor},    {"lshift", shift_left}, {"rshift", shift_right}, {"arshift", shift_right_signed},
    {"rol", rotate_left}, {"ror", rotate_right},  {"bswap", swap_bytes},   {"tohex", to_hex},
    {nullptr, nullptr}};

}  // namespace

void open_bit(lua_State* lua) {
    lua_createtable(lua, 0, std::size(kFunctions) - 1);
    luaL_register(lua, nullptr, kFunctions);
}

}  // namespace pongo
