"""Functions: libraries and how they are loaded, what functions see, calls, dumps.

Not here, because redis-server 7.0.15 does not survive them: functions of one library whose names differ in
their case only (when it is deleted), and a payload whose library never ends.
"""

from support.object_format import length, sealed, string
from support.sequences import on, pipeline, sequence

FORGET = "FUNCTION FLUSH"
NOTHING = "function() end"
ONE = f"redis.register_function('f', {NOTHING})"


def library(code, name="lib"):
    return f"#!lua name={name}\n{code}"


def load(code, name="lib", *options):
    return ("FUNCTION", "LOAD", *options, library(code, name))


def loaded(name, *codes):
    """A sequence that loads each of the codes as a library of its own, and looks at what has come of it."""
    return sequence(name, FORGET, [
        [load(code), "FUNCTION LIST WITHCODE", "FUNCTION STATS", FORGET] for code in codes
    ])


def sources(name, *texts):
    """The same of whole sources."""
    return sequence(name, FORGET, [
        [("FUNCTION", "LOAD", text), "FUNCTION LIST", FORGET] for text in texts
    ])


def called(name, *bodies):
    """A sequence that calls functions with these bodies, with keys and arguments and without."""
    return sequence(name, FORGET, "SET str v", "HSET h a b", [
        [load(f"local R = redis\nredis.register_function('f', function(keys, args) {body} end)", "lib",
              "REPLACE"), "FCALL f 0", "FCALL f 2 k1 k2 a1 a2 a3", "FCALL_RO f 0"]
        for body in bodies
    ])


def described(*fields):
    return "redis.register_function{" + ", ".join(fields) + "}"


def function(code):
    return b"\xf5" + string(code.encode())


def restored(payload, *options):
    return [("FUNCTION", "RESTORE", payload, *options), "FUNCTION LIST WITHCODE"]


F, CALLBACK = "function_name='f'", f"callback={NOTHING}"
A = library("redis.register_function('fa', function() return 'a' end)", "a")
B = library("redis.register_function('fb', function() return 'b' end)", "b")
B_WITH_FA = library("redis.register_function('FA', function() return 'b' end)", "b")
POLICIES = ((), ("APPEND",), ("replace",), ("FLUSH",))

