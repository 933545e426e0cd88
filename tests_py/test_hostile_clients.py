"""Clients that ask for too much, read too slowly, leave too early or never stop."""

import contextlib
import os
import re
import select
import signal
import socket
import threading
import time

import pytest

from support.clients import client_field, clients_told, narrow_client
from support.resp import RawClient, encode_command, parse
from support.server import asleep, eventually
from support.settings import is_pongo, seconds

MIB = 1024  # in KiB


def processor_seconds(server):
    """What the server has spent so far, in user and in kernel mode."""
    with open(f"/proc/{server.pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# Long pipelines


@pytest.mark.measures_memory
def test_a_long_pipeline_is_never_left_waiting(server):
    """Time goes into work: between two reads of what has arrived already the server must not fall asleep."""
    data = encode_command(["SET", "key", b"x" * 30]) * 200_000
    with server.raw() as client:
        spent, own = processor_seconds(server), time.process_time()
        began = time.monotonic()
        sender = threading.Thread(target=client.send, args=[data])
        sender.start()
        left = 200_000 * len(b"+OK\r\n")
        while left > 0:
            left -= len(client.socket.recv(1 << 20))
        elapsed = time.monotonic() - began
        sender.join()
        spent = processor_seconds(server) - spent + time.process_time() - own
    assert elapsed < 3 * spent + 0.3, f"{elapsed:.2f} s for {spent:.2f} s of work"


# Memory


def read_under_pressure(client, requests, replies, total):
    """Reads `total` bytes in small pieces, with as many requests on the way as the sockets take.

    The bytes must be those of `replies`, over and over.
    """
    client.socket.setblocking(False)
    unsent, done = requests, 0
    expected = replies + replies
    while done < total:
        while True:
            try:
                unsent = unsent[client.socket.send(unsent) :] or requests
            except BlockingIOError:
                break
        readable, _, _ = select.select([client.socket], [], [], seconds(30))
        assert readable, f"no more replies after {done} bytes"
        piece = client.socket.recv(1 << 18)
        start = done % len(replies)
        assert piece == expected[start : start + len(piece)], f"wrong bytes after {done}"
        done += len(piece)


@pytest.mark.measures_memory
@pytest.mark.pongo_only
@pytest.mark.parametrize("sizes", [[8000], [8000, 200_000]], ids=["small values", "small and big values"])
def test_a_slow_but_steady_reader_costs_no_more_than_its_backlog(start_server, sizes):
    """Its replies never run out, and neither do they pile up: what was sent is given back."""
    server = start_server("--client-reply-backlog-limit", "16mb", "--reactors", 1)
    values = [bytes(range(48, 58)) * (size // 10) for size in sizes]
    counts = [5 * max(sizes) // size for size in sizes]
    requests = replies = b""
    with narrow_client(server) as slow, server.raw() as other:
        for number, value in enumerate(values):
            other.ask("SET", f"k{number}", value)
            requests += encode_command(["GET", f"k{number}"]) * counts[number]
            replies += (b"$%d\r\n" % len(value) + value + b"\r\n") * counts[number]
        repeats = 1 + (1 << 20) // len(replies)
        before = server.memory_kib()
        read_under_pressure(slow, requests * repeats, replies * repeats, 512 << 20)
        grown = server.memory_kib() - before
        assert grown < 72 * MIB, f"{grown} KiB for a client with a backlog of 16 MiB"
        assert other.ask("PING") == b"PONG"


@pytest.mark.measures_memory
@pytest.mark.pongo_only
def test_a_request_of_very_many_arguments_leaves_nothing_behind(start_server):
    server = start_server("--reactors", 1)
    with server.raw() as client:
        client.ask("MEMORY", "PURGE")
        before = server.memory_kib()
        client.ask("EXISTS", *[b"%d" % i for i in range(500_000)])
        client.ask("MEMORY", "PURGE")
        grown = server.memory_kib() - before
        assert grown < 16 * MIB, f"{grown} KiB are kept"


@pytest.mark.measures_memory
@pytest.mark.pongo_only
def test_a_request_beyond_the_memory_is_refused_and_nothing_else(start_server):
    """No address space holds the value, so this is the same on every machine."""
    server = start_server("--proto-max-bulk-len", 1 << 60)
    with server.raw(timeout=5) as client, server.raw(timeout=5) as other:
        commands = [["ECHO", "1"], ["SETRANGE", "k", 10**15, "x"], ["ECHO", "2"], ["EXISTS", "k"]]
        client.send(b"".join(map(encode_command, commands)))
        before, refused, after, exists = client.read_replies(4)
        assert before == b"$1\r\n1\r\n"
        assert refused.startswith((b"-ERR ", b"-OOM ")) and refused.endswith(b"\r\n")
        assert after == b"$1\r\n2\r\n"
        assert exists == b":0\r\n"
        assert client.ask("SETRANGE", "k", 3, "x") == 4
        assert other.ask("GET", "k") == b"\0\0\0x"


@pytest.mark.measures_memory
@pytest.mark.pongo_only
@pytest.mark.parametrize("first, last", [(0, -1), (1, -2)])
def test_a_range_of_a_big_value_takes_no_copy_beyond_its_reply(start_server, first, last):
    server = start_server()
    size = 100 << 20
    with server.raw(timeout=60) as client:
        client.ask("SETRANGE", "k", size - 1, "x")
        before = server.memory_kib()
        server.forget_memory_peak()
        reply = client.command("GETRANGE", "k", first, last)
        assert parse(reply).value == (bytes(size - 1) + b"x")[first : size + last + 1]
        taken = server.memory_kib("VmHWM") - before
        assert taken < 1.5 * size / 1024, f"{taken} KiB for a range of {size} bytes"


# The end


def test_a_signal_ends_it_though_clients_keep_pipelining(start_server):
    server = start_server()
    # Slower to answer than to send: the server never catches up with them.
    requests = (b"LCS one two LEN" + b" " * 200 + b"\r\n") * 2_000
    in_full_swing = threading.Barrier(3)

    def send(client):
        with contextlib.suppress(OSError):
            while True:
                client.send(requests)

    def read(client):
        with contextlib.suppress(OSError, threading.BrokenBarrierError):
            received = 0
            while received < 100_000 and (replies := client.socket.recv(1 << 20)):
                received += len(replies)
            in_full_swing.wait(seconds(10))
            while client.socket.recv(1 << 20):
                pass

    with server.raw() as one, server.raw() as two:
        one.ask("MSET", "one", "a" * 100, "two", "b" * 100)
        threads = [
            threading.Thread(target=work, args=(client,)) for client in (one, two) for work in (send, read)
        ]
        for thread in threads:
            thread.start()
        in_full_swing.wait(seconds(10))
        server.signal(signal.SIGTERM)
        try:
            assert server.wait(within=4) == 0
        finally:
            for thread in threads:
                thread.join(seconds(10))


# Clients that are held


def stall(client, other, following):
    """Asks for the big value and what follows; returns when more is unread than the server reads on for."""
    client_id = client.ask("CLIENT", "ID")
    client.send(encode_command(["GET", "big"]) + following)
    eventually(lambda: client_field(other, client_id, "omem") > 1 << 20)


@pytest.mark.pongo_only
def test_a_held_client_with_unread_replies_gets_all_once_it_reads(start_server):
    """The pause ends while it is not read for its backlog; its reading must set it going again."""
    server = start_server("--client-reply-backlog-limit", "1mb", "--reactors", 1)
    size = 30 << 20
    with server.raw(timeout=5) as client, server.raw(timeout=5) as other:
        other.ask("SETRANGE", "big", size - 1, "x")
        other.ask("CLIENT", "PAUSE", 60_000, "WRITE")
        stall(client, other, encode_command(["SET", "k", "v"]))
        other.ask("CLIENT", "UNPAUSE")
        for _ in range(10):
            other.ask("PING")  # The server has had its chance to see that the pause is over.
        assert len(client.read_reply()) == size + len(b"$%d\r\n\r\n" % size)
        assert client.read_reply() == b"+OK\r\n"
        assert client.ask("GET", "k") == b"v"


@pytest.mark.pongo_only
def test_a_higher_backlog_limit_sets_a_stalled_client_going(start_server):
    server = start_server("--client-reply-backlog-limit", "1mb", "--reactors", 1)
    size = 30 << 20
    with server.raw(timeout=5) as client, server.raw(timeout=5) as other:
        other.ask("SETRANGE", "big", size - 1, "x")
        stall(client, other, encode_command(["INCR", "k"]) * 100)
        other.ask("CONFIG", "SET", "client-reply-backlog-limit", "64mb")
        assert len(client.read_reply()) == size + len(b"$%d\r\n\r\n" % size)
        assert client.read_replies(100)[-1] == b":100\r\n"


def test_what_waits_behind_held_requests_is_answered_after_them(server):
    """Small replies are gathered and big ones sent at once; neither may pass the other."""
    with server.raw() as client, server.raw() as other:
        other.ask("SET", "big", b"x" * 1_000_000)
        other.ask("CLIENT", "PAUSE", 60_000, "WRITE")
        with asleep(server):
            client.send(encode_command(["INCR", "k"]) * 40 + encode_command(["GET", "big"]))
        eventually(lambda: clients_told(other, "blocked") == 1)
        other.ask("CLIENT", "UNPAUSE")
        assert [client.read_reply() for _ in range(40)] == [b":%d\r\n" % (i + 1) for i in range(40)]
        assert len(client.read_reply()) == 1_000_000 + len(b"$1000000\r\n\r\n")


@pytest.mark.parametrize("size", [20_000, 50_000, 400_000])
def test_an_argument_whose_end_comes_while_requests_are_held_is_run(server, size):
    with server.raw() as client, server.raw() as other:
        client_id = client.ask("CLIENT", "ID")
        other.ask("CLIENT", "PAUSE", 60_000, "WRITE")
        big = encode_command(["SET", "big", b"x" * size])
        client.send(encode_command(["SET", "k", "v"]) + big[:1000])
        eventually(lambda: clients_told(other, "blocked") == 1)
        client.send(big[1000:])
        held = ("qbuf", "argv-mem")
        eventually(lambda: sum(client_field(other, client_id, field) for field in held) >= size)
        other.ask("CLIENT", "UNPAUSE")
        assert client.read_replies(2) == [b"+OK\r\n"] * 2
        assert client.ask("STRLEN", "big") == size


@pytest.mark.measures_memory
def test_a_held_client_costs_no_processor_time(server):
    with server.raw() as held, server.raw() as other:
        held.ask("PING")
        begun = time.monotonic()
        other.ask("CLIENT", "PAUSE", 600, "WRITE")
        spent = processor_seconds(server)
        held.send_command("SET", "k", "v")
        server.raw().close()  # A connection that comes and goes must not set it spinning either.
        assert held.read_reply() == b"+OK\r\n"
        spent = processor_seconds(server) - spent
        assert time.monotonic() - begun > 0.5
        assert spent < 0.1, f"{spent:.2f} s of processor time in 0.6 s of waiting"


def test_held_clients_that_leave_are_noticed_at_once(server):
    with server.raw() as other:
        other.ask("CLIENT", "PAUSE", 60_000, "WRITE")
        held = [server.raw() for _ in range(20)]
        for client in held:
            client.send_command("INCR", "k")
        eventually(lambda: clients_told(other, "blocked") == 20)
        assert clients_told(other, "connected") == 21
        for client in held:
            client.close()
        eventually(lambda: clients_told(other, "connected") == 1, within=5)
        assert clients_told(other, "blocked") == 0
        other.ask("CLIENT", "UNPAUSE")
        assert other.ask("EXISTS", "k") == 0


@pytest.mark.parametrize("waits", ["BLPOP none 0", "XREAD BLOCK 0 STREAMS none $", "WAIT 1 0"])
def test_who_has_left_when_it_comes_to_wait_is_noticed(server, waits):
    with server.raw() as other:
        for _ in range(20):
            other.ask("RPUSH", "big", *range(2000))
        leaver = server.raw()
        slow = encode_command(["SORT", "big", "ALPHA", "LIMIT", "0", "1"])
        leaver.send(slow * 200 + encode_command(waits.split()))
        leaver.socket.shutdown(socket.SHUT_WR)
        eventually(lambda: clients_told(other, "connected") == 1, within=20)
        assert clients_told(other, "blocked") == 0
        leaver.close()


@pytest.mark.parametrize("bytes_behind", [10, 300_000, 3_000_000])
def test_who_leaves_while_blocked_is_noticed_whatever_it_sent_behind(server, bytes_behind):
    with server.raw() as other, server.raw() as leaver:
        leaver.send_command("BLPOP", "queue", "0")
        eventually(lambda: clients_told(other, "blocked") == 1)
        leaver.send(encode_command(["SET", "x", "v" * bytes_behind]))
        leaver.close()
        eventually(lambda: clients_told(other, "connected") == 1)
        assert other.ask("RPUSH", "queue", "element") == 1
        assert other.ask("LLEN", "queue") == 1
        assert other.ask("EXISTS", "x") == 0


@pytest.mark.parametrize("requests", [
    [["SET", "k", "1"]] * 20_000,
    [["SET", "k", "1"], ["SET", "x", "v" * 3_000_000]],
], ids=["many", "big"])
def test_what_is_held_of_a_client_that_leaves_is_never_run(server, requests):
    with server.raw() as other, server.raw() as leaver:
        other.ask("CLIENT", "PAUSE", 60_000, "WRITE")
        leaver.send(b"".join(map(encode_command, requests)))
        eventually(lambda: clients_told(other, "blocked") == 1)
        leaver.close()
        eventually(lambda: clients_told(other, "connected") == 1)
        other.ask("CLIENT", "UNPAUSE")
        assert other.ask("EXISTS", "k", "x") == 0


# Who may come in


@pytest.mark.parametrize("reactors", ["default", pytest.param(4, marks=pytest.mark.pongo_only)])
def test_maxclients_holds_in_a_storm_of_connections(start_server, reactors):
    """All of them wait when the server wakes, so it accepts them faster than it can set them up."""
    flags = [] if reactors == "default" else ["--reactors", reactors]
    server = start_server("--maxclients", 10, "--tcp-backlog", 511, *flags)
    with server.raw() as other:
        for _ in range(3):
            with contextlib.ExitStack() as storm:
                with asleep(server):
                    clients = [storm.enter_context(server.raw(timeout=5)) for _ in range(100)]
                answers = [answer_to_ping(client) for client in clients]
                assert answers.count(b"+PONG\r\n") == 9
                assert answers.count(b"+PONG\r\n") + sum(map(is_refusal, answers)) == 100
                assert clients_told(other, "connected") == 10
            eventually(lambda: clients_told(other, "connected") == 1)


def answer_to_ping(client):
    """What comes back, if only b"" because the connection is closed already."""
    with contextlib.suppress(ConnectionError):
        client.send(b"PING\r\n")
        return client.socket.recv(100)
    return b""


def is_refusal(answer):
    return answer in (b"", b"-ERR max number of clients reached\r\n")


def test_the_addresses_may_change_while_running(start_server):
    """From all to one and back, with clients that stay; the addresses overlap, the port is the same."""
    server = start_server()

    def accepts(host):
        try:
            with contextlib.closing(socket.create_connection((host, server.port), timeout=seconds(5))) as one:
                return RawClient.over(one).ask("PING") == b"PONG"
        except ConnectionRefusedError:
            return False

    with server.raw() as client:
        assert client.ask("CONFIG", "GET", "bind") == [b"bind", b"* -::*"]
        assert accepts("127.0.0.2")
        for _ in range(2):
            assert client.ask("CONFIG", "SET", "bind", "127.0.0.1") == b"OK"
            assert client.ask("CONFIG", "GET", "bind") == [b"bind", b"127.0.0.1"]
            assert accepts("127.0.0.1") and not accepts("127.0.0.2")
            assert client.ask("CONFIG", "SET", "bind", "* -::*") == b"OK"
            assert accepts("127.0.0.1") and accepts("127.0.0.2")


def test_an_address_that_cannot_be_bound_leaves_the_old_ones(start_server):
    server = start_server()
    with server.raw() as client:
        assert client.command("CONFIG", "SET", "bind", "192.0.2.1").startswith(b"-ERR CONFIG SET failed")
        assert client.ask("CONFIG", "GET", "bind") == [b"bind", b"* -::*"]
        with server.raw() as new:
            assert new.ask("PING") == b"PONG"


@pytest.mark.parametrize(
    "words, reply",
    [
        pytest.param(["MGET", *["k"] * 20], b"*20\r\n" + b"$-1\r\n" * 20, id="many arguments"),
        pytest.param(["SET", "k", "v" * 20_000], b"+OK\r\n", id="a long argument"),
    ],
)
def test_the_limits_of_strangers_end_with_the_password(start_server, words, reply):
    server = start_server("--requirepass", "secret")
    with server.raw(timeout=5) as stranger, server.raw() as friend:
        assert stranger.command("PING").startswith(b"-NOAUTH")
        friend.ask("AUTH", "secret")
        friend.ask("CONFIG", "SET", "requirepass", "")
        assert stranger.command(*words) == reply


# Odd requests


def test_switching_replies_on_is_answered_even_when_it_was_to_be_skipped(server):
    with server.raw(timeout=5) as client:
        client.send(b"CLIENT REPLY SKIP\r\nCLIENT REPLY ON\r\nPING\r\n")
        assert client.read_replies(2) == [b"+OK\r\n", b"+PONG\r\n"]


def test_a_silenced_client_is_not_told_of_its_protocol_error(server):
    with server.raw(timeout=5) as client:
        client.send(b"CLIENT REPLY OFF\r\nPING\r\n*x\r\nSET k v\r\n")
        if not is_pongo(server.binary):
            client.socket.shutdown(socket.SHUT_WR)  # Redis waits for the client to go.
        assert client.read_until_closed() == b""
    with server.raw() as client:
        assert client.ask("EXISTS", "k") == 0


@pytest.mark.parametrize(
    "request_line", [b"POST / HTTP/1.1", b"post / HTTP/1.1", b"Host: localhost:6379", b"host: x"]
)
def test_a_browser_is_turned_away(server, request_line):
    """A page may make its reader's browser send this; not a word of it may be run."""
    with server.raw(timeout=5) as client:
        with asleep(server):
            client.send(b"PING\r\n" + request_line + b"\r\nContent-Length: 14\r\n\r\nSET k hacked\r\n")
        assert client.read_until_closed() in (b"+PONG\r\n", b"")
    with server.raw() as client:
        assert client.ask("EXISTS", "k") == 0


def test_an_inline_request_over_64_kb_is_refused_though_it_is_whole(server):
    with server.raw(timeout=5) as client:
        with asleep(server):
            client.send(b"SET k " + b"x" * 100_000 + b"\r\nSET k 1\r\n")
        assert client.read_until_closed() == b"-ERR Protocol error: too big inline request\r\n"
    with server.raw() as client:
        assert client.ask("EXISTS", "k") == 0
        client.send(b"ECHO " + b"x" * 65_000 + b"\r\n")
        assert client.read_reply() == b"$65000\r\n" + b"x" * 65_000 + b"\r\n"
