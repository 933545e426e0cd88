"""Starting, stopping, listening, and what is said on the way."""

import contextlib
import os
import re
import select
import signal
import socket
import stat
import time

import pytest
import redis

from support.resp import ConnectionClosed, RawClient, encode_command
from support.server import asleep, eventually, free_port
from support.settings import oracle_binary, seconds


def ends_with(server, within=20):
    """The exit status and the output of a server that ends by itself."""
    server.launch()
    return server.wait(within), server.log()


# Start and stop


def test_it_says_when_it_is_ready(start_server):
    server = start_server()
    assert re.search(r"[Rr]eady to accept connections", server.log())
    with server.raw() as client:
        assert client.ask("PING") == b"PONG"


@pytest.mark.pongo_only
def test_it_says_its_pid(start_server):
    server = start_server()
    assert f" PID: {server.pid}" in server.log()


def test_log_lines_have_the_form_of_redis(start_server):
    server = start_server()
    assert re.search(
        rf"^{server.pid}:[A-Z] \d\d \w{{3}} \d{{4}} \d\d:\d\d:\d\d\.\d{{3}} [*#.-] .*[Rr]eady to accept",
        server.log(),
        re.M,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_status_0(start_server, number):
    server = start_server()
    with server.raw() as client:
        client.ask("SET", "k", "v")
        server.signal(number)
        assert server.wait() == 0
        assert client.is_closed()


@pytest.mark.pongo_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_received_before_the_signal_is_answered(start_server, number):
    """The server sleeps while requests and signal arrive, so it finds both on waking."""
    server = start_server()
    with server.raw() as client, server.raw() as other:
        for connection in (client, other):
            connection.ask("PING")
        server.signal(signal.SIGSTOP)
        client.send(encode_command(["INCR", "k"]) * 200)
        other.send(encode_command(["ECHO", "last words"]))
        server.signal(number)
        server.signal(signal.SIGCONT)
        assert client.read_until_closed() == b"".join(b":%d\r\n" % n for n in range(1, 201))
        assert other.read_until_closed() == b"$10\r\nlast words\r\n"
    assert server.wait() == 0


def test_idle_and_half_spoken_clients_do_not_delay_the_end(start_server):
    server = start_server()
    with server.raw() as idle, server.raw() as half:
        idle.ask("PING")
        half.send(b"*2\r\n$3\r\nGET\r\n$100\r\nabc")
        server.signal(signal.SIGTERM)
        assert server.wait(within=5) == 0


def test_clients_that_do_not_read_delay_the_end_once_and_not_each(start_server):
    server = start_server()
    count = 100  # One after the other they would take 20 seconds.
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            subscriber = stack.enter_context(server.raw())
            subscriber.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            subscriber.command("SUBSCRIBE", "news")
        publisher = stack.enter_context(server.raw())
        for _ in range(120):
            assert publisher.ask("PUBLISH", "news", "m" * 50_000) == count
        eventually(lambda: b"omem=0" not in publisher.ask("CLIENT", "LIST", "TYPE", "pubsub"))
        server.signal(signal.SIGTERM)
        assert server.wait(within=10) == 0


def test_a_taken_port_is_named_and_ends_it_with_status_1(start_server):
    first = start_server()
    status, output = ends_with(start_server(port=first.port, start=False))
    assert status == 1
    assert f"Failed listening on port {first.port}" in output
    assert "eady to accept" not in output


def test_a_second_server_may_start_when_the_first_has_ended(start_server):
    """No waiting for the port, though the first had clients."""
    first = start_server()
    with first.raw() as client:
        client.ask("PING")
        first.signal(signal.SIGTERM)
        assert first.wait() == 0
    second = start_server(port=first.port)
    with second.raw() as client:
        assert client.ask("DBSIZE") == 0


@pytest.mark.parametrize(
    "words",
    [["SHUTDOWN"], ["SHUTDOWN", "NOSAVE"], ["SHUTDOWN", "NOW", "FORCE"], ["shutdown", "nosave", "now"]],
)
def test_shutdown_ends_it(start_server, words):
    server = start_server()
    with server.raw() as client, server.raw() as other:
        server.death_expected = True
        client.send_command(*words)
        assert client.is_closed()
        assert other.is_closed()
    assert server.wait() == 0


def test_a_crash_leaves_a_report_with_a_stack_trace(start_server):
    server = start_server()
    with server.raw() as client:
        server.death_expected = True
        client.send_command("DEBUG", "SEGFAULT")
        with pytest.raises(ConnectionClosed):
            client.read_reply()
    assert server.wait() == -signal.SIGSEGV
    report = server.log()[server.log().index("eady to accept") :]
    assert re.search(r"stack trace", report, re.I)
    assert str(int(signal.SIGSEGV)) in report
    assert len(re.findall(r"0x[0-9a-f]{6,}", report)) >= 3, report


# Listening


def test_a_unix_socket_has_the_permissions_asked_for(start_server, tmp_path):
    path = tmp_path / "pongo.sock"
    server = start_server("--unixsocket", path, "--unixsocketperm", "700")
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    with redis.Redis(unix_socket_path=str(path)) as client:
        assert client.ping()
        client.set("k", "v")
        assert "addr=" + str(path) in "".join(f"addr={found['addr']}" for found in client.client_list())
    with server.raw() as client:
        assert client.ask("GET", "k") == b"v"
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert not path.exists()


def test_a_stale_unix_socket_is_replaced(start_server, tmp_path):
    path = tmp_path / "pongo.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    start_server("--unixsocket", path)
    with RawClient(str(path)) as client:
        assert client.ask("PING") == b"PONG"


def test_port_0_listens_on_the_unix_socket_only(start_server, tmp_path):
    path = tmp_path / "pongo.sock"
    server = start_server("--unixsocket", path, port=0)
    with RawClient(str(path)) as client:
        assert client.ask("CONFIG", "GET", "port") == [b"port", b"0"]
    assert str(server.pid) not in listening_pids()


def listening_pids():
    """Processes that own a listening TCP socket."""
    inodes = set()
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        if os.path.exists(name):
            with open(name) as table:
                inodes |= {line.split()[9] for line in table if line.split()[3] == "0A"}
    owners = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            links = [os.readlink(f"/proc/{pid}/fd/{number}") for number in os.listdir(f"/proc/{pid}/fd")]
        except OSError:
            continue
        if any(
            link == f"socket:[{inode}]" for link in links if link.startswith("socket:") for inode in inodes
        ):
            owners.add(pid)
    return owners


def test_it_listens_on_each_address_it_is_bound_to(start_server):
    server = start_server("--bind", "127.0.0.1", "127.0.0.2")
    for host in ("127.0.0.1", "127.0.0.2"):
        with RawClient((host, server.port)) as client:
            assert client.ask("PING") == b"PONG"
    with pytest.raises(OSError):
        RawClient(("127.0.0.3", server.port))


def has_ipv6():
    try:
        free_port("::1")
        return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_it_listens_on_ipv6(start_server):
    server = start_server("--bind", "127.0.0.1", "::1")
    with RawClient(("::1", server.port)) as six, RawClient(("127.0.0.1", server.port)) as four:
        assert six.ask("PING") == four.ask("PING") == b"PONG"
        assert b"addr=[::1]:" in six.ask("CLIENT", "INFO")


def test_an_address_with_a_dash_may_be_missing(start_server):
    server = start_server("--bind", "127.0.0.1", "-203.0.113.77")
    with server.raw() as client:
        assert client.ask("PING") == b"PONG"


def test_an_address_that_does_not_exist_ends_it(start_server):
    server = start_server("--bind", "203.0.113.77", start=False)
    status, output = ends_with(server)
    assert status == 1
    assert "203.0.113.77" in output and f"Failed listening on port {server.port}" in output


def test_tcp_keepalive_arms_the_kernels_timer(start_server):
    server = start_server("--tcp-keepalive", "60")
    with server.raw() as client:
        assert client.ask("CONFIG", "GET", "tcp-keepalive") == [b"tcp-keepalive", b"60"]
        ours = client.socket.getsockname()[1]
        with open("/proc/net/tcp") as table:
            line = next(
                found.split()
                for found in table
                if found.split()[1].endswith(f":{server.port:04X}")
                and found.split()[2].endswith(f":{ours:04X}")
            )
        assert line[5].startswith("02:"), f"no keepalive timer: {line}"


def test_the_client_over_maxclients_is_told_so(start_server):
    server = start_server("--maxclients", "4")
    with server.raw() as first, server.raw() as second, server.raw() as third, server.raw() as fourth:
        for client in (first, second, third, fourth):
            assert client.ask("PING") == b"PONG"
        with server.raw() as fifth:
            assert fifth.read_until_closed() == b"-ERR max number of clients reached\r\n"
        assert (
            int(
                dict(line.split(b":") for line in first.ask("INFO", "stats").split(b"\r\n") if b":" in line)[
                    b"rejected_connections"
                ]
            )
            == 1
        )
        second.close()

        def admitted():
            with server.raw() as late:
                late.send_command("PING")
                try:
                    return late.read_reply() == b"+PONG\r\n"
                except ConnectionClosed:
                    return False

        eventually(admitted)
        first.ask("CONFIG", "SET", "maxclients", "100")
        others = [server.raw() for _ in range(50)]
        for client in others:
            assert client.ask("PING") == b"PONG"
            client.close()


def test_idle_clients_are_closed_after_the_timeout(start_server):
    server = start_server("--timeout", "1")
    with server.raw() as idle, server.raw() as busy:
        idle.ask("PING")
        began = time.monotonic()
        idle.socket.settimeout(0.1)
        while True:
            assert busy.ask("PING") == b"PONG"
            try:
                assert idle.socket.recv(1) == b""
                break
            except TimeoutError:
                assert time.monotonic() - began < seconds(15), "an idle client stays"
        assert time.monotonic() - began > 0.8
        assert busy.ask("PING") == b"PONG"


def test_a_client_that_waits_for_a_key_is_not_idle(start_server):
    server = start_server("--timeout", "1")
    with server.raw() as waiting, server.raw() as idle:
        waiting.send_command("BLPOP", "k", "0")
        assert idle.ask("PING") == b"PONG"
        assert idle.is_closed()  # It came later: whoever is closed for idling is closed by then.
        with server.raw() as other:
            assert other.ask("RPUSH", "k", "x") == 1
        assert waiting.read_reply() == b"*2\r\n$1\r\nk\r\n$1\r\nx\r\n"


def test_a_client_that_goes_on_reading_is_not_idle(start_server):
    """It takes the reply piece by piece, for longer than the timeout."""
    server = start_server("--timeout", "1")
    size = 40 << 20
    with server.raw() as client, server.raw() as other:
        other.ask("SETRANGE", "big", size - 1, "x")
        client.send_command("GET", "big")
        began, received = time.monotonic(), 0
        while received < size:
            piece = client.socket.recv(1 << 20)
            assert piece, f"closed after {received} bytes"
            received += len(piece)
            if time.monotonic() - began < 3:
                select.select([], [], [], 0.05)


# Protected mode


def own_address():
    """An address of this machine that is not the loopback's, or None. Nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            address = probe.getsockname()[0]
        except OSError:
            return None
    return None if address.startswith("127.") else address


@pytest.mark.skipif(not own_address(), reason="this machine has only its loopback address")
class TestProtectedMode:
    def test_strangers_read_why_they_are_sent_away(self, start_server):
        said = []
        for binary in (None, oracle_binary()):
            server = start_server("--bind", "0.0.0.0", binary=binary)
            with RawClient((own_address(), server.port)) as stranger:
                said.append(stranger.read_until_closed())
            with server.raw() as local:
                assert local.ask("PING") == b"PONG"
        assert said[0].startswith(b"-DENIED ")
        assert said[0] == said[1]

    def test_a_password_or_an_option_lets_them_in(self, start_server):
        server = start_server("--bind", "0.0.0.0", "--protected-mode", "no")
        with RawClient((own_address(), server.port)) as stranger:
            assert stranger.ask("PING") == b"PONG"
        server = start_server("--bind", "0.0.0.0", "--requirepass", "secret")
        with RawClient((own_address(), server.port)) as stranger:
            assert stranger.command("PING").startswith(b"-NOAUTH")
            assert stranger.ask("AUTH", "secret") == b"OK"

    def test_it_can_be_switched_while_running(self, start_server):
        server = start_server("--bind", "0.0.0.0")
        with server.raw() as local:
            local.ask("CONFIG", "SET", "protected-mode", "no")
            with RawClient((own_address(), server.port)) as stranger:
                assert stranger.ask("PING") == b"PONG"
            local.ask("CONFIG", "SET", "protected-mode", "yes")
            with RawClient((own_address(), server.port)) as stranger:
                assert stranger.read_until_closed().startswith(b"-DENIED ")


# Passwords


def test_a_password_is_asked_for_and_taken(start_server):
    server = start_server("--requirepass", "se cret")
    with server.raw() as client:
        assert client.command("GET", "k").startswith(b"-NOAUTH Authentication required.")
        assert client.command("AUTH", "wrong").startswith(b"-WRONGPASS")
        assert client.ask("AUTH", "se cret") == b"OK"
        assert client.ask("GET", "k") is None
    with server.redis(password="se cret") as client:
        assert client.ping()
    with server.redis(username="default", password="se cret") as client:
        assert client.ping()
    with server.redis(password="wrong") as client, pytest.raises(redis.RedisError):
        client.ping()
    with server.redis() as client, pytest.raises(redis.RedisError):
        client.ping()


def test_who_is_in_stays_in_when_the_password_changes(start_server):
    server = start_server()
    with server.raw() as inside, server.raw() as admin:
        inside.ask("PING")
        admin.ask("CONFIG", "SET", "requirepass", "new")
        assert inside.ask("PING") == b"PONG"
        with server.raw() as late:
            assert late.command("PING").startswith(b"-NOAUTH")


def test_debug_is_refused_unless_enabled(start_server, oracle):
    server = start_server("--enable-debug-command", "no")
    other = start_server("--enable-debug-command", "local")
    expected = start_server("--enable-debug-command", "no", binary=oracle_binary())
    with server.raw() as client, expected.raw() as expecting:
        assert client.command("DEBUG", "SLEEP", "0") == expecting.command("DEBUG", "SLEEP", "0")
        assert client.command("CONFIG", "SET", "enable-debug-command", "yes") == expecting.command(
            "CONFIG", "SET", "enable-debug-command", "yes"
        )
    with other.raw() as client:
        assert client.ask("DEBUG", "SLEEP", "0") == b"OK"


# Pausing, killing, silence


def has_reply(client, within):
    return bool(select.select([client.socket], [], [], within)[0])


def test_client_pause_write_holds_writers_until_unpause(server):
    with server.raw() as admin, server.raw() as writer, server.raw() as reader:
        admin.ask("SET", "k", "old")
        assert admin.ask("CLIENT", "PAUSE", "60000", "WRITE") == b"OK"
        writer.send_command("SET", "k", "new")
        assert reader.ask("GET", "k") == b"old"
        assert not has_reply(writer, 0.15)
        assert reader.ask("GET", "k") == b"old"
        assert admin.ask("CLIENT", "UNPAUSE") == b"OK"
        assert writer.read_reply() == b"+OK\r\n"
        assert reader.ask("GET", "k") == b"new"


def test_client_pause_all_holds_everyone_for_its_time(server):
    with server.raw() as admin, server.raw() as other:
        began = time.monotonic()
        assert admin.ask("CLIENT", "PAUSE", "300") == b"OK"
        assert other.ask("PING") == b"PONG"
        assert 0.25 < time.monotonic() - began < seconds(5)


def test_client_pause_all_holds_even_its_end_but_no_error(server):
    with server.raw() as admin, server.raw() as other:
        began = time.monotonic()
        assert admin.ask("CLIENT", "PAUSE", "300", "ALL") == b"OK"
        assert other.command("GET") == b"-ERR wrong number of arguments for 'get' command\r\n"
        assert other.command("NONE").startswith(b"-ERR unknown command")
        assert other.ask("CLIENT", "UNPAUSE") == b"OK"
        assert 0.25 < time.monotonic() - began < seconds(5)


def test_what_was_answered_before_a_pause_reaches_a_client_that_has_left_off(server):
    with server.raw() as admin:
        with server.raw() as leaver:
            with asleep(server):
                leaver.send(b"INCR k\r\nCLIENT PAUSE 60000 WRITE\r\nINCR k\r\n")
                leaver.socket.shutdown(socket.SHUT_WR)
            assert leaver.read_until_closed() == b":1\r\n+OK\r\n"
        assert admin.ask("GET", "k") == b"1"
        admin.ask("CLIENT", "UNPAUSE")


def test_held_commands_run_in_order_afterwards(server):
    with server.raw() as admin, server.raw() as writer:
        admin.ask("CLIENT", "PAUSE", "60000", "WRITE")
        writer.send(
            encode_command(["INCR", "k"]) * 3 + encode_command(["GET", "k"]) + encode_command(["INCR", "k"])
        )
        assert admin.ask("GET", "k") is None
        admin.ask("CLIENT", "UNPAUSE")
        assert writer.read_replies(5) == [b":1\r\n", b":2\r\n", b":3\r\n", b"$1\r\n3\r\n", b":4\r\n"]


def test_who_is_held_by_a_pause_is_not_idle(start_server):
    server = start_server("--timeout", 1)
    with server.raw() as client:
        client.ask("CLIENT", "PAUSE", 2500, "ALL")
        assert client.ask("SET", "k", "v") == b"OK"


def test_nothing_of_a_killed_client_happens_after_the_answer_to_its_killing(start_server):
    server = start_server("--reactors", 2)
    with server.raw() as killer:
        for _ in range(40):
            with server.raw() as victim:
                client_id = victim.ask("CLIENT", "ID")
                killer.ask("SET", "n", 0)
                victim.send(encode_command(["INCR", "n"]) * 3000)
                while killer.ask("GET", "n") == b"0":
                    pass
                killer.ask("CLIENT", "KILL", "ID", client_id)
                count = killer.ask("GET", "n")
                with contextlib.suppress(ConnectionError):
                    victim.read_until_closed()
                assert killer.ask("GET", "n") == count


def test_who_is_held_by_a_pause_is_shown_as_waiting(oracle, server):
    shown = []
    for each in (oracle, server):
        with each.raw() as held, each.raw() as other:
            held_id = held.ask("CLIENT", "ID")
            held.ask("GET", "k")
            other.ask("CLIENT", "PAUSE", 60_000, "WRITE")
            held.send_command("SET", "k", "v")
            eventually(lambda: b"blocked_clients:1" in other.ask("INFO", "clients"))
            line = other.ask("CLIENT", "LIST", "ID", held_id)
            shown.append(re.findall(rb"(?:flags|cmd)=\S+", line))
            other.ask("CLIENT", "UNPAUSE")
            held.read_reply()
    assert shown == [[b"flags=b", b"cmd=set"]] * 2


@pytest.mark.pongo_only
def test_a_client_may_use_keys_without_a_trace(server):
    with server.raw() as client, server.raw() as other:
        other.ask("SET", "k", "v")
        assert client.ask("CLIENT", "NO-TOUCH", "ON") == b"OK"
        assert b" flags=T " in client.ask("CLIENT", "INFO")
        other.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
        other.ask("SET", "k", "v")
        before = other.ask("OBJECT", "FREQ", "k")
        for _ in range(200):
            client.ask("GET", "k")
        assert other.ask("OBJECT", "FREQ", "k") == before
        client.command("RESET")
        assert b" flags=N " in client.ask("CLIENT", "INFO")
        for _ in range(200):
            client.ask("GET", "k")
        assert other.ask("OBJECT", "FREQ", "k") > before
        assert client.command("CLIENT", "NO-TOUCH", "MAYBE") == b"-ERR syntax error\r\n"
        other.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")


@pytest.mark.pongo_only
def test_nothing_is_written_after_the_answer_to_a_pause(start_server):
    server = start_server("--reactors", 3)
    with contextlib.ExitStack() as stack:
        sleeper, writer, pauser = [stack.enter_context(server.raw()) for _ in range(3)]
        pauser.ask("SET", "k", "old")
        sleeper.send_command("DEBUG", "SLEEP", "0.5")
        writer.send_command("SET", "k", "new")
        assert pauser.ask("CLIENT", "PAUSE", 60_000, "WRITE") == b"OK"
        before = pauser.ask("GET", "k")
        assert sleeper.read_reply() == b"+OK\r\n"
        ready = bool(select.select([writer.socket], [], [], 0.2)[0])
        assert pauser.ask("GET", "k") == before
        assert ready == (before == b"new")
        pauser.ask("CLIENT", "UNPAUSE")
        assert writer.read_reply() == b"+OK\r\n"


def test_keys_do_not_expire_while_writers_are_paused(server):
    with server.raw() as admin:
        admin.ask("SET", "k", "v", "PX", "50")
        admin.ask("CLIENT", "PAUSE", "60000", "WRITE")
        assert not has_reply(admin, 0.2)
        assert admin.ask("DBSIZE") == 1
        admin.ask("CLIENT", "UNPAUSE")
        eventually(lambda: admin.ask("DBSIZE") == 0)


def test_a_killed_client_is_gone(server):
    with server.raw() as admin, server.raw() as victim, server.raw() as bystander:
        number = victim.ask("CLIENT", "ID")
        bystander.ask("PING")
        assert admin.ask("CLIENT", "KILL", "ID", number) == 1
        assert victim.is_closed()
        assert bystander.ask("PING") == b"PONG"
        assert admin.ask("CLIENT", "LIST", "ID", number) == b""


def test_a_client_may_be_killed_in_the_middle_of_a_request(server):
    with server.raw() as admin, server.raw() as victim:
        number = victim.ask("CLIENT", "ID")
        victim.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$10\r\nabc")
        assert admin.ask("CLIENT", "KILL", "ID", number) == 1
        assert victim.is_closed()
        assert admin.ask("EXISTS", "k") == 0


def test_all_other_clients_may_be_killed_at_once(server):
    clients = [server.raw() for _ in range(100)]
    for client in clients:
        client.ask("PING")
    with server.raw() as admin:
        assert admin.ask("CLIENT", "KILL", "TYPE", "normal") == 100
        assert all(client.is_closed() for client in clients)
        assert admin.ask("PING") == b"PONG"


def test_client_ids_grow(server):
    numbers = []
    for _ in range(5):
        with server.raw() as client:
            numbers.append(client.ask("CLIENT", "ID"))
    assert numbers == sorted(set(numbers))


def test_a_silenced_client_is_served(server):
    with server.raw() as silent, server.raw() as other:
        silent.send(
            encode_command(["CLIENT", "REPLY", "OFF"])
            + encode_command(["INCR", "k"]) * 1000
            + encode_command(["CLIENT", "REPLY", "ON"])
        )
        assert silent.read_reply() == b"+OK\r\n"
        assert other.ask("GET", "k") == b"1000"
        assert silent.ask("PING") == b"PONG"
