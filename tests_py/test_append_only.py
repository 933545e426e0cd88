"""The append-only file: what was told to it brings the data set back, here and in Redis."""

import pytest

from differential import all_sequences
from support.append_only import after_rewriting
from support.differential import Side
from support.server import Server, SharedServer
from support.settings import server_binary

FAMILIES = sorted({family for family, _ in all_sequences()})
# It says itself what is not to be written down.
LEFT_OUT = {"Propagation and the like"}


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
