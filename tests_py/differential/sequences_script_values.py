"""What crosses the border between commands and scripts, in both directions, in all protocols."""

from support.sequences import sequence

# Lua values as replies.
RESULTS = [
    "nil", "true", "false", "0", "1", "-1", "3.99", "-3.99", "1e15", "2^31", "2^53", "2^53+2", "-2^53",
        "2^62",
    "2^63", "-2^63", "2^63-1024", "2^64", "1e300", "-1e300", "1/0", "-1/0", "0/0", "-0", "0x10", "1e-10",
    "''", "'text'", "'a\\r\\nb'", "'\\0\\255'", "'12'", "('x'):rep(100)",
    "{}", "{1}", "{1,2,3}", "{1,nil,3}", "{nil}", "{nil,2}", "{false}", "{true,false}", "{'a',1,{2,{3,{}}}}",
    "{a=1}", "{1,2,a=3}", "{[0]=1}", "{[2]=1}", "{[1.5]=1}", "{{},{{}},{{{}}}}", "{1,'2',3.5,true,{nil}}",
    "function() end", "print", "redis", "cjson.null", "coroutine.create(function() end)", "_G", "KEYS",
        "{KEYS}",
    # Status and error
    "{ok='fine'}", "{ok='a\\r\\nb'}", "{ok=''}", "{ok=1}", "{ok={}}", "{ok=true,1}", "{ok='a',err='b'}",
    "{ok='a\\0b'}", "{ok='x',1,2}", "{{ok='in'},{ok='side'}}",
    "{err='ERR this'}", "{err='this'}", "{err='-this'}", "{err='CODE this'}", "{err=''}", "{err=' '}",
    "{err='a\\r\\nb'}", "{err='a\\r\\n'}", "{err='\\r\\na'}", "{err=1}", "{err={}}", "{err=false,1}",
        "{err='-'}",
    "{1,{err='ERR in'},2}", "{err='a',ignore_error_stats_update=true}", "{err='ERR a\\0b'}",
    # Those of RESP3
    "{double=1}", "{double=0.1}", "{double=-0}", "{double=1/0}", "{double=-1/0}", "{double=0/0}",
        "{double=1e20}",
    "{double=3.0}", "{double='1'}", "{double='x'}", "{double=true}", "{double={}}", "{double=1e-7}",
    "{double=2^53}", "{double=123456789.123456789}", "{double=1e17}", "{double=1e100}", "{double=-1e-300}",
    "{big_number='123'}", "{big_number='a\\r\\nb'}", "{big_number=123}", "{big_number=''}", "{big_number={}}",
    "{verbatim_string={format='txt',string='text'}}", "{verbatim_string={format='longer',string='text'}}",
    "{verbatim_string={format='t',string='text'}}", "{verbatim_string={format='',string=''}}",
    "{verbatim_string={string='text'}}", "{verbatim_string={format='txt'}}", "{verbatim_string='text'}",
    "{verbatim_string={}}", "{verbatim_string={format='txt',string='a\\r\\nb'}}",
    "{verbatim_string={format=123,string=456}}", "{verbatim_string={format='txt',string=1},7}",
    "{map={}}", "{map={a=1}}", "{map={1,2}}", "{map={[true]=false}}", "{map={a={map={b=1}}}}", "{map=1}",
    "{map={[{}]=1}}", "{map={[1.5]='x'}}", "{map={a={double=1.5}}}", "{map={[print]=print}}", "{map='x'}",
    "{set={}}", "{set={a=true}}", "{set={a=false}}", "{set={'a'}}", "{set=1}", "{set={[1]=true}}",
    "{set={[{1,2}]=true}}", "{set={[true]=true}}", "{set={x={}}}", "{set={[{ok='x'}]=1}}",
    "{bool=true}", "{null=1}", "{attribute={}}", "{push={1}}", "{array={1}}", "{format='txt',string='x'}",
    "{double=1,map={a=1}}", "{map={a=1},set={b=true}}", "{set={b=true},big_number='1'}", "{double=1,ok='x'}",
    "{big_number='1',verbatim_string={format='txt',string='x'}}", "{{double=1.5},{map={a=1}},{set={b=true}}}",
    "{map={a=1},big_number='1'}", "{map={a=1},verbatim_string={format='txt',string='x'}}",
    "{set={a=1},verbatim_string={format='txt',string='x'}}", "{double=1,big_number='1'}", "{double=-(0/0)}",
    "{big_number='1\\0002'}", "{verbatim_string={format='t\\000t',string='a\\000b'}}",
    # Metatables do not matter
    "setmetatable({}, {__index=function() return 1 end})",
        "setmetatable({1,2}, {__len=function() return 9 end})",
    "setmetatable({}, {__index={ok='x'}})", "setmetatable({}, {__index={err='x'}})",
    "setmetatable({}, {__index=function() error('never') end})", "setmetatable({}, {__index={double=1}})",
    "setmetatable({}, {__tostring=function() return 'x' end})",
]

