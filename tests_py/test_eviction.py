"""maxmemory: which keys go, who is told, what is refused, and that the limit is kept."""

import contextlib
import re
import threading

import pytest
import redis

from support.resp import encode_command, parse
from support.server import eventually

MIB = 1 << 20
OOM = b"OOM command not allowed when used memory > 'maxmemory'."
ALLKEYS = ["allkeys-lru", "allkeys-lfu", "allkeys-random"]
VOLATILE = ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"]


def used(client):
    return client.info("memory")["used_memory"]


def evicted(client):
    return client.info("stats")["evicted_keys"]


def is_refusal(reply):
    return isinstance(reply, redis.exceptions.ResponseError) and "command not allowed when used" in str(reply)


def fill(client, count, prefix="k", size=1000, ttl=None):
    """Pipelined; returns how many of the keys were refused."""
    refused = 0
    for start in range(0, count, 500):
        with client.pipeline(transaction=False) as pipeline:
            for number in range(start, min(count, start + 500)):
                pipeline.set(f"{prefix}{number}", "v" * size, ex=ttl)
            replies = pipeline.execute(raise_on_error=False)
        refused += sum(is_refusal(reply) for reply in replies)
    return refused


def limit_to(client, more, **options):
    """As much as is in use, and so many bytes more."""
    limit = used(client) + more
    for name, value in options.items():
        client.config_set(name.replace("_", "-"), value)
    client.config_set("maxmemory", limit)
    return limit


# The limit


@pytest.mark.measures_memory
@pytest.mark.parametrize("reactors", [1, 2])
@pytest.mark.parametrize("policy", ALLKEYS)
def test_the_limit_is_kept_and_every_write_is_accepted(start_server, policy, reactors):
    server = start_server("--reactors", reactors)
    with server.redis() as client:
        limit = limit_to(client, 10 * MIB, maxmemory_policy=policy)
        for part in range(6):
            assert fill(client, 5000, f"{part}:") == 0
            assert used(client) <= limit * 1.02
        assert client.dbsize() > 5000
        client.config_set("maxmemory", 0)
        assert client.dbsize() + evicted(client) == 30_000


@pytest.mark.measures_memory
@pytest.mark.parametrize("policy", VOLATILE)
def test_only_keys_with_an_expiry_go_and_without_any_writes_are_refused(start_server, policy):
    server = start_server()
    with server.redis() as client:
        fill(client, 1000, "stays")
        limit = limit_to(client, 5 * MIB, maxmemory_policy=policy)
        assert fill(client, 10_000, "goes", ttl=10_000) == 0
        assert used(client) <= limit * 1.02
        assert client.exists(*(f"stays{number}" for number in range(1000))) == 1000
        assert fill(client, 10_000, "more") > 1000
        assert client.info("keyspace")["db0"]["expires"] == 0
        assert client.get("stays1") == b"v" * 1000


def test_without_a_policy_writes_are_refused_until_there_is_room(start_server):
    server = start_server()
    with server.redis() as client:
        limit_to(client, 2 * MIB)
        assert fill(client, 4000) > 1000
        with pytest.raises(redis.exceptions.ResponseError, match="command not allowed when used memory"):
            client.set("one more", "v")
        assert client.get("k1") == b"v" * 1000
        assert client.delete(*(f"k{number}" for number in range(1000))) == 1000
        eventually(lambda: client.set("one more", "v"))
        assert evicted(client) == 0


@pytest.mark.measures_memory
def test_a_lower_limit_is_reached_without_further_commands(start_server):
    server = start_server("--maxmemory-policy", "allkeys-lru")
    with server.redis() as client, server.redis() as other:
        fill(client, 30_000)
        limit = used(client) - 20 * MIB
        lines = server.log_length()
        client.config_set("maxmemory", limit)
        server.wait_for_log(r"# The new maxmemory of \d+ bytes is less than", since=lines)
        eventually(lambda: used(other) <= limit)
        assert 15_000 < evicted(client) < 30_000


@pytest.mark.measures_memory
@pytest.mark.parametrize("tenacity", [0, 50, 100])
def test_whatever_the_tenacity_the_limit_is_reached(start_server, tenacity):
    server = start_server("--maxmemory-policy", "allkeys-random", "--maxmemory-eviction-tenacity", tenacity)
    with server.redis() as client:
        limit = limit_to(client, 2 * MIB)
        assert fill(client, 10_000) == 0
        eventually(lambda: used(client) <= limit * 1.02)


