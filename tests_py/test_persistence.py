"""The data set on disk: what is saved is loaded again, also by Redis, and is what was there at one moment."""

import itertools
import shutil
import signal
import socket
import threading

import pytest
import redis

from support.generated_values import generated_values
from support.resp import encode_command
from support.server import eventually
from support.settings import DUMPED_VALUES, oracle_binary

LIBRARY = "#!lua name=mylib\nredis.register_function('answer', function() return 42 end)"
# Slow enough that all that a test does happens before the save has come far.
SLOWLY = ("--rdb-key-save-delay", "100000")


def digest(client):
    return client.execute_command("DEBUG", "DIGEST")


def fill(client, count=300):
    """Values of all types, with expiries, in several databases, and a library of functions."""
    for key, commands in generated_values(count):
        pipe = client.pipeline(transaction=False)
        for words in commands:
            pipe.execute_command(*words)
        pipe.execute()
    for number in range(count):
        client.set(f"volatile:{number}", number, px=10_000_000 + number)
    for number in range(250):
        client.xadd("stream", {"field": number, "other": "x" * (number % 7)})
    client.xgroup_create("stream", "group", 0)
    client.xreadgroup("group", "alice", {"stream": ">"}, count=20)
    client.execute_command("SELECT", 3)
    client.set("here", "in database 3")
    client.execute_command("SELECT", 0)
    client.function_load(LIBRARY, replace=True)


def restarted(start_server, server, *flags, **options):
    """Another server on the same files."""
    return start_server(*flags, directory=server.directory, **options)


def saved(client):
    """Lets the save in the background come to its end, and returns its status."""
    client.config_set("rdb-key-save-delay", 0)
    eventually(lambda: client.info("persistence")["rdb_bgsave_in_progress"] == 0, within=60)
    return client.info("persistence")["rdb_last_bgsave_status"]


@pytest.mark.parametrize("flags", [(), ("--reactors", "2"), ("--rdbcompression", "no"),
                                   ("--rdbchecksum", "no"), ("--maxmemory-policy", "allkeys-lfu")])
def test_everything_is_there_after_a_restart(start_server, flags):
    server = start_server(*flags)
    with server.redis() as client:
        fill(client)
        before = digest(client)
        assert client.save()
    server.kill()
    server = restarted(start_server, server, *flags)
    with server.redis() as client:
        assert digest(client) == before
        assert client.execute_command("FCALL", "answer", 0) == 42
        assert 0 < client.pttl("volatile:0") <= 10_000_000
        assert client.info("persistence")["rdb_last_load_keys_loaded"] == sum(
            part["keys"] for part in client.info("keyspace").values())


@pytest.mark.parametrize("direction", ["to Redis", "from Redis"])
def test_redis_and_pongo_read_each_others_files(start_server, direction):
    binaries = [None, oracle_binary()]
    source, target = binaries if direction == "to Redis" else reversed(binaries)
    server = start_server(binary=source)
    with server.redis() as client:
        fill(client, DUMPED_VALUES)
        before = digest(client)
        client.save()
    server.kill()
    with restarted(start_server, server, binary=target).redis() as client:
        assert digest(client) == before
        assert client.execute_command("FCALL", "answer", 0) == 42


def change_everything(client, step):
    """Changes each key in one way or another, and adds some."""
    kinds = itertools.cycle(["DEL", "APPEND", "EXPIRE", "RENAME", "SET", "PERSIST"])
    for key, kind in zip(list(client.scan_iter(count=1000)), kinds):
        kind_of_value = client.type(key)
        if kind_of_value == b"list":
            client.rpush(key, "new", step)
            client.lpop(key)
        elif kind_of_value == b"set":
            client.sadd(key, "new", step)
        elif kind_of_value == b"hash":
            client.hset(key, "new", step)
        elif kind_of_value == b"zset":
            client.zadd(key, {"new": step})
        elif kind_of_value == b"stream":
            client.xadd(key, {"new": step})
            client.xtrim(key, maxlen=10, approximate=False)
        elif kind == "APPEND":
            client.append(key, "new")
        if kind == "DEL":
            client.delete(key)
        elif kind == "EXPIRE":
            client.expire(key, 1000 + step)
        elif kind == "RENAME":
            client.rename(key, b"renamed:" + key)
        elif kind == "SET":
            client.set(key, step)
        elif kind == "PERSIST":
            client.persist(key)
        client.set(b"added:" + key, step)


