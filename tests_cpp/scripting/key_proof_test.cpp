#include "scripting/key_proof.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/key_prover.h"

namespace pongo {
namespace {

// What people write, one after another.
constexpr std::string_view kKeep[] = {
    "",
    "return 1",
    "return {KEYS[1], ARGV[1]}",
    "return KEYS",
    "redis.call('get', KEYS[1])",
    "return redis.call('get', KEYS[1])",
    "return redis.pcall('GET', KEYS[1])",
    "return redis['call']('get', KEYS[1])",
    "return redis.call('set', KEYS[1], ARGV[1], 'PX', 1000)",
    "return redis.call('set', KEYS[1], KEYS[1] .. ARGV[1])",
    "return redis.call('set', KEYS[ARGV[1] + 1], 'x')",
    "local i = tonumber(ARGV[1]) return redis.call('get', KEYS[i])",
    "return redis.call('zadd', KEYS[1], ARGV[1], ARGV[2])",
    "return redis.call('hset', KEYS[1], unpack(ARGV))",
    "return redis.call('rpush', KEYS[1], unpack(ARGV, 2, 5))",
    "return redis.call('sadd', KEYS[1], unpack({1, 2, 3}))",
    "return redis.call('set', KEYS[1], ...)",
    "return redis.call('xadd', KEYS[1], '*', 'field', ARGV[1])",
    "return redis.call('expire', KEYS[1], tonumber(ARGV[1]) * 2)",
    // Many keys.
    "return redis.call('mget', unpack(KEYS))",
    "return redis.call('del', unpack(KEYS))",
    "return redis.call('del', unpack(KEYS, 2))",
    "return redis.call('del', KEYS[1], unpack(KEYS, 2, #KEYS))",
    "local a, b = unpack(KEYS) return redis.call('rename', a, b)",
    "return redis.call('mset', KEYS[1], ARGV[1], KEYS[2], ARGV[2])",
    "return redis.call('rename', KEYS[1], KEYS[2])",
    "return redis.call('lmove', KEYS[1], KEYS[2], 'LEFT', 'RIGHT')",
    "return redis.call('blpop', KEYS[1], KEYS[2], 0)",
    "return redis.call('bitop', 'AND', KEYS[1], KEYS[2], KEYS[3])",
    "return redis.call('zunionstore', KEYS[1], 2, KEYS[2], KEYS[3], 'WEIGHTS', 1, 2)",
    "return redis.call('zunionstore', KEYS[1], '2', KEYS[2], KEYS[3])",
    "return redis.call('sintercard', 1, KEYS[1], 'LIMIT', ARGV[1])",
    "return redis.call('zinterstore', KEYS[1], #KEYS - 1, unpack(KEYS, 2))",
    // No keys.
    "return redis.call('time')",
    "return redis.call('TIME')[1]",
    "return redis.call('ping')",
    "return redis.call('publish', ARGV[1], ARGV[2])",
    "return redis.call('publish', 'news', KEYS[1])",
    "return redis.call('object', 'encoding', KEYS[1])",
    // Locals.
    "local key = KEYS[1] if ARGV[1] then redis.call('incr', key) else redis.call('decr', key) end return key",
    "local key, limit = KEYS[1], tonumber(ARGV[1]) return redis.call('incrby', key, limit)",
    "local key = KEYS[1] for i = 1, 10 do redis.call('incr', key) end",
    "local key = KEYS[1] while redis.call('llen', key) > 3 do redis.call('lpop', key) end",
    "local key = KEYS[1] repeat local n = redis.call('incr', key) until n > 10",
    "local keys = KEYS return redis.call('get', keys[1])",
    "local call = redis.call call('get', KEYS[1]) return call('get', KEYS[2])",
    "local r = redis return r.call('get', KEYS[1])",
    "local name = 'get' return redis.call(name, KEYS[1])",
    "local key if ARGV[1] then key = KEYS[1] else key = KEYS[2] end return redis.call('get', key)",
    "local key if ARGV[1] then key = KEYS[1] end if key then return redis.call('get', key) end",
    "local key = KEYS[1] or KEYS[2] return redis.call('get', key)",
    "return redis.call('get', ARGV[1] and KEYS[1] or KEYS[2])",
    "local key = 'x' do local key = KEYS[1] redis.call('get', key) end return key",
    "local key = ARGV[1] key = KEYS[1] return redis.call('get', key)",
    "local a, b = KEYS[1], KEYS[2] for i = 1, 3 do redis.call('incr', a) a, b = b, a end",
    "local t = {redis.call('get', KEYS[1])} return t[1]",
    "return {redis.call('get', KEYS[1]), redis.call('get', KEYS[2])}",
    "local s = KEYS[1]:sub(1, 2) return redis.call('set', KEYS[1], s)",
    "return cjson.encode({redis.call('hgetall', KEYS[1])})",
    "redis.log(redis.LOG_WARNING, 'x') return redis.error_reply('no')",
    "redis.replicate_commands() redis.set_repl(redis.REPL_ALL) return redis.sha1hex(KEYS[1])",
    "local t = {} t[KEYS[1]] = 1 t[#t + 1] = KEYS[1] table.insert(t, KEYS[1]) return t",
    "return type(KEYS[1]) == 'string' and #KEYS > 1 and KEYS[1] < KEYS[2]",
    "if KEYS == nil or not redis then return 0 end return redis.call('get', KEYS[1])",
    // Loops over the keys.
    "for i = 1, #KEYS do redis.call('del', KEYS[i]) end",
    "for i = 1, #KEYS, 2 do redis.call('rename', KEYS[i], KEYS[i + 1]) end",
    "for i, key in ipairs(KEYS) do redis.call('set', key, ARGV[i]) end",
    "local sum = 0 for _, key in pairs(KEYS) do sum = sum + redis.call('get', key) end return sum",
    "local i = 1 while KEYS[i] do redis.call('del', KEYS[i]) i = i + 1 end",
    "for _, key in ipairs(KEYS) do for _, value in ipairs(ARGV) do redis.call('sadd', key, value) end end",
    "for i = 1, 5 do local key = KEYS[i] if not key then break end redis.call('del', key) end",
    "for k, v in pairs(ARGV) do redis.call('hset', KEYS[1], k, v) end",
    // Nested functions.
    "local function get(i) return redis.call('get', KEYS[i]) end return get(1) + get(2)",
    "local function bump(key) redis.call('incr', key) end bump(KEYS[1]) bump(KEYS[2])",
    "local function bump(key, by) return redis.call('incrby', key, by or 1) end return bump(KEYS[1], "
    "ARGV[1])",
    "local function bump(key) redis.call('incr', key) end for i = 1, #KEYS do bump(KEYS[i]) end",
    "local function both(a, b) return redis.call('rename', a, b) end return both(unpack(KEYS))",
    "local function get(key) return redis.call('get', key) end if ARGV[1] then get(KEYS[1]) end get(KEYS[2])",
    "local key = KEYS[1] local function get() return redis.call('get', key) end return get()",
    "local key, n = KEYS[1], 0 local function f() n = n + 1 redis.call('incr', key) end f() f() return n",
    "local call = redis.call local function get(i) return call('get', KEYS[i]) end return get(1)",
    "local key = KEYS[1] return pcall(function() return redis.call('get', key) end)",
    "local key = KEYS[1] local f = function() return function() return redis.call('get', key) end end return "
    "f()()",
    "for _, key in ipairs(KEYS) do pcall(function() redis.call('del', key) end) end",
    "local function walk(n) if n > 0 then redis.call('incr', KEYS[1]) return walk(n - 1) end end walk(3)",
    "local co = coroutine.wrap(function(v) redis.call('set', KEYS[1], v) coroutine.yield() end) co(1)",
    "local function f(...) return redis.call('hset', KEYS[1], ...) end return f(1, 2, 3)",
    "table.sort(ARGV, function(a, b) return a < b end) return redis.call('rpush', KEYS[1], unpack(ARGV))",
};

TEST(KeyProof, ScriptsThatKeepToTheirKeys) {
    KeyProver prover;
    for (const std::string_view source : kKeep) EXPECT_TRUE(prover.is_proven_of_script(source)) << source;
}

constexpr std::string_view kMayNotKeep[] = {
    // Keys that come from elsewhere.
    "return redis.call('get', 'x')",
    "return redis.call('get', 5)",
    "return redis.call('get', ARGV[1])",
    "return redis.call('get', KEYS[1] .. ':x')",
    "return redis.call('get', string.format('%s', KEYS[1]))",
    "return redis.call('get', KEYS[1]:sub(1))",
    "return redis.call('get', tostring(KEYS[1]))",
    "return redis.call('get', redis.call('get', KEYS[1]))",
    "local t = {KEYS[1]} return redis.call('get', t[1])",
    "local t = {} t.key = KEYS[1] return redis.call('get', t.key)",
    "return redis.call('get', ARGV[1] or KEYS[1])",
    "return redis.call('get', KEYS[1] or ARGV[1])",
    "return redis.call('get', KEYS[1] or 'x')",
    "return redis.call('get', KEYS[1] and 'x')",
    "return redis.call('mget', KEYS[1], ARGV[1])",
    "return redis.call('mget', KEYS[1], unpack(ARGV))",
    "return redis.call('mget', unpack(ARGV))",
    "return redis.call('del', KEYS[1], ...)",
    "return redis.call('mset', KEYS[1], ARGV[1], ARGV[2], KEYS[2])",
    "return redis.call('mset', unpack(ARGV))",
    "return redis.call('get', unpack(ARGV))",
    "return redis.call('rename', KEYS[1], 'x')",
    "return redis.call('zunionstore', KEYS[1], 2, KEYS[2], 'x')",
    "return redis.call('zunionstore', KEYS[1], ARGV[1], KEYS[2], 'WEIGHTS', 1)",
    "return redis.call('zunionstore', 'x', 1, KEYS[1])",
    "return redis.call('bitop', 'AND', KEYS[1], KEYS[2], ARGV[1])",
    // Variables that change.
    "local k = KEYS[1] k = 'x' return redis.call('get', k)",
    "local k = KEYS[1] while true do redis.call('get', k) k = 'x' end",
    "local k = KEYS[1] for i = 1, 3 do redis.call('get', k) k = k .. i end",
    "local k = KEYS[1] repeat redis.call('get', k) k = ARGV[1] until false",
    "local k = KEYS[1] if ARGV[1] then k = ARGV[1] end return redis.call('get', k)",
    "local key = KEYS[1] do local key = 'x' redis.call('get', key) end",
    "local a, b = KEYS[1], ARGV[1] for i = 1, 3 do redis.call('get', a) a, b = b, a end",
    "for _, key in ipairs(KEYS) do key = key .. 'x' redis.call('get', key) end",
    "for key in ipairs(KEYS) do redis.call('get', key) end",
    "for _, key in ipairs(ARGV) do redis.call('get', key) end",
    "for _ in redis.call, 'get', 'x' do end",
    "for i = 1, 3 do redis.call('get', i) end",
    // The names of commands.
    "return redis.call(ARGV[1], KEYS[1])",
    "return redis.call(unpack(ARGV))",
    "return redis.call(unpack(KEYS))",
    "return redis.call(KEYS[1])",
    "return redis.call()",
    "return redis.call(5, KEYS[1])",
    "return redis.call('nosuchcommand', KEYS[1])",
    "local name = 'get' if ARGV[1] then name = 'set' end return redis.call(name, KEYS[1])",
    "return redis.call('object', ARGV[1], KEYS[1])",
    "return redis.call('object', 'nosuch', KEYS[1])",
    "return redis[ARGV[1]]('get', 'x')",
    // Commands that reach further, or whose keys are hard to find.
    "return redis.call('keys', '*')",
    "return redis.call('scan', 0)",
    "return redis.call('flushall')",
    "return redis.call('dbsize')",
    "return redis.call('randomkey')",
    "return redis.call('sort', KEYS[1], 'BY', 'x_*')",
    "return redis.call('sort', KEYS[1])",
    "return redis.call('georadius', KEYS[1], 1, 1, 1, 'm')",
    "return redis.call('xread', 'COUNT', ARGV[1], 'STREAMS', KEYS[1], 0)",
    // KEYS changed, or given away.
    "KEYS[1] = 'x' return redis.call('get', KEYS[1])",
    "local k = KEYS k[1] = 'x'",
    "table.insert(KEYS, 'x')",
    "table.sort(KEYS)",
    "rawset(KEYS, 1, 'x')",
    "setmetatable(KEYS, {__index = function() return 'x' end})",
    "local t = {KEYS}",
    "local t = {} t[1] = KEYS",
    "local t = {} t[KEYS] = 1",
    "local x = ARGV[KEYS]",
    "local function f(k) k[1] = 'x' end f(KEYS)",
    "local function f() return KEYS end f()[1] = 'x'",
    "local k = KEYS local function f() k[1] = 'x' end f()",
    "local k local function f() k = KEYS end f()",
    "local x = KEYS .. ARGV",
    "local x = KEYS + ARGV",
    "return KEYS < ARGV",
    "(KEYS or ARGV)[1] = 'x'",
    "local f, s, i = ipairs(KEYS) s[1] = 'x'",
    "return unpack(KEYS, KEYS)",
    "return ipairs(KEYS)",
    "KEYS:x()",
    "keys = KEYS",
    "coroutine.wrap(function(k) k[1] = 'x' end)(KEYS)",
    // The calls given away.
    "return pcall(redis.call, 'get', ARGV[1])",
    "local t = {redis.call} return t[1]('get', 'x')",
    "local t = {call = redis.call}",
    "local t = {redis}",
    "redis:call('get', 'x')",
    "local function f() return redis end f().call('get', 'x')",
    "local function f() return redis.call end f()('get', 'x')",
    "local f = ARGV[1] and redis.call or redis.pcall return (f or type)('get', 'x')",
    "local f = type if ARGV[1] then f = redis.call end return f('get', 'x')",
    "local f = function(call) return call('get', 'x') end return f(redis.call)",
    "local f local function g() f = redis.call end g() return f('get', 'x')",
    "local call = type local function f() return call('get', 'x') end call = redis.call return f()",
    "return setmetatable({}, {__index = redis.call}).get",
    "return string.gsub('x', 'x', redis.call)",
    "local t = setmetatable({}, {__index = redis})",
    "getmetatable(redis)",
    // Other ways to them.
    "_G.KEYS[1] = 'x' return redis.call('get', KEYS[1])",
    "return _G.redis.call('get', 'x')",
    "return loadstring('return redis')().call('get', 'x')",
    "return load(function() end)",
    "return getfenv().redis.call('get', 'x')",
    "setfenv(1, {})",
    "return nosuchglobal",
    "x = 1",
    // Nested functions.
    "local function get(key) return redis.call('get', key) end get(KEYS[1]) get(ARGV[1])",
    "local function get(key) return redis.call('get', key) end get(ARGV[1]) get(KEYS[1])",
    "local function get(key) return redis.call('get', key) end get('x')",
    "local function get(k) redis.call('get', k) end local g = type if ARGV then g = get end g('x') "
    "get(KEYS[1])",
    "local function get(key) return redis.call('get', key) end return pcall(get, KEYS[1])",
    "local function get(key) return redis.call('get', key) end local t = {get} t[1]('x') get(KEYS[1])",
    "local function get(key) return redis.call('get', key) end local g = function() get('x') end g() "
    "get(KEYS[1])",
    "local function get(a, b) return redis.call('get', b) end get(KEYS[1], 'x')",
    "local function get(a, b) return redis.call('get', b) end get(KEYS[1], unpack(ARGV))",
    "local function get(key) redis.call('get', key) key = 'x' redis.call('get', key) end get(KEYS[1])",
    "local function get(...) return redis.call('get', ...) end get('x')",
    "local function get(...) return redis.call('get', arg[1]) end get('x')",
    "local function get(key) return redis.call('get', key) end return get",
    "local function walk(key) redis.call('incr', key) return walk(key .. 'x') end walk(KEYS[1])",
    "local key = KEYS[1] local function get() return redis.call('get', key) end key = 'x' return get()",
    "local key = 'x' local function get() return redis.call('get', key) end get() key = KEYS[1] get()",
    "local key = KEYS[1] local function set() key = 'x' end set() return redis.call('get', key)",
    "local key = KEYS[1] local function f() return function() key = 'x' end end f()() return "
    "redis.call('get', key)",
    "local f do local key = KEYS[1] f = function() return redis.call('get', key) end key = 'x' end return "
    "f()",
    "for _, key in ipairs(KEYS) do local f = function() redis.call('get', key) end key = 'x' f() end",
    "local k = KEYS[1] while true do local f = function() redis.call('get', k) end f() k = 'x' end",
    "local t = setmetatable({}, {__index = function(t, k) return redis.call('get', k) end}) return t.x",
    "coroutine.wrap(function() redis.call('get', ARGV[1]) end)()",
};

TEST(KeyProof, NothingIsProvenOfScriptsThatMayNotKeepToTheirKeys) {
    KeyProver prover;
    for (const std::string_view source : kMayNotKeep)
        EXPECT_FALSE(prover.is_proven_of_script(source)) << source;
}

constexpr std::string_view kRecipes[] = {
    // A lock is let go by whom it belongs to.
    R"(if redis.call("get", KEYS[1]) == ARGV[1] then
           return redis.call("del", KEYS[1])
       else
           return 0
       end)",
    // A limit of requests in a fixed window of time.
    R"(local current = redis.call('INCR', KEYS[1])
       if tonumber(current) == 1 then
           redis.call('EXPIRE', KEYS[1], ARGV[1])
       end
       return current > tonumber(ARGV[2]) and redis.call('PTTL', KEYS[1]) or 0)",
    // A bucket of tokens.
    R"(local key, rate, capacity = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
       local now = redis.call('TIME')
       local seconds = tonumber(now[1]) + tonumber(now[2]) / 1000000
       local state = redis.call('HMGET', key, 'tokens', 'at')
       local tokens = tonumber(state[1]) or capacity
       local passed = math.max(0, seconds - (tonumber(state[2]) or seconds))
       tokens = math.min(capacity, tokens + passed * rate)
       local allowed = tokens >= 1
       if allowed then tokens = tokens - 1 end
       redis.call('HSET', key, 'tokens', tostring(tokens), 'at', tostring(seconds))
       redis.call('EXPIRE', key, math.ceil(capacity / rate) * 2)
       return {allowed and 1 or 0, tostring(tokens)})",
    // A semaphore.
    R"(local key, now, owner = KEYS[1], tonumber(ARGV[1]), ARGV[2]
       redis.call('ZREMRANGEBYSCORE', key, '-inf', now - tonumber(ARGV[3]))
       if redis.call('ZCARD', key) < tonumber(ARGV[4]) then
           redis.call('ZADD', key, now, owner)
           return true
       end
       return redis.call('ZSCORE', key, owner) ~= false)",
    // Compare and set.
    R"(local value = redis.call('GET', KEYS[1])
       if value == false or value == ARGV[1] then
           redis.call('SET', KEYS[1], ARGV[2])
           redis.call('PUBLISH', 'changes', KEYS[1])
           return 1
       end
       return 0)",
    // Jobs that are due are moved to a list.
    R"(local call = redis.call
       local due = call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 100)
       for i, job in ipairs(due) do
           call('RPUSH', KEYS[2], job)
           call('ZREM', KEYS[1], job)
       end
       if #due > 0 then call('INCRBY', KEYS[3], #due) end
       return due)",
};

