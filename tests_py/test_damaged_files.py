"""Damaged files are refused, with the place and the reason, or loaded; nothing crashes, hangs or grows."""

import itertools
import random
import re
import shutil

import pytest

from support.append_only import DIRECTORY, KEEPING, MANIFEST, need_append_only, put_by_hand, rewritten
from support.append_only import units_that_count
from support.damage import damaged
from support.data_sets import data_set, send
from support.old_snapshots import old_snapshot
from support.resp import ConnectionClosed, parse
from support.server import READY, Server, ServerFault, running
from support.settings import DAMAGED_FILES, MEMORY_SCALE, is_pongo, oracle_binary, server_binary

TIME_LIMIT_S = 10
MOST_MEMORY_KIB = 48 * 1024  # Above what the whole file took.
MOST_FINDINGS = 10
LONGEST_WORD = 100
STARTS = max(5, DAMAGED_FILES // 20)
PLACE_AND_REASON = r"dump\.rdb at offset \d+: \S.*"

# Who writes the file, and how.
BASES = {"pongo": (server_binary, ()), "pongo, as it is": (server_binary, ("--rdbcompression", "no")),
         "redis": (oracle_binary, ()), "redis, as it is": (oracle_binary, ("--rdbcompression", "no")),
         "old": None}
by_base = pytest.mark.parametrize("base", BASES)
by_checksum = pytest.mark.parametrize("checksum", ["yes", "no"])


def small_data_set(seed):
    """Without long texts, in which damage says little."""
    return ([word[:LONGEST_WORD] if isinstance(word, bytes) else word for word in words]
            for words in data_set(seed, values=25))


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory):
    """The bytes of an undamaged file for each base."""
    files = {}
    for name, writer in BASES.items():
        if writer is None:
            files[name] = old_snapshot()
            continue
        binary, flags = writer
        server = Server(binary(), tmp_path_factory.mktemp("whole"), flags).start()
        try:
            with server.raw() as client:
                send(client, small_data_set(seed=len(files)))
                client.ask("SAVE")
            files[name] = (server.directory / "dump.rdb").read_bytes()
        finally:
            server.stop()
    return files


class Victim:
    """A server that is given one damaged file after the other, and another one in its place if it dies."""

    load = ("DEBUG", "RELOAD", "NOSAVE")
    refusal = b"-ERR Error trying to load the RDB dump\r\n"
    place_and_reason = PLACE_AND_REASON

    def __init__(self, start_server):
        self._start_server = start_server
        self.findings = []
        self._begin()

    def _begin(self):
        self._server = self._started()
        self._client = self._server.raw(timeout=TIME_LIMIT_S)
        assert self._client.ask(*self.load) == b"OK"
        self._digest = self._client.ask("DEBUG", "DIGEST")
        self._memory_limit_kib = self._server.memory_kib("VmHWM") + MOST_MEMORY_KIB * MEMORY_SCALE

    def give(self, path, data, how):
        """Notes what is wrong with what the server does with the file, and keeps the file then."""
        path = self._server.directory / path
        path.write_bytes(data)
        try:
            finding = self._load(data)
        except (ConnectionClosed, OSError, ServerFault) as error:
            finding = f"{type(error).__name__}: {str(error)[:200]} ... {self._server.log()[-800:]}"
        if finding:
            kept = self._server.directory / f"finding.{path.name}"
            kept.write_bytes(data)
            self.findings.append(f"{how}: {finding} ({kept})")
            self._server.kill()
            self._begin()

    def check(self, most=MOST_FINDINGS):
        assert len(self.findings) < most, "\n".join(self.findings)

    def _load(self, data):
        lines = self._server.log_length()
        reply = self._client.command(*self.load)
        if parse(reply).is_error:
            if reply != self.refusal:
                return f"the reply is {reply}"
            self._server.wait_for_log(self.place_and_reason, within=2, since=lines)
        elif finding := self._examine(data):
            return finding
        if self._server.memory_kib("VmHWM") > self._memory_limit_kib:
            return f"it has taken {self._server.memory_kib('VmHWM')} KiB"
        return None

    def _examine(self, data):
        """Of a file that was taken: it must be whole, or without a checksum good for more than this once."""
        digest = self._client.ask("DEBUG", "DIGEST")
        if digest != self._digest and self._must_be_whole(data):
            return "taken for whole"
        reply = parse(self._client.command("DEBUG", "RELOAD"))
        if reply.is_error or self._client.ask("DEBUG", "DIGEST") != digest:
            return f"not the same when saved and loaded again: {reply}"
        return None


