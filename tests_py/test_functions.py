"""Functions on several reactors: each runs libraries for itself, and nobody can tell."""

import concurrent.futures
import re
import select
import threading

import pytest
import redis

from support.server import eventually
from support.settings import LOAD_SCALE, seconds

CALLERS = 6
VERSIONS = int(60 * LOAD_SCALE)


def library(body, name="lib", function="f"):
    return f"#!lua name={name}\nredis.register_function('{function}', function(keys, args) {body} end)"


def returning(version):
    return library(f"return {version}")


def info_field(client, name):
    return int(re.search(rf"^{name}:(\d+)", client.ask("INFO", "memory").decode(), re.M).group(1))


@pytest.fixture
def clients(start_server):
    """Connections to a server with two reactors: some to each of them."""
    server = start_server("--reactors", 2)
    connections = [server.raw(seconds(60)) for _ in range(CALLERS)]
    yield connections
    for connection in connections:
        connection.close()


@pytest.mark.pongo_only
def test_what_one_client_changes_all_others_see_at_once(clients):
    for turn, loader in enumerate(clients):
        assert loader.ask("FUNCTION", "LOAD", "REPLACE", returning(turn)) == b"lib"
        assert [each.ask("FCALL", "f", 0) for each in clients] == [turn] * CALLERS
    clients[0].ask("FUNCTION", "DELETE", "lib")
    for each in clients:
        assert each.command("FCALL", "f", 0) == b"-ERR Function not found\r\n"
    clients[1].ask("FUNCTION", "LOAD", returning(7))
    payload = clients[2].ask("FUNCTION", "DUMP")
    clients[3].ask("FUNCTION", "FLUSH")
    clients[4].ask("FUNCTION", "RESTORE", payload)
    assert [each.ask("FCALL", "f", 0) for each in clients] == [7] * CALLERS


@pytest.mark.pongo_only
def test_who_calls_while_a_library_is_replaced_gets_the_old_or_the_new_one(clients):
    loader, *callers = clients
    loader.ask("FUNCTION", "LOAD", returning(0))
    published = [0]
    done = threading.Event()

    def call(client):
        seen = [0]
        while not done.is_set() or seen[-1] < VERSIONS:
            least = max(published[0], seen[-1])
            seen.append(client.ask("FCALL", "f", 0))
            assert seen[-1] >= least, "a version that is gone"
        return set(seen)

    with concurrent.futures.ThreadPoolExecutor(len(callers)) as pool:
        calls = [pool.submit(call, client) for client in callers]
        try:
            for version in range(1, VERSIONS + 1):
                loader.ask("FUNCTION", "LOAD", "REPLACE", returning(version))
                published[0] = version
        finally:
            done.set()
        assert all(VERSIONS in found.result() for found in calls)


@pytest.mark.pongo_only
def test_functions_on_many_connections_count_every_call(clients):
    clients[0].ask("FUNCTION", "LOAD", library("return redis.call('incrby', keys[1], args[1])"))
    rounds = int(200 * LOAD_SCALE)

    def work(number):
        for turn in range(rounds):
            clients[number].ask("FCALL", "f", 1, f"key{turn % 3}", 1)
            clients[number].ask("FCALL", "F", 1, f"own{number}", 2)

    with concurrent.futures.ThreadPoolExecutor(CALLERS) as pool:
        for found in [pool.submit(work, number) for number in range(CALLERS)]:
            found.result()
    assert sum(int(clients[0].ask("GET", f"key{key}")) for key in range(3)) == CALLERS * rounds
    assert all(int(clients[0].ask("GET", f"own{number}")) == 2 * rounds for number in range(CALLERS))


class WhoAnswers:
    """Asks on all connections at once, and takes the answers that come: some may wait for a function."""

    def __init__(self, connections):
        self.idle = list(connections)

    def ask(self, *words):
        for each in self.idle:
            each.send_command(*words)
        sockets = {each.socket: each for each in self.idle}
        ready, _, _ = select.select(sockets, [], [], seconds(30))
        assert ready, "nobody answers"
        self.idle = [sockets[each] for each in ready]
        return [each.read_answer() for each in self.idle]


