"""Clients whose requests are found at once: all are received before the first is run, and each is served by
itself."""

from contextlib import ExitStack

import pytest

from support.clients import client_field, narrow_client
from support.resp import ConnectionClosed, encode_command
from support.server import asleep, eventually
from support.settings import is_pongo, server_binary


@pytest.fixture
def together(start_server):
    """A server with one reactor, and what makes clients of it."""
    server = start_server(*(["--reactors", 1] if is_pongo(server_binary()) else []))
    with ExitStack() as stack:
        yield server, lambda: stack.enter_context(server.raw(timeout=20))


def kinds_of_requests(number):
    """What a client sends at once, what it sends later, and what it gets for both."""
    mine = f"key:{number}"
    return [
        (encode_command(["SET", mine, number]), b"", [b"+OK\r\n"]),
        (encode_command(["SET", mine, number]) + encode_command(["STRLEN", mine]) * 40, b"",
         [b"+OK\r\n"] + [b":%d\r\n" % len(str(number))] * 40),
        (encode_command(["SET", mine, "half"])[:-3], b"f\r\n", [b"+OK\r\n"]),
        (b"SET " + mine.encode() + b" inline\r\nPING\r\n", b"", [b"+OK\r\n", b"+PONG\r\n"]),
        (encode_command(["SELECT", 3]) + encode_command(["SET", mine, 1]), encode_command(["GET", mine]),
         [b"+OK\r\n", b"+OK\r\n", b"$1\r\n1\r\n"]),
        (encode_command(["SET", mine, b"x" * 150_000]) + encode_command(["STRLEN", mine]), b"",
         [b"+OK\r\n", b":150000\r\n"]),
        (encode_command(["BLPOP", mine, 0]), encode_command(["PING"]), [b"*2\r\n"]),
        (b"*1\r\n$x\r\n", b"", [b"-ERR Protocol error: invalid bulk length\r\n"]),
        (b"*3\r\n$3\r\nSET\r\n$999\r\n", b"", []),
        (b"\r\n*0\r\n*-1\r\n", b"PING\r\n", [b"+PONG\r\n"]),
    ]  # fmt: skip


def test_whatever_the_others_send_each_gets_its_own_replies(together):
    server, connect = together
    clients = [(number, connect()) for number in range(100)]
    plans = [kinds_of_requests(number)[number % 10] for number, _ in clients]
    with asleep(server):
        for (_, client), (first, _, _) in zip(clients, plans, strict=True):
            client.send(first)
    pusher = connect()
    for number, _ in clients:
        if number % 10 == 6:
            pusher.ask("RPUSH", f"key:{number}", "element")
    for (number, client), (_, later, replies) in zip(clients, plans, strict=True):
        if later:
            client.send(later)
        if number % 10 == 6:
            replies = [b"*2\r\n$%d\r\nkey:%d\r\n$7\r\nelement\r\n" % (len(f"key:{number}"), number),
                       b"+PONG\r\n"]  # fmt: skip
        assert [client.read_reply() for _ in replies] == replies, number


@pytest.mark.pongo_only
def test_one_that_is_killed_by_another_before_its_turn_does_nothing_any_more(together):
    server, connect = together
    killer, victim = connect(), connect()
    victim_id = victim.ask("CLIENT", "ID")
    with asleep(server):
        killer.send_command("CLIENT", "KILL", "ID", victim_id)
        victim.send_command("SET", "k", "v")
    assert killer.read_reply() == b":1\r\n"
    with pytest.raises((ConnectionClosed, ConnectionResetError)):
        victim.read_reply()
    assert killer.ask("EXISTS", "k") == 0


def test_those_that_are_paused_before_their_turn_wait(together):
    server, connect = together
    pausing, paused = connect(), connect()
    with asleep(server):
        pausing.send_command("CLIENT", "PAUSE", 60_000, "WRITE")
        paused.send_command("SET", "k", "v")
    assert pausing.read_reply() == b"+OK\r\n"
    assert pausing.ask("EXISTS", "k") == 0
    pausing.ask("CLIENT", "UNPAUSE")
    assert paused.read_reply() == b"+OK\r\n"


PUBLISH_AND_REPLY = """
redis.call('PUBLISH', 'channel', string.rep('m', tonumber(ARGV[1])))
return string.rep('x', 100000)
"""


@pytest.mark.pongo_only
def test_one_that_stalls_before_its_turn_goes_on_when_it_reads(start_server):
    """What others publish for it is sent before it has its turn, as there is much to be sent."""
    server = start_server("--reactors", 1, "--client-reply-backlog-limit", "1mb")
    size = 20 << 20
    with server.raw(timeout=20) as publisher, narrow_client(server) as stalled:
        stalled.ask("HELLO", 3)
        stalled.send_command("SUBSCRIBE", "channel")
        stalled_id = stalled.ask("CLIENT", "ID")
        with asleep(server):
            publisher.send_command("EVAL", PUBLISH_AND_REPLY, 0, size)
            stalled.send(encode_command(["SET", "k", "v"]) + encode_command(["SET", "after", "v"]))
        assert len(publisher.read_reply()) > 100_000
        eventually(lambda: client_field(publisher, stalled_id, "omem") > 1 << 20)
        assert len(stalled.read_reply()) > size
        assert stalled.read_replies(2) == [b"+OK\r\n"] * 2
        assert publisher.ask("EXISTS", "k", "after") == 2
