"""Clients that wait for keys, on several reactors: nothing is lost, nothing is given twice, time is kept."""

import random
import threading
import time

import pytest

from support.clients import cut_off, leave
from support.resp import ConnectionClosed, encode_command, parse
from support.server import asleep, eventually
from support.settings import LOAD_SCALE, LOAD_SECONDS, seconds

CONSUMERS = int(40 * LOAD_SCALE)
PRODUCERS = int(8 * LOAD_SCALE)
ELEMENTS = int(4000 * LOAD_SCALE)


def consume(connection, received):
    try:
        while True:
            reply = parse(connection.command("BLPOP", "queue", "other", "0")).value
            received.append(int(reply[1].value))
            if received[-1] < 0:
                return
    except (ConnectionClosed, OSError, ValueError):
        pass  # Killed.


def produce(server, number):
    with server.redis() as client:
        for element in range(number, ELEMENTS, PRODUCERS):
            client.rpush("queue" if element % 3 else "other", element)


def test_every_element_is_delivered_once_though_half_of_the_consumers_are_killed(start_server):
    server = start_server("--reactors", 2)
    chance = random.Random(1)
    connections = [server.raw(seconds(60)) for _ in range(CONSUMERS)]
    received = [[] for _ in connections]
    consumers = [threading.Thread(target=consume, args=pair) for pair in zip(connections, received)]
    producers = [threading.Thread(target=produce, args=(server, number)) for number in range(PRODUCERS)]
    for thread in consumers + producers:
        thread.start()
    killed = chance.sample(range(CONSUMERS), CONSUMERS // 2)
    cut_off_ones = killed[::2]
    for number in killed:
        enough = chance.randrange(20)
        eventually(lambda: len(received[number]) >= enough or not any(each.is_alive() for each in producers))
        (cut_off if number in cut_off_ones else leave)(connections[number])
    for thread in producers:
        thread.join()
    with server.redis() as client:
        left = [int(element) for key in ("queue", "other") for element in client.lrange(key, 0, -1)]
        for _ in range(CONSUMERS):
            client.rpush("queue", -1)
    for thread in consumers:
        thread.join(seconds(60))
    delivered = [element for each in received for element in each if element >= 0]
    assert len(set(delivered)) == len(delivered)
    missing = set(range(ELEMENTS)) - set(delivered) - {element for element in left if element >= 0}
    assert len(missing) <= len(cut_off_ones)  # Each may have had one in its socket, which nobody can read.


@pytest.mark.parametrize("reactors", [1, 3])
def test_a_blocked_client_is_served_by_a_client_of_any_reactor(start_server, reactors):
    server = start_server("--reactors", reactors)
    waiting = [server.raw(seconds(30)) for _ in range(6)]
    for number, connection in enumerate(waiting):
        connection.send_command("BLPOP", f"key:{number}", "0")
    for number, connection in enumerate(waiting):
        with server.redis() as client:
            client.rpush(f"key:{number}", number)
        assert parse(connection.read_reply()).value[1].value == b"%d" % number


def test_a_client_that_leaves_while_it_is_served_is_closed_and_takes_nothing_along(start_server):
    """The server finds at once that the client has left and that there is something for it."""
    server = start_server("--reactors", 2)
    for number in range(20):
        with server.raw(10) as consumer, server.raw() as producer:
            consumer.command("PING")
            consumer.send_command("BLPOP", number, "0")
            eventually(lambda: b"blocked_clients:1\r" in producer.ask("INFO", "clients"))
            with asleep(server):
                leave(consumer)
                producer.send_command("RPUSH", number, "element")
            assert producer.read_reply() == b":1\r\n"
            taken = consumer.read_until_closed()
            eventually(lambda: bool(taken) != bool(producer.ask("EXISTS", number)))


def test_a_client_that_leaves_with_much_behind_its_request_takes_nothing_along(start_server):
    server = start_server("--reactors", 2)
    with server.raw() as consumer, server.raw() as producer:
        consumer.send_command("BLPOP", "k", "0")
        eventually(lambda: b"blocked_clients:1\r" in producer.ask("INFO", "clients"))
        consumer.send(encode_command(["PING"]) * 100_000)
        consumer.socket.close()
        eventually(lambda: b"blocked_clients:0\r" in producer.ask("INFO", "clients"))
        assert producer.ask("RPUSH", "k", "v") == 1
        assert producer.ask("LLEN", "k") == 1


@pytest.mark.parametrize("reactors", [1, 2])
def test_what_a_client_asked_before_is_answered_before_it_is_served(start_server, reactors):
    """All in one cycle of the server: it asks, it waits, somebody serves it and has messages delivered."""
    server = start_server("--reactors", reactors)
    for number in range(20):
        with server.raw() as consumer, server.raw() as producer:
            consumer.command("PING")
            producer.command("PING")
            with asleep(server):
                consumer.send(encode_command(["ECHO", "x"]) + encode_command(["BLPOP", f"key:{number}", "0"]))
                push = encode_command(["RPUSH", f"key:{number}", "v"])
                producer.send(push + encode_command(["PUBLISH", "c", "m"]))
            assert parse(consumer.read_reply()).value == b"x"
            assert parse(consumer.read_reply()).to_python() == [b"key:%d" % number, b"v"]


def test_what_comes_while_a_client_waits_is_answered_after(start_server):
    server = start_server("--reactors", 2)
    with server.raw(60) as consumer, server.raw() as producer:
        consumer.send_command("BLPOP", "k", "0")
        eventually(lambda: b"blocked_clients:1\r" in producer.ask("INFO", "clients"))
        consumer.send(b"".join(encode_command(["ECHO", number]) for number in range(50_000)))
        producer.ask("RPUSH", "k", "v")
        assert parse(consumer.read_reply()).to_python() == [b"k", b"v"]
        assert consumer.read_replies(50_000) == [b"$%d\r\n%d\r\n" % (len(str(number)), number)
                                                 for number in range(50_000)]


def test_what_goes_back_is_nobodys_command(start_server):
    """Elements popped for clients that have left, under the eyes of monitors of both reactors."""
    server = start_server("--reactors", 2)
    end = time.monotonic() + LOAD_SECONDS
    done = threading.Event()

    def come_and_go(command):
        while not done.is_set():
            with server.raw() as client:
                client.send_command(*command)
                done.wait(random.random() / 1000)

    def watch(seen):
        with server.raw() as client:
            client.command("MONITOR")
            while (line := client.read_reply()) != b"":
                seen.append(line)
                if b'"stop"' in line:
                    return

    seen = [[], []]
    threads = [threading.Thread(target=come_and_go, args=[("BLPOP", "queue", "0")]) for _ in range(4)]
    threads += [threading.Thread(target=come_and_go, args=[("MONITOR",)]) for _ in range(3)]
    monitors = [threading.Thread(target=watch, args=[each]) for each in seen]
    for thread in threads + monitors:
        thread.start()
    with server.raw() as producer:
        while time.monotonic() < end:
            producer.ask("RPUSH", "queue", "x")
        done.set()
        for thread in threads:
            thread.join()
        eventually(lambda: b"blocked_clients:0\r" in producer.ask("INFO", "clients"))
        producer.ask("ECHO", "stop")
        mine = b"%s]" % producer.local_address.encode()
    for monitor in monitors:
        monitor.join()
    pushes = [line for each in seen for line in each if b'"RPUSH"' in line]
    assert pushes and all(mine in line for line in pushes)


def test_time_is_kept_to_some_milliseconds(start_server):
    server = start_server("--reactors", 2)
    connection = server.raw(seconds(30))
    for timeout in (0.01, 0.05, 0.2):
        start = time.monotonic()
        assert parse(connection.command("BLPOP", "none", str(timeout))).value is None
        assert timeout - 0.001 <= time.monotonic() - start < timeout + seconds(2)
