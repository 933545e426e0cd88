"""What Redis writes, Pongo loads, and the other way round, to the same data: snapshots and append-only files.

Seeds make the data and the configuration of both sides; a failure names the seed.
"""

import random
import shutil
import subprocess

import pytest

from support.append_only import DIRECTORY, KEEPING, MANIFEST, need_append_only, rewritten
from support.data_sets import changes, data_set, differences, send, shown
from support.server import Server
from support.settings import EXCHANGED_FILES, oracle_binary, server_binary

WRITERS = {"from Pongo": server_binary, "from Redis": oracle_binary}
by_direction = pytest.mark.parametrize("direction", WRITERS)
# What an append-only file doesn't tell: when a consumer was last seen, which entries share a block.
UNTOLD = (b"seen-time", b"radix-tree-keys", b"radix-tree-nodes")
USED = {"allkeys-lfu": ("FREQ", 100), "allkeys-lru": ("IDLETIME", 100_000)}


def limits(draw):
    """A configuration of the encodings."""
    return {
        "list-max-listpack-size": draw.choice((-5, -2, -1, 1, 16, 128)),
        "list-compress-depth": draw.choice((0, 1, 3)),
        "hash-max-listpack-entries": draw.choice((0, 16, 128, 512)),
        "hash-max-listpack-value": draw.choice((8, 64, 1000)),
        "zset-max-listpack-entries": draw.choice((0, 16, 128)),
        "zset-max-listpack-value": draw.choice((8, 64, 1000)),
        "set-max-intset-entries": draw.choice((0, 16, 512)),
        "stream-node-max-entries": draw.choice((1, 10, 100)),
        "stream-node-max-bytes": draw.choice((0, 200, 4096)),
        "rdbcompression": draw.choice(("yes", "no")),
        "aof-use-rdb-preamble": draw.choice(("yes", "no")),
    }


def configure(client, options):
    client.ask("CONFIG", "SET", *(word for option in options.items() for word in option))


def emptied(client, options):
    client.ask("FLUSHALL")
    client.ask("FUNCTION", "FLUSH")
    configure(client, options)


# Snapshots


@pytest.fixture(scope="module", params=["yes", "no"], ids=["with checksums", "without"])
def ends(request, tmp_path_factory):
    """A running server of each kind."""
    servers = [Server(binary(), tmp_path_factory.mktemp("end"), ["--rdbchecksum", request.param]).start()
               for binary in WRITERS.values()]
    yield dict(zip(WRITERS, servers))
    for server in servers:
        server.stop()


def make_used_keys(client, policy):
    """Some keys with what is known of their use."""
    option, most = USED[policy]
    client.ask("SET", "model", "text")
    payload = client.ask("DUMP", "model")
    for number in range(5):
        client.ask("RESTORE", f"used:{number}", 0, payload, option, most // (number + 1))


def use_of_keys(client, policy):
    return [client.ask("OBJECT", USED[policy][0], f"used:{number}") for number in range(5)]


@by_direction
@pytest.mark.parametrize("policy", USED)
def test_a_snapshot_of_one_is_the_same_data_in_the_other(ends, direction, policy):
    source = ends[direction]
    target = next(server for server in ends.values() if server is not source)
    for number in range(EXCHANGED_FILES):
        seed = f"{direction} {policy} {number}"
        draw = random.Random(seed)
        with source.raw() as writer, target.raw() as reader:
            emptied(writer, {**limits(draw), "maxmemory-policy": policy})
            send(writer, data_set(seed, draw.choice((1, 20, 60))))
            make_used_keys(writer, policy)
            writer.ask("SAVE")
            shutil.copy(source.directory / "dump.rdb", target.directory / "dump.rdb")
            emptied(reader, {**limits(draw), "maxmemory-policy": policy})
            reader.ask("DEBUG", "RELOAD", "NOSAVE")
            for there, here in zip(use_of_keys(writer, policy), use_of_keys(reader, policy)):
                assert abs(there - here) <= 5, seed
            assert not differences(shown(writer), shown(reader)), seed
        if direction == "from Pongo":
            check_with("redis-check-rdb", source.directory / "dump.rdb", "RDB looks OK", seed)


def check_with(tool, path, verdict, seed):
    command = [oracle_binary().with_name(tool), path]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0 and verdict in checked.stdout, f"{seed}: {checked.stdout}"


# Append-only files


@pytest.fixture(scope="module")
def writers(tmp_path_factory):
    """Running servers that keep an append-only file, made as they are asked for."""
    made = {}

    def writer(direction):
        if direction not in made:
            flags = (*KEEPING, "--appendfsync", "always")
            server = Server(WRITERS[direction](), tmp_path_factory.mktemp("writer"), flags)
            made[direction] = server.start()
        return made[direction]

    yield writer
    for server in made.values():
        server.stop()


def write_anew(client, seed, draw):
    """A base with what is there, and more behind it."""
    emptied(client, limits(draw))
    send(client, data_set(seed, draw.choice((1, 20, 60))))
    keys = client.ask("KEYS", "*")
    if draw.random() < 0.8:
        assert rewritten(client) == "ok"
    send(client, changes(draw, keys))
    send(client, data_set(f"{seed}, more", draw.choice((1, 20)), prefix=b"more:"))
    if draw.random() < 0.3:
        client.ask("FLUSHDB", draw.choice(("SYNC", "ASYNC")))


def loaded(start_server, binary, directory, draw):
    """What a server of this kind makes of the files there."""
    options = [word for name, value in limits(draw).items() for word in (f"--{name}", value)]
    server = start_server(*KEEPING, *options, binary=binary(), directory=directory)
    with server.raw() as client:
        need_append_only(client)
        seen = shown(client, UNTOLD)
    server.kill()
    return seen


@by_direction
def test_an_append_only_file_of_one_is_the_same_data_in_the_other(start_server, writers, tmp_path, direction):
    # Both load what one has written: a file of commands says less of a stream than there is to be seen.
    for number in range(EXCHANGED_FILES):
        seed = f"append-only {direction} {number}"
        draw = random.Random(seed)
        source = writers(direction)
        with source.raw() as client:
            need_append_only(client)
            write_anew(client, seed, draw)
            digest = client.ask("DEBUG", "DIGEST")
        seen = []
        for place, binary in enumerate(WRITERS.values()):
            directory = tmp_path / f"{number} {place}"
            shutil.copytree(source.directory / DIRECTORY, directory / DIRECTORY)
            if direction == "from Pongo":
                check_with("redis-check-aof", directory / DIRECTORY / MANIFEST, "are valid", seed)
            seen.append(loaded(start_server, binary, directory, draw))
        assert not differences(*seen), seed
        assert seen[0]["digest"] == digest, seed