# Commands that make the values, and their replies as Lua values.
DATA = [
    "SET s text", "RPUSH l a b c", "HSET h f v", "SADD set m", "ZADD z 1.5 m 2 n", "SET n 12",
        "XADD x 1-1 f v",
]
COMMANDS = [
    ["GET", "s"], ["GET", "none"], ["LRANGE", "l", 0, -1], ["LRANGE", "none", 0, -1], ["STRLEN", "s"],
        ["HGETALL", "h"],
    ["HGETALL", "none"], ["SMEMBERS", "set"], ["SMEMBERS", "none"], ["ZSCORE", "z", "m"], ["ZSCORE", "z",
        "none"],
    ["ZRANGE", "z", 0, -1, "WITHSCORES"], ["ZMSCORE", "z", "m", "none"], ["MGET", "s", "none", "l"],
    ["SET", "s", "text"], ["PING"], ["PING", "hello"], ["ECHO", "x"], ["TYPE", "s"], ["EXISTS", "s"],
    ["INCR", "s"], ["INCRBYFLOAT", "n", "0.5"], ["LPOP", "none"], ["LPOP", "none", 2], ["BLPOP", "none", 0],
    ["LPOS", "l", "nothing"], ["ZPOPMIN", "none"], ["ZRANGE", "none", 0, -1], ["XRANGE", "x", "-", "+"],
    ["XINFO", "STREAM", "x"], ["XREAD", "STREAMS", "x", "0"], ["XREAD", "STREAMS", "x", "5"],
    ["GEOPOS", "z", "none"], ["SISMEMBER", "set", "m"], ["SMISMEMBER", "set", "m", "n"], ["HRANDFIELD", "h",
        1, "WITHVALUES"],
    ["OBJECT", "ENCODING", "s"], ["OBJECT", "ENCODING", "none"], ["CONFIG", "GET", "maxmemory"], ["COMMAND",
        "COUNT", 1],
    ["COMMAND", "INFO", "get"], ["COMMAND", "INFO", "none"], ["ZADD", "z", "INCR", 1, "m"], ["ZADD", "z",
        "NX", "INCR", 1, "m"],
    ["DEBUG", "PROTOCOL", "double"], ["COMMAND", "GETKEYS", "GET", "k"], ["ZRANK", "z", "none"], ["LMPOP", 1,
        "none", "LEFT"],
    ["INFO", "nothing"], ["CLIENT", "GETNAME"], ["CLIENT", "LIST", "ID", 99999], ["MEMORY", "USAGE", "none"],
        ["DEBUG", "SLEEP", 0],
]
# Their statuses are tables as keys of sets in RESP3: in any order.
ORDERED = [words for words in COMMANDS if words != ["COMMAND", "INFO", "get"]]
# The debugging replies, which are of all types; their command may be called by scripts.
TYPES = ["string", "integer", "double", "null", "array", "set", "map", "attrib", "bignum", "true", "false",
         "verbatim"]

# A value as a text: types and contents, so that a script tells exactly what it has got.
SHOW = """
local function show(v)
  if type(v) ~= 'table' then return type(v) .. ':' .. tostring(v) end
  local parts = {}
  for key, value in pairs(v) do parts[#parts + 1] = show(key) .. '=' .. show(value) end
  table.sort(parts)
  return '{' .. table.concat(parts, ',') .. '}'
end
"""


def quoted(words):
    return ",".join(repr(word) if isinstance(word, str) else str(word) for word in words)


def evaluate(script, *keys_and_arguments, keys=0):
    return ("EVAL", script, keys, *keys_and_arguments)


def all_protocols(name, scripts, before=()):
    """Each script as it is, and after redis.setresp(3)."""
    return [
        sequence(name, *before, [evaluate(script) for script in scripts]),
        sequence(f"{name}, the script having chosen RESP3", *before,
                 [evaluate(f"redis.setresp(3) {script}") for script in scripts]),
    ]


NUMBERS = ["1", "-1", "0", "-0", "1.5", "0.1", "1e15", "1e16", "1e17", "1e20", "2^53", "2^53+1", "2^63",
    "-2^63", "1e300",
           "1/0", "-1/0", "0/0", "1e-7", "3.0", "100000000000000000000", "0.1+0.2", "1e14+0.5",
               "123456789012", "-1e15",
           "999999999999999", "999999999999999.5", "-0.5", "1e100"]

