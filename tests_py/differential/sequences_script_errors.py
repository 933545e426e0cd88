"""Errors of scripts: their texts, what catches them, what the library redis refuses, what is protected."""

from differential.sequences_script_values import evaluate
from support.sequences import sequence

# What a script may raise. (An empty table ends redis-server 7.0.15.)
RAISED = [
    "'text'", "'ERR text'", "'-CODE text'", "''", "' '", "'a\\r\\nb'", "'a\\r\\n'", "'a\\0b'", "'-'", "'--x'",
    "12", "1.5", "nil", "true", "false", "print", "", "{err='CODE text'}", "{err='text'}", "{err='-text'}", "{err=''}",
    "{err='a\\r\\nb'}", "{err='\\r\\na'}", "{err='a\\0b'}", "{err='x', source='s', line='7'}", "{err='x', line='7'}",
    "{err='x', ignore_error_stats_update=true}", "{err='x', source='@user_script', line='1'}",
    "redis.error_reply('CODE text')", "redis.error_reply('text')", "redis.error_reply('')", "redis.pcall('NOSUCH')",
    "redis.pcall('INCR', 's')", "('x'):rep(300)", "{err=('x'):rep(300)}", "'x', 0", "'x', 1", "'x', 2", "'x', 3",
    "{err='x'}, 0", "'%s %d'",
]
# Errors that Lua raises itself.
FAULTS = [
    "return nil + 1", "return {} + 1", "return 'a' + 1", "return 'a' .. {}", "return #nil", "return #5", "return nil.x",
    "local a return a.b", "local a a.b = 1", "return ('x').y.z", "return 1 < 'x'", "return {} < {}", "return nil < 1", "return -{}",
    "return 1()", "local f f()", "local t = {} t.x()", "local t = {} t:x()", "return ('x'):nosuch()", "for i = 1, 'x' do end",
    "for i = 'x', 1 do end", "for i = 1, 2, {} do end", "local t = {} t[nil] = 1", "local t = {} t[0/0] = 1", "rawset({}, nil, 1)", "return math.floor()",
    "return math.floor('x')", "return ('x'):rep()", "return ('x'):rep({})", "return string.format('%d', 'x')", "return string.format('%y', 1)",
    "return string.char(256)", "return table.concat({{}})", "return table.concat({1}, ',', 1, 3)", "return tonumber('x', 99)", "return setmetatable(1, {})",
    "return select(0)", "return unpack({}, 1, 1e8)", "return ipairs()", "return next({}, 'x')", "assert(false)", "assert(nil, 'message')", "assert(false, 12)",
    "assert()", "return loadstring('x x')()", "return ('x'):find('[')", "return ('x'):find('%')", "return ('x'):gsub('(', '')", "return ('x'):gsub('x', '%9')",
    "coroutine.resume(1)", "coroutine.yield(1)", "return coroutine.wrap(function() error('in') end)()",
    "local function f() return f() + 1 end return f()", "return tostring()", "return getfenv(99)", "return setfenv(1, 1)", "return setfenv(print, {})",
    "return string.dump(print)", "return table.sort({3,1,2}, function() return true end)", "return table.sort({1,'x'})",
    "return math.random(0)", "return math.random(1, 2, 3)", "\n\n\nerror('line four')", "\n\n\nreturn nil + 1", "local x = 1\nlocal y\nreturn x + y",
    "return collectgarbage('nosuch')", "return string.byte('x', {})", "return type()", "return pcall()", "return xpcall()", "return rawget(1, 2)",
    "return getmetatable()", "return tonumber()", "return ('x'):upper(1, 2)", "return cjson.decode('{')", "return cjson.decode('')", "return cjson.encode(print)",
    "return cmsgpack.unpack('\\199')", "return struct.unpack('i9', 'x')", "return bit.band()", "return bit.bxor('x')", "return struct.pack('Z', 1)",
    "return cjson.encode({[1.5]=1})", "return cjson.encode({[{}]=1})", "return cmsgpack.pack()", "return struct.pack('>i4', {})",
]
# redis.* with wrong and right arguments.
LIBRARY = [
    "call()", "pcall()", "call({})", "pcall({})", "call(nil)", "call(true)", "call('GET', {})", "pcall('GET', nil)", "call('GET', true)", "call(print)",
    "pcall('ECHO', nil, 1)", "call(12)", "call('ECHO', 12)", "call(nil, 'x')", "call('')", "error_reply()", "error_reply(1)", "error_reply('a', 'b')",
    "error_reply({})", "error_reply('ERR x')", "error_reply('-x')", "error_reply('-x y')", "error_reply('')", "error_reply('a\\r\\nb')", "error_reply('x ')",
    "error_reply(' x')", "error_reply('a\\r\\n')", "error_reply('- x')", "status_reply()", "status_reply(1)", "status_reply('a', 'b')", "status_reply('fine')", "status_reply('')",
    "status_reply('a\\r\\nb')", "status_reply({})", "sha1hex()", "sha1hex('')", "sha1hex('a')", "sha1hex(1)", "sha1hex(1.5)", "sha1hex({})", "sha1hex(nil)", "sha1hex('a', 'b')",
    "sha1hex(true)", "log()", "log(1)", "log('x', 'y')", "log(redis.LOG_DEBUG, 'x')", "log(-1, 'x')", "log(4, 'x')", "log('1', 'x')", "log(1, {})", "log(nil, 'x')", "log(1.9, 'x')",
    "log(3, 'a', 'b', 1)", "setresp()", "setresp(1)", "setresp(4)", "setresp('3')", "setresp('x')", "setresp(2, 3)", "setresp(nil)", "setresp({})", "setresp(3.7)", "setresp(2)", "set_repl()", "set_repl('x')",
    "replicate_commands()", "replicate_commands(1)", "breakpoint()", "debug('x')", "debug()", "acl_check_cmd()", "acl_check_cmd('GET')", "acl_check_cmd('GET', 'k')", "acl_check_cmd('NOSUCH')",
    "acl_check_cmd({})", "acl_check_cmd('CONFIG', 'GET')", "acl_check_cmd('CONFIG', 'NOSUCH')", "acl_check_cmd('GET', {})", "acl_check_cmd('config|get')", "nosuch()", "register_function('x', print)",
    "LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING", "REPL_ALL", "REPL_NONE", "REPL_AOF", "REPL_SLAVE", "REPL_REPLICA", "REDIS_VERSION", "REDIS_VERSION_NUM", "nosuch", "call",
    "setresp", "REPL_NOTHING",
]
# What is protected, and what is not there.
PROTECTED = [
    "x = 1", "return x", "local x = 1 return x", "_G.x = 1", "return _G.x", "rawset(_G, 'x', 1)", "return rawget(_G, 'x')", "return _G['x']", "redis = 1", "redis.call = 1", "redis.x = 1", "return redis.x",
    "rawset(redis, 'x', 1)", "string.x = 1", "table.insert = nil", "math.pi = 3", "return math.pi > 3", "cjson.x = 1", "cjson.encode = 1", "KEYS = 1", "ARGV = 1", "_G = 1", "_G._G = 1", "_VERSION = 1",
    "print = 1", "setmetatable(_G, {})", "setmetatable(_G, nil)", "setmetatable(redis, {})", "setmetatable(string, {})", "return getmetatable(_G) == nil", "return getmetatable(_G).__index == nil",
    "return type(getmetatable(_G))", "getmetatable(_G).__index = nil", "getmetatable(_G).__newindex = nil", "return type(getmetatable(redis))", "return type(getmetatable('').__index)",
    "getmetatable('').__index = nil", "getmetatable('').x = 1", "getmetatable('').__index.x = 1", "getmetatable('').__add = 1", "setmetatable('', {})", "return ('x'):rep(3)", "setfenv(0, {}) return 1",
    "setfenv(1, {}) x = 1 return x", "setfenv(1, {}) return redis", "return getfenv(0) == _G", "return getfenv() == _G", "local f = function() y = 1 end f()", "function f() end", "local function f() end return 1",
    "return os", "return io", "return type(os)", "return os.clock() >= 0", "return os.time()", "return os.execute", "return os.getenv", "return require", "return package", "return module", "return dofile", "return loadfile",
    "return debug", "return newproxy", "return load", "return type(load)", "return type(loadstring)", "return loadstring('return 1 + 1')()", "return loadstring('\\27Lua')", "return loadstring('x = 1')()",
    "return load(function() return nil end)()", "return type(print)", "return print('x')", "print(1, nil, {})", "return coroutine.running()", "return type(coroutine.create(print))", "return _VERSION", "return gcinfo() > 0",
    "return collectgarbage('count') > 0", "return type(getfenv)", "return jit", "return ffi", "return utf8", "return bit32", "return type(string.gfind)", "return type(table.foreach)", "return type(table.getn)", "return type(math.mod)",
    "return type(unpack)", "return type(table.unpack)", "return type(string.pack)", "return type(table.setn)", "table.setn({}, 1)", "return type(xpcall)", "return type(redis.sha1hex)", "return math.randomseed(1)",
    "local names = {} for name in pairs(_G) do names[#names + 1] = name end table.sort(names) return names",
    *[f"local names = {{}} for name in pairs({table}) do names[#names + 1] = name end table.sort(names) return names"
      for table in ("redis", "string", "table", "math", "os", "cjson", "cmsgpack", "struct", "bit", "coroutine")],
]
CATCHING = [
    "return {pcall(error, 'x')}", "return {pcall(error, 'x', 0)}", "return {pcall(error, {err='E x'})}", "return {pcall(error)}", "return {pcall(error, 12)}", "local ok, e = pcall(error, {1, 2}) return type(e)",
    "return {pcall(redis.call, 'INCR', 's')}", "local ok, e = pcall(redis.call, 'INCR', 's') return type(e)", "local ok, e = pcall(redis.call, 'INCR', 's') return e", "return {pcall(redis.call)}",
    "return {pcall(redis.pcall, 'INCR', 's')}", "local ok, e = pcall(function() return nil + 1 end) return e", "return {pcall(function() error('x') end)}", "return {pcall(function() return 1, 2, 3 end)}",
    "return {xpcall(function() error('x') end, function(e) return 'handled ' .. tostring(e) end)}", "return {xpcall(function() redis.call('INCR', 's') end, function(e) return type(e) end)}",
    "return {xpcall(function() redis.call('INCR', 's') end, function(e) return e.err end)}", "return {pcall(pcall, error, 'x')}", "return {pcall(function() local ok, e = pcall(error, 'in') error(e, 0) end)}",
    "local ok, e = pcall(redis.call, 'NOSUCH') error(e)", "local ok, e = pcall(redis.call, 'INCR', 's') error(e)", "local e = redis.pcall('INCR', 's') return e.err", "local e = redis.pcall('INCR', 's') return {e.ok, e.err, 1}",
    "local e = redis.pcall('NOSUCH') local t = {} for k, v in pairs(e) do t[#t + 1] = k .. '=' .. tostring(v) end table.sort(t) return t", "local e = redis.pcall('INCR', 's') error(e.err)",
    "local ok, e = pcall(redis.call, 'NOSUCH') return e", "local co = coroutine.create(function() redis.call('INCR', 's') end) local ok, e = coroutine.resume(co) return type(e)",
    "local co = coroutine.create(function() return redis.call('GET', 's') end) return {coroutine.resume(co)}", "return coroutine.wrap(function() redis.call('INCR', 's') end)()",
    "local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) return {co(), co(), co()}", "redis.call('SET', 'k', 1) error('after')", "redis.pcall('SET', 'k', 2) return redis.call('GET', 'k')",
    "for i = 1, 10 do redis.pcall('INCR', 's') end return 1", "return redis.pcall('SET', 'k')", "return {redis.pcall('SET', 'k'), redis.pcall('NOSUCH')}",
]
DEPTHS = [1, 10, 100, 1000, 1900, 2600, 2700, 3000, 5000]
NESTED = "local t = {1} for i = 1, %d do t = {t} end return t"


