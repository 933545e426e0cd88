"""Scripts and functions that run for long: what others are told meanwhile, and how they are ended."""

import contextlib
import signal

import pytest

from support.append_only import KEEPING, put_by_hand
from support.resp import ConnectionClosed, encode_command
from support.server import eventually

BUSY = b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n"
BUSY_FUNCTION = BUSY.replace(b"SCRIPT KILL", b"FUNCTION KILL")

# Read-only scripts that never end by themselves.
ENDLESS = {
    "a loop": "while true do end",
    "in pcall": "while true do pcall(function() while true do end end) end",
    "in xpcall": "while true do xpcall(function() while true do end end, function(e) return e end) end",
    "in a coroutine": "coroutine.wrap(function() while true do end end)()",
    "many coroutines": "while true do coroutine.wrap(function() coroutine.yield() end)() end",
    "a pathological pattern":
        "local s = string.rep('a', 200) while true do string.find(s, string.rep('a*', 60)..'b') end",
    "string.rep": "while true do string.rep('x', 1000000) end",
    "string.format": "while true do string.format('%099d', 1) end",
    "sorting long strings":
        "local t = {} for i = 1, 60 do t[i] = string.rep('\\0', 1000000) .. i end "
        "while true do table.sort(t) end",
    "sorting":
        "local t = {} for i = 1, 100000 do t[i] = i end "
        "while true do table.sort(t, function() return false end) end",
    "commands": "while true do redis.call('GET', 'k') end",
    "failing commands": "while true do redis.pcall('GET') end",
    "cjson": "local t = {} for i = 1, 1000 do t[i] = i end while true do cjson.decode(cjson.encode(t)) end",
    "a reply": "local t = {} for i = 1, 10 do local n = {} for j = 1, 9 do n[j] = t end t = n end return t",
}
WRITES = "redis.call('SET', KEYS[1], 'v') while true do end"


@pytest.fixture(params=["1 reactor", pytest.param("2 reactors", marks=pytest.mark.pongo_only)])
def busy_server(request, start_server):
    reactors = request.param.split()[0]
    return start_server("--busy-reply-threshold", 50, "--reactors", reactors)


@contextlib.contextmanager
def clients(server, count):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(server.raw(timeout=8)) for _ in range(count)]


def until_busy(client, reply=BUSY):
    eventually(lambda: client.command("PING") == reply)


@pytest.mark.parametrize("script", ENDLESS.values(), ids=ENDLESS)
def test_an_endless_script_can_be_killed(busy_server, script):
    with clients(busy_server, 3) as (runner, other, another):
        runner.send_command("EVAL", script, "0")
        until_busy(other)
        assert another.command("GET", "k") == BUSY
        assert another.command("FUNCTION", "KILL") == BUSY
        assert another.command("FUNCTION", "STATS") == BUSY
        assert other.command("SCRIPT", "KILL") == b"+OK\r\n"
        assert b"Script killed by user with SCRIPT KILL" in runner.read_reply()
        for client in (runner, other, another):
            assert client.command("PING") == b"+PONG\r\n"
        assert other.command("SCRIPT", "KILL") == b"-NOTBUSY No scripts in execution right now.\r\n"


def test_a_script_that_has_written_is_not_killed_but_ends_with_the_server(busy_server):
    with clients(busy_server, 2) as (runner, other):
        runner.send_command("EVAL", WRITES, "1", "k")
        until_busy(other)
        assert other.command("SCRIPT", "KILL").startswith(b"-UNKILLABLE Sorry the script already executed")
        assert other.command("SHUTDOWN") == BUSY
        assert other.command("FUNCTION", "KILL").startswith(b"-UNKILLABLE")
        other.send_command("SHUTDOWN", "NOSAVE")
        assert busy_server.wait() == 0


@pytest.mark.pongo_only
def test_a_signal_ends_a_script_that_has_only_read(busy_server):
    with clients(busy_server, 2) as (runner, other):
        runner.send_command("EVAL", ENDLESS["a loop"], "0")
        until_busy(other)
        busy_server.signal(signal.SIGTERM)
        assert busy_server.wait() == 0


