"""Many clients at once: threads, thousands of sockets, long pipelines, slow and rude clients."""

import concurrent.futures
import resource
import selectors
import socket
import subprocess
import threading

import pytest

from support.resp import encode_command, parse
from support.server import asleep, eventually
from support.settings import MANY_CLIENTS, is_pongo, seconds

MIB = 1024  # in KiB


def in_threads(count, work):
    """Runs work(number) in `count` threads that start together; returns results, raises the first error."""
    barrier = threading.Barrier(count)

    def run(number):
        barrier.wait(seconds(60))
        return work(number)

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return [found.result() for found in [pool.submit(run, number) for number in range(count)]]


REACTORS = [
    pytest.param(count, id=f"{count} reactors", marks=[] if count == "default" else pytest.mark.pongo_only)
    for count in ("default", 1, 4)
]


@pytest.fixture(params=REACTORS)
def any_server(request, start_server):
    """A server of its own, with one reactor, several, or as many as it likes."""
    return start_server(*([] if request.param == "default" else ["--reactors", request.param]))


@pytest.mark.parametrize("threads", [2, 50, 500])
def test_each_thread_gets_its_own_replies_and_no_increment_is_lost(any_server, threads):
    rounds = max(2, 2000 // threads)

    def work(number):
        with any_server.redis() as client:
            for turn in range(rounds):
                assert client.ping() is True
                client.incr("counter")
                assert client.echo(f"{number}/{turn}") == f"{number}/{turn}".encode()

    in_threads(threads, work)
    with any_server.redis() as client:
        assert int(client.get("counter")) == threads * rounds


def test_two_redis_cli_are_answered_at_once(server):
    command = ["redis-cli", "-h", server.host, "-p", str(server.port), "PING"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=seconds(20))[0] for process in running] == ["PONG\n", "PONG\n"]


# Thousands of sockets