TEST(KeyProof, TheUsualRecipesKeepToTheirKeys) {
    KeyProver prover;
    for (const std::string_view source : kRecipes) EXPECT_TRUE(prover.is_proven_of_script(source)) << source;
}

TEST(KeyProof, FunctionsThatKeepToTheKeysWhichAreTheirFirstParameter) {
    KeyProver prover;
    for (const std::string_view source : {
             "return function(keys, args) return redis.call('get', keys[1]) end",
             "return function(keys) local key = keys[1] redis.call('incr', key) return key end",
             "return function(KEYS, ARGV) return redis.call('hset', KEYS[1], unpack(ARGV)) end",
             "return function(keys) for _, key in ipairs(keys) do redis.call('del', key) end end",
             "return function(keys, ...) return redis.call('mget', unpack(keys)) end",
             "return function() return redis.call('time') end",
             "local x = 1 return function(keys) return redis.call('set', keys[1], x) end",
             "return function(keys) local function f() return redis.call('get', keys[1]) end return f() end",
         }) {
        EXPECT_TRUE(prover.is_proven_of_function(source)) << source;
    }
}

TEST(KeyProof, NothingIsProvenOfFunctionsThatMayNotKeepToThem) {
    KeyProver prover;
    for (const std::string_view source : {
             "return function(keys, args) return redis.call('get', args[1]) end",
             "return function(keys, args) keys[1] = args[1] return redis.call('get', keys[1]) end",
             "return function(keys, args) keys = args return redis.call('get', keys[1]) end",
             "return function(args, keys) return redis.call('get', keys[1]) end",
             "return function(keys, args) return redis.call('get', KEYS[1]) end",
             "return function(...) local keys = ... keys[1] = 'x' return redis.call('get', 'x') end",
             "return function(...) local keys = arg[1] return redis.call('get', 'x') end",
             "local x = 'x' return function(keys) return redis.call('get', x) end",
             "local function get(key) return redis.call('get', key) end\n"
             "return function(keys) return get(keys[1]) end",
             "local cache = {} return function(keys) cache.keys = keys end",
             "local kept return function(keys) kept = keys end",
             "local kept return function(keys) return redis.call('get', kept[1]) end",
             "return redis_log or print",
         }) {
        EXPECT_FALSE(prover.is_proven_of_function(source)) << source;
    }
}