@pytest.mark.pongo_only
@pytest.mark.parametrize("reactors", [1, 2])
@pytest.mark.parametrize("threshold", [0, 600_000])
def test_a_signal_ends_an_endless_script_that_is_not_busy(start_server, threshold, reactors):
    server = start_server("--busy-reply-threshold", threshold, "--reactors", reactors)
    with clients(server, 1) as (runner,):
        runner.send_command("EVAL", "redis.log(redis.LOG_WARNING, 'it runs') while true do end", "0")
        server.wait_for_log("it runs")
        server.signal(signal.SIGTERM)
        assert server.wait() == 0


@pytest.mark.pongo_only
def test_a_transaction_with_scripts_is_refused_as_a_whole_while_the_server_stops(start_server):
    server = start_server("--busy-reply-threshold", 600_000, "--reactors", 2)
    with clients(server, 6) as (runner, *others):
        for each in runner, *others:
            assert each.command("PING") == b"+PONG\r\n"
            each.command("MULTI")
            each.command("SET", "t1", "new")
            each.command("EVAL", "return redis.call('SET', KEYS[1], 'new')", "1", "t2")
        runner.command("DISCARD")
        runner.send_command("EVAL", "redis.log(redis.LOG_WARNING, 'it runs') while true do end", "0")
        server.wait_for_log("it runs")
        server.signal(signal.SIGTERM)
        server.wait_for_log("scheduling shutdown")
        for other in others:
            other.send_command("EXEC")
        answers = []
        for other in others:
            with contextlib.suppress(ConnectionClosed, ConnectionResetError):
                answers.append(other.read_reply())
        assert server.wait() == 0
        reason = b"the server is shutting down"
        assert set(answers) == {b"-EXECABORT Transaction discarded because of: " + reason + b"\r\n"}


@pytest.mark.pongo_only
@pytest.mark.parametrize("reactors", [1, 2])
def test_who_insists_ends_a_script_that_has_written(start_server, reactors):
    server = start_server("--busy-reply-threshold", 0, "--reactors", reactors)
    with clients(server, 1) as (runner,):
        runner.send_command("EVAL", "redis.log(redis.LOG_WARNING, 'it runs') " + WRITES, "1", "k")
        server.wait_for_log("it runs")
        server.signal(signal.SIGINT)
        server.wait_for_log("scheduling shutdown")
        server.signal(signal.SIGINT)
        assert server.wait() == 0


def test_new_clients_are_served_while_a_script_is_busy(busy_server):
    with clients(busy_server, 1) as (runner,):
        runner.send_command("EVAL", ENDLESS["a loop"], "0")
        with clients(busy_server, 8) as others:
            for other in others:
                until_busy(other)
        with clients(busy_server, 4) as others:
            for other in others:
                assert other.command("GET", "k") == BUSY
            assert others[-1].command("SCRIPT", "KILL") == b"+OK\r\n"
        runner.read_reply()


def test_what_may_be_said_while_a_script_is_busy(busy_server):
    with clients(busy_server, 2) as (runner, other):
        runner.send_command("EVAL", ENDLESS["a loop"], "0")
        until_busy(other)
        assert other.command("MULTI") == b"+OK\r\n"
        assert other.command("GET", "k") == BUSY
        assert other.command("EXEC").startswith(b"-EXECABORT Transaction discarded because of: BUSY")
        assert other.command("MULTI") == b"+OK\r\n"
        assert other.command("DISCARD") == b"+OK\r\n"
        assert other.command("UNWATCH") == b"+OK\r\n"
        assert other.command("HELLO", "3").startswith(b"%")
        assert other.command("RESET") == b"+RESET\r\n"
        assert other.command("EVAL", "return 1", "0") == BUSY
        assert other.command("SCRIPT", "KILL") == b"+OK\r\n"
        runner.read_reply()