@pytest.mark.measures_memory
def test_several_reactors_keep_the_limit_together(start_server):
    server = start_server("--reactors", 4, "--maxmemory-policy", "allkeys-lru")
    with server.redis() as client:
        limit = limit_to(client, 16 * MIB)
        refused = []

        def write(number):
            with server.redis(db=number % 3) as writer:
                refused.append(fill(writer, 10_000, f"{number}:"))

        writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
        for writer in writers:
            writer.start()
        most = 0
        while any(writer.is_alive() for writer in writers):
            most = max(most, used(client))
        for writer in writers:
            writer.join()
        assert refused == [0] * 6
        assert most <= limit * 1.03
        client.config_set("maxmemory", 0)
        keys = sum(database["keys"] for database in client.info("keyspace").values())
        assert keys + evicted(client) == 60_000


def test_keys_of_all_databases_go(start_server):
    server = start_server("--maxmemory-policy", "allkeys-random")
    databases = (0, 3, 15)
    with server.redis() as client:
        for database in databases:
            with server.redis(db=database) as other:
                fill(other, 2000)
        client.config_set("maxmemory", 1)
        eventually(lambda: not client.info("keyspace"))
        assert evicted(client) == 6000


# Which keys go


@pytest.mark.measures_memory
def test_keys_that_were_not_used_go_first(start_server):
    server = start_server("--maxmemory-policy", "allkeys-lru")
    with server.redis() as client:
        client.set("model", "v" * 1000)
        dump = client.dump("model")
        with client.pipeline(transaction=False) as pipeline:
            for number in range(4000):
                pipeline.restore(f"k{number}", 0, dump, idletime=0 if number % 2 else 1000 + number)
            pipeline.execute()
        client.config_set("maxmemory", used(client) - MIB)
        eventually(lambda: evicted(client) > 800)
        gone = [number for number in range(4000) if not client.exists(f"k{number}")]
        assert sum(number % 2 for number in gone) <= len(gone) // 50


@pytest.mark.measures_memory
def test_keys_that_are_used_seldom_go_first(start_server):
    server = start_server("--maxmemory-policy", "allkeys-lfu")
    with server.redis() as client:
        client.set("model", "v" * 1000)
        dump = client.dump("model")
        with client.pipeline(transaction=False) as pipeline:
            for number in range(4000):
                pipeline.restore(f"k{number}", 0, dump, frequency=200 if number % 2 else 2)
            pipeline.execute()
        client.config_set("maxmemory", used(client) - MIB)
        eventually(lambda: evicted(client) > 800)
        gone = [number for number in range(4000) if not client.exists(f"k{number}")]
        assert sum(number % 2 for number in gone) <= len(gone) // 50


@pytest.mark.measures_memory
def test_keys_whose_time_comes_next_go_first(start_server):
    server = start_server("--reactors", 1, "--maxmemory-policy", "volatile-ttl")
    with server.redis() as client:
        with client.pipeline(transaction=False) as pipeline:
            for number in range(4000):
                pipeline.set(f"k{number}", "v" * 1000, ex=1000 + (number * 7919) % 4000)
            pipeline.execute()
        client.config_set("maxmemory", used(client) - 2 * MIB)
        eventually(lambda: evicted(client) > 1500)
        left = [(number * 7919) % 4000 for number in range(4000) if client.exists(f"k{number}")]
        assert sorted(left) == list(range(4000 - len(left), 4000))


# Who is told


def test_listeners_hear_of_what_was_evicted(start_server):
    server = start_server("--maxmemory-policy", "allkeys-lru", "--notify-keyspace-events", "Ee")
    with server.redis() as client, server.raw() as listener:
        listener.ask("SUBSCRIBE", "__keyevent@0__:evicted")
        fill(client, 200)
        client.config_set("maxmemory", 1)
        heard = {parse(listener.read_reply()).to_python()[2] for _ in range(200)}
        assert heard == {f"k{number}".encode() for number in range(200)}


def test_a_watched_key_that_is_evicted_was_touched(start_server):
    server = start_server("--maxmemory-policy", "allkeys-lru")
    with server.raw() as client, server.redis() as other:
        client.ask("SET", "k", "v")
        client.ask("WATCH", "k")
        other.config_set("maxmemory", 1)
        eventually(lambda: evicted(other) == 1)
        other.config_set("maxmemory", 0)
        client.ask("MULTI")
        client.ask("PING")
        assert client.ask("EXEC") is None


