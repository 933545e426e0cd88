"""Limits of what clients may keep in the server's memory: replies, requests, and all of it together."""

import contextlib
import re

import pytest

from support.clients import client_field, clients_told, narrow_client
from support.resp import ConnectionClosed, encode_command, parse
from support.server import eventually

MIB = 1024  # in KiB


def stat(other, name):
    return int(re.search(rf"^{name}:(\d+)", other.ask("INFO", "stats").decode(), re.M).group(1))


# Replies


@pytest.mark.measures_memory
@pytest.mark.parametrize("command", ["SRANDMEMBER", "HRANDFIELD", "ZRANDMEMBER"])
@pytest.mark.parametrize("size", [3, 3000])
def test_drawing_without_end_ends_at_the_limit_of_the_replies(start_server, command, size):
    server = start_server()
    with server.raw(timeout=60) as client, server.raw(timeout=60) as other:
        for number in range(size):
            other.send(
                encode_command(["SADD", "SRANDMEMBER", f"{number} a member"])
                + encode_command(["HSET", "HRANDFIELD", f"{number} a field", "1"])
                + encode_command(["ZADD", "ZRANDMEMBER", "1", f"{number} a member"])
            )
        other.read_replies(3 * size)
        other.ask("CONFIG", "SET", "client-output-buffer-limit", "normal 10mb 0 0")
        before = server.memory_kib()
        server.forget_memory_peak()
        client.send(encode_command([command, command, "-2000000000"]) + encode_command(["SET", "after", "1"]))
        with contextlib.suppress(ConnectionResetError):
            client.read_until_closed()
        assert other.ask("EXISTS", "after") == 0
        assert server.memory_kib("VmHWM") - before < 64 * MIB


@pytest.mark.measures_memory
@pytest.mark.parametrize(
    "words",
    [["MGET", *["text"] * 50_000], ["MGET", *["big"] * 200], ["LRANGE", "list", "0", "-1"]],
    ids=["many small", "many big", "a list"],
)
def test_a_reply_beyond_the_limit_closes_the_client_and_one_below_does_not(start_server, words):
    server = start_server("--client-output-buffer-limit", "normal 8mb 0 0")
    with server.raw(timeout=60) as client, server.raw(timeout=60) as other:
        other.ask("MSET", "text", "x" * 1000, "big", "x" * 200_000)
        for _ in range(20):
            other.ask("RPUSH", "list", *["x" * 1000] * 1000)
        client.command("MGET", *["text"] * 1000)
        client.ask("LRANGE", "list", 0, 2000)
        client.send(encode_command(words))
        with contextlib.suppress(ConnectionResetError):
            assert client.read_until_closed() == b""
        assert clients_told(other, "connected") == 1


def test_a_client_over_the_soft_limit_for_too_long_is_closed(start_server):
    server = start_server()
    with narrow_client(server) as slow, server.raw() as other:
        other.ask("SET", "big", "x" * (30 << 20))
        slow.send(encode_command(["GET", "big"]))
        eventually(lambda: clients_told(other, "connected") == 2)
        other.ask("CONFIG", "SET", "client-output-buffer-limit", "normal 0 1mb 1")
        eventually(lambda: clients_told(other, "connected") == 1)


def test_the_log_says_of_whom_the_replies_were_too_many(start_server):
    server = start_server("--client-output-buffer-limit", "normal 1mb 0 0")
    with server.raw() as client, server.raw() as other:
        client.ask("CLIENT", "SETNAME", "greedy")
        other.ask("SET", "big", "x" * (2 << 20))
        client.send(encode_command(["GET", "big"]))
        with contextlib.suppress(ConnectionResetError):
            assert client.read_until_closed() == b""
        assert stat(other, "client_output_buffer_limit_disconnections") == 1
    server.wait_for_log(
        r"# Client id=\d+ addr=.* name=greedy .* scheduled to be closed ASAP for overcoming of output buffer"
    )


@pytest.mark.parametrize("limit", ["pubsub 1mb 0 0", "pubsub 0 1mb 1"])
def test_a_subscriber_that_does_not_read_is_closed_and_others_miss_nothing(start_server, limit):
    server = start_server("--reactors", 2, "--client-output-buffer-limit", limit)
    message = b"x" * 1000
    with narrow_client(server) as slow, server.raw() as reader, server.raw() as publisher:
        slow.ask("SUBSCRIBE", "c")
        reader.ask("SUBSCRIBE", "c")
        reader.ask("SUBSCRIBE", "other")
        sent = 0

        def closed():
            nonlocal sent
            for _ in range(200):
                publisher.ask("PUBLISH", "c", message)
            reader.read_replies(200)
            sent += 200
            return clients_told(publisher, "connected") == 2

        eventually(closed)
        publisher.ask("PUBLISH", "other", str(sent))
        assert parse(reader.read_reply()).to_python() == [b"message", b"other", b"%d" % sent]
        assert stat(publisher, "client_output_buffer_limit_disconnections") == 1


