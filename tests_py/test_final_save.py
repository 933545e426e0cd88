"""What is saved when the server ends, who may still write then, and other saves that are not to be missed."""

import signal

import pytest

from support.resp import ConnectionClosed, encode_command
from support.server import eventually

# Slow enough that a test is done before the save has come far.
SLOWLY = ("--rdb-key-save-delay", "1000000")
SAVE_POINT = ("--save", "1000 1000")


def filled(start_server, *flags):
    server = start_server(*SAVE_POINT, *flags)
    with server.redis() as client:
        client.mset({f"key:{number}": number for number in range(50)})
    return server


def begin_final_save(server):
    server.signal(signal.SIGTERM)
    server.wait_for_log("Saving the final RDB snapshot")


@pytest.mark.pongo_only
@pytest.mark.parametrize("reactors", [1, 2])
def test_nobody_writes_any_more_whatever_is_unpaused(start_server, reactors):
    server = filled(start_server, *SLOWLY, "--reactors", reactors)
    with server.raw() as writer, server.raw() as other:
        begin_final_save(server)
        assert other.ask("CLIENT", "UNPAUSE") == b"OK"
        writer.send(encode_command(["SET", "late", "v"]))
        assert other.ask("EXISTS", "late") == 0
        other.ask("CONFIG", "SET", "rdb-key-save-delay", 0)
        assert server.wait() == 0
        with pytest.raises((ConnectionClosed, ConnectionResetError)):
            writer.read_reply()
    with start_server(directory=server.directory).redis() as client:
        assert client.dbsize() == 50


def test_a_final_save_that_fails_leaves_clients_paused(start_server):
    server = filled(start_server)
    (server.directory / "dump.rdb").mkdir()
    with server.raw() as paused, server.raw() as other:
        other.ask("CLIENT", "PAUSE", 60_000, "WRITE")
        paused.send(encode_command(["SET", "k", "v"]))
        begin_final_save(server)
        server.wait_for_log("can't exit")
        assert other.ask("EXISTS", "k") == 0
        other.ask("CLIENT", "UNPAUSE")
        assert paused.read_reply() == b"+OK\r\n"
    (server.directory / "dump.rdb").rmdir()


@pytest.mark.pongo_only
def test_who_says_shutdown_second_does_not_disturb_the_first(start_server):
    server = filled(start_server, *SLOWLY, "--reactors", 3)
    with server.raw() as first, server.raw() as second, server.raw() as other:
        first.send(encode_command(["SHUTDOWN"]))
        server.wait_for_log("Saving the final RDB snapshot")
        second.send(encode_command(["SHUTDOWN"]))
        other.ask("CONFIG", "SET", "rdb-key-save-delay", 0)
        assert first.is_closed()
        assert second.is_closed()
        assert server.wait() == 0
    assert server.log().count("DB saved on disk") == 1
    with start_server(directory=server.directory).redis() as client:
        assert client.dbsize() == 50


def test_what_was_flushed_stays_so_after_a_crash(start_server):
    server = filled(start_server)
    with server.redis() as client:
        client.save()
        client.flushall()
        assert client.info("persistence")["rdb_changes_since_last_save"] == 0
    server.kill()
    with start_server(directory=server.directory).redis() as client:
        assert client.dbsize() == 0


def test_files_that_only_look_like_leftovers_stay(start_server):
    server = start_server(start=False)
    foreign = [server.directory / name for name in ("temp-my-thesis.tmp", "temp-1-x.tmp", "temp-1-2-.tmp")]
    for path in foreign:
        path.write_text("mine")
    (server.directory / "temp-1-2-folder.tmp").mkdir()
    server.start()
    assert all(path.exists() for path in foreign)
    assert (server.directory / "temp-1-2-folder.tmp").exists()


@pytest.mark.parametrize("name", ["temp-1-1-x.tmp", "x" * 250])
def test_the_file_may_have_any_name(start_server, name):
    server = filled(start_server, "--dbfilename", name)
    server.stop()
    with start_server("--dbfilename", name, directory=server.directory).redis() as client:
        assert client.dbsize() == 50


@pytest.mark.pongo_only
def test_a_save_in_the_background_can_be_cancelled(start_server):
    server = filled(start_server, *SLOWLY)
    with server.redis() as client, server.raw() as asking:
        nothing = b"-ERR Background saving is currently not in progress or scheduled\r\n"
        assert asking.command("BGSAVE", "CANCEL") == nothing
        client.bgsave()
        assert asking.ask("BGSAVE", "CANCEL") == b"Background saving cancelled"
        eventually(lambda: client.info("persistence")["rdb_bgsave_in_progress"] == 0)
        assert client.info("persistence")["rdb_last_bgsave_status"] == "ok"
        assert not (server.directory / "dump.rdb").exists()
        client.bgrewriteaof()
        assert asking.ask("BGSAVE", "SCHEDULE") == b"Background saving scheduled"
        assert asking.ask("BGSAVE", "CANCEL") == b"Scheduled background saving cancelled"
        for words in ("BGSAVE CANCEL SCHEDULE", "BGSAVE CANCEL x"):
            assert asking.command(*words.split()) == b"-ERR syntax error\r\n"
    server.kill()