SEQUENCES = [
    *all_protocols("Values of scripts as replies", [f"return {value}" for value in RESULTS]),
    *all_protocols("Several values, and none", ["return 1, 2", "return", "", "local x = 1", "return nil, 1",
                                                "return {1}, {2}", "do return end", "-- comment", "return;"]),
    *all_protocols(
        "Replies of commands as values",
        [f"{SHOW} return show(redis.{how}call({quoted(words)}))" for words in COMMANDS for how in ("p", "")],
        DATA,
    ),
    *all_protocols(
        "Replies of commands, passed on", [f"return redis.call({quoted(words)})" for words in ORDERED], DATA
    ),
    *all_protocols(
        "Replies of commands, passed on in a table",
            [f"return {{redis.pcall({quoted(words)})}}" for words in ORDERED],
        DATA,
    ),
    *all_protocols(
        "Replies of all types", [f"return redis.call('debug','protocol','{name}')" for name in TYPES]
        + [f"{SHOW} return show(redis.call('debug','protocol','{name}'))" for name in TYPES]
    ),
    *all_protocols("Numbers as arguments", [f"return redis.call('ECHO', {number})" for number in NUMBERS]),
    *all_protocols("Numbers through a key", [
        f"redis.call('SET', 'k', {number}) return {{redis.call('GET', 'k'), redis.call('STRLEN', 'k')}}"
        for number in NUMBERS
    ]),
    sequence("The protocol of a script ends with it", evaluate("redis.setresp(3) return 1"),
             evaluate(f"{SHOW} return show(redis.call('HGETALL','none'))"), evaluate("return true"),
             evaluate("redis.setresp(3) redis.setresp(2) return true"),
             evaluate("local a = redis.call('HGETALL', 'none') redis.setresp(3) local b = "
                 "redis.call('HGETALL', 'none')"
                      " return {a, b, true}"),
             evaluate("redis.setresp(3) redis.setresp(2) return redis.call('HGETALL', 'none')"),
             evaluate("redis.setresp(3) error('x')"), evaluate("return false"),
                 evaluate("return {map={a=1}}")),
    sequence("Several entries of maps and sets", "HSET h a 1 b 2 c 3 d 4", "SADD s a b c d e",
             evaluate("redis.setresp(3) local n = 0 for k, v in pairs(redis.call('HGETALL', 'h').map) do n "
                 "= n + v end"
                      " return n"),
             evaluate("redis.setresp(3) local n = 0 for k, v in pairs(redis.call('SMEMBERS', 's').set) do n "
                 "= n + 1 end"
                      " return n"),
             evaluate("redis.setresp(3) return redis.call('SMEMBERS', 's').set['a']"),
             evaluate("redis.setresp(3) return redis.call('SMEMBERS', 's').set['x']"),
             evaluate("return {map={a=1,b=2,c=3,d=4}}"), evaluate("return {set={a=1,b=2,c=3,d=4}}"),
             evaluate("redis.setresp(3) return redis.call('HGETALL','h')"),
             evaluate("redis.setresp(3) return redis.call('SMEMBERS','s')")),
    sequence("KEYS and ARGV", evaluate("return {KEYS, ARGV, #KEYS, #ARGV}", keys=0),
             evaluate("return {KEYS, ARGV, #KEYS, #ARGV}", "a", "b", "c", keys=2),
             evaluate("return {KEYS[0], KEYS[1], KEYS[2]}", "a", keys=1), evaluate("return ARGV[1] + 1",
                 "41"),
             evaluate("return ARGV[1] .. ''", b"\x00\xff\r\n"), evaluate("return KEYS[1]", b"", keys=1),
             evaluate("return #ARGV[1]", "x" * 40000), evaluate("return ARGV[1]", "x" * 40000),
             evaluate("return redis.sha1hex(ARGV[1])", "x" * 1000000),
             evaluate("redis.call('SET', KEYS[1], ARGV[1])", "k", "x" * 100000, keys=1), "STRLEN k",
             evaluate("KEYS[1] = 'changed' return KEYS[1]", "a", keys=1), evaluate("return KEYS[1]", "a",
                 keys=1),
             evaluate("KEYS.x = 1 return KEYS.x"), evaluate("return KEYS.x"),
             evaluate("setmetatable(KEYS, {__index=function() return 'meta' end}) return KEYS[7]"),
             evaluate("return KEYS[7]"), evaluate("KEYS = {'mine'} return KEYS"), evaluate("return KEYS", "k",
                 keys=1),
             evaluate("ARGV = nil return ARGV"), evaluate("return ARGV", "a"),
             evaluate("local KEYS = {1} return KEYS", "k", keys=1),
             evaluate("return #KEYS + #ARGV", *["x"] * 2000, keys=1000),
                 evaluate("table.insert(ARGV, 'x') return ARGV", "a"),
             evaluate("return type(ARGV[1])", 12), evaluate("return table.concat(KEYS, ',')", "a", "b",
                 keys=2)),
    sequence("Big replies", evaluate("return ('x'):rep(1000000)"),
        evaluate("local t = {} for i = 1, 20000 do t[i] = i end return t"),
             evaluate("local t = {} for i = 1, 2000 do t[i] = ('y'):rep(100) end return t"),
             ("SET", "big", b"z" * 300000), evaluate("return redis.call('GET', 'big')"),
             evaluate("return #redis.call('GET', 'big')"),
                 evaluate("return {redis.call('GET', 'big'), redis.call('GET', 'big')}"),
             evaluate("for i = 1, 5000 do redis.call('RPUSH', 'l', i) end return redis.call('LRANGE', 'l', "
                 "0, -1)"),
             evaluate("return #redis.call('LRANGE', 'l', 0, -1)")),
]