@pytest.mark.parametrize("reactors", [1, 2])
def test_a_save_in_the_background_is_what_was_there_when_it_began(start_server, reactors):
    server = start_server("--reactors", reactors, *SLOWLY)
    with server.redis() as client:
        fill(client)
        before = digest(client)
        assert client.bgsave()
        for step in range(2):
            change_everything(client, step)
        assert saved(client) == "ok"
        # Most was written down by who changed it.
        assert client.info("persistence")["rdb_last_cow_size"] > 10_000
    server.kill()
    with restarted(start_server, server).redis() as client:
        assert digest(client) == before


def fill_big(client, count):
    """Values of each type that are written in slices."""
    names = [f"name of {number}" for number in range(count)]
    client.hset("hash", mapping={name: name * 2 for name in names})
    client.hset("volatile", mapping={name: name * 2 for name in names})
    client.execute_command("HPEXPIRE", "volatile", 100_000_000, "FIELDS", 500, *names[:500])
    client.sadd("set", *names)
    client.zadd("zset", {name: number % 1000 for number, name in enumerate(names)})
    client.rpush("list", *names)
    client.set("string", "x" * 20 * count)
    pipe = client.pipeline(transaction=False)
    for name in names:
        pipe.xadd("stream", {"name": name})
    pipe.execute()


@pytest.mark.parametrize("flags", [(), ("--reactors", "2", "--list-compress-depth", "1")])
def test_big_values_are_saved_as_they_were_when_a_save_began(start_server, flags):
    server = start_server(*flags, "--rdb-key-save-delay", "1000000")
    count = 20_000
    with server.redis() as client:
        fill_big(client, count)
        before = digest(client)
        client.bgsave()
        for number in range(0, count, 100):
            name = f"name of {number}"
            client.hset("hash", mapping={name: "new", f"new {number}": ""})
            client.hdel("volatile", name)
            client.srem("set", name)
            client.zadd("zset", {name: -number})
            client.lset("list", number, "new")
            client.setrange("string", number, "new")
            client.xtrim("stream", maxlen=count - number, approximate=False)
        client.lpush("list", *range(1000))
        client.ltrim("list", 5000, -5000)
        client.rename("hash", "renamed")
        client.unlink("renamed", "zset")
        client.sunionstore("set", "none", "neither")
        assert client.info("persistence")["rdb_bgsave_in_progress"] == 1
        assert saved(client) == "ok"
    server.kill()
    with restarted(start_server, server).redis() as client:
        assert digest(client) == before


@pytest.mark.parametrize("how", ["FLUSHDB", "FLUSHDB ASYNC", "SWAPDB 0 1", "SWAPDB 0 1, FLUSHDB"])
def test_databases_that_are_emptied_or_exchanged_are_saved_as_they_were(start_server, how):
    server = start_server("--reactors", 2, *SLOWLY)
    with server.redis() as client:
        fill(client)
        client.execute_command("SELECT", 1)
        for number in range(100):
            client.set(f"of database 1:{number}", number)
        client.execute_command("SELECT", 0)
        before = digest(client)
        client.bgsave()
        for command in how.split(", "):
            client.execute_command(*command.split())
        client.set("new", "value")
        assert client.info("persistence")["rdb_bgsave_in_progress"] == 1
        assert saved(client) == "ok"
        after = digest(client)
        client.save()
        assert digest(client) == after != before
        client.execute_command("DEBUG", "RELOAD", "NOSAVE")
        assert digest(client) == after


def test_flushall_calls_off_a_save(start_server):
    server = start_server("--save", "1000 1000", *SLOWLY)
    with server.redis() as client:
        fill(client)
        client.bgsave()
        client.flushall()
        # What is saved next, at once, is that there is nothing.
        client.config_set("rdb-key-save-delay", 0)
        eventually(lambda: client.info("persistence")["rdb_saves"] == 2, within=30)
        assert saved(client) == "ok"
    server.kill()
    with restarted(start_server, server).redis() as client:
        assert client.dbsize() == 0


def beside(start_server, server):
    """One with the file of another that goes on."""
    copy = start_server(start=False)
    shutil.copy(server.directory / "dump.rdb", copy.directory)
    return copy.start()