class VictimOfSnapshots(Victim):
    def __init__(self, start_server, whole, checksum):
        self._whole, self._checksum = whole, checksum
        super().__init__(start_server)

    def _started(self):
        server = self._start_server("--rdbchecksum", self._checksum)
        (server.directory / "dump.rdb").write_bytes(self._whole)
        return server

    def _must_be_whole(self, data):
        return self._checksum == "yes" and not may_have_no_checksum(data)


def may_have_no_checksum(data):
    """Files of old versions have none, and eight zeros behind an end say that there is none."""
    return data[5:9] < b"0005" or b"\xff" + b"\0" * 8 in data


@pytest.mark.pongo_only
@by_checksum
@by_base
def test_a_damaged_snapshot_is_refused_or_good(start_server, whole_files, base, checksum):
    victim = VictimOfSnapshots(start_server, whole_files[base], checksum)
    for number in range(DAMAGED_FILES):
        data, how = damaged(random.Random(f"{base} {number}"), whole_files[base])
        victim.give("dump.rdb", data, f"number {number}, {how}")
        victim.check()
    victim.check(most=1)


@pytest.mark.pongo_only
@by_base
def test_a_snapshot_that_ends_early_is_refused_wherever(start_server, whole_files, base):
    victim = VictimOfSnapshots(start_server, whole_files[base], "no")
    size = len(whole_files[base])
    for place in sorted({*range(min(size, 300)), *range(size - 100, size)}):
        victim.give("dump.rdb", whole_files[base][:place], f"cut at {place}")
        victim.check()
    victim.check(most=1)


def outcome_of_a_start(directory, *flags, binary=None):
    """A server that is ready, or the output of one that has refused to start, as it has to."""
    server = Server(binary or server_binary(), directory, flags).launch()
    try:
        server.wait_for_log(READY, within=TIME_LIMIT_S)
        return server, None
    except ServerFault:
        running.discard(server)
    status = server.wait(within=TIME_LIMIT_S)
    assert status == 1, f"the status is {status}: {server.log()}"
    return None, server.log()


@pytest.mark.pongo_only
@by_checksum
@by_base
def test_a_server_does_not_start_with_a_damaged_snapshot(tmp_path, whole_files, base, checksum):
    for number in range(STARTS):
        data, how = damaged(random.Random(f"start {base} {number}"), whole_files[base])
        (tmp_path / "dump.rdb").write_bytes(data)
        server, output = outcome_of_a_start(tmp_path, "--rdbchecksum", checksum)
        if server:
            with server.raw() as client:
                client.ask("DEBUG", "DIGEST")
            server.stop()
        else:
            assert re.search(PLACE_AND_REASON, output), f"number {number}, {how}: {output}"
        assert (tmp_path / "dump.rdb").read_bytes() == data, f"number {number}, {how}: the file was changed"


# The append-only file