def allow_descriptors(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        pytest.skip(f"{count} descriptors are needed and the hard limit is {hard}")
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def test_ten_thousand_clients_are_all_answered(start_server):
    allow_descriptors(MANY_CLIENTS + 200)
    server = start_server("--maxclients", MANY_CLIENTS + 100, "--tcp-backlog", 4096)
    clients = []
    try:
        for _ in range(MANY_CLIENTS):
            clients.append(socket.create_connection((server.host, server.port), timeout=seconds(30)))
        for round_number in range(2):
            for number, client in enumerate(clients):
                client.sendall(encode_command(["ECHO", f"{round_number}:{number}"]))
            assert len(replies_of(clients)) == MANY_CLIENTS
        with server.redis() as client:
            assert client.info("clients")["connected_clients"] == MANY_CLIENTS + 1
    finally:
        for client in clients:
            client.close()
    with server.redis() as client:
        eventually(lambda: client.info("clients")["connected_clients"] == 1, within=30)


def replies_of(clients):
    """Waits until each client has its own echo."""
    answered = set()
    with selectors.DefaultSelector() as selector:
        for number, client in enumerate(clients):
            selector.register(client, selectors.EVENT_READ, number)
        while len(answered) < len(clients):
            ready = selector.select(timeout=seconds(30))
            assert ready, f"{len(clients) - len(answered)} of {len(clients)} clients got no answer"
            for key, _ in ready:
                reply = parse(key.fileobj.recv(4096)).value
                assert reply.endswith(b":%d" % key.data)
                answered.add(key.data)
                selector.unregister(key.fileobj)
    return answered


# Pieces of requests

PIECES = (
    encode_command(["SET", "k", "a\r\nb"])
    + b"GET k\r\n"
    + encode_command(["FOO", "x"])
    + b"\r\nECHO 'it is'\r\n"
    + encode_command(["MGET", "k", "none"])
    + encode_command(["STRLEN", "k"])
)
PIECES_REPLIES = (
    b"+OK\r\n$4\r\na\r\nb\r\n-ERR unknown command 'FOO', with args beginning with: 'x' \r\n"
    b"$5\r\nit is\r\n*2\r\n$4\r\na\r\nb\r\n$-1\r\n:4\r\n"
)


def receive_exactly(connection, count):
    received = b""
    while len(received) < count:
        piece = connection.recv(count - len(received))
        assert piece, f"closed after {received!r}"
        received += piece
    return received


def test_a_pipeline_may_be_cut_at_every_byte(server):
    with server.raw() as cut, server.raw() as other:
        for place in range(1, len(PIECES)):
            cut.send(PIECES[:place])
            other.command("PING")  # The server has had its chance to read the first piece.
            cut.send(PIECES[place:])
            assert receive_exactly(cut.socket, len(PIECES_REPLIES)) == PIECES_REPLIES, f"cut at {place}"


def test_a_pipeline_may_come_byte_by_byte(server):
    with server.raw() as slow, server.raw() as other:
        for place in range(len(PIECES)):
            slow.send(PIECES[place : place + 1])
            other.command("PING")
        assert receive_exactly(slow.socket, len(PIECES_REPLIES)) == PIECES_REPLIES


@pytest.mark.parametrize(
    "size", [16383, 16384, 16385, 32767, 32768, 65535, 65536, 65537, 131072, 1048576, 1048577]
)
def test_values_around_buffer_sizes_arrive_whole(server, size):
    value = bytes(number * 7 % 251 for number in range(1024)) * (size // 1024 + 1)
    value = value[:size]
    with server.raw() as client:
        client.send(
            encode_command(["SET", "k", value])
            + encode_command(["STRLEN", "k"])
            + encode_command(["GET", "k"])
            + encode_command(["ECHO", value])
        )
        assert [parse(reply).value for reply in client.read_replies(4)] == [b"OK", b"%d" % size, value, value]


@pytest.mark.parametrize(
    "piece",
    [
        b"*3\r\n$3\r\nSET\r\n$1\r\nk",
        b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\nabc",
        b"GET",
        b"*",
        b"$",
        b"*1\r\n",
        b"SET k 'abc",
    ],
)
def test_half_a_request_hurts_nobody(server, piece):
    """It waits, others are served, and it does nothing when its client goes away."""
    with server.raw() as half, server.raw() as other:
        half.send(piece)
        assert other.ask("PING") == b"PONG"
        half.close()
        assert other.ask("EXISTS", "k") == 0


def test_a_client_that_leaves_before_its_replies_hurts_nobody(server):
    with server.raw() as other:
        other.ask("SET", "big", b"x" * 1_000_000)
        for _ in range(20):
            with server.raw() as leaver:
                leaver.send(encode_command(["GET", "big"]) * 50 + b"*2\r\n$3\r\nGET\r\n$3\r\nbi")
        assert other.ask("STRLEN", "big") == 1_000_000
        eventually(lambda: other.ask("CLIENT", "LIST").count(b"laddr=") == 1)


def test_commands_before_a_half_close_are_answered(server):
    with server.raw() as client:
        client.send(encode_command(["INCR", "k"]) * 3)
        client.socket.shutdown(socket.SHUT_WR)
        assert client.read_until_closed() in (b":1\r\n:2\r\n:3\r\n", b"")
    with server.raw() as client:
        assert client.ask("GET", "k") == b"3"


@pytest.mark.parametrize("size", [10, 64 << 10, (64 << 10) + 1, 200_000, 3_000_000])
def test_what_comes_with_a_half_close_is_read_to_its_end(server, size):
    """That the end follows is told only once, with what is before it."""
    value = b"x" * size
    data = encode_command(["SET", "k", value]) + encode_command(["APPEND", "log", value])
    with server.raw() as client:
        sender = threading.Thread(target=lambda: (client.send(data), client.socket.shutdown(socket.SHUT_WR)))
        with asleep(server):
            sender.start()
            if size < 1000:  # Fits into the socket, so that the server finds all of it at once.
                sender.join()
        sender.join()
        client.read_until_closed()
    with server.raw() as client:
        assert client.ask("STRLEN", "k") == client.ask("STRLEN", "log") == size


# Fairness and bounds


@pytest.mark.parametrize("size", [64 << 10, 128 << 10, (64 << 10) + 1])
@pytest.mark.parametrize("ends", [False, True], ids=["", "half-closed"])
def test_all_that_has_come_is_answered_however_much_it_was(server, size, ends):
    """Also when the server has just read as much as it reads at once, and does not run it all in one turn."""
    set_one = encode_command(["SET", "k", "v"])
    count = size // len(set_one) - 2
    last = encode_command(["ECHO", "x" * 1000])
    last = encode_command(["ECHO", "x" * (1000 + size - count * len(set_one) - len(last))])
    count += (size - count * len(set_one) - len(last)) // len(set_one)
    with server.raw() as client:
        client.command("PING")
        with asleep(server):
            client.send(set_one * count + last)
            if ends:
                client.socket.shutdown(socket.SHUT_WR)
        assert client.read_replies(count) == [b"+OK\r\n"] * count
        assert client.read_reply().startswith(b"$")
        assert not ends or client.is_closed()


def test_a_long_pipeline_does_not_starve_others(any_server):
    commands = 100_000
    data = encode_command(["INCR", "k"]) * commands
    done = threading.Event()

    def other_client(_):
        answers = 0
        with any_server.raw() as client:
            while not done.is_set():
                assert client.ask("PING") == b"PONG"
                answers += 1
        return answers

    with concurrent.futures.ThreadPoolExecutor(2) as pool, any_server.raw(timeout=60) as long:
        with any_server.raw() as warm:
            warm.ask("PING")
        other = pool.submit(other_client, 0)
        sending = pool.submit(long.send, data)
        replies = 0
        while replies < commands:
            received = long.socket.recv(1 << 16)
            assert received
            replies += received.count(b"\n")
        done.set()
        sending.result()
        assert other.result() >= 3, "nobody else was answered while the pipeline ran"
    with any_server.raw() as client:
        assert client.ask("GET", "k") == b"%d" % commands


@pytest.mark.measures_memory
@pytest.mark.pongo_only
def test_a_client_that_never_reads_is_no_longer_read(start_server):
    """Its pending replies stay bounded, others are served, and when it reads at last nothing is missing."""
    server = start_server()
    size, requests = 200_000, 2000
    with server.raw(timeout=60) as greedy, server.raw() as other:
        other.ask("SET", "big", b"x" * size)
        before = server.memory_kib()
        greedy.send(encode_command(["GET", "big"]) * requests)
        for _ in range(200):
            assert other.ask("PING") == b"PONG"
        grown = server.memory_kib() - before
        assert grown < 64 * MIB, f"{grown} KiB for a client that does not read"
        head, left = b"$%d\r\n" % size, requests
        while left:
            reply = greedy.read_reply()
            assert reply.startswith(head) and len(reply) == size + len(head) + 2
            left -= 1
        assert other.ask("INCR", "k") == 1


@pytest.mark.measures_memory
@pytest.mark.pongo_only
def test_clients_that_never_read_do_not_hurt_many(start_server):
    """Writers of endless requests: the server stops reading them, so sending blocks in the end."""
    server = start_server()
    with server.raw() as other:
        other.ask("SET", "big", b"x" * 100_000)
        before = server.memory_kib()
        greedy = [server.raw() for _ in range(20)]
        for client in greedy:
            client.socket.setblocking(False)
            with pytest.raises(BlockingIOError):
                for _ in range(1000):
                    client.socket.send(encode_command(["GET", "big"]) * 1000)
        for _ in range(100):
            assert other.ask("PING") == b"PONG"
        assert server.memory_kib() - before < 256 * MIB
        for client in greedy:
            client.close()
        assert other.ask("PING") == b"PONG"


@pytest.mark.measures_memory
def test_announced_bulk_lengths_cost_no_memory(start_server):
    allow_descriptors(2000)
    server = start_server()
    with server.raw() as other:
        other.ask("CONFIG", "SET", "proto-max-bulk-len", "4gb")
        before = server.memory_kib()
        announcing = [server.raw() for _ in range(1000)]
        for client in announcing:
            client.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2147483648\r\nabc")
        for _ in range(100):
            assert other.ask("PING") == b"PONG"
        grown = server.memory_kib() - before
        for client in announcing:
            client.close()
        assert grown < 100 * MIB, f"{grown} KiB for lengths that were only announced"
        assert other.ask("EXISTS", "k") == 0


@pytest.mark.measures_memory
def test_a_value_of_256_mb_goes_in_and_out(start_server):
    """In little more memory than the value takes: it is received into its place, and sent from it."""
    server = start_server()
    value = bytes(range(256)) * (256 * 1024 * 4)
    with server.raw(timeout=120) as client:
        before = server.memory_kib()
        client.send(b"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$%d\r\n" % len(value))
        client.send(value)
        client.send(b"\r\n")
        assert client.read_reply() == b"+OK\r\n"
        client.send_command("GET", "big")
        assert receive_exactly(client.socket, 12) == b"$%d\r\n" % len(value)
        received = bytearray(len(value) + 2)
        view = memoryview(received)
        while len(view):
            view = view[client.socket.recv_into(view) :]
        assert received[-2:] == b"\r\n" and received[:-2] == value
        peak = server.memory_kib("VmHWM") - before
        assert client.ask("STRLEN", "big") == len(value)
    if is_pongo(server.binary):
        assert peak < 1.6 * len(value) / 1024, f"{peak} KiB at the peak"


# Atomicity


def pipelined(server, commands):
    """All commands in one write, so that the server is kept busy by several clients truly at once."""
    with server.raw(timeout=60) as client:
        writer = threading.Thread(target=client.send, args=(b"".join(map(encode_command, commands)),))
        writer.start()
        replies = client.read_replies(len(commands))
        writer.join()
    return replies


def test_pipelined_increments_of_many_clients_are_not_lost(any_server):
    in_threads(
        8, lambda number: pipelined(any_server, [["INCR", "k"], ["INCRBY", f"k{number % 3}", 2]] * 3000)
    )
    with any_server.redis() as client:
        assert [int(value) for value in client.mget("k", "k0", "k1", "k2")] == [24000, 18000, 18000, 12000]


def test_mset_and_mget_are_atomic_across_clients(any_server):
    keys = [f"key:{number}" for number in range(10)]

    def work(number):
        if number % 2:
            commands = [["MGET", *keys]] * 3000
        else:
            commands = [
                ["MSET", *[word for key in keys for word in (key, f"{number}:{turn}")]]
                for turn in range(3000)
            ]
        return [parse(reply).value for reply in pipelined(any_server, commands)]

    with any_server.redis() as client:
        client.mset(dict.fromkeys(keys, "start"))
    torn = [
        values
        for number, replies in enumerate(in_threads(6, work))
        if number % 2
        for values in replies
        if len(set(values)) != 1
    ]
    assert not torn, f"{len(torn)} torn MGETs, such as {torn[0]}"


def test_rename_never_shows_both_names_or_none(any_server):
    def work(number):
        commands = (
            [["RENAME", "here", "there"], ["RENAME", "there", "here"]] * 2000
            if number == 0
            else [["EXISTS", "here", "there"]] * 4000
        )
        return pipelined(any_server, commands)

    with any_server.redis() as client:
        client.set("here", 1)
    renamed, *seen = in_threads(4, work)
    assert set(renamed) == {b"+OK\r\n"}
    assert all(set(replies) == {b":1\r\n"} for replies in seen)


def test_commands_over_the_whole_keyspace_are_atomic_too(any_server):
    """FLUSHALL, DBSIZE and KEYS among writers of pairs: never half a pair."""

    def work(number):
        if number == 0:
            return pipelined(
                any_server,
                [["FLUSHALL"], ["FLUSHDB", "ASYNC"], ["MSET", "a", "1", "b", "1"], ["SWAPDB", "0", "1"]]
                * 300,
            )
        if number == 1:
            return pipelined(any_server, [["DBSIZE"], ["KEYS", "*"]] * 600)
        return pipelined(
            any_server, [["MSET", "a", "1", "b", "1"], ["DEL", "a", "b"], ["EXISTS", "a", "b"]] * 500
        )

    _, looks, *writers = in_threads(5, work)
    assert set(looks[::2]) <= {b":0\r\n", b":2\r\n"}
    assert {len(parse(reply).value) for reply in looks[1::2]} <= {0, 2}
    assert all(set(replies[2::3]) <= {b":0\r\n", b":2\r\n"} for replies in writers)


def test_msetnx_has_one_winner(any_server):
    commands = [["MSETNX", f"{turn}:a", turn, f"{turn}:b", turn] for turn in range(2000)]
    won = in_threads(6, lambda _: pipelined(any_server, commands).count(b":1\r\n"))
    assert sum(won) == len(commands)


def test_swapdb_and_flushall_among_writers_leave_a_consistent_server(any_server):
    def work(number):
        with any_server.redis(db=number % 2) as client:
            for turn in range(200):
                if number == 0:
                    client.swapdb(0, 1)
                elif number == 1 and turn % 20 == 0:
                    client.flushall(asynchronous=turn % 40 == 0)
                else:
                    client.set(f"{number}:{turn}", turn)
                    client.mget([f"{other}:{turn}" for other in range(6)])

    in_threads(6, work)
    with any_server.redis() as client:
        for database in (0, 1):
            client.select(database)
            assert client.dbsize() == len(client.keys("*")) == len(set(client.scan_iter()))
        client.flushall()
        assert client.dbsize() == 0
