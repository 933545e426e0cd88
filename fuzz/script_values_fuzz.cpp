// Whatever a script has cmsgpack, cjson and struct read: what they make of it can be written, and that is
// read and written again as as many bytes. Nothing outlives the state, and memory stays within its limit. The
// first byte of the input chooses the library and the options; the rest is what is read.
//
// Run: script_values_fuzz -max_total_time=60
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <string_view>

#include "base/check.h"
#include "support/script_state.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace pongo {
namespace {

using namespace std::literals;

// Returns true, or what is wrong. Tables as keys come in the order of their addresses, hence lengths are
// compared. Written nil, in place of what is nested too deep, is no key and leaves holes; what is left of it
// is stable.
constexpr std::string_view kCheck = R"lua(
    local choice, input = ...
    local fine, value, text, again

    local function repack(packed) return cmsgpack.pack(cmsgpack.unpack(packed)) end
    local function check_msgpack()
        local offset, count = 0, 0
        while offset ~= -1 do
            fine, offset, value = pcall(cmsgpack.unpack_one, input, offset)
            if not fine then break end
            count = count + 1
            if count > 100 then break end
            fine, text = pcall(repack, cmsgpack.pack(value))
            fine, text = pcall(repack, text)
            fine, again = pcall(repack, text)
            if fine and #again ~= #text then return 'MessagePack is not stable' end
        end
        pcall(cmsgpack.unpack, input)
        pcall(cmsgpack.unpack_limit, input, choice, #input % 7)
        return true
    end

    local function check_json()
        cjson.decode_invalid_numbers(choice % 2 == 0)
        cjson.encode_invalid_numbers(choice % 3 == 0 and 'on' or 'null')
        cjson.encode_sparse_array(true, choice % 4, 3)
        cjson.encode_number_precision(choice % 14 + 1)
        cjson.decode_max_depth(choice % 5 == 0 and 100000 or 1000)
        cjson.encode_max_depth(100000)
        fine, value = pcall(cjson.decode, input)
        if not fine then return true end
        text = cjson.encode(value)
        cjson.decode_max_depth(100000)
        cjson.decode_invalid_numbers(true)
        again = cjson.encode(cjson.decode(text))
        return #again == #text or 'JSON is not stable'
    end

    local function check_struct()
        local format = input:match('^[^\n]*')
        local data = input:sub(#format + 2)
        local results = {pcall(struct.unpack, format, data)}
        local sized, size = pcall(struct.size, format)
        if not results[1] then return true end
        local past = table.remove(results)
        table.remove(results, 1)
        if sized and size ~= past - 1 then return 'unpack and size differ' end
        pcall(struct.pack, format, unpack(results))
        return true
    end

    -- What JSON has MessagePack has, and the other way round it may be refused.
    local function check_across()
        pcall(function() return cmsgpack.pack(cjson.decode(input)) end)
        pcall(function() return cjson.encode({cmsgpack.unpack(input)}) end)
        pcall(function() return bit.bxor(struct.unpack('dddd', input)) end)
        return true
    end

    local checks = {check_msgpack, check_json, check_struct, check_across}
    return checks[choice % 4 + 1]()
)lua";

class Checker {
  public:
    Checker() {
        std::string error;
        const auto function = state_.state().compile(kCheck, "=check", error);
        CHECK(function.has_value());
        check_ = *function;
    }

    void run(std::uint8_t choice, std::string_view input) {
        const auto error = state_.state().run(nullptr, [&](lua_State* lua) {
            lua_rawgeti(lua, LUA_REGISTRYINDEX, check_);
            lua_pushnumber(lua, choice);
            lua_pushlstring(lua, input.data(), input.size());
            if (lua_pcall(lua, 2, 1, 0) != 0) {
                // Too many tables may have been read for what reading them again takes.
                const std::string_view why = lua_tostring(lua, -1);
                CHECK(why.ends_with("not enough memory") || why.find("excessive") != why.npos ||
                      why.find("too many") != why.npos || why.find("stack overflow") != why.npos);
            } else {
                CHECK(lua_isboolean(lua, -1));
            }
        });
        CHECK(!error);
    }

  private:
    ScriptState state_{std::size_t{16} << 20};
    int check_ = 0;
};

// What mutations start from.
constexpr std::string_view kExamples[] = {
    "\0\x96\1\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a\xa3"
    "abc\xcd\1\0\x82\xa1"
    "a\xc0\xd2\xff\xff\0\0\x91\x90\xd9\2xy\xdf\0\0\0\1\xca\x3f\x80\0\0\xde\0\1\2\xdc\0\2\3\xc3"sv,
    "\1{\"a\":[1.5e3,true,null,\"x\\u00e9\\ud83d\\ude00\\n\"],\"\":{\"b\":[{}]},\"c\":[-0,0x1F,nan,-inf,01]}"sv,
    "\2!8>bHi3Lfdc2s<Bc0x\n\1\2\3\4\5\6\7\x8\1\2\3\4\5\6\7\x8\1\2\3\4\5\6\7\x8\1\2\3\4\5\6\7\x8"
    "abc\0\2def"sv,
    "\2bbi4 c0 !4 bl\n\1\2\1\0\0\0a\1\0\0\0\2\0\0\0\3\0\0\0"sv,
};

}  // namespace
}  // namespace pongo

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    const std::string_view example = pongo::kExamples[seed / 32 % std::size(pongo::kExamples)];
    if (seed % 32 == 0 && example.size() <= max_size) {
        std::memcpy(data, example.data(), example.size());
        size = example.size();
    }
    return LLVMFuzzerMutate(data, size, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr int kRunsPerState = 1000;
    static std::unique_ptr<pongo::Checker> checker;
    static int runs = 0;
    if (size == 0) return 0;
    if (!checker) checker = std::make_unique<pongo::Checker>();
    checker->run(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
    if (++runs % kRunsPerState == 0) checker.reset();
    return 0;
}
