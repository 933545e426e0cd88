"""The append-only file: what was told to it brings the data set back, here and in Redis."""

import contextlib
import fcntl
import itertools
import socket
import threading

import pytest
import redis

from differential import all_sequences
from support.append_only import after_rewriting, put_by_hand
from support.differential import Side
from support.resp import encode_command
from support.server import Server, SharedServer, eventually
from support.settings import server_binary

APPEND = "appendonlydir"
ON = ("--appendonly", "yes", "--auto-aof-rewrite-percentage", "0")
FAMILIES = sorted({family for family, _ in all_sequences()})
# They change what is not to be written down.
LEFT_OUT = {"Propagation and the like", "SAVE and RELOAD keep what there is"}


@pytest.fixture(scope="module")
def logging_side(tmp_path_factory):
    """A server with an append-only file, as sequences are run on it."""
    flags = ("--appendonly", "yes", "--aof-use-rdb-preamble", "no")
    shared = SharedServer(lambda: Server(server_binary(), tmp_path_factory.mktemp("logging"), flags))
    yield Side(shared)
    shared.stop()


def start_anew(side):
    """Nothing stands in the files."""
    side.reset()
    side.admin("BGREWRITEAOF")
    with side.server.raw() as client:
        assert after_rewriting(client) == "ok"


def digest(side):
    return side.admin("DEBUG", "DIGEST")