def test_readers_are_told_to_forget_what_was_evicted(start_server):
    server = start_server("--maxmemory-policy", "allkeys-lru")
    with server.raw() as client, server.redis() as other:
        client.command("HELLO", "3")
        client.ask("CLIENT", "TRACKING", "ON")
        client.ask("SET", "k", "v")
        client.ask("GET", "k")
        other.config_set("maxmemory", 1)
        assert parse(client.read_reply()).to_python() == [b"invalidate", [b"k"]]


# Who is refused


def full_server(start_server):
    server = start_server("--reactors", 2)
    with server.raw() as client:
        client.ask("SET", "k", "v")
        client.ask("CONFIG", "SET", "maxmemory", "1")
    return server


def test_a_transaction_that_needs_memory_is_refused_as_a_whole(start_server):
    server = full_server(start_server)
    with server.raw() as client, server.raw() as other:
        other.ask("CONFIG", "SET", "maxmemory", "0")
        client.ask("MULTI")
        client.ask("SET", "k", "w")
        other.ask("CONFIG", "SET", "maxmemory", "1")
        assert client.command("EXEC") == b"-EXECABORT Transaction discarded because of: " + OOM + b"\r\n"
        assert client.ask("GET", "k") == b"v"


def test_what_is_queued_takes_memory_and_what_ends_the_queue_does_not(start_server):
    server = full_server(start_server)
    with server.raw() as client:
        client.ask("MULTI")
        assert client.command("GET", "k") == b"-" + OOM + b"\r\n"
        assert client.command("DISCARD") == b"+OK\r\n"
        client.ask("MULTI")
        assert client.command("EXEC") == b"*0\r\n"


def test_a_script_that_has_begun_to_write_comes_to_its_end(start_server):
    server = full_server(start_server)
    with server.raw() as client:
        assert client.command("EVAL", "return redis.pcall('SET', 'k', 'w')", 0) == b"-" + OOM + b"\r\n"
        script = "redis.call('DEL', 'none') return redis.call('SET', 'k', 'w')"
        assert client.command("EVAL", script, 0) == b"+OK\r\n"
        assert client.command("EVAL", "#!lua\nreturn 1", 0) == b"-" + OOM + b"\r\n"
        script = "#!lua flags=allow-oom\nreturn redis.call('SET', 'k', 'w')"
        assert client.command("EVAL", script, 0) == b"+OK\r\n"


def test_while_clients_are_paused_nothing_is_evicted_and_nobody_is_refused(start_server):
    server = start_server("--maxmemory-policy", "allkeys-lru")
    with server.redis() as client, server.raw() as writer:
        fill(client, 100)
        client.execute_command("CLIENT", "PAUSE", 1_000_000, "WRITE")
        client.config_set("maxmemory", 1)
        writer.send(encode_command(["SET", "k", "v"]))
        assert client.dbsize() == 100
        client.config_set("maxmemory", 0)
        client.execute_command("CLIENT", "UNPAUSE")
        assert writer.read_reply() == b"+OK\r\n"
        assert evicted(client) == 0


# Big values