LOADING = [
    sources(
        "The first line", "", "x", "return 1", "#!lua\n" + ONE, "#!lua name=lib", "#!lua name=lib\n",
        "#!LUA name=lib\n" + ONE, "#!Lua NAME=lib\n" + ONE, "#!python name=lib\n" + ONE, "#!\n",
        "#! name=lib\n",
        "#! lua name=lib\n" + ONE, "#!lua  name=lib \n" + ONE, "#!lua\tname=lib\n" + ONE,
        "#!lua name=lib\r\n" + ONE, "#!lua name=a name=b\n", "#!lua name=lib more=1\n", "#!lua name\n",
        "#!lua flags=no-writes name=lib\n", "#!lua 'name=lib\n", "#!lua 'name=lib'\n" + ONE,
        '#!lua name="lib"\n' + ONE, '#!lua name="l\\x41b"\n' + ONE, '#!"lua" name=lib\n' + ONE,
        b"#!lua name=l\0b\n" + ONE.encode(), "#!python x=1\n", "#!python\n", "#!python name=a-b\n",
        "#!lua name=lib\n\x1bLua",
    ),
    sources(
        "Names of libraries", *[f"#!lua name={name}\n{ONE}" for name in ("", "a", "A_1", "0", "_", "a-b",
        "a.b",
        "ä", "'a b'", "x" * 300)],
    ),
    sequence(
        "A name is taken, in this case", FORGET, load(ONE), load(ONE), load("(", "lib"), load("", "LIB"),
        load(ONE, "LIB"), load("redis.register_function('F', print)", "x"),
        load(f"redis.register_function('F', {NOTHING})", "x"),
        load(f"redis.register_function('g', {NOTHING})", "LIB"),
        "FUNCTION LIST", "FCALL F 0", "FCALL G 0",
    ),
    sequence(
        "REPLACE takes the place of a library, if all is well", FORGET, load(ONE, "lib", "REPLACE"),
        load("redis.register_function('g', function() return 1 end)", "other"), load("x()", "lib", "REPLACE"),
        load("", "lib", "REPLACE"), load(f"redis.register_function('g', {NOTHING})", "lib", "REPLACE"),
        "FUNCTION LIST", load("redis.register_function('h', function() return 2 end)", "lib", "replace"),
        "FCALL f 0", "FCALL g 0", "FCALL h 0", load("redis.register_function('h', function() return 3 end)",
        "lib",
        "Replace", "REPLACE"), "FCALL h 0", "FUNCTION LIST WITHCODE",
    ),
    sequence(
        "Options of LOAD", FORGET, "FUNCTION LOAD", "FUNCTION LOAD REPLACE", "FUNCTION LOAD REPLACE REPLACE",
        "FUNCTION LOAD x y", load(ONE, "lib", "REPLACE", "x"), load(ONE, "lib", "x", "REPLACE"),
        "FUNCTION LIST",
    ),
    loaded(
        "Code that is wrong", "return return", "local x = nil; x.y = 1", "error('x')", "foo()", "return foo",
        "g = 1", "redis = 1", "redis.x = 1", "redis.call('get', 'x')", "redis.pcall('get', 'x')",
        "return KEYS[1]", "local s = ('x').nothing()", "redis[('x'):rep(3)]()", "local a = 1 " * 201,
        ONE + " local a = nil + 1", "local function f() return f() + 1 end f()", "while true do end",
        "redis.log()", "redis.log('x', 'y')", "redis.log(9, 'y')", "redis.log(redis.LOG_DEBUG, 'y')",
    ),
    loaded(
        "What there is while a library is loaded", *[
            f"local x = {name} redis.register_function('f', {NOTHING})"
            for name in """_G _VERSION KEYS ARGV string table math cjson cmsgpack struct bit os io coroutine
                error pcall pairs ipairs next type tostring unpack setmetatable getmetatable load
                loadstring redis server
                __redis__err__handler""".split()
        ],
    ),
    loaded(
        "What the library redis has then", *[
            f"local x = redis.{name} redis.register_function('f', {NOTHING})"
            for name in """call pcall log setresp error_reply status_reply sha1hex set_repl replicate_commands
                breakpoint debug acl_check_cmd register_function REDIS_VERSION REDIS_VERSION_NUM LOG_DEBUG
                LOG_VERBOSE LOG_NOTICE LOG_WARNING REPL_ALL REPL_NONE REPL_AOF REPL_SLAVE REPL_REPLICA
                nothing""".split()
        ],
    ),
    loaded(
        "Names and callbacks", *["redis.register_function" + arguments for arguments in (
            "()", "(1)", "('f')", "('f', 1)", "('f', 'f')", "('f', nil)", f"(nil, {NOTHING})",
            f"({{}}, {NOTHING})",
            f"(1, {NOTHING})", f"(1.5, {NOTHING})", f"('f', {NOTHING}, 1)", f"('a-b', {NOTHING})",
            f"('', {NOTHING})",
            f"('a b', {NOTHING})", f"('ä', {NOTHING})", f"('a\\0b', {NOTHING})",
            f"('{'x' * 300}', {NOTHING})",
            "('f', redis.log)", "('f', ('').upper)", f"('f', {NOTHING}) {ONE}", f"('g', {NOTHING}) {ONE}",
        )],
    ),
    loaded(
        "Named arguments", *[described(*fields) for fields in (
            (), (F,), (CALLBACK,), (F, CALLBACK), ("function_name=1", CALLBACK), ("function_name={}",
            CALLBACK),
            (F, "callback=1"), (F, "callback='f'"), ("function_name='a b'", CALLBACK),
            ("function_name='a b'",),
            (F, CALLBACK, "foo=1"), (F, CALLBACK, "1"), (F, CALLBACK, "[{}]=1"), ("'f'", NOTHING),
            (F, CALLBACK, "description='says'"), (F, CALLBACK, "description=''"), (F, CALLBACK,
            "description=1"),
            (F, CALLBACK, "description={}"), ("FUNCTION_NAME='f'", f"Callback={NOTHING}", "FLAGS={}"),
        )],
    ),
    loaded(
        "Flags", *[described(F, CALLBACK, f"flags={flags}") for flags in (
            "{}", "'no-writes'", "1", "{'no-writes'}", "{'nothing'}", "{1}", "{''}", "{'NO-WRITES'}",
            "{no_writes=1}",
            "{'no-writes', 'no-writes'}", "{'no-writes', nil, 'nothing'}", "{'allow-stale', 'nothing'}",
            "{'allow-cross-slot-keys', 'no-cluster', 'allow-stale', 'allow-oom', 'no-writes'}",
        )],
    ),
]

