#include "scripting/conversions.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "lua/lua_state.h"
#include "resp/reply_buffer.h"

namespace pongo {
namespace {

class PlainReply final : public ScriptReply {
  public:
    using ScriptReply::ScriptReply;
    int counted = 0;

  protected:
    void error(std::string_view message, bool is_counted) override {
        writer().error(message);
        counted += is_counted ? 1 : 0;
    }
};

// The function's result as a client gets it, which speaks `client`, after redis.setresp(`own`).
std::string written(std::string_view source, Protocol client = Protocol::Resp2,
                    Protocol own = Protocol::Resp2) {
    LuaState state;
    std::string error;
    const auto function = state.compile(source, "@user_script", error);
    EXPECT_TRUE(function) << error;
    if (!function) return error;
    ReplyBuffer buffer;
    ReplyWriter writer(buffer, client);
    const auto failure =
        state.call({.function = *function, .keys = {}, .arguments = {}}, nullptr, [&](lua_State* lua) {
            const int before = lua_gettop(lua);
            PlainReply(writer, own).write(lua);
            EXPECT_EQ(lua_gettop(lua), before - 1);
        });
    return failure ? "failed: " + failure->message : buffer.to_string();
}

// The reply, read as a value and written again.
std::string carried(std::string_view reply, Protocol protocol) {
    LuaState state;
    ReplyBuffer buffer;
    ReplyWriter writer(buffer, protocol);
    const auto failure = state.run(nullptr, [&](lua_State* lua) {
        const int before = lua_gettop(lua);
        push_reply(lua, reply);
        EXPECT_EQ(lua_gettop(lua), before + 1);
        PlainReply(writer, protocol).write(lua);
    });
    EXPECT_FALSE(failure);
    return buffer.to_string();
}

// The text of an error table.
std::string error_text(std::string_view message) {
    LuaState state;
    std::string text;
    EXPECT_FALSE(state.run(nullptr, [&](lua_State* lua) {
        push_error(lua, message);
        lua_getfield(lua, -1, "err");
        text = lua_tostring(lua, -1);
    }));
    return text;
}

TEST(ScriptReply, SimpleValues) {
    EXPECT_EQ(written("return nil"), "$-1\r\n");
    EXPECT_EQ(written("return 'a\\0b'"), "$3\r\n" + std::string("a\0b", 3) + "\r\n");
    EXPECT_EQ(written("return 3.99"), ":3\r\n");
    EXPECT_EQ(written("return -3.99"), ":-3\r\n");
    EXPECT_EQ(written("return 2^63"), ":-9223372036854775808\r\n");
    EXPECT_EQ(written("return 0/0"), ":-9223372036854775808\r\n");
    EXPECT_EQ(written("return true"), ":1\r\n");
    EXPECT_EQ(written("return false"), "$-1\r\n");
    EXPECT_EQ(written("return error"), "$-1\r\n");
}

TEST(ScriptReply, BooleansAreThoseOfTheProtocolThatTheScriptHasChosen) {
    EXPECT_EQ(written("return true", Protocol::Resp3), ":1\r\n");
    EXPECT_EQ(written("return true", Protocol::Resp3, Protocol::Resp3), "#t\r\n");
    EXPECT_EQ(written("return false", Protocol::Resp3), "_\r\n");
    EXPECT_EQ(written("return true", Protocol::Resp2, Protocol::Resp3), ":1\r\n");
}

TEST(ScriptReply, ArraysEndAtTheFirstNil) {
    EXPECT_EQ(written("return {1, 'a', {}, nil, 5}"), "*3\r\n:1\r\n$1\r\na\r\n*0\r\n");
    EXPECT_EQ(written("return {a = 1}"), "*0\r\n");
}

TEST(ScriptReply, StatusAndErrorAreOneLine) {
    EXPECT_EQ(written("return {ok = 'a\\r\\nb'}"), "+a  b\r\n");
    EXPECT_EQ(written("return {err = 'CODE a\\r\\nb\\r\\n'}"), "-CODE a  b\r\n");
    EXPECT_EQ(written("return {ok = 'a\\0b'}"), "+a\r\n");
    EXPECT_EQ(written("return {err = 'a\\0b'}"), "-a\r\n");
    EXPECT_EQ(written("return {err = 'x', ok = 'y'}"), "-x\r\n");
    EXPECT_EQ(written("return {1, {err = 'x'}, 2}"), "*3\r\n:1\r\n-x\r\n:2\r\n");
}

TEST(ScriptReply, TypesOfResp3) {
    EXPECT_EQ(written("return {double = 1.5}", Protocol::Resp3), ",1.5\r\n");
    EXPECT_EQ(written("return {double = 1.5}"), "$3\r\n1.5\r\n");
    EXPECT_EQ(written("return {double = 1/0}", Protocol::Resp3), ",inf\r\n");
    EXPECT_EQ(written("return {big_number = '12'}", Protocol::Resp3), "(12\r\n");
    EXPECT_EQ(written("return {map = {a = 1}}", Protocol::Resp3), "%1\r\n$1\r\na\r\n:1\r\n");
    EXPECT_EQ(written("return {map = {a = 1}}"), "*2\r\n$1\r\na\r\n:1\r\n");
    EXPECT_EQ(written("return {set = {a = true}}", Protocol::Resp3), "~1\r\n$1\r\na\r\n");
    EXPECT_EQ(written("return {verbatim_string = {format = 'txt', string = 'x'}}", Protocol::Resp3),
              "=5\r\ntxt:x\r\n");
}

TEST(ScriptReply, TheFormatOfAVerbatimStringHasThreeBytes) {
    EXPECT_EQ(written("return {verbatim_string = {format = 't', string = 'x'}}", Protocol::Resp3),
              "=5\r\nt  :x\r\n");
    EXPECT_EQ(written("return {verbatim_string = {format = 'longer', string = 'x'}}", Protocol::Resp3),
              "=5\r\nlon:x\r\n");
    EXPECT_EQ(written("return {verbatim_string = {format = 'txt'}}", Protocol::Resp3), "*0\r\n");
}

TEST(ScriptReply, MetatablesHaveNoSay) {
    EXPECT_EQ(written("return setmetatable({1}, {__index = function() error('x') end})"), "*1\r\n:1\r\n");
    EXPECT_EQ(written("return setmetatable({}, {__index = {ok = 'x'}})"), "*0\r\n");
}

TEST(ScriptReply, ATableInItselfEnds) {
    for (const std::string_view source :
         {"local t = {} t[1] = t return t", "local t = {} t.map = {x = t} return t",
          "local t = {} t.set = {[t] = 1} return t"}) {
        EXPECT_TRUE(written(source).ends_with("-ERR reached lua stack limit\r\n"));
    }
}

TEST(PushReply, EveryReplyComesBackAsItWas) {
    for (const std::string_view reply :
         {"$1\r\na\r\n", "$0\r\n\r\n", ":12\r\n", ":-1\r\n", "+OK\r\n", "-ERR x\r\n", "*0\r\n",
          "*2\r\n:1\r\n*1\r\n+QUEUED\r\n", "$4\r\na\r\nb\r\n"}) {
        EXPECT_EQ(carried(reply, Protocol::Resp2), reply);
        EXPECT_EQ(carried(reply, Protocol::Resp3), reply);
    }
    for (const std::string_view reply :
         {"_\r\n", "#t\r\n", "#f\r\n", ",1.5\r\n", ",inf\r\n", "(123456789012345678901234567890\r\n",
          "=5\r\ntxt:x\r\n", "%1\r\n$1\r\na\r\n~1\r\n:1\r\n", "*1\r\n_\r\n", "~0\r\n", "%0\r\n"}) {
        // A nil ends an array.
        EXPECT_EQ(carried(reply, Protocol::Resp3), reply == "*1\r\n_\r\n" ? "*0\r\n" : reply);
    }
    EXPECT_EQ(carried("$-1\r\n", Protocol::Resp2), "$-1\r\n");
    EXPECT_EQ(carried("*-1\r\n", Protocol::Resp2), "$-1\r\n");
    EXPECT_EQ(carried("*2\r\n$-1\r\n:1\r\n", Protocol::Resp2), "*2\r\n$-1\r\n:1\r\n");
}

TEST(PushReply, AnErrorIsMarkedAsCounted) {
    LuaState state;
    ReplyBuffer buffer;
    ReplyWriter writer(buffer, Protocol::Resp2);
    PlainReply reply(writer, Protocol::Resp2);
    EXPECT_FALSE(state.run(nullptr, [&](lua_State* lua) {
        push_reply(lua, "-ERR x\r\n");
        reply.write(lua);
        push_error(lua, "-ERR x");
        reply.write(lua);
    }));
    EXPECT_EQ(reply.counted, 1);
}

TEST(PushError, HasACode) {
    EXPECT_EQ(error_text("text"), "ERR text");
    EXPECT_EQ(error_text("-CODE text"), "CODE text");
    EXPECT_EQ(error_text("-text"), "ERR text");
    EXPECT_EQ(error_text("-CODE text\r\n"), "CODE text");
}

}  // namespace
}  // namespace pongo
