"""Scripts beside each other and beside other clients: nobody sees one of them half done."""

import contextlib
import random
import re
import select
import time

import pytest
import redis

from support.settings import LOAD_SCALE
from test_concurrency import in_threads

ACCOUNTS = [f"account:{number}" for number in range(16)]
EACH = 100
TRANSFERS = int(300 * LOAD_SCALE)
CLIENTS = 4

# Moves one from the first key to the second. How the script comes by its keys is what differs.
MOVE = "redis.call('DECR', {0}) redis.call('INCR', {1}) return 1"
SUM = "local sum = 0 for _, key in ipairs({0}) do sum = sum + redis.call('GET', key) end return sum"
SUM_DECLARED = SUM.format("KEYS")
SUM_UNDECLARED = SUM.format("ARGV")

# By name: the script, and (keys, arguments) for a transfer.
MOVES = {
    "keys declared": (MOVE.format("KEYS[1]", "KEYS[2]"), lambda a, b: ([a, b], [])),
    "no keys declared": (MOVE.format("ARGV[1]", "ARGV[2]"), lambda a, b: ([], [a, b])),
    "beyond before the first write": (
        "redis.call('GET', ARGV[1]) " + MOVE.format("KEYS[1]", "ARGV[1]"), lambda a, b: ([a], [b])),
    "beyond after the first write": (MOVE.format("KEYS[1]", "ARGV[1]"), lambda a, b: ([a], [b])),
    "other keys than declared": (MOVE.format("ARGV[1]", "ARGV[2]"), lambda a, b: ([b], [a, b])),
    "names made in the script": (
        MOVE.format("'account:' .. ARGV[1]", "'account:' .. ARGV[2]"),
        lambda a, b: ([], [a.split(":")[1], b.split(":")[1]])),
    # It keeps to its keys until it is trusted, and then does not.
    "beyond once in a while": (
        "local to = KEYS[2] if ARGV[1] == '1' then to = ARGV[2] end " + MOVE.format("KEYS[1]", "to"),
        lambda a, b: ([a, a], [1, b]) if random.random() < 0.1 else ([a, b], [0, b])),
}


@pytest.fixture(params=[1, 2], ids=lambda count: f"{count} reactors")
def bank(request, start_server):
    """A server with accounts that hold the same sum for ever."""
    server = start_server("--reactors", request.param)
    with server.redis() as client:
        client.mset({account: EACH for account in ACCOUNTS})
    return server


def transfer(client, kinds, number):
    """Every other client goes the other way round, so that they meet."""
    for _ in range(TRANSFERS):
        script, arguments = MOVES[random.choice(kinds)]
        pair = sorted(random.sample(ACCOUNTS, 2), reverse=number % 2 == 1)
        keys, others = arguments(*pair)
        assert client.eval(script, len(keys), *keys, *others) == 1


def sums(client):
    """The sum of all accounts, as everyone who may ask at once sees it."""
    with client.pipeline(transaction=True) as pipeline:
        for account in ACCOUNTS:
            pipeline.get(account)
        yield sum(map(int, pipeline.execute()))
    yield sum(map(int, client.mget(ACCOUNTS)))
    yield client.eval(SUM_DECLARED, len(ACCOUNTS), *ACCOUNTS)
    yield client.eval(SUM_UNDECLARED, 0, *ACCOUNTS)
    yield client.eval(SUM_UNDECLARED, 1, ACCOUNTS[3], *ACCOUNTS)
    yield client.eval_ro(SUM_UNDECLARED, 0, *ACCOUNTS)