def test_transactions_are_saved_whole(start_server):
    server = start_server("--reactors", 2)
    accounts = [f"account:{number}" for number in range(50)]
    with server.redis() as client:
        client.mset(dict.fromkeys(accounts, 100))
    done = threading.Event()

    def move_money():
        with server.redis() as client:
            for step in itertools.count():
                if done.is_set():
                    return
                pipe = client.pipeline(transaction=True)
                pipe.decrby(accounts[step * 7 % 50], 3)
                pipe.incrby(accounts[step * 13 % 50], 3)
                pipe.execute()

    movers = [threading.Thread(target=move_money) for _ in range(3)]
    for mover in movers:
        mover.start()
    try:
        with server.redis() as client:
            for _ in range(20):
                client.bgsave()
                assert saved(client) == "ok"
                copy = beside(start_server, server)
                with copy.redis() as reader:
                    assert sum(int(text) for text in reader.mget(accounts)) == 5000
                copy.kill()
    finally:
        done.set()
        for mover in movers:
            mover.join()


def test_what_a_save_keeps_is_bounded(start_server):
    server = start_server(*SLOWLY, "--snapshot-kept-limit", "1mb")
    with server.redis() as client, server.raw() as writer:
        fill_with_values(client, 10_000)
        client.bgsave()
        for number in range(10_000):
            writer.send(encode_command(["SET", f"key:{number}", "new"]))
        eventually(lambda: client.info("persistence")["current_cow_size"] > 1 << 20)
        info = client.info("persistence")
        most = info["current_cow_peak"]
        assert most >= info["current_cow_size"] > 1 << 20
        client.config_set("rdb-key-save-delay", 0)
        for _ in range(10_000):
            assert writer.read_reply() == b"+OK\r\n"
        assert most < 2 << 20 < 10_000 * 1000


@pytest.mark.parametrize("how_much", [20, 200_000], ids=["at once", "more than is read at once"])
def test_who_ends_sending_while_writers_wait_for_a_save_has_written(start_server, how_much):
    server = start_server(*SLOWLY, "--snapshot-kept-limit", "1mb", "--reactors", "1")
    with server.redis() as client, server.raw() as writer, server.raw() as ending:
        fill_with_values(client, 10_000)
        client.bgsave()
        for number in range(10_000):
            writer.send(encode_command(["SET", f"key:{number}", "new"]))
        eventually(lambda: client.info("persistence")["current_cow_size"] > 1 << 20)
        ending.send(encode_command(["SET", "first", 1]))
        eventually(lambda: client.info("clients")["blocked_clients"] == 2)
        ending.send(encode_command(["SET", "last", "x" * how_much]))
        ending.socket.shutdown(socket.SHUT_WR)
        assert client.ping()  # The server has had its chance to see the end.
        client.config_set("rdb-key-save-delay", 0)
        assert ending.read_replies(2) == [b"+OK\r\n"] * 2
        assert ending.is_closed()
        assert client.strlen("last") == how_much


def fill_with_values(client, keys):
    with client.pipeline(transaction=False) as pipe:
        for number in range(keys):
            pipe.set(f"key:{number}", f"{number:01000}")
        pipe.execute()


def test_save_points_save(start_server):
    server = start_server("--save", "1 10")
    with server.redis() as client:
        first = client.info("persistence")
        client.mset({f"key:{number}": number for number in range(20)})
        eventually(lambda: client.info("persistence")["rdb_saves"] > first["rdb_saves"], within=20)
        eventually(lambda: client.info("persistence")["rdb_changes_since_last_save"] == 0)
    server.kill()
    with restarted(start_server, server).redis() as client:
        assert client.dbsize() == 20


@pytest.mark.parametrize("words, points, is_saved", [
    (["SHUTDOWN"], "1000 1000", True), (["SHUTDOWN"], "", False), (["SHUTDOWN", "SAVE"], "", True),
    (["SHUTDOWN", "NOSAVE"], "1000 1000", False), (None, "1000 1000", True), (None, "", False)])
def test_what_a_shutdown_saves(start_server, words, points, is_saved):
    server = start_server("--save", points)
    with server.redis() as client, server.raw() as raw:
        client.set("key", "value")
        if words:
            raw.send_command(*words)
        else:
            server.signal(signal.SIGTERM)
        assert server.wait() == 0
    with restarted(start_server, server).redis() as client:
        assert client.dbsize() == (1 if is_saved else 0)