TEST(KeyProof, TakesTimeInProportionToTheCode) {
    KeyProver prover;
    std::string straight = "local key = KEYS[1]\n";
    for (int i = 0; i < 2000; ++i) straight += "redis.call('incr', key)\n";
    EXPECT_TRUE(prover.is_proven_of_script(straight));

    std::string branches = "local key = KEYS[1]\n";
    for (int i = 0; i < 1000; ++i)
        branches += "while ARGV[1] do if ARGV[2] then redis.call('incr', key) end end\n";
    EXPECT_TRUE(prover.is_proven_of_script(branches));
}

TEST(KeyProof, GivesUpWhereTheCodeWouldHaveToBeFollowedManyTimes) {
    KeyProver prover;
    // Each round of the loop brings the key one variable further.
    const auto shift = [](int variables) {
        std::string source = "local v0 = KEYS[1] ";
        for (int i = 1; i < variables; ++i) source += "local v" + std::to_string(i) + " = 'x' ";
        source += "while ARGV[1] do ";
        for (int i = variables - 1; i > 0; --i) {
            source += "v" + std::to_string(i) + " = v" + std::to_string(i - 1) + " ";
        }
        return source + "redis.call('get', v0) end";
    };
    EXPECT_TRUE(prover.is_proven_of_script(shift(30)));
    EXPECT_FALSE(prover.is_proven_of_script(shift(190)));
}

TEST(KeyProof, NothingIsProvenOfExtremelyLongCode) {
    KeyProver prover;
    std::string source = "local key = KEYS[1]\n";
    for (int i = 0; i < 100'000; ++i) source += "redis.call('incr', key)\n";
    EXPECT_FALSE(prover.is_proven_of_script(source));
}

}  // namespace
}  // namespace pongo