CALLING = [
    sequence(
        "What can't be called", FORGET, load(ONE), "FCALL", "FCALL f", "FCALL f x", "FCALL f ''",
        "FCALL f -1",
        "FCALL f 1", "FCALL f 3 a b", "FCALL f 99999999999999999999", "FCALL g 0", "FCALL g x",
        "FCALL_RO g 0",
        "FCALL_RO f", "FCALL_RO f x", "FCALL_RO f 0", "FCALL F 0",
    ),
    called(
        "What functions are given and return", "return {keys, args}", "return {#keys, #args, type(keys)}",
        "return select('#', keys, args)", "return", "return nil", "return true", "return false", "return 3.7",
        "return 'x'", "return {1, 2, nil, 4}", "return {ok='fine'}", "return {err='MY error'}",
        "return {double=1.5}",
        "return redis.error_reply('XX no')", "return redis.status_reply('yes')", "return {map={a=1}}",
        "redis.setresp(3) return redis.call('hgetall', 'h')", "return redis.call('hgetall', 'h')",
    ),
    called(
        "What functions see",
        "local r = {} for k in pairs(_G) do r[#r + 1] = k end table.sort(r) return table.concat(r, ' ')",
        "local r = {} for k in pairs(redis) do r[#r + 1] = k end table.sort(r) return table.concat(r, ' ')",
        "local r = {} for k in pairs(R) do r[#r + 1] = k end table.sort(r) return table.concat(r, ' ')",
        "return R == redis", "return KEYS[1]", "return ARGV[1]", "return nothing", "new = 1", "redis.x = 1",
        "R.x = 1",
        "_G.x = 1", "return R.nothing", "return redis.nothing", "return R.call('get', 'str')",
        "return type(getmetatable(_G))", "return type(getmetatable(R))",
        "return loadstring('return type(pairs)')()",
        "return loadstring('return redis.register_function')()", "return loadstring('x = 1')()",
    ),
    called(
        "Nothing is registered while a function runs", f"return redis.register_function('g', {NOTHING})",
        f"return R.register_function('g', {NOTHING})",
        f"return {{pcall(R.register_function, 'g', {NOTHING})}}",
        "return R.register_function()",
    ),
    called(
        "Errors of functions", "error('boo')", "error({err='MY boo'})", "return redis.call('get')",
        "return redis.call('lpush', 'str', 'x')", "return redis.pcall('lpush', 'str', 'x')",
        "return redis.call('nosuch')", "return redis.call('fcall', 'f', 0)",
        "return redis.call('function', 'list')",
        "local x = nil return x.y", "local function f() return f() + 1 end return f()", "redis.log()",
        "redis.foo()",
    ),
    sequence(
        "Callbacks that are not Lua", FORGET, load("redis.register_function('f', ('').upper)"), "FCALL f 0",
        load("redis.register_function('f', redis.log)", "lib", "REPLACE"), "FCALL f 0", "FCALL f 1 k a",
    ),
    sequence(
        "Upvalues stay", FORGET,
        load("local n = 0 redis.register_function('f', function() n = n + 1 return n end)"),
        "FCALL f 0", "FCALL f 0", load(ONE, "other"), "FUNCTION DELETE lib",
        load("local n = 9 redis.register_function('f', function() n = n + 1 return n end)"), "FCALL f 0",
        "FCALL f 0",
    ),
    sequence(
        "Functions that must not write", FORGET,
        load(described("function_name='w'", "callback=function() return redis.call('set', 'x', '1') end",
                       "flags={'no-writes'}") +
             described("function_name='p'", "callback=function() return redis.pcall('set', 'x', '1') end",
                       "flags={'no-writes'}") +
             described("function_name='r'", "callback=function() return redis.call('get', 'x') end",
                       "flags={'no-writes'}") +
             "redis.register_function('any', function(k, a) return redis.call(unpack(a)) end)"),
        "FCALL w 0", "FCALL p 0", "FCALL_RO w 0", "FCALL_RO p 0", "FCALL any 0 set x 2", "FCALL r 0",
        "FCALL_RO r 0",
        "FCALL_RO any 0 get x", "FCALL_RO any 0 set x 3", "GET x",
    ),
    sequence(
        "In a transaction, in another database", FORGET, "MULTI",
        load("redis.register_function('f', function(k) return "
        "redis.call('incr', k[1]) end)"), "FCALL f 1 k", "FCALL f 1 k", "EXEC", "SELECT 3", "FCALL f 1 k",
        "GET k",
        "SELECT 0", "GET k", "MULTI", "FCALL f 1 k", "FUNCTION FLUSH", "FCALL f 1 k", "FUNCTION STATS",
        "EXEC", "WATCH k",
        on("b", load("redis.register_function('f', function(k) return redis.call('incr', k[1]) end)")),
        on("b", "FCALL f 1 k"), "MULTI", "FCALL f 1 k", "EXEC", pipeline("FCALL f 1 k", "GET k",
        "FCALL f 1 k"),
    ),
    sequence(
        "Keys of calls", "COMMAND GETKEYS FCALL f 2 a b c", "COMMAND GETKEYS FCALL f 0 a",
        "COMMAND GETKEYS FCALL_RO f 1 a", "COMMAND GETKEYS FCALL f x a",
        "COMMAND INFO fcall fcall_ro function",
        "COMMAND DOCS fcall fcall_ro function", "COMMAND GETKEYSANDFLAGS FCALL f 1 a",
    ),
]