def test_a_disk_that_refuses_stops_writers_until_it_recovers(start_server):
    server = start_server("--save", "1000 1000")
    with server.redis() as client:
        client.set("key", "value")
        # A folder has the name of the file.
        (server.directory / "dump.rdb").mkdir()
        (server.directory / "dump.rdb" / "full").touch()
        assert client.bgsave()
        assert saved(client) == "err"
        with pytest.raises(redis.ResponseError, match="MISCONF Redis is configured to save RDB snapshots"):
            client.set("key", "other")
        with pytest.raises(redis.ResponseError, match="MISCONF"):
            client.ping()
        with pytest.raises(redis.ResponseError, match="MISCONF"):
            client.eval("return redis.call('set', 'key', 'other')", 0)
        assert client.get("key") == b"value"
        with pytest.raises(redis.ResponseError, match="Errors trying to SHUTDOWN. Check logs."):
            client.execute_command("SHUTDOWN")
        client.config_set("stop-writes-on-bgsave-error", "no")
        assert client.set("key", "third")
        client.config_set("stop-writes-on-bgsave-error", "yes")
        (server.directory / "dump.rdb" / "full").unlink()
        (server.directory / "dump.rdb").rmdir()
        client.bgsave()
        assert saved(client) == "ok"
        assert client.set("key", "other")


def test_nothing_but_the_file_is_left_in_the_folder(start_server):
    server = start_server(*SLOWLY)
    with server.redis() as client:
        fill(client, 50)
        client.bgsave()
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert [path.name for path in server.directory.iterdir()] == ["pongo.lock"]


@pytest.mark.parametrize("damage", ["truncated", "flipped", "of no known format"])
def test_a_damaged_file_is_not_loaded(start_server, damage):
    server = start_server()
    with server.redis() as client:
        fill(client, 50)
        client.save()
    server.kill()
    path = server.directory / "dump.rdb"
    data = bytearray(path.read_bytes())
    if damage == "truncated":
        data = data[: len(data) // 2]
    elif damage == "flipped":
        data[len(data) // 2] ^= 1
    else:
        data[:5] = b"RUDIS"
    path.write_bytes(data)
    again = restarted(start_server, server, start=False)
    again.launch()
    assert again.wait() == 1
    assert "dump.rdb at offset" in again.log()
    assert path.read_bytes() == data


def test_clients_are_told_that_the_data_are_being_loaded(start_server):
    server = start_server()
    with server.redis() as client:
        for number in range(2000):
            client.set(f"key:{number}", number)
        client.save()
    server.kill()
    again = restarted(start_server, server, "--key-load-delay", "1000", wait_for=None)
    with again.raw() as client:
        for words in (["GET", "key:1"], ["PING"]):
            client.send_command(*words)
            assert client.read_reply() == b"-LOADING Redis is loading the dataset in memory\r\n"
    with again.redis() as client:
        facts = client.info("persistence")
        assert facts["loading"] == 1
        assert facts["loading_total_bytes"] == (server.directory / "dump.rdb").stat().st_size
        with pytest.raises(redis.exceptions.BusyLoadingError):
            client.execute_command("DEBUG", "RELOAD")
        again.wait_for_log("Ready to accept connections", within=60)
        assert client.dbsize() == 2000


def test_a_server_that_is_loading_can_be_stopped(start_server):
    server = start_server()
    with server.redis() as client:
        client.mset({f"key:{number}": number for number in range(5000)})
        client.save()
    server.kill()
    before = (server.directory / "dump.rdb").read_bytes()
    again = restarted(start_server, server, "--key-load-delay", "1000", "--save", "1 1", wait_for=None)
    again.signal(signal.SIGTERM)
    assert again.wait() == 0
    assert (server.directory / "dump.rdb").read_bytes() == before


def test_debug_reload_keeps_everything(start_server):
    server = start_server("--reactors", 2)
    with server.redis() as client:
        fill(client)
        before = digest(client)
        assert client.execute_command("DEBUG", "RELOAD") == b"OK"
        assert digest(client) == before
        client.delete("stream")
        assert client.execute_command("DEBUG", "RELOAD", "MERGE", "NOFLUSH", "NOSAVE") == b"OK"
        assert digest(client) == before


def test_one_save_runs_at_a_time(start_server):
    server = start_server(*SLOWLY)
    with server.redis() as client:
        fill(client)
        started = client.lastsave()
        client.bgsave()
        for command in (["BGSAVE"], ["BGSAVE", "SCHEDULE"], ["SAVE"], ["DEBUG", "RELOAD"]):
            with pytest.raises(redis.ResponseError, match="Background save already in progress"):
                client.execute_command(*command)
        facts = client.info("persistence")
        assert 0 <= facts["current_save_keys_processed"] <= facts["current_save_keys_total"]
        assert client.lastsave() == started