def check_sums(bank, kinds):
    def work(number):
        with bank.redis() as client:
            if number % 2 == 0:
                return transfer(client, kinds, number // 2)
            for _ in range(TRANSFERS // 6):
                assert set(sums(client)) == {EACH * len(ACCOUNTS)}

    in_threads(CLIENTS, work)
    with bank.redis() as client:
        assert set(sums(client)) == {EACH * len(ACCOUNTS)}


@pytest.mark.pongo_only
@pytest.mark.parametrize("kind", MOVES)
def test_a_script_is_atomic_whatever_it_declares(bank, kind):
    check_sums(bank, [kind])


@pytest.mark.pongo_only
def test_scripts_of_all_kinds_are_atomic_together(bank):
    check_sums(bank, list(MOVES))


@pytest.mark.pongo_only
def test_a_script_that_was_run_again_has_done_its_work_once(bank):
    script = "local n = redis.call('GET', ARGV[1]) redis.call('INCR', KEYS[1]) return n"

    def work(number):
        with bank.redis() as client:
            for turn in range(TRANSFERS):
                client.eval(script, 1, f"counter:{number}", ACCOUNTS[turn % len(ACCOUNTS)])
                client.eval("return redis.call('INCR', KEYS[1])", 1, ACCOUNTS[turn % len(ACCOUNTS)])

    in_threads(CLIENTS, work)
    with bank.redis() as client:
        assert [int(client.get(f"counter:{number}")) for number in range(CLIENTS)] == [TRANSFERS] * CLIENTS


def test_one_script_in_all_variants(client):
    source = "return {KEYS[1], ARGV[1], redis.call('GET', KEYS[1])}"
    client.set("k", "v")
    expected = [b"k", b"a", b"v"]
    assert client.eval(source, 1, "k", "a") == expected
    assert client.eval_ro(source, 1, "k", "a") == expected
    sha = client.script_load(source)
    assert client.evalsha(sha, 1, "k", "a") == expected
    assert client.evalsha_ro(sha.upper(), 1, "k", "a") == expected
    with client.pipeline() as pipeline:
        pipeline.evalsha(sha, 1, "k", "a").eval(source, 1, "k", "a")
        assert pipeline.execute() == [expected, expected]


def test_a_registered_script_comes_back_after_a_flush(server, client):
    script = client.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    assert script(keys=["n"], args=[5]) == 5
    with server.redis() as other:
        other.script_flush()
    with pytest.raises(redis.exceptions.NoScriptError):
        client.evalsha(script.sha, 1, "n", 1)
    assert script(keys=["n"], args=[5]) == 10
    with client.pipeline() as pipeline:
        script(keys=["n"], args=[5], client=pipeline)
        assert pipeline.execute() == [15]


@pytest.mark.pongo_only
def test_a_flush_is_known_to_all_reactors(start_server):
    server = start_server("--reactors", 2)
    clients = [server.redis(single_connection_client=True) for _ in range(6)]
    try:
        for turn in range(20):
            sha = clients[turn % 6].script_load(f"return {turn}")
            assert [client.evalsha(sha, 0) for client in clients] == [turn] * 6
            clients[(turn + 1) % 6].script_flush()
            for client in clients:
                with pytest.raises(redis.exceptions.NoScriptError):
                    client.evalsha(sha, 0)
            assert clients[0].script_exists(sha) == [False]
    finally:
        for client in clients:
            client.close()


def test_two_hundred_scripts_at_once(server):
    def work(number):
        with server.redis() as client:
            for turn in range(200):
                name = (turn * 7 + number * 13) % 200
                reply = client.eval(f"return 'script {name} ' .. ARGV[1]", 0, number)
                assert reply == b"script %d %d" % (name, number)

    in_threads(8, work)


def test_scripts_are_loaded_and_flushed_at_once(server):
    def work(number):
        with server.redis() as client:
            for turn in range(int(100 * LOAD_SCALE)):
                if number == 0 and turn % 5 == 0:
                    client.script_flush()
                try:
                    sha = client.script_load(f"return {turn % 10}")
                    assert client.evalsha(sha, 0) == turn % 10
                except redis.exceptions.NoScriptError:
                    pass
                assert client.eval(f"return {turn % 10}", 0) == turn % 10

    in_threads(CLIENTS, work)


def test_a_waiter_is_served_when_the_script_is_done(server):
    def work(number):
        with server.redis() as client:
            if number % 2 == 0:
                return [client.blpop("queue")[1] for _ in range(50)]
            script = "redis.call('RPUSH', KEYS[1], 'wrong', ARGV[1]) redis.call('LPOP', KEYS[1])"
            # Who waits must not see the element that is taken away before the script ends.
            for turn in range(50):
                client.eval(f"if redis.call('EXISTS', KEYS[1]) == 0 then {script} else "
                            "redis.call('RPUSH', KEYS[1], ARGV[1]) end", 1, "queue", f"{number}:{turn}")
            return []

    found = [element for elements in in_threads(4, work) for element in elements]
    assert sorted(found) == sorted(b"%d:%d" % (number, turn) for number in (1, 3) for turn in range(50))


@pytest.mark.pongo_only
@pytest.mark.parametrize("raised", ["{}", "{1}", "setmetatable({}, {__tostring=function() error({}) end})",
                                    "coroutine.create(function() end)", "setmetatable({}, {__index=error})"])
def test_an_error_of_any_kind_is_an_error_reply(client, raised):
    with pytest.raises(redis.exceptions.ResponseError):
        client.eval(f"error({raised})", 0)
    with pytest.raises(redis.exceptions.ResponseError):
        client.eval(f"local ok = pcall(error, {raised}) error(ok)", 0)
    assert client.ping()


@pytest.mark.pongo_only
def test_a_key_that_a_script_reads_is_tracked_also_if_it_is_not_declared(server):
    """Redis 7.0 tracks the declared keys instead, 7.2 those that are read."""
    with server.raw() as tracked, server.raw() as other:
        tracked.command("HELLO", "3")
        tracked.command("CLIENT", "TRACKING", "ON")
        tracked.command("EVAL", "return redis.call('GET', 'read')", "1", "declared")
        other.command("MSET", "declared", "1", "read", "1")
        assert tracked.read_reply() == b">2\r\n$10\r\ninvalidate\r\n*1\r\n$4\r\nread\r\n"
        assert tracked.command("PING") == b"+PONG\r\n"


@pytest.mark.pongo_only
@pytest.mark.parametrize("value", ["local t = {} t[1] = t return t", "local t = {} t.map = {x = t} return t",
                                   "local t = {} t.set = {[t] = 1} return t"])
def test_a_table_in_itself_is_a_reply_that_ends(server, value):
    with server.raw() as client:
        assert client.command("EVAL", value, "0").endswith(b"-ERR reached lua stack limit\r\n")
        assert client.command("PING") == b"+PONG\r\n"


# Keeps to its key, and so holds only that.
HOLDING = """#!lua name=holding
redis.register_function('hold', function(keys) redis.call('GET', keys[1]) while true do end end)"""


@contextlib.contextmanager
def held(server, key):
    """A function holds the key. Yields a client of another reactor, which may wait for it, and what ends the
    function and tells when that was."""
    with contextlib.ExitStack() as stack:
        with server.redis() as client:
            client.function_load(HOLDING, replace=True)
        holder, *others = [stack.enter_context(server.raw()) for _ in range(9)]
        for each in holder, *others:
            assert each.command("PING") == b"+PONG\r\n"  # It has been accepted.
        observers = Observers(others)
        holder.send_command("FCALL", "hold", "1", key)
        waiting = observers.take_first_who_sees_it()

        def let_go():
            select.select([], [], [], 0.1)  # For who is to wait: nobody else sees that he does.
            killer = observers.take_first_who_sees_it()
            before = time.time() * 1000
            assert killer.command("FUNCTION", "KILL") == b"+OK\r\n"
            assert b"killed" in holder.read_reply()
            return before

        yield waiting, let_go


class Observers:
    """Clients that see whether a function runs, unless their reactor has something to do."""

    def __init__(self, clients):
        self.clients = clients
        self.asking = []

    def ask(self, client):
        client.send_command("FUNCTION", "STATS")
        self.asking.append(client)

    def take_first_who_sees_it(self):
        asked_before = list(self.asking)
        for each in self.clients:
            if each not in asked_before:
                self.ask(each)
        while True:
            readable = select.select([each.socket for each in self.asking], [], [])[0]
            client = next(each for each in self.asking if each.socket in readable)
            self.asking.remove(client)
            sees_it = b"running_script\r\n*" in client.read_reply()
            if sees_it and client not in asked_before:
                self.clients.remove(client)
                return client
            if client in asked_before:
                asked_before.remove(client)
            self.ask(client)


@pytest.fixture
def three_reactors(start_server):
    return start_server("--reactors", 3)


@pytest.mark.pongo_only
@pytest.mark.parametrize("request_", [
    ["SET", "k", "v", "PX", 100_000], ["EVAL", "redis.call('SET', KEYS[1], 'v', 'PX', 100000)", 1, "k"],
    ["EVAL", "redis.call('SET', 'k', 'v', 'PX', 100000)", 0]], ids=["a command", "a script", "without keys"])
def test_who_has_waited_for_a_script_goes_on_at_a_later_time(three_reactors, request_):
    with three_reactors.redis() as client, held(three_reactors, "k") as (waiting, let_go):
        waiting.send_command(*request_)
        let_go_at = let_go()
        assert not waiting.read_reply().startswith(b"-")
        assert client.pexpiretime("k") - 100_000 >= let_go_at - 1


@pytest.mark.pongo_only
def test_what_others_notice_of_a_script_that_begins_anew_they_notice_once(three_reactors):
    script = "return redis.call('GET', KEYS[1]) or redis.call('GET', 'k')"
    with three_reactors.redis() as client, three_reactors.raw() as monitor:
        for prefix in "redis.log(redis.LOG_WARNING, 'here it is') ", "":
            with held(three_reactors, "k") as (waiting, let_go):
                waiting.send_command("EVAL", prefix + script, 1, "other")
                let_go()
                assert waiting.read_reply() == b"$-1\r\n"
            if prefix:
                three_reactors.wait_for_log("here it is")
                assert monitor.command("MONITOR") == b"+OK\r\n"
        client.echo("the end")
        shown = []
        while not shown or b"the end" not in shown[-1]:
            shown.append(monitor.read_reply())
        assert sum(b'lua] "GET" "other"' in line for line in shown) == 1
    assert three_reactors.log().count("here it is") == 1


@pytest.mark.pongo_only
def test_what_a_function_keeps_to_itself_it_changes_once_a_call(three_reactors):
    library = """#!lua name=counting
    local calls = 0
    redis.register_function('count', function(keys)
        calls = calls + 1
        redis.call('GET', keys[1])
        redis.call('GET', 'k')
        return calls
    end)"""
    with three_reactors.redis() as client:
        client.function_load(library)
        with held(three_reactors, "k") as (waiting, let_go):
            waiting.send_command("FCALL", "count", 1, "other")
            let_go()
            assert waiting.read_reply() == b":1\r\n"


@pytest.mark.pongo_only
def test_the_options_of_cjson_are_the_same_on_all_reactors(three_reactors):
    connections = [three_reactors.redis(single_connection_client=True) for _ in range(4)]
    try:
        for precision, shown in (3, b"[0.123]"), (14, b"[0.123456789]"):
            connections[0].eval(f"cjson.encode_number_precision({precision})", 0)
            replies = [each.eval("return cjson.encode({0.123456789})", 0) for each in connections]
            assert replies == [shown] * 4
    finally:
        for each in connections:
            each.close()


@pytest.mark.pongo_only
def test_who_sets_an_option_of_cjson_for_a_while_is_not_seen_meanwhile(three_reactors):
    """Nor does he see what others set."""
    def work(number):
        precision = 3 + number
        script = f"""
            cjson.encode_number_precision({precision})
            local seen = {{}}
            for i = 1, 2000 do seen[cjson.encode(0.123456789)] = 1 end
            cjson.encode_number_precision(14)
            local count, only = 0
            for text in pairs(seen) do count, only = count + 1, text end
            return {{count, only}}"""
        with three_reactors.redis() as client:
            for _ in range(30):
                assert client.eval(script, 0) == [1, b"%.*g" % (precision, 0.123456789)]
                assert client.eval("return cjson.encode(0.123456789)", 0) == b"0.123456789"

    in_threads(4, work)


def test_scripts_that_say_they_only_read_run_while_writes_are_paused(client):
    reading = "#!lua flags=no-writes\nreturn redis.call('GET', KEYS[1])"
    sha = client.script_load(reading)
    client.function_load("#!lua name=reading\n"
                         "redis.register_function{function_name='read', flags={'no-writes'}, "
                         "callback=function(keys) return redis.call('GET', keys[1]) end}")
    client.set("k", "v")
    client.client_pause(600_000, all=False)
    try:
        assert client.eval(reading, 1, "k") == b"v"
        assert client.evalsha(sha, 1, "k") == b"v"
        assert client.fcall("read", 1, "k") == b"v"
        with client.pipeline() as pipeline:
            assert pipeline.eval(reading, 1, "k").execute() == [b"v"]
    finally:
        client.client_unpause()


def test_the_slow_log_shows_commands_of_scripts_as_those_of_nobody(server, client):
    before = client.config_get("slowlog-log-slower-than")
    client.client_setname("caller")
    client.config_set("slowlog-log-slower-than", 0)
    client.eval("return redis.call('ECHO', 'from a script')", 0)
    client.config_set(*next(iter(before.items())))
    with server.raw() as other:
        entry = next(each for each in other.ask("SLOWLOG", "GET") if each[3][0] == b"ECHO")
    assert entry[4:] == [b"?:0", b""]


@pytest.mark.pongo_only
def test_many_scripts_leave_room_for_others(start_server):
    """As many as a Lua state has no room for at once."""
    server = start_server("--reactors", 1)
    fields = " ".join(f"t[{i}]='field{i}'" for i in range(700))
    with server.raw() as client:
        for start in range(0, 12_000, 200):
            for number in range(start, start + 200):
                client.send_command("EVAL", f"local id = {number} local t = {{}} {fields} return id", "0")
            assert client.read_replies(200) == [b":%d\r\n" % number for number in range(start, start + 200)]
        assert client.command("EVAL", "return #string.rep('x', 50000000)", "0") == b":50000000\r\n"
        client.command("SCRIPT", "FLUSH")
        assert client.command("EVAL", "return 1", "0") == b":1\r\n"
        used = int(re.search(rb"used_memory_vm_eval:(\d+)", client.command("INFO", "memory"))[1])
        assert used < 16 << 20