def difference(side, found):
    """What is different when the commands that a sequence has led to are run once more."""
    for step in found.steps:
        side.perform(step)
    side.admin("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    before = digest(side)
    reply = side.admin("DEBUG", "LOADAOF")
    if reply != b"+OK\r\n":
        return f"{found.name}: {reply}"
    after = digest(side)
    return None if before == after else f"{found.name}: {before} became {after}"


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_told_brings_back_what_was_done(logging_side, family):
    differences = []
    for name, found in all_sequences():
        if name != family or found.bare or found.name in LEFT_OUT:
            continue
        start_anew(logging_side)
        differences.append(difference(logging_side, found))
    logging_side.reset()
    differences = [each for each in differences if each]
    assert not differences, "\n".join(differences)

def told(server):
    """The commands in the last increment, one list of words for each."""
    increments = sorted((server.directory / APPEND).glob("*.incr.aof"), key=lambda path: path.stat().st_mtime)
    return commands_of(increments[-1].read_bytes())


def commands_of(data):
    found = []
    while data:
        if data.startswith(b"#"):
            line, data = data.split(b"\r\n", 1)
            found.append([line])
            continue
        count, data = data.split(b"\r\n", 1)
        words = []
        for _ in range(int(count[1:])):
            size, data = data.split(b"\r\n", 1)
            words.append(data[: int(size[1:])])
            data = data[int(size[1:]) + 2 :]
        found.append(words)
    return found


def restarted(start_server, server, *flags):
    server.stop()
    return start_server(*(flags or server.flags), directory=server.directory)


def digest_of(client):
    return client.execute_command("DEBUG", "DIGEST")


def test_what_was_written_is_there_after_a_restart(start_server):
    server = start_server(*ON)
    with server.redis() as client:
        client.set("key", "value", px=10_000_000)
        client.rpush("list", *range(100))
        client.execute_command("SELECT", 5)
        client.sadd("set", "a", "b")
        client.execute_command("SELECT", 0)
        client.function_load("#!lua name=lib\nredis.register_function('f', function() return 42 end)")
        before = digest_of(client)
    server = restarted(start_server, server)
    with server.redis() as client:
        assert digest_of(client) == before
        assert client.fcall("f", 0) == 42


def test_a_transaction_is_one_unit_in_the_file(start_server):
    server = start_server(*ON, "--appendfsync", "always")
    with server.redis() as client:
        with client.pipeline(transaction=True) as pipe:
            pipe.set("a", 1).incr("a").execute()
        client.eval("redis.call('SET', 'b', 1); redis.call('SET', 'c', 2)", 0)
        client.set("d", 1)
    assert told(server) == [
        [b"SELECT", b"0"],
        *([b"MULTI"], [b"SET", b"a", b"1"], [b"INCRBY", b"a", b"1"], [b"EXEC"]),
        *([b"MULTI"], [b"SET", b"b", b"1"], [b"SET", b"c", b"2"], [b"EXEC"]),
        [b"SET", b"d", b"1"],
    ]


def test_annotations_tell_the_time(start_server):
    server = start_server(*ON, "--aof-timestamp-enabled", "yes", "--appendfsync", "always")
    with server.redis() as client:
        before = client.time()[0]
        client.set("key", "value")
        assert before <= int(told(server)[0][0].removeprefix(b"#TS:")) <= client.time()[0]


@pytest.mark.parametrize("preamble", ["yes", "no"])
def test_a_rewrite_goes_on_beside_writers(start_server, preamble):
    server = start_server(*ON, "--aof-use-rdb-preamble", preamble)
    with server.redis() as client, server.raw() as raw, contextlib.ExitStack() as writers:
        client.execute_command("DEBUG", "POPULATE", 5000)
        for number in range(4):
            writers.enter_context(in_thread(lambda stop, number=number: write_on(server, stop, number)))
        for _ in range(5):
            client.bgrewriteaof()
            assert after_rewriting(raw) == "ok"
        writers.close()
        before = digest_of(client)
        assert client.execute_command("DEBUG", "LOADAOF") == b"OK"
        assert digest_of(client) == before
    names = sorted(path.name for path in (server.directory / APPEND).iterdir())
    form = "rdb" if preamble == "yes" else "aof"
    assert names == [f"appendonly.aof.6.base.{form}", "appendonly.aof.6.incr.aof", "appendonly.aof.manifest"]


def write_on(server, stop, number):
    with server.redis() as client:
        for round_number in itertools.count():
            if stop.is_set():
                return
            client.incr(f"counter:{number}")
            client.rpush(f"list:{number}", round_number)
            client.delete(f"key:{round_number % 5000}")


@contextlib.contextmanager
def in_thread(work):
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_it_can_be_turned_on_and_off(start_server):
    server = start_server("--appendonly", "no")
    with server.redis() as client, server.raw() as raw:
        client.set("before", 1)
        for number in range(5):
            client.config_set("appendonly", "yes")
            assert after_rewriting(raw) == "ok"
            client.set(f"during:{number}", 1)
            client.config_set("appendonly", "no")
            assert client.info("persistence")["aof_enabled"] == 0
            client.config_set("appendonly", "yes")
            client.config_set("appendonly", "no")
        client.config_set("appendonly", "yes")
        after_rewriting(raw)
        client.set("after", 1)
        before = digest_of(client)
    server = restarted(start_server, server, *ON)
    with server.redis() as client:
        assert digest_of(client) == before


def test_a_single_file_of_old_moves_to_its_place(start_server, tmp_path):
    directory = tmp_path / "old"
    directory.mkdir()
    (directory / "appendonly.aof").write_bytes(encode_command(["SET", "key", "value"]))
    server = start_server(*ON, directory=directory)
    with server.redis() as client:
        assert client.get("key") == b"value"
        client.set("other", 1)
    assert not (directory / "appendonly.aof").exists()
    assert (directory / APPEND / "appendonly.aof").exists()
    server = restarted(start_server, server)
    with server.redis() as client:
        assert client.mget("key", "other") == [b"value", b"1"]


def test_relative_times_of_old_files_begin_now(start_server, tmp_path):
    directory = tmp_path / "old"
    directory.mkdir()
    commands = [["SET", "key", "value"], ["EXPIRE", "key", "1000"], ["SET", "gone", "1", "PXAT", "1000"],
                ["RPUSH", "list", "x"], ["PEXPIREAT", "list", "1000"], ["RPUSH", "list", "y"]]
    (directory / "appendonly.aof").write_bytes(b"".join(map(encode_command, commands)))
    server = start_server(*ON, directory=directory)
    with server.redis() as client:
        assert 900 < client.ttl("key") <= 1000
        assert client.get("gone") is None
        assert client.lrange("list", 0, -1) == []  # It has not become a list without an end.


def cut_off(server, size):
    [increment] = (server.directory / APPEND).glob("*.incr.aof")
    increment.write_bytes(increment.read_bytes()[:-size])
    return increment


def test_a_command_that_was_cut_off_is_left_out(start_server):
    server = start_server(*ON)
    with server.redis() as client:
        client.set("whole", 1)
        client.set("half", 1)
    server.stop()
    increment = cut_off(server, 5)
    server = start_server(*ON, directory=server.directory)
    assert "aof-load-truncated is enabled" in server.log()
    with server.redis() as client:
        assert client.mget("whole", "half") == [b"1", None]
        client.set("more", 1)
    server.stop()
    assert commands_of(increment.read_bytes())[-1] == [b"SET", b"more", b"1"]


def test_or_it_keeps_the_server_from_starting(start_server):
    server = start_server(*ON, "--aof-load-truncated", "no")
    with server.redis() as client:
        client.set("half", 1)
    server.stop()
    cut_off(server, 5)
    server = start_server(*server.flags, directory=server.directory, start=False)
    server.launch()
    server.wait_for_log("Unexpected end of file reading the append only file .* at offset")
    assert server.wait() == 1


def test_a_transaction_without_its_end_has_no_effect(start_server):
    server = start_server(*ON)
    with server.redis() as client:
        client.set("whole", 1)
        with client.pipeline(transaction=True) as pipe:
            pipe.set("first", 1).set("second", 1).execute()
    server.stop()
    increment = cut_off(server, len(encode_command(["EXEC"])))
    server = start_server(*ON, directory=server.directory)
    with server.redis() as client:
        assert client.keys() == [b"whole"]
    server.stop()
    assert commands_of(increment.read_bytes())[-1] == [b"SET", b"whole", b"1"]


def test_the_last_write_is_on_disk_when_waitaof_says_so(start_server):
    server = start_server(*ON)
    with server.redis() as client:
        for number in range(3):
            client.set("key", number)
            assert client.execute_command("WAITAOF", 1, 0, 0) == [1, 0]
        assert client.execute_command("WAITAOF", 0, 1, 10) == [1, 0]  # There is no replica.
        client.config_set("appendfsync", "no")
        client.set("key", "other")
        assert client.execute_command("WAITAOF", 1, 0, 10) == [0, 0]
        client.config_set("appendfsync", "always")
        assert client.execute_command("WAITAOF", 1, 0, 0) == [1, 0]


def test_waitaof_refuses_what_makes_no_sense(start_server):
    server = start_server()
    with server.redis() as client:
        for words, error in {
            (2, 0, 0): "value is out of range, value must between 0 and 1",
            (0, -1, 0): "value is out of range, must be positive",
            (0, 0, -1): "timeout is negative",
            (1, 0, 0): "WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
        }.items():
            with pytest.raises(redis.ResponseError, match=error):
                client.execute_command("WAITAOF", *words)
        assert client.execute_command("WAITAOF", 0, 0, 0) == [0, 0]


def test_who_waits_is_told_when_there_is_no_file_any_more(start_server):
    server = start_server(*ON, "--appendfsync", "no")
    with server.redis() as client, server.raw() as waiting:
        waiting.ask("SET", "key", "value")
        waiting.send(encode_command(["WAITAOF", "1", "0", "0"]))
        eventually(lambda: client.info("clients")["blocked_clients"] == 1)
        client.config_set("appendonly", "no")
        assert b"WAITAOF cannot be used" in waiting.read_reply()


def test_one_save_or_rewrite_at_a_time(start_server):
    server = start_server(*ON, "--rdb-key-save-delay", "100000")
    with server.redis() as client, server.raw() as raw:
        client.execute_command("DEBUG", "POPULATE", 1000)
        client.bgrewriteaof()
        with pytest.raises(redis.ResponseError, match="rewriting already in progress"):
            client.bgrewriteaof()
        with pytest.raises(redis.ResponseError, match="Another child process is active"):
            client.bgsave(schedule=False)
        client.execute_command("BGSAVE", "SCHEDULE")
        client.config_set("rdb-key-save-delay", 0)
        assert after_rewriting(raw) == "ok"
        eventually(lambda: client.info("persistence")["rdb_saves"] == 1)


def test_the_server_does_not_end_while_the_first_base_is_written(start_server):
    server = start_server("--rdb-key-save-delay", "100000")
    with server.redis() as client, server.raw() as raw:
        client.execute_command("DEBUG", "POPULATE", 1000)
        client.config_set("appendonly", "yes")
        assert raw.command("SHUTDOWN") == b"-ERR Errors trying to SHUTDOWN. Check logs.\r\n"
        server.wait_for_log("Writing initial AOF. Can't exit")
        client.config_set("rdb-key-save-delay", 0)
        assert after_rewriting(raw) == "ok"


def test_a_folder_belongs_to_one_server(start_server):
    first = start_server()
    second = start_server(directory=first.directory, start=False)
    second.launch()
    second.wait_for_log(f"Another server \\(process {first.process.pid}\\) has its files in the folder")
    assert second.wait() == 1
    third = start_server("--enable-protected-configs", "yes")
    with third.redis() as client:
        with pytest.raises(redis.ResponseError, match="Another server"):
            client.config_set("dir", str(first.directory))
        assert client.config_get("dir") == {"dir": str(third.directory)}
    first.kill()
    start_server(directory=first.directory)


def test_what_a_crash_has_left_of_turning_it_on_is_removed(start_server):
    server = start_server("--rdb-key-save-delay", "100000")
    with server.redis() as client:
        client.execute_command("DEBUG", "POPULATE", 1000)
        client.config_set("appendonly", "yes")
        client.set("key", "value")
        eventually(lambda: list((server.directory / APPEND).glob("temp-*incr*")))
    server.kill()
    restarted(start_server, server)
    assert not list((server.directory / APPEND).glob("temp-*"))


def test_what_a_crash_has_left_half_done_is_removed(start_server):
    server = start_server(*ON)
    server.kill()
    left = [server.directory / "temp-1-0-dump.rdb.tmp", server.directory / APPEND / "temp-1-1-x.rdb.tmp"]
    for path in left:
        path.write_bytes(b"half")
    start_server(*ON, directory=server.directory)
    assert not any(path.exists() for path in left)


def test_who_has_ended_sending_gets_the_replies_that_wait_for_the_disk(start_server):
    server = start_server(*ON, "--appendfsync", "always")
    for number in range(20):
        with server.raw() as client:
            client.send(encode_command(["SET", "key", number]) + encode_command(["GET", "key"]))
            client.socket.shutdown(socket.SHUT_WR)
            assert client.read_reply() == b"+OK\r\n"
            assert client.read_reply().endswith(b"%d\r\n" % number)


@pytest.mark.parametrize("rest", [b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$100000\r\nxxxx",
                                  encode_command(["BLPOP", "q", "0"])], ids=["half a request", "BLPOP"])
def test_also_if_something_is_left_undone(start_server, rest):
    server = start_server(*ON, "--appendfsync", "always")
    for number in range(20):
        with server.raw() as client:
            client.send(encode_command(["SET", "key", number]) + rest)
            client.socket.shutdown(socket.SHUT_WR)
            assert client.read_reply() == b"+OK\r\n"


def test_subscribers_hear_of_writes_that_never_pause(start_server):
    server = start_server(*ON, "--appendfsync", "always", "--notify-keyspace-events", "E$")
    with server.redis() as client, contextlib.ExitStack() as writers, client.pubsub() as listener:
        listener.subscribe("__keyevent@0__:set")
        for number in range(4):
            writers.enter_context(in_thread(lambda stop, key=str(number): set_on(server, stop, key)))
        heard = 0
        eventually(lambda: listener.get_message(timeout=0.01), within=20)
        while heard < 2000:
            message = listener.get_message(timeout=20)
            assert message
            heard += 1


def set_on(server, stop, key):
    with server.redis() as client:
        while not stop.is_set():
            client.set(key, "value")


def test_nothing_is_safe_before_the_first_base_is_written(start_server):
    server = start_server("--rdb-key-save-delay", "100000")
    with server.redis() as client, server.raw() as raw:
        client.execute_command("DEBUG", "POPULATE", 1000)
        client.config_set("appendonly", "yes")
        assert client.execute_command("WAITAOF", 1, 0, 10) == [0, 0]
        raw.send(encode_command(["WAITAOF", "1", "0", "0"]))
        client.config_set("rdb-key-save-delay", 0)
        assert raw.read_reply() == b"*2\r\n:1\r\n:0\r\n"
        assert b" type b\n" in (server.directory / APPEND / "appendonly.aof.manifest").read_bytes()


def test_it_comes_to_stand_however_often_it_is_turned(start_server):
    """Also when that happens just as a rewrite ends."""
    server = start_server(*ON)
    with server.redis() as client:
        for number in range(30):
            client.set("key", number)
            with contextlib.suppress(redis.ResponseError):  # The last one may be about to end.
                client.bgrewriteaof()
            with client.pipeline(transaction=False) as pipe:
                pipe.config_set("appendonly", "no").config_set("appendonly", "yes").execute()
            assert client.execute_command("WAITAOF", 1, 0, 20_000) == [1, 0]
    server.kill()
    with start_server(*ON, directory=server.directory).redis() as client:
        assert client.get("key") == b"29"


def test_without_a_first_base_the_server_may_end(start_server):
    """When it can't be written: then there is nothing to wait for."""
    server = start_server()
    (server.directory / APPEND / "appendonly.aof.1.base.rdb").mkdir(parents=True)
    with server.redis() as client, server.raw() as raw:
        client.set("key", "value")
        client.config_set("appendonly", "yes")
        eventually(lambda: client.info("persistence")["aof_last_bgrewrite_status"] == "err")
        eventually(lambda: client.info("persistence")["aof_rewrites_consecutive_failures"] >= 3)
        raw.send(encode_command(["SHUTDOWN", "NOSAVE"]))
        assert server.wait() == 0


def is_free(folder):
    with open(folder / "pongo.lock", "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def assert_folder_is_used(start_server, folder, user):
    rival = start_server(directory=folder, start=False)
    rival.launch()
    rival.wait_for_log(f"Another server \\(process {user.process.pid}\\)")
    assert rival.wait() == 1


def test_a_folder_is_free_again_when_the_file_in_it_is_turned_off(start_server, tmp_path):
    server = start_server(*ON, "--enable-protected-configs", "yes")
    with server.redis() as client:
        client.config_set("dir", str(tmp_path))
        assert_folder_is_used(start_server, server.directory, server)
        client.config_set("appendonly", "no")
        eventually(lambda: is_free(server.directory))
        assert not is_free(tmp_path)


def test_it_is_where_the_directory_was_when_it_was_turned_on(start_server, tmp_path):
    server = start_server("--enable-protected-configs", "yes")
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    with server.redis() as client, server.raw() as raw:
        client.set("key", "value")
        client.config_set("dir", str(folders[0]))
        client.config_set("appendonly", "yes")
        assert after_rewriting(raw) == "ok"
        client.config_set("dir", str(folders[1]))
        client.set("other", "value")
        for folder in folders:  # It uses both, so nobody else does.
            assert_folder_is_used(start_server, folder, server)
    server.kill()
    assert not (folders[1] / APPEND).exists()
    with start_server(*ON, directory=folders[0]).redis() as client:
        assert sorted(client.keys()) == [b"key", b"other"]


def test_loadaof_leaves_no_trace(start_server):
    server = start_server(*ON, "--appendfsync", "always")
    with server.redis() as client:
        client.set("key", "value")
        for _ in range(3):
            assert client.execute_command("DEBUG", "LOADAOF") == b"OK"
            assert client.info("persistence")["rdb_changes_since_last_save"] == 0
            client.execute_command("DEBUG", "RELOAD")
    assert told(server) == [[b"SELECT", b"0"], [b"SET", b"key", b"value"]]


def test_loadaof_without_files_changes_nothing(start_server):
    with start_server().redis() as client:
        client.set("key", "value")
        with pytest.raises(redis.ResponseError, match="no complete append-only file"):
            client.execute_command("DEBUG", "LOADAOF")
        assert client.get("key") == b"value"


def refuse_to_load(start_server, directory, words, reason):
    """Words behind a command of 33 bytes end the start, for this reason."""
    put_by_hand(directory, encode_command(["SET", "key", "value"]) + encode_command(words.split()))
    server = start_server(*ON, directory=directory, start=False)
    server.launch()
    server.wait_for_log(f"{reason} at offset 33 reading the append only file")
    assert server.wait() == 1


@pytest.mark.parametrize("words", ["SUBSCRIBE c", "RESET", "SHUTDOWN", "MONITOR", "DEBUG SEGFAULT", "QUIT"])
def test_what_changes_no_keys_does_not_belong_there(start_server, tmp_path, words):
    refuse_to_load(start_server, tmp_path, words, "changes no keys")


@pytest.mark.parametrize("words", ["NONSENSE x", "SET x", "XGROUP nonsense key group", "XGROUP",
                                   "FUNCTION ,OAD x"])
def test_a_command_that_is_none_does_not_belong_there(start_server, tmp_path, words):
    refuse_to_load(start_server, tmp_path, words, f'Unknown command "{words.split()[0]}"')


def test_an_empty_increment_behind_one_that_was_cut_off(start_server):
    """As a crash in a rewrite may leave them, when the folder could not be synced."""
    server = start_server(*ON)
    with server.redis() as client:
        client.set("whole", 1)
        client.set("half", 1)
    server.stop()
    cut_off(server, 5)
    manifest = server.directory / APPEND / "appendonly.aof.manifest"
    manifest.write_bytes(manifest.read_bytes() + b"file appendonly.aof.2.incr.aof seq 2 type i\n")
    (server.directory / APPEND / "appendonly.aof.2.incr.aof").write_bytes(b"")
    server = restarted(start_server, server)
    with server.redis() as client:
        assert client.mget("whole", "half") == [b"1", None]
        client.set("more", 1)
    assert told(restarted(start_server, server))[-1] == [b"SET", b"more", b"1"]
