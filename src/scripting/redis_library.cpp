// The library `redis`, as scripts find it.
#include <span>
#include <string>

#include "base/log.h"
#include "base/sha1.h"
#include "base/version.h"
#include "scripting/conversions.h"
#include "scripting/script_host.h"

namespace pongo {
namespace {

constexpr lua_Number kVersionNumber = 0x07000F;

std::string_view text_at(lua_State* lua, int index) {
    std::size_t size = 0;
    const char* const bytes = lua_tolstring(lua, index, &size);
    return {bytes, size};
}

[[noreturn]] void raise(lua_State* lua, std::string_view error) {
    push_error(lua, error);
    lua_error(lua);
    std::abort();  // lua_error() does not return.
}

int call(lua_State* lua) {
    if (ScriptHost::of(lua).call_command(lua)) return lua_error(lua);
    return 1;
}

int pcall(lua_State* lua) {
    ScriptHost::of(lua).call_command(lua);
    return 1;
}

int error_reply(lua_State* lua) {
    if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TSTRING) {
        push_error(lua, "wrong number or type of arguments");
        return 1;
    }
    const std::string_view text = text_at(lua, 1);
    push_error(lua, text.starts_with('-') ? std::string(text) : "-" + std::string(text));
    return 1;
}

int status_reply(lua_State* lua) {
    if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TSTRING) {
        push_error(lua, "wrong number or type of arguments");
        return 1;
    }
    lua_createtable(lua, 0, 1);
    lua_pushvalue(lua, 1);
    lua_setfield(lua, -2, "ok");
    return 1;
}

int sha1hex(lua_State* lua) {
    if (lua_gettop(lua) != 1) raise(lua, "wrong number of arguments");
    const std::string digest = sha1_hex(text_at(lua, 1));
    lua_pushlstring(lua, digest.data(), digest.size());
    return 1;
}

int log(lua_State* lua) {
    const int count = lua_gettop(lua);
    if (count < 2) raise(lua, "redis.log() requires two arguments or more.");
    if (lua_isnumber(lua, 1) == 0) raise(lua, "First argument must be a number (log level).");
    const auto level = static_cast<int>(lua_tonumber(lua, 1));
    if (level < static_cast<int>(LogLevel::Debug) || level > static_cast<int>(LogLevel::Warning)) {
        raise(lua, "Invalid debug level.");
    }
    std::string line;
    for (int i = 2; i <= count; ++i) {
        if (lua_isstring(lua, i) == 0) continue;
        if (i > 2) line += ' ';
        line += text_at(lua, i);
    }
    if (log_enabled(static_cast<LogLevel>(level))) {
        ScriptHost::of(lua).prepare_to_be_noticed(lua);
        log_line(static_cast<LogLevel>(level), line);
    }
    return 0;
}

int setresp(lua_State* lua) {
    if (lua_gettop(lua) != 1) raise(lua, "redis.setresp() requires one argument.");
    const auto version = static_cast<int>(lua_tonumber(lua, 1));
    if (version != 2 && version != 3) raise(lua, "RESP version must be 2 or 3.");
    ScriptHost::of(lua).set_protocol(version == 3 ? Protocol::Resp3 : Protocol::Resp2);
    return 0;
}

int set_repl(lua_State* lua) {
    if (lua_gettop(lua) != 1) raise(lua, "redis.set_repl() requires two arguments.");
    const auto to = static_cast<int>(lua_tonumber(lua, 1));
    if ((to & ~static_cast<int>(PropagateTo::All)) != 0) {
        raise(lua, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
    }
    ScriptHost::of(lua).set_propagation(static_cast<PropagateTo>(to));
    return 0;
}

// Effects are what is propagated in any case.
int replicate_commands(lua_State* lua) {
    lua_pushboolean(lua, 1);
    return 1;
}

// There is no debugger in which it would stop.
int breakpoint(lua_State* lua) {
    lua_pushboolean(lua, 0);
    return 1;
}

int debug(lua_State*) {
    return 0;
}

int acl_check_cmd(lua_State* lua) {
    const std::string_view objection = ScriptHost::of(lua).objection_to_command(lua);
    if (!objection.empty()) raise(lua, "-" + std::string(objection));
    lua_pushboolean(lua, 1);
    return 1;
}

struct Constant {
    const char* name;
    lua_Number value;
};

constexpr Constant kLogLevels[] = {
    {"LOG_DEBUG", 0},
    {"LOG_VERBOSE", 1},
    {"LOG_NOTICE", 2},
    {"LOG_WARNING", 3},
    {"REDIS_VERSION_NUM", kVersionNumber},
};

constexpr Constant kReplication[] = {
    {"REPL_NONE", 0}, {"REPL_AOF", 1}, {"REPL_SLAVE", 2}, {"REPL_REPLICA", 2}, {"REPL_ALL", 3},
};

constexpr luaL_Reg kFunctions[] = {
    {"call", call},
    {"pcall", pcall},
    {"error_reply", error_reply},
    {"status_reply", status_reply},
    {"sha1hex", sha1hex},
    {"setresp", setresp},
    {"set_repl", set_repl},
    {"acl_check_cmd", acl_check_cmd},
};

constexpr luaL_Reg kFunctionsOfEval[] = {
    {"replicate_commands", replicate_commands},
    {"breakpoint", breakpoint},
    {"debug", debug},
};

// Into the table on top of the stack.
void add(lua_State* lua, std::span<const luaL_Reg> functions) {
    for (const luaL_Reg& function : functions) {
        lua_pushcfunction(lua, function.func);
        lua_setfield(lua, -2, function.name);
    }
}

void add(lua_State* lua, std::span<const Constant> constants) {
    for (const Constant& constant : constants) {
        lua_pushnumber(lua, constant.value);
        lua_setfield(lua, -2, constant.name);
    }
}

}  // namespace

void open_redis_of_libraries(lua_State* lua) {
    lua_newtable(lua);
    lua_pushcfunction(lua, log);
    lua_setfield(lua, -2, "log");
    add(lua, kLogLevels);
    lua_pushlstring(lua, kRedisVersion.data(), kRedisVersion.size());
    lua_setfield(lua, -2, "REDIS_VERSION");
}

void open_redis_of_functions(lua_State* lua) {
    open_redis_of_libraries(lua);
    add(lua, kFunctions);
    add(lua, kReplication);
}

void open_redis(lua_State* lua) {
    open_redis_of_functions(lua);
    add(lua, kFunctionsOfEval);
}

}  // namespace pongo