def test_what_a_subscriber_does_not_read_is_told(start_server):
    server = start_server()
    with narrow_client(server) as slow, server.raw() as publisher:
        number = slow.ask("CLIENT", "ID")
        slow.ask("SUBSCRIBE", "c")
        for _ in range(2):  # The kernel takes some of it; what comes later waits behind the rest.
            publisher.ask("PUBLISH", "c", "x" * (10 << 20))
        eventually(lambda: client_field(publisher, number, "omem") > 10 << 20)


# Requests


def test_the_log_says_of_whom_the_request_was_too_long(start_server):
    server = start_server("--client-query-buffer-limit", "1mb")
    with server.raw() as client:
        client.ask("CLIENT", "SETNAME", "verbose")
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            client.send(b"*2\r\n$4\r\nECHO\r\n$3000000\r\n" + b"x" * 2_000_000)
            assert client.read_until_closed() == b""
    server.wait_for_log(
        r"# Closing client that reached max query buffer length: id=\d+ .* name=verbose .*\(qbuf initial"
    )


# All clients together


def test_the_biggest_client_is_evicted_when_all_hold_too_much(start_server):
    server = start_server("--reactors", 2, "--maxmemory-clients", "4mb")
    with server.raw() as big, server.raw() as small, server.raw() as other:
        big.ask("CLIENT", "SETNAME", "big")
        small.send(b"*2\r\n$4\r\nECHO\r\n$900000\r\n" + b"x" * 800_000)
        big.send(b"*2\r\n$4\r\nECHO\r\n$5000000\r\n" + b"x" * 4_500_000)
        with contextlib.suppress(ConnectionResetError):
            assert big.read_until_closed() == b""
        small.send(b"x" * 100_000 + b"\r\n")
        assert parse(small.read_reply()).value == b"x" * 900_000
        assert stat(other, "evicted_clients") == 1
        other.ask("CONFIG", "RESETSTAT")
        assert stat(other, "evicted_clients") == 0
    server.wait_for_log(r"\* Evicting client: id=\d+ .* name=big ")


def hold(client, how, number):
    """Leaves something with the server that is worth more than 500 bytes."""
    if how == "MULTI":
        client.ask("SET", "k", "x" * 1000)
    else:
        client.command(*how.split(), f"{number}" + "n" * 500)


@pytest.mark.parametrize(
    "how", ["MULTI", "SUBSCRIBE", "PSUBSCRIBE", "WATCH", "CLIENT TRACKING ON BCAST PREFIX"]
)
def test_what_a_client_leaves_with_the_server_counts(start_server, how):
    server = start_server("--maxmemory-clients", "1mb")
    with server.raw() as client, server.raw() as other:
        if how == "MULTI":
            client.ask("MULTI")
        with pytest.raises((ConnectionClosed, OSError)):
            for number in range(4_000):
                hold(client, how, number)
        assert stat(other, "evicted_clients") == 1
        assert clients_told(other, "connected") == 1


def test_who_must_not_be_evicted_stays_and_counts(start_server):
    server = start_server("--maxmemory-clients", "1mb")
    with server.raw() as kept, server.raw() as other, server.raw() as small:
        kept.ask("CLIENT", "NO-EVICT", "on")
        other.ask("CLIENT", "NO-EVICT", "on")
        small.ask("PING")
        kept.send(b"*2\r\n$4\r\nECHO\r\n$5000000\r\n" + b"x" * 4_500_000)
        assert small.is_closed()
        kept.send(b"x" * 500_000 + b"\r\n")
        assert parse(kept.read_reply()).value == b"x" * 5_000_000
        assert stat(other, "evicted_clients") == 1


def test_what_was_read_does_not_count_any_more(start_server):
    server = start_server("--maxmemory-clients", "30mb")
    with server.raw() as other, contextlib.ExitStack() as stack:
        other.ask("SET", "big", "x" * (20 << 20))
        clients = [stack.enter_context(server.raw()) for _ in range(4)]
        for client in clients:
            assert len(client.ask("GET", "big")) == 20 << 20
            number = client.ask("CLIENT", "ID")
            assert client_field(other, number, "omem") == 0
        assert stat(other, "evicted_clients") == 0


def test_requests_that_wait_count(start_server):
    server = start_server("--maxmemory-clients", "20mb")
    with server.raw() as other, contextlib.ExitStack() as stack:
        other.ask("CLIENT", "NO-EVICT", "on")
        for number in range(20):
            client = stack.enter_context(server.raw())
            with contextlib.suppress(OSError):
                client.send_command("BLPOP", f"{number}" + "k" * (2 << 20), "0")
        eventually(lambda: stat(other, "evicted_clients") >= 5)


def test_a_limit_that_is_set_later_counts_for_who_is_there(start_server):
    server = start_server()
    with server.raw() as client, server.raw() as other:
        number = client.ask("CLIENT", "ID")
        client.send(b"*2\r\n$4\r\nECHO\r\n$5000000\r\n" + b"x" * 4_500_000)
        eventually(lambda: client_field(other, number, "tot-mem") > 4_500_000)
        other.ask("CONFIG", "SET", "maxmemory", "100mb", "maxmemory-clients", "2%")
        with contextlib.suppress(ConnectionResetError):
            assert client.read_until_closed() == b""