KEEPING = [
    sequence(
        "DELETE and FLUSH", FORGET, load(ONE), "FUNCTION DELETE", "FUNCTION DELETE LIB", "FUNCTION DELETE f",
        "FUNCTION DELETE lib x", "FUNCTION DELETE lib", "FUNCTION DELETE lib", "FCALL f 0", load(ONE),
        "FCALL f 0",
        "FUNCTION FLUSH x", "FUNCTION FLUSH sync x", "FUNCTION FLUSH SYNC", "FCALL f 0", load(ONE),
        "FUNCTION FLUSH async", "FUNCTION LIST", load(ONE), "FLUSHALL", "FCALL f 0",
    ),
    sequence(
        "LIST", FORGET, "FUNCTION LIST", "FUNCTION LIST WITHCODE", load(ONE), load(
            f"redis.register_function('g', {NOTHING}) redis.register_function('h', {NOTHING})", "Other"),
        "FUNCTION LIST", "FUNCTION LIST withcode", "FUNCTION LIST LIBRARYNAME *",
        "FUNCTION LIST LIBRARYNAME l?b",
        "FUNCTION LIST LIBRARYNAME OTHER", "FUNCTION LIST libraryname o* withcode",
        "FUNCTION LIST LIBRARYNAME x",
        "FUNCTION LIST WITHCODE LIBRARYNAME LIB", "FUNCTION LIST x", "FUNCTION LIST LIBRARYNAME",
        "FUNCTION LIST WITHCODE WITHCODE", "FUNCTION LIST LIBRARYNAME a LIBRARYNAME b",
        "FUNCTION LIST WITHCODE LIBRARYNAME", "FUNCTION LIST LIBRARYNAME a x", "FUNCTION STATS",
    ),
    sequence(
        "The rest of FUNCTION", FORGET, "FUNCTION", "FUNCTION NOSUCH", "FUNCTION HELP", "FUNCTION HELP x",
        "FUNCTION STATS",
        "FUNCTION STATS x", "FUNCTION KILL", "FUNCTION KILL x", "FUNCTION DUMP x",
    ),
    sequence(
        "DUMP", FORGET, "FUNCTION DUMP", load(ONE), "FUNCTION DUMP",
        load(ONE + " -- " + "long " * 100, "lib", "REPLACE"), "FUNCTION DUMP", "CONFIG SET rdbcompression no",
        "FUNCTION DUMP",
    ),
    sequence("RESTORE", [
        [FORGET, restored(sealed(function(A)), *policy), restored(sealed(function(A)), *policy),
         restored(sealed(function(A) + function(B)), *policy), restored(sealed(function(B_WITH_FA)), *policy),
         restored(sealed(b""), *policy), "FCALL fa 0", "FCALL fb 0"]
        for policy in POLICIES
    ]),
    sequence("RESTORE of what is wrong changes nothing", FORGET, ("FUNCTION", "LOAD", A), [
        restored(sealed(body), *policy)
        for policy in POLICIES
        for body in (
            function(A) + function(A), function(B) + function(library("x()")), function("x"),
            function(library("")),
            function(A) + function(B_WITH_FA), function("return return"), b"\x00\x01a", b"\xf5",
            b"\xf5\x20abc",
            function(B) + b"\x01", function(library("return return")) + b"\x01",
            b"\xf5" + length(1 << 40) + b"x",
        )
    ]),
    sequence(
        "RESTORE refuses", FORGET, "FUNCTION RESTORE", "FUNCTION RESTORE ''", "FUNCTION RESTORE x FLUSH",
        restored(sealed(function(A))[:-1]), restored(sealed(function(A)), "x"), restored(sealed(function(A)),
        "FLUSH", "x"),
        restored(sealed(function(A), 9)), restored(sealed(function(A), 77), "REPLACE"),
    ),
]

SEQUENCES = LOADING + CALLING + KEEPING