def test_requests_behind_a_busy_script_are_answered_after_it(busy_server):
    with clients(busy_server, 2) as (runner, other):
        runner.send_command("EVAL", ENDLESS["a loop"], "0")
        runner.send_command("ECHO", "first")
        until_busy(other)
        runner.send_command("ECHO", "second")
        other.command("SCRIPT", "KILL")
        assert runner.read_reply().startswith(b"-ERR Script killed")
        assert [runner.read_reply(), runner.read_reply()] == [b"$5\r\nfirst\r\n", b"$6\r\nsecond\r\n"]


def test_a_client_may_leave_while_its_script_is_busy(busy_server):
    with clients(busy_server, 2) as (runner, other):
        runner.send_command("EVAL", ENDLESS["a loop"], "0")
        until_busy(other)
        runner.close()
        other.command("SCRIPT", "KILL")
        eventually(lambda: other.command("PING") == b"+PONG\r\n")
        eventually(lambda: b"connected_clients:1\r\n" in other.command("INFO", "clients"))


def test_an_endless_function_can_be_killed(busy_server):
    code = "#!lua name=lib\nredis.register_function('f', function() while true do end end)"
    with clients(busy_server, 2) as (runner, other):
        other.command("FUNCTION", "LOAD", code)
        runner.send_command("FCALL", "f", "0")
        until_busy(other, BUSY_FUNCTION)
        assert other.command("SCRIPT", "KILL") == BUSY_FUNCTION
        assert b"$4\r\nname\r\n$1\r\nf\r\n" in other.command("FUNCTION", "STATS")
        assert other.command("FUNCTION", "KILL") == b"+OK\r\n"
        assert runner.read_reply().startswith(b"-ERR Script killed by user with SCRIPT KILL...")
        assert other.command("PING") == b"+PONG\r\n"


@pytest.mark.pongo_only
def test_who_waits_for_the_keys_of_a_busy_script_is_told(start_server):
    server = start_server("--busy-reply-threshold", 300, "--reactors", 3)
    with clients(server, 9) as (runner, *others):
        runner.send_command("EVAL", "redis.call('GET', KEYS[1]) while true do end", "1", "k")
        for other in others:
            other.send_command("INCR", "k")
        for other in others:
            assert other.read_reply() in (BUSY, *(b":%d\r\n" % count for count in range(1, 9)))
        until_busy(others[0])
        others[0].command("SCRIPT", "KILL")
        runner.read_reply()
        assert others[0].command("INCR", "n") == b":1\r\n"


@pytest.mark.pongo_only
def test_waiters_are_served_once_a_busy_script_has_ended(start_server):
    server = start_server("--busy-reply-threshold", 200, "--reactors", 2)
    with clients(server, 6) as (runner, *others):
        for other in others[:4]:
            other.send_command("BLMOVE", "from", "to", "LEFT", "LEFT", "0")
        eventually(lambda: b"blocked_clients:4" in others[4].command("INFO", "clients"))
        runner.send_command("EVAL", "redis.call('EXISTS', KEYS[1]) while true do end", "1", "to")
        pushed = others[4].command("RPUSH", "from", "1", "2", "3", "4")
        until_busy(others[4])
        others[4].command("SCRIPT", "KILL")
        runner.read_reply()
        if pushed == BUSY:
            others[4].command("RPUSH", "from", "1", "2", "3", "4")
        for other in others[:4]:
            assert other.read_reply().startswith(b"$1\r\n")
        assert others[4].command("LLEN", "to") == b":4\r\n"


def test_while_a_script_of_a_file_is_busy_the_server_is_loading(start_server, tmp_path):
    put_by_hand(tmp_path, encode_command(["EVAL", "while true do end", 0]))
    server = start_server(*KEEPING, "--busy-reply-threshold", 50, directory=tmp_path, wait_for=None)
    server.wait_for_log("Slow script detected", within=60)
    with server.raw() as client:
        for _ in range(200):  # It is logged a little before it counts.
            assert client.command("PING") == b"-LOADING Redis is loading the dataset in memory\r\n"
    server.kill()