@pytest.mark.measures_memory
def test_big_values_that_are_freed_in_the_background_do_not_cost_others(start_server):
    flags = ["--reactors", 1, "--maxmemory-policy", "volatile-ttl", "--lazyfree-lazy-eviction", "yes"]
    server = start_server(*flags)
    with server.redis() as client:
        for key in range(4):
            for part in range(10):
                client.sadd(f"set{key}", *(f"the member {part}:{number}" for number in range(10_000)))
            client.expire(f"set{key}", 1000 + key)
        fill(client, 1000, ttl=100_000)
        each = client.memory_usage("set0")
        client.config_set("maxmemory", used(client) - each // 2)
        eventually(lambda: client.info("memory")["lazyfreed_objects"] == 1)
        client.ping()
        assert evicted(client) == 1
        assert not client.exists("set0")


# What is told


@pytest.mark.measures_memory
def test_the_time_above_the_limit_is_told(start_server):
    server = start_server()
    with server.redis() as client:
        assert client.info("stats")["total_eviction_exceeded_time"] == 0
        client.config_set("maxmemory", 1)
        client.ping()
        eventually(lambda: client.info("stats")["current_eviction_exceeded_time"] > 20)
        client.config_set("maxmemory", 0)
        client.ping()
        eventually(lambda: client.info("stats")["current_eviction_exceeded_time"] == 0)
        assert client.info("stats")["total_eviction_exceeded_time"] > 20
        assert client.info("memory")["maxmemory_policy"] == "noeviction"


@pytest.mark.pongo_only
def test_a_percentage_is_a_share_of_the_memory_there_is(start_server):
    server = start_server(config="maxmemory 50%\n")
    with server.redis() as client:
        half = int(client.config_get("maxmemory")["maxmemory"])
        total = client.info("memory")["total_system_memory"]
        assert 0 < half <= total // 2
        assert client.info("memory")["maxmemory"] == half
        client.config_set("maxmemory", "25%")
        assert abs(int(client.config_get("maxmemory")["maxmemory"]) - half // 2) <= 1
        client.config_rewrite()
        assert re.search(r"^maxmemory 25%$", server.config_path.read_text(), re.M)
        for wrong in ("101%", "-1%", "x%", "%"):
            with pytest.raises(redis.exceptions.ResponseError):
                client.config_set("maxmemory", wrong)


@pytest.mark.pongo_only
@pytest.mark.measures_memory
@pytest.mark.parametrize("growth", [0, 100])
def test_the_resident_size_is_kept_below_its_limit(start_server, growth):
    """Nearly so where values grow within a second, and don't fit into the holes of what has gone."""
    server = start_server("--maxmemory-policy", "allkeys-lru", "--maxmemory-rss", "60mb")
    with server.redis() as client:
        for part in range(10):
            assert fill(client, 10_000, f"{part}:", size=1000 + growth * part) == 0
            assert server.memory_kib() <= 60 * 1024 * (1.05 if growth else 1)
        assert evicted(client) > 30_000
        assert growth or client.dbsize() > 5_000


@pytest.mark.pongo_only
@pytest.mark.measures_memory
def test_without_a_policy_the_resident_size_refuses_writes(start_server):
    server = start_server("--maxmemory-rss", "40mb")
    with server.redis() as client:
        assert fill(client, 60_000) > 20_000
        assert server.memory_kib() <= 40 * 1024


@pytest.mark.measures_memory
@pytest.mark.parametrize("kind", ["string", "hash", "list", "set", "zset", "volatile"])
def test_what_keys_are_said_to_take_adds_up_to_what_is_in_use(start_server, kind):
    """To within 5 %, for many small keys as for collections of a few hundred elements."""
    count = 100_000 if kind in ("string", "volatile") else 1000  # Much more than buffers take.
    server = start_server()
    with server.redis() as client:
        fill(client, 20_000)  # From now on buffers are there.
        client.flushall()
        before = used(client)
        add = {
            "string": lambda pipe, n: pipe.set(f"key:{n}", "v" * (n % 1000)),
            "volatile": lambda pipe, n: pipe.set(f"key:{n}", "v" * (n % 1000), ex=10_000 + n),
            "hash": lambda pipe, n: pipe.hset(f"key:{n}", mapping={f"f{i}": "v" * 50 for i in range(600)}),
            "list": lambda pipe, n: pipe.rpush(f"key:{n}", *("v" * 50 for _ in range(600))),
            "set": lambda pipe, n: pipe.sadd(f"key:{n}", *(f"{'v' * 40}{i}" for i in range(600))),
            "zset": lambda pipe, n: pipe.zadd(f"key:{n}", {f"{'v' * 40}{i}": i for i in range(600)}),
        }[kind]
        for start in range(0, count, 100):
            with client.pipeline(transaction=False) as pipeline:
                for number in range(start, min(count, start + 100)):
                    add(pipeline, number)
                pipeline.execute()
        with client.pipeline(transaction=False) as pipeline:
            for number in range(count):
                pipeline.memory_usage(f"key:{number}")
            told = sum(pipeline.execute())
        assert abs(told - (used(client) - before)) <= 0.05 * told


def test_activedefrag_is_accepted(start_server):
    server = start_server("--activedefrag", "yes")
    with server.redis() as client, contextlib.closing(client):
        assert client.config_get("activedefrag") == {"activedefrag": "yes"}
        client.config_set("activedefrag", "no")