WRITERS = {"pongo": server_binary, "redis": oracle_binary}
FILE_AND_PLACE = r"(?m)^(?=.*appendonly\S*)(?=.*offset \d+).*$"
APPENDED = max(10, DAMAGED_FILES // 10)
CUTS = max(10, DAMAGED_FILES // 10)
UNITS = 16
by_preamble = pytest.mark.parametrize("preamble", ["yes", "no"])
by_writer = pytest.mark.parametrize("writer", WRITERS)


@pytest.fixture(scope="module")
def whole_append_only_files(tmp_path_factory):
    """Makes them once: directories, by who writes, and whether the base is a snapshot."""
    made = {}

    def make(writer, preamble):
        if (writer, preamble) not in made:
            directory = tmp_path_factory.mktemp("append-only")
            flags = (*KEEPING, "--aof-use-rdb-preamble", preamble)
            server = Server(WRITERS[writer](), directory, flags).start()
            try:
                with server.raw() as client:
                    need_append_only(client)
                    send(client, small_data_set(seed=1))
                    assert rewritten(client) == "ok"
                    send(client, small_data_set(seed=2))
            finally:
                server.stop()
            made[writer, preamble] = directory
        return made[writer, preamble]

    return make


@pytest.fixture
def needs_append_only(start_server):
    server = start_server(*KEEPING)
    with server.raw() as client:
        need_append_only(client)
    server.stop()


class VictimOfAppends(Victim):
    """It is given parts of an append-only file that it does not write to itself."""

    load = ("DEBUG", "LOADAOF")
    refusal = b"-ERR Error trying to load the AOF files, check server logs\r\n"
    place_and_reason = FILE_AND_PLACE

    def __init__(self, start_server, folder, whole):
        self._folder, self._whole = folder, whole
        super().__init__(start_server)

    def _started(self):
        directory = self._folder / str(len(self.findings))
        shutil.copytree(self._whole, directory)
        return self._start_server("--appendonly", "no", directory=directory)

    def give(self, path, data, how):
        super().give(path, data, how)
        shutil.copy(self._whole / path, self._server.directory / path)

    def _must_be_whole(self, data):
        return False


@pytest.mark.pongo_only
@by_preamble
@by_writer
def test_damaged_commands_are_refused_or_good(start_server, tmp_path, needs_append_only,
                                              whole_append_only_files, writer, preamble):
    whole = whole_append_only_files(writer, preamble)
    victim = VictimOfAppends(start_server, tmp_path, whole)
    paths = sorted(path.relative_to(whole) for path in (whole / DIRECTORY).iterdir() if path.name != MANIFEST)
    for number in range(DAMAGED_FILES):
        draw = random.Random(f"commands {writer} {preamble} {number}")
        path = draw.choice(paths)
        data, how = damaged(draw, (whole / path).read_bytes())
        victim.give(path, data, f"number {number}, {path.name}, {how}")
        victim.check()
    victim.check(most=1)


@by_preamble
@by_writer
def test_damaged_append_only_files_are_refused_or_good(tmp_path, needs_append_only, whole_append_only_files,
                                                       writer, preamble):
    whole = whole_append_only_files(writer, preamble)
    for number in range(APPENDED):
        draw = random.Random(f"append-only {writer} {preamble} {number}")
        directory = tmp_path / str(number)
        shutil.copytree(whole, directory)
        path = draw.choice(sorted((directory / DIRECTORY).iterdir()))
        data, how = damaged(draw, path.read_bytes())
        path.write_bytes(data)
        server, output = outcome_of_a_start(directory, *KEEPING)
        if server:
            with server.raw(timeout=TIME_LIMIT_S) as client:
                client.ask("DEBUG", "DIGEST")
            server.stop()
        else:
            assert names_what_is_wrong(path, output), f"{directory}: {path.name} {how}: {output}"
        shutil.rmtree(directory)


def names_what_is_wrong(path, output):
    if path.name == MANIFEST:  # What is written there may be the name of another file.
        return re.search(r"(?i)aof|append", output)
    # Redis doesn't say where it is.
    return re.search(FILE_AND_PLACE if is_pongo(server_binary()) else "appendonly", output)


def places_to_cut(units, ends):
    """Some of all, and some where nothing is cut off."""
    draw = random.Random(1)
    places = {*draw.sample(range(ends[0], ends[-1]), CUTS), *draw.sample(ends, 3)}
    if is_pongo(server_binary()):
        return sorted(places)
    # Redis takes a note that was cut for whole, and goes on behind it; and behind a part of a transaction.
    halves = [range(end - len(unit) + 1, end) for unit, end in zip(units, ends)
              if unit.startswith(b"#") or b"MULTI" in unit]
    return sorted(place for place in places if not any(place in half for half in halves))


@pytest.mark.parametrize("is_truncated_loaded", ["yes", "no"])
def test_an_append_only_file_that_was_cut_has_what_was_whole(tmp_path, needs_append_only,
                                                             is_truncated_loaded):
    units = list(units_that_count(UNITS))
    ends = list(itertools.accumulate(map(len, units)))
    for place in places_to_cut(units, ends):
        put_by_hand(tmp_path, b"".join(units)[:place])
        flags = (*KEEPING, "--aof-load-truncated", is_truncated_loaded)
        server, output = outcome_of_a_start(tmp_path, *flags)
        assert bool(server) == (is_truncated_loaded == "yes" or place in ends), f"cut at {place}: {output}"
        if server:
            with server.raw() as client:
                pushed = b"".join(unit for unit, end in zip(units, ends) if end <= place).count(b"RPUSH")
                assert client.ask("LRANGE", "counted", 0, -1) == [b"%d" % number for number in range(pushed)]
                # It goes on behind the last whole command.
                client.ask("RPUSH", "counted", "more")
            server.stop()
            server, output = outcome_of_a_start(tmp_path, *flags)
            assert server, f"cut at {place}, then continued: {output}"
            with server.raw() as client:
                assert client.ask("LLEN", "counted") == pushed + 1
            server.stop()
        shutil.rmtree(tmp_path / DIRECTORY)