def deep(depth):
    return evaluate(NESTED % depth)


SEQUENCES = [
    sequence("What error() raises", "SET s x", [evaluate(f"error({raised})") for raised in RAISED]),
    sequence("What error() raises in a function", "SET s x", [evaluate(f"local function f()\n error({raised})\nend\nf()") for raised in RAISED]),
    sequence("What pcall() catches", "SET s x", [evaluate(f"local ok, e = pcall(error, {raised or 'nil'}) if type(e) == 'function' then return 'f' end return {{ok, e}}") for raised in RAISED]),
    sequence("What xpcall() catches", "SET s x", [evaluate(f"return {{xpcall(function() error({raised}) end, type)}}") for raised in RAISED]),
    sequence("Errors of commands", "SET s x", [evaluate(f"return redis.{how}call({words})") for how in ("", "p") for words in (
        "'INCR', 's'", "'NOSUCH'", "'GET'", "'LPUSH', 's', 1", "'SET', 'k', 1, 'EX', 0", "'MULTI'", "'EXPIRE', 's', 'x'", "'GETRANGE', 's'", "'RESTORE', 'k', 0, 'x'", "'XADD', 'x', '0-0', 'f', 'v'",
        "'SELECT', 99", "'SELECT', 'x'", "'OBJECT', 'NOSUCH'", "'EVAL', 'return 1', 0", "'XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'x', '>'", "'DEBUG', 'ERROR', 'MY error'", "'DEBUG', 'ERROR', 'x'")]),
    sequence("Errors on another line", "SET s x", evaluate("local a = 1\nlocal b = 2\nredis.call('INCR', 's')"), evaluate("local function f()\n\n  return redis.call('INCR', 's')\nend\n\nreturn f()"),
             evaluate("local function f()\n\n  redis.call('INCR', 's')\nend\n\nf()"), evaluate("\n\nreturn redis.pcall('INCR', 's')"), evaluate("#!lua\n\n\nerror('x')"), evaluate("#!lua flags=no-writes\nredis.call('SET', 's', 1)"),
             evaluate("loadstring('error(\"x\")')()"), evaluate("loadstring('\\n\\nerror(\"x\")', 'chunk')()"), evaluate("loadstring('redis.call(\"NOSUCH\")', '@chunk')()"), evaluate("loadstring('redis.call(\"NOSUCH\")')()")),
    sequence("Faults", [evaluate(script) for script in FAULTS]),
    sequence("Faults in pcall()", [evaluate(f"return {{pcall(function() {script} end)}}") for script in FAULTS if not script.startswith("\n")]),
    sequence("The library redis", [evaluate(f"return redis.{use}") for use in LIBRARY]),
    sequence("The library redis in pcall()", [evaluate(f"return {{pcall(function() return redis.{use} end)}}") for use in LIBRARY]),
    sequence("What is protected", [evaluate(script) for script in PROTECTED]),
    sequence("What is protected, in pcall()", [evaluate(f"return {{pcall(function() {script} end)}}") for script in PROTECTED]),
    sequence("Catching errors", "SET s x", [evaluate(script) for script in CATCHING]),
    sequence("Deep tables", [deep(depth) for depth in DEPTHS]),
    sequence("Tables in themselves", evaluate("local t = {} t[1] = t return 1"), evaluate("local t = {} t.map = {a=1} t.map.a = t return #t")),

]
