"""A disk without room: writers are told, files stay as they were, and all goes on when there is room again.

The disk is a small file system in memory, for which the tests have to be root. What the oracle says and does
is what the server under test has to say and do.
"""

import os
import random
import subprocess

import pytest

from support.append_only import DIRECTORY, KEEPING, facts, need_append_only, rewritten
from support.resp import ConnectionClosed, parse
from support.server import eventually
from support.settings import oracle_binary, server_binary

DISK = "8m"
BALLAST = "ballast"
BLOB_BYTES = 100_000
NO_ROOM = "No space left on device"
MOST_WRITES = 200

BINARIES = {"Redis": oracle_binary, "Pongo": server_binary}


@pytest.fixture
def disk(tmp_path):
    """The folder where it is mounted. Servers on it have to be stopped first: ask for this one first."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder],
                             capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted: {mounted.stderr}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def use_up(folder, but):
    """Leaves so many bytes of room."""
    state = os.statvfs(folder)
    with open(folder / BALLAST, "wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, state.f_bavail * state.f_frsize - but)


def make_room(folder):
    (folder / BALLAST).unlink()


def blob(number):
    """Nothing in it can be compressed."""
    return random.Random(number).randbytes(BLOB_BYTES)


def names(folder):
    """But for the one that tells that a server has the folder."""
    return sorted(path.name for path in folder.iterdir() if path.name != "pongo.lock")


def replies(client, *commands):
    return [client.command(*words) for words in commands]


def on_both(start_server, disk, story, *flags):
    """The story is told by the oracle and the server under test: the same, or it fails."""
    told = {}
    for name, binary in BINARIES.items():
        folder = disk / name
        server = start_server(*flags, directory=folder, binary=binary())
        try:
            told[name] = story(server, disk)
        finally:
            server.kill()
        for path in [*folder.glob("*/*"), *folder.glob("*.*")]:
            path.unlink()
    redis, pongo = told["Redis"], told["Pongo"]
    differences = [f"{place}: {ours} instead of {theirs}"
                   for place, (ours, theirs) in enumerate(zip(pongo, redis)) if ours != theirs]
    assert len(pongo) == len(redis) and not differences, "\n".join(differences)


FUNCTIONS = """#!lua name=lib
redis.register_function('write', function() return redis.call('SET', 'key', 'other') end)
redis.register_function{function_name='read', callback=function() return 1 end, flags={'no-writes'}}"""
REFUSED = (["SET", "key", "other"], ["PING"], ["EVAL", "return redis.call('SET', 'key', 'other')", 0],
           ["EVAL", "#!lua\nreturn redis.call('SET', 'key', 'other')", 0], ["PUBLISH", "channel", "text"],
           ["FUNCTION", "LOAD", "#!lua name=other\nredis.register_function('g', function() end)"],
           ["FCALL", "write", 0], ["FCALL", "read", 0], ["FCALL_RO", "read", 0],
           ["EVAL", "#!lua flags=no-writes\nreturn 1", 0], ["GET", "key"], ["DEL", "none"],
           ["MULTI"], ["SET", "key", "other"], ["EXEC"], ["MULTI"], ["GET", "key"], ["EXEC"])


def save(client):
    """In the background; returns how that ended."""
    client.ask("BGSAVE")
    eventually(lambda: facts(client)["rdb_bgsave_in_progress"] == "0", within=30)
    return facts(client)["rdb_last_bgsave_status"]


def no_room_for_a_snapshot(server, disk):
    """Tells what clients are told; the rest has to be so in any case."""
    with server.raw() as client:
        client.ask("SET", "key", "value")
        client.ask("FUNCTION", "LOAD", FUNCTIONS)
        client.ask("SAVE")
        before = (server.directory / "dump.rdb").read_bytes()
        for number in range(20):
            client.ask("SET", f"blob:{number}", blob(number))
        use_up(disk, but=BLOB_BYTES)
        assert save(client) == "err"
        server.wait_for_log(NO_ROOM)
        told = replies(client, *REFUSED, ["SAVE"], ["SHUTDOWN"])
        assert names(server.directory) == ["dump.rdb"]
        assert (server.directory / "dump.rdb").read_bytes() == before
        make_room(disk)
        assert save(client) == "ok"
        told += replies(client, *REFUSED, ["FUNCTION", "DELETE", "other"])
        client.ask("SAVE")
        digest = client.ask("DEBUG", "DIGEST")
        client.ask("DEBUG", "RELOAD", "NOSAVE")
        assert client.ask("DEBUG", "DIGEST") == digest
        return told


def test_a_snapshot_that_finds_no_room_leaves_the_old_one_and_stops_writers(disk, start_server):
    on_both(start_server, disk, no_room_for_a_snapshot, "--save", "1000 1000")


def test_the_last_save_before_the_end_finds_no_room(disk, start_server):
    def story(server, disk):
        with server.raw() as client:
            client.ask("SET", "key", blob(1))
            use_up(disk, but=BLOB_BYTES // 2)
            told = replies(client, ["SHUTDOWN", "SAVE"], ["PING"], ["SHUTDOWN"])
            assert names(server.directory) == []
            make_room(disk)
            client.send_command("SHUTDOWN", "SAVE")
            assert server.wait() == 0
            assert names(server.directory) == ["dump.rdb"]
            return told

    on_both(start_server, disk, story, "--save", "1000 1000")


# The append-only file


def write_until_refused(client):
    """How many blobs were accepted, and what the first one that was not was told."""
    for number in range(MOST_WRITES):
        reply = client.command("SET", f"blob:{number}", blob(number))
        if parse(reply).is_error:
            return number, reply
    raise AssertionError("nothing was refused")


def no_room_to_append(server, disk):
    with server.raw() as client:
        need_append_only(client)
        client.ask("FUNCTION", "LOAD", FUNCTIONS)
        use_up(disk, but=5 * BLOB_BYTES)
        accepted, refusal = write_until_refused(client)
        assert accepted >= 4
        assert facts(client)["aof_last_write_status"] == "err"
        server.wait_for_log(f"{NO_ROOM}|Short write while writing to the AOF file")
        told = [refusal, *replies(client, *REFUSED)]
        make_room(disk)
        eventually(lambda: facts(client)["aof_last_write_status"] == "ok", within=20)
        server.wait_for_log("AOF write error looks solved")
        told += replies(client, *REFUSED, ["FUNCTION", "DELETE", "other"])
        client.ask("SET", "last", "value")
        digest = client.ask("DEBUG", "DIGEST")
    return told, digest, accepted


@pytest.mark.parametrize("appendfsync", ["everysec", "no"])
def test_an_append_only_file_without_room_stops_writers_until_there_is_some(disk, start_server, appendfsync):
    def story(server, disk):
        told, digest, accepted = no_room_to_append(server, disk)
        with server.raw() as client:  # Nothing waits to be written any more.
            eventually(lambda: facts(client)["aof_buffer_length"] == "0", within=20)
        server.kill()
        again = start_server(*flags, directory=server.directory, binary=server.binary)
        with again.raw() as client:
            assert client.ask("DEBUG", "DIGEST") == digest
            assert client.ask("EXISTS", *(f"blob:{number}" for number in range(accepted))) == accepted
        again.kill()
        return told

    flags = [*KEEPING, "--appendfsync", appendfsync]
    on_both(start_server, disk, story, *flags)


def test_a_server_that_must_sync_always_ends_when_it_can_not(disk, start_server):
    def story(server, disk):
        accepted = 0
        with server.raw() as client:
            need_append_only(client)
            use_up(disk, but=5 * BLOB_BYTES)
            with pytest.raises((ConnectionClosed, OSError)):
                for accepted in range(MOST_WRITES):
                    client.ask("SET", f"blob:{accepted}", blob(accepted))
        assert server.wait() == 1
        assert "Can't recover from AOF write error when the AOF fsync policy is 'always'" in server.log()
        make_room(disk)
        again = start_server(*flags, directory=server.directory, binary=server.binary)
        with again.raw() as client:
            assert client.ask("EXISTS", *(f"blob:{number}" for number in range(accepted))) == accepted
        again.kill()
        return [accepted in (3, 4, 5)]

    flags = [*KEEPING, "--appendfsync", "always"]
    on_both(start_server, disk, story, *flags)


def test_a_file_that_finds_no_room_to_be_written_anew_stays(disk, start_server):
    def story(server, disk):
        with server.raw() as client:
            need_append_only(client)
            for number in range(20):
                client.ask("SET", f"blob:{number}", blob(number))
            use_up(disk, but=BLOB_BYTES)
            assert rewritten(client) == "err"
            server.wait_for_log(NO_ROOM)
            assert not [name for name in names(server.directory) if name.startswith("temp")]
            assert not [name for name in names(server.directory / DIRECTORY) if name.startswith("temp")]
            told = replies(client, *REFUSED[:4])
            make_room(disk)
            assert rewritten(client) == "ok"
            digest = client.ask("DEBUG", "DIGEST")
        server.kill()
        again = start_server(*flags, directory=server.directory, binary=server.binary)
        with again.raw() as client:
            assert client.ask("DEBUG", "DIGEST") == digest
        again.kill()
        return told

    flags = [*KEEPING, "--appendfsync", "always"]
    on_both(start_server, disk, story, *flags)
