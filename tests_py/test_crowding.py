"""Clients whose requests have more for the clients of other reactors than those can pass on."""

import contextlib
import select
import signal
import socket
import threading

import pytest

from support import settings
from support.resp import encode_command

MESSAGES = 1500
BYTES = 100_000
KIB_ALLOWED = 60 << 10  # Less than half of all messages.


def publish(message):
    return encode_command(["PUBLISH", "news", message])


def publish_in_a_transaction(message):
    return encode_command(["MULTI"]) + publish(message) + encode_command(["EXEC"])


def echo(message):
    return encode_command(["ECHO", message])


def answers_while_asleep(sleeper, other):
    """Whether the other client is of another reactor than the one that sleeps."""
    sleeper.send_command("DEBUG", "SLEEP", "0.5")
    other.command("PING")
    answered = not select.select([sleeper.socket], [], [], 0)[0]
    sleeper.read_reply()
    return answered


@pytest.fixture
def two_reactors(start_server):
    """A server, a client, one of the same reactor, and one of the other."""
    # However slowly a listener reads here: who is closed for that is tested elsewhere.
    server = start_server("--reactors", 2, "--client-output-buffer-limit", "pubsub 0 0 0")
    with contextlib.ExitStack() as stack:
        first, *others = [stack.enter_context(server.raw(timeout=60)) for _ in range(4)]
        far = [client for client in others if answers_while_asleep(first, client)]
        near = [client for client in others if client not in far]
        yield server, first, near[0], far[0]


def flood(client, request):
    """Sends without waiting for the answers, which are read meanwhile, and a last request after."""
    def send():
        with contextlib.suppress(OSError):
            for _ in range(MESSAGES):
                client.socket.sendall(request("m" * BYTES))
            client.socket.sendall(request("the end"))

    def read():
        with contextlib.suppress(OSError):
            while client.socket.recv(1 << 20):
                pass

    for work in (send, read):
        threading.Thread(target=work, daemon=True).start()


def bytes_until(client, end):
    received, tail = 0, b""
    while end not in tail:
        piece = client.socket.recv(1 << 20)
        assert piece
        received += len(piece)
        tail = (tail + piece)[-2 * len(end) - len(piece):]
    return received


@pytest.mark.pongo_only
@pytest.mark.measures_memory
@pytest.mark.parametrize("listens, request_of", [
    (["SUBSCRIBE", "news"], publish),
    (["SUBSCRIBE", "news"], publish_in_a_transaction),
    (["MONITOR"], echo),
], ids=["PUBLISH", "EXEC", "MONITOR"])
def test_who_floods_a_busy_reactor_waits_for_it(two_reactors, listens, request_of):
    server, sleeper, listener, flooder = two_reactors
    listener.command(*listens)
    before = peak = server.memory_kib()
    sleeper.send_command("DEBUG", "SLEEP", "1")
    flood(flooder, request_of)
    while not select.select([sleeper.socket], [], [], 0.02)[0]:
        peak = max(peak, server.memory_kib())
    assert bytes_until(listener, b"the end") > MESSAGES * BYTES
    assert peak - before < KIB_ALLOWED


def test_who_is_killed_or_leaves_after_a_message_was_published_gets_it(start_server):
    server = start_server("--reactors", 1)
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(server.raw()) for _ in range(300)]
        for listener in listeners:
            listener.command("SUBSCRIBE", "news")
        publisher = stack.enter_context(server.raw())
        assert publisher.ask("PUBLISH", "news", "the end") == 300
        for listener in listeners[::2]:
            listener.socket.shutdown(socket.SHUT_WR)
        publisher.send_command("CLIENT", "KILL", "TYPE", "pubsub")
        for listener in listeners:
            assert listener.read_until_closed().endswith(b"the end\r\n")


@pytest.mark.pongo_only
def test_a_server_stops_though_somebody_floods_a_reactor_that_has_stopped(two_reactors):
    server, sleeper, flooder, listener = two_reactors
    for stars in range(1, 101):
        listener.command("PSUBSCRIBE", "*" * stars)
    sleeper.send_command("DEBUG", "SLEEP", "1")
    flooder.send(b"PUBLISH n m\r\n" * 4000)  # More than are let through to one that has stopped.
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


def test_publishers_that_are_faster_than_all_readers_are_answered_and_nothing_is_lost(start_server):
    server = start_server("--reactors", 3)
    count, batch = int(8000 * settings.LOAD_SCALE), 500
    received = []

    def subscribe(client):
        client.command("SUBSCRIBE", "news")
        received.append(messages := [])

        def read():
            while len(messages) < 2 * count:
                messages.append(client.read_reply().rsplit(b"\r\n", 2)[-2])

        return threading.Thread(target=read, daemon=True)

    def publish(client, name):
        for start in range(0, count, batch):
            client.send(b"".join(encode_command(["PUBLISH", "news", f"{name}:{number}"])
                                 for number in range(start, start + batch)))
        assert client.read_replies(count) == [b":4\r\n"] * count

    with contextlib.ExitStack() as stack:
        readers = [subscribe(stack.enter_context(server.raw(timeout=60))) for _ in range(4)]
        clients = [stack.enter_context(server.raw(timeout=60)) for _ in range(2)]
        publishers = [threading.Thread(target=publish, args=each) for each in zip(clients, "ab")]
        for thread in readers + publishers:
            thread.start()
        for thread in readers + publishers:
            thread.join(settings.seconds(60))
    for messages in received:
        for name in b"ab":
            own = [message for message in messages if message[0] == name]
            assert own == [b"%c:%d" % (name, number) for number in range(count)]