@pytest.mark.pongo_only
def test_a_function_that_runs_on_one_reactor_is_seen_and_ended_by_clients_of_the_other(clients):
    runner, *others = clients
    runner.ask("FUNCTION", "LOAD", library("while true do pcall(function() while true do end end) end"))
    runner.send_command("FCALL", "f", 1, "key", "argument")
    asking = WhoAnswers(others)
    running = (
        b"$1\r\nf\r\n$7\r\ncommand\r\n*5\r\n$5\r\nFCALL\r\n$1\r\nf\r\n$1\r\n1\r\n"
        b"$3\r\nkey\r\n$8\r\nargument\r\n"
    )
    eventually(lambda: any(running in answer for answer in asking.ask("FUNCTION", "STATS")))
    assert b"+OK\r\n" in asking.ask("FUNCTION", "KILL")
    assert runner.read_answer() == (
        b"-ERR Script killed by user with SCRIPT KILL... script: f, on @user_function:2.\r\n"
    )


def test_each_server_restores_what_the_other_has_dumped(client, oracle):
    # One that is stored as it is, and one that is compressed.
    libraries = {"short": "return 1", "long": "return 2 --[[" + "and so on " * 200 + "]]"}
    with oracle.redis() as other:
        for source, target in ((client, other), (other, client)):
            for side in (source, target):
                side.execute_command("FUNCTION", "FLUSH")
            for name, body in libraries.items():
                source.execute_command("FUNCTION", "LOAD", library(body, name, f"of_{name}"))
            payload = source.execute_command("FUNCTION", "DUMP")
            assert target.execute_command("FUNCTION", "RESTORE", payload) == b"OK"
            assert target.execute_command("FCALL", "of_short", 0) == 1
            assert target.execute_command("FCALL", "of_long", 0) == 2
            for side in (source, target):
                side.execute_command("FUNCTION", "FLUSH")


@pytest.mark.pongo_only
def test_info_tells_of_libraries(clients):
    client = clients[0]
    empty = info_field(client, "used_memory_functions")
    client.ask("FUNCTION", "LOAD", library("return 1", "one", "f1"))
    more = "\nredis.register_function('f3', function() end)"
    client.ask("FUNCTION", "LOAD", library("return 2", "two", "f2") + more)
    assert info_field(client, "number_of_libraries") == 2
    assert info_field(client, "number_of_functions") == 3
    assert info_field(client, "used_memory_functions") > empty
    assert info_field(client, "used_memory_vm_functions") > 0


@pytest.mark.pongo_only
def test_libraries_that_were_replaced_leave_no_memory_behind(clients):
    constant = "x" * (1 << 20)
    for turn in range(100):
        clients[0].ask("FUNCTION", "LOAD", "REPLACE", library(f"return #'{turn}{constant}'"))
        assert clients[turn % CALLERS].ask("FCALL", "f", 0) > len(constant)
    for _ in range(100):
        answer = clients[0].command("FUNCTION", "LOAD", library(f"return '{constant}'", "other"))
        assert answer == b"-ERR Function f already exists\r\n"
        clients[0].ask("FUNCTION", "LOAD", "REPLACE", library(f"return '{constant}'"))
    assert info_field(clients[0], "used_memory_vm_functions") < 60 << 20


@pytest.mark.pongo_only
def test_descriptions_can_not_take_all_memory(client):
    code = """#!lua name=lib
        local description, i = ('x'):rep(50 * 1024 * 1024), 0
        while true do
            i = i + 1
            redis.register_function{function_name='f' .. i, callback=redis.log, description=description}
        end"""
    with pytest.raises(redis.ResponseError, match="Error registering functions: .*(memory|timeout)"):
        client.execute_command("FUNCTION", "LOAD", code)
    assert client.execute_command("FUNCTION", "LIST") == []
