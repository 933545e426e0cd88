"""Client-side caching and MONITOR through real sockets, on several reactors."""

import collections
import concurrent.futures
import random
import re
import threading
import time

import pytest

from support.resp import encode_command, parse
from support.server import eventually
from support.settings import LOAD_SECONDS, seconds

WRITERS = 8
KEYS = [f"{prefix}:{number}" for prefix in ("user", "item") for number in range(300)]
LEAST_OPERATIONS = 2000
INVALIDATE = (b"invalidate", b"__redis__:invalidate")


@pytest.fixture
def several_reactors(start_server):
    return start_server("--reactors", 4)


class Cache:
    """What a client remembers of the server's values, as far as it has not been told to forget them."""

    def __init__(self, server, *options, redirected=False):
        self.values = {}
        self.hits = self.invalidations = self.flushes = self.checked = 0
        self.reader = server.raw()
        self.listener = server.raw() if redirected else self.reader
        if redirected:
            options = (*options, "REDIRECT", self.listener.ask("CLIENT", "ID"))
            self.listener.command("SUBSCRIBE", "__redis__:invalidate")
        else:
            self.reader.command("HELLO", 3)
        assert self.reader.ask("CLIENT", "TRACKING", "ON", *options) == b"OK"

    def close(self):
        self.reader.close()
        self.listener.close()

    def _forget(self, push):
        *words, keys = parse(push).to_python()
        assert words[-1] in INVALIDATE, push
        self.invalidations += 1
        if keys is None:
            self.flushes += 1
            self.values.clear()
        for key in keys or ():
            self.values.pop(key.decode(), None)

    def _forget_pushes(self):
        for push in self.reader.pushes:
            self._forget(push)
        self.reader.pushes.clear()

    def get(self, key):
        if key in self.values:
            self.hits += 1
            return
        # What is told between the question and the answer is about an older value, or is told too often.
        reply = self.reader.command("GET", key)
        self._forget_pushes()
        self.values[key] = parse(reply).to_python()

    def catch_up(self):
        """Reads all that the server has told before now."""
        self.reader.command("PING")
        self._forget_pushes()
        if self.listener is not self.reader:
            self.listener.send_command("PING")
            while not (reply := self.listener.read_reply()).startswith(b"*2\r\n$4\r\npong"):
                self._forget(reply)


class Writers:
    """Threads that write ever higher versions; each key has one writer. Keys expire, and all are flushed."""

    def __init__(self, server):
        self.server = server
        self.stopped = threading.Event()
        self.least = dict.fromkeys(KEYS, 0)  # A value below this is stale: a change after it was confirmed.
        self.least_by_flush = dict.fromkeys(KEYS, 0)
        self.operations = [0] * WRITERS

    def floor(self):
        return {key: max(self.least[key], self.least_by_flush[key]) for key in KEYS}

    def run(self, number):
        chance = random.Random(number)
        own = KEYS[number::WRITERS]
        version = 0
        with self.server.raw() as client:
            while not self.stopped.is_set():
                self.operations[number] += 1
                if number == 0 and chance.random() < 0.01:
                    self._flush(client)
                    continue
                version += 1
                key = chance.choice(own)
                client.command(*self._change(chance, key, version))
                self.least[key] = version

    @staticmethod
    def _change(chance, key, version):
        dice = chance.random()
        if dice < 0.1:
            return "DEL", key
        if dice < 0.4:
            return "SET", key, version, "PX", chance.randint(1, 30)
        return "SET", key, version

    def _flush(self, client):
        before = dict(self.least)
        client.command(random.choice(["FLUSHALL", "FLUSHDB"]))
        for key, version in before.items():
            self.least_by_flush[key] = version + 1


def was_exercised(cache, writers):
    has_seen = cache.hits > 0 and cache.flushes > 0 and cache.checked > 300
    return has_seen and sum(writers.operations) > LEAST_OPERATIONS


def look_for_stale_values(cache, writers, deadline):
    chance = random.Random(99)
    while (now := time.monotonic()) < deadline or not was_exercised(cache, writers):
        assert now < deadline + seconds(120), "there was nothing to see"
        for _ in range(50):
            cache.get(chance.choice(KEYS))
        floor = writers.floor()
        cache.catch_up()
        cache.checked += len(cache.values)
        for key, value in cache.values.items():
            is_fresh = value is None or int(value) >= floor[key]
            assert is_fresh, f"{key} is {value}, and was changed by {floor[key]}"


def differences(cache, client):
    values = client.ask("MGET", *KEYS)
    cache.catch_up()
    return {key: (cache.values[key], value) for key, value in zip(KEYS, values)
            if key in cache.values and cache.values[key] != value}


MODES = {
    "of what it reads": [],
    "opted out of nothing": ["OPTOUT"],
    "of all keys": ["BCAST"],
    "of prefixes": ["BCAST", "PREFIX", "user:", "PREFIX", "item:"],
}


@pytest.mark.parametrize("redirected", [False, True], ids=["pushes", "redirected"])
@pytest.mark.parametrize("options", MODES.values(), ids=MODES)
def test_a_cache_holds_nothing_stale_once_it_has_read_its_invalidations(several_reactors, options,
redirected):
    cache = Cache(several_reactors, *options, redirected=redirected)
    writers = Writers(several_reactors)
    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool, several_reactors.raw() as client:
        running = [pool.submit(writers.run, number) for number in range(WRITERS)]
        try:
            look_for_stale_values(cache, writers, time.monotonic() + LOAD_SECONDS)
        finally:
            writers.stopped.set()
        for each in running:
            each.result()
        cache.catch_up()
        for key in KEYS:
            cache.get(key)
        # Keys may still expire; nothing else changes any more.
        eventually(lambda: not differences(cache, client))
        assert any(value is not None for value in cache.values.values()) or not client.ask("DBSIZE")
    print(f"{sum(writers.operations)} changes, {cache.hits} hits, {cache.invalidations} invalidations, "
          f"{cache.flushes} of all keys, {cache.checked} values looked at")
    cache.close()


@pytest.fixture
def tracked(several_reactors):
    """A client of RESP3 that is tracked."""
    with several_reactors.raw() as client:
        client.command("HELLO", 3)
        client.command("CLIENT", "TRACKING", "ON")
        yield client


def invalidated(push):
    word, keys = parse(push).to_python()
    assert word == b"invalidate"
    return keys


@pytest.mark.pongo_only
def test_expiry_of_a_field_is_told(several_reactors, tracked):
    with several_reactors.raw() as other:
        other.ask("HSET", "h", "f", "v", "g", "w")
        other.ask("HPEXPIRE", "h", 50, "FIELDS", 1, "f")
        while len(tracked.ask("HGETALL", "h")) == 4:
            assert invalidated(tracked.read_reply()) == [b"h"]


def test_every_reactor_tells_what_its_clients_change(several_reactors, tracked):
    clients = [several_reactors.raw() for _ in range(12)]
    try:
        for number, client in enumerate(clients):
            tracked.command("GET", "k")
            client.command("SET", "k", number)
            assert invalidated(tracked.read_reply()) == [b"k"]
    finally:
        for client in clients:
            client.close()


def test_the_answer_to_a_ping_comes_after_all_that_was_told_before(several_reactors, tracked):
    with several_reactors.raw() as one, several_reactors.raw() as two, several_reactors.raw() as three:
        for number in range(300):
            writer = (one, two, three)[number % 3]
            tracked.command("GET", f"k{number}")
            writer.command("SET", f"k{number}", 1)
            tracked.command("PING")
            assert [invalidated(push) for push in tracked.pushes] == [[b"k%d" % number]]
            tracked.pushes.clear()


def hears_of_changes_before_its_answer(server, reader, waiting):
    """Whoever waits hears of a change to what was read, if that came before what it waits for."""
    with server.raw() as one, server.raw() as two, server.redis() as admin:
        for number in range(100):
            reader.command("GET", "k")
            waiting.send_command("BLPOP", "l", "0")
            eventually(lambda: admin.info("clients")["blocked_clients"] == 1)
            (one, two)[number % 2].send(
                b"".join(encode_command(words) for words in (["SET", "k", number], ["RPUSH", "l", number])))
            assert parse(waiting.read_answer()).to_python() == [b"l", b"%d" % number]
            assert [invalidated(push) for push in waiting.pushes] == [[b"k"]]
            waiting.pushes.clear()


def test_the_answer_to_who_waited_comes_after_all_that_was_told_before(several_reactors, tracked):
    hears_of_changes_before_its_answer(several_reactors, tracked, tracked)


def test_the_answer_to_who_waited_comes_after_what_others_redirect_to_it(several_reactors):
    with several_reactors.raw() as reader, several_reactors.raw() as target:
        target.command("HELLO", 3)
        reader.ask("CLIENT", "TRACKING", "ON", "REDIRECT", target.ask("CLIENT", "ID"))
        hears_of_changes_before_its_answer(several_reactors, reader, target)


def test_the_table_has_no_more_keys_than_it_may_have(several_reactors, tracked):
    with several_reactors.raw() as other, several_reactors.redis() as admin:
        other.ask("CONFIG", "SET", "tracking-table-max-keys", 10)
        told = collections.Counter()
        for number in range(50):
            tracked.command("GET", f"k{number}")
        tracked.command("PING")
        eventually(lambda: admin.info("stats")["tracking_total_keys"] == 10)
        tracked.command("PING")
        for push in tracked.pushes:
            told.update(invalidated(push))
        assert len(told) == 40 and set(told.values()) == {1}
        tracked.pushes.clear()
        other.ask("MSET", *[word for number in range(50) for word in (f"k{number}", 1)])
        tracked.command("PING")
        for push in tracked.pushes:
            told.update(invalidated(push))
        assert len(told) == 50 and set(told.values()) == {1}


def test_info_counts_what_is_tracked(several_reactors, tracked):
    with several_reactors.raw() as second, several_reactors.redis() as admin:
        second.ask("CLIENT", "TRACKING", "ON")
        for client, keys in ((tracked, "abc"), (second, "bcd")):
            client.command("MGET", *keys)
        stats = admin.info("stats")
        assert (stats["tracking_total_keys"], stats["tracking_total_items"]) == (4, 6)
        assert admin.info("clients")["tracking_clients"] == 2
        second.ask("CLIENT", "TRACKING", "OFF")
        second.ask("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "a", "PREFIX", "b")
        assert admin.info("stats")["tracking_total_prefixes"] == 2
        admin.set("b", 1)
        assert admin.info("stats")["tracking_total_items"] == 4
        second.close()
        eventually(lambda: admin.info("clients")["tracking_clients"] == 1)
        assert admin.info("stats")["tracking_total_prefixes"] == 0


@pytest.mark.pongo_only
def test_nothing_is_kept_when_nobody_tracks_any_more(several_reactors):
    with several_reactors.redis() as admin:
        with several_reactors.raw() as client:
            client.command("CLIENT", "TRACKING", "ON")
            client.command("MGET", *range(1000))
            assert admin.info("stats")["tracking_total_keys"] == 1000
        eventually(lambda: admin.info("stats")["tracking_total_keys"] == 0)


def test_clients_may_come_and_go_while_others_write(several_reactors):
    """Trackers and those that they redirect to leave at any moment."""
    stopped = threading.Event()

    def write(number):
        with several_reactors.raw() as client:
            while not stopped.is_set():
                client.send(b"".join(encode_command(("SET", key, number)) for key in KEYS))
                client.read_replies(len(KEYS))

    def track(number):
        for turn in range(100):
            with several_reactors.raw() as listener, several_reactors.raw() as client:
                redirect = ["REDIRECT", listener.ask("CLIENT", "ID")]
                listener.command("SUBSCRIBE", "x")
                options = [["BCAST"], ["BCAST", "PREFIX", "user:", *redirect], [], redirect][turn % 4]
                client.command("HELLO", 3)
                client.command("CLIENT", "TRACKING", "ON", *options)
                client.command("MGET", *KEYS)
                if turn % 2:
                    listener.close()
                    client.command("MGET", *KEYS)
                if turn % 3 == number % 3:
                    client.command("CLIENT", "TRACKING", "OFF")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(write, number) for number in range(4)]
        try:
            for each in [pool.submit(track, number) for number in range(4)]:
                each.result()
        finally:
            stopped.set()
        for each in writing:
            each.result()
    with several_reactors.redis() as admin:
        eventually(lambda: admin.info("clients")["tracking_clients"] == 0)


# MONITOR


def test_a_monitor_sees_every_command_once_and_each_clients_in_order(several_reactors):
    clients, turns = 8, 300
    line = re.compile(rb'\+\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "ECHO" "(\d+)" *\r\n')
    with several_reactors.raw() as monitor:
        monitor.command("MONITOR")

        def talk(number):
            with several_reactors.raw() as client:
                for turn in range(turns):
                    client.command("ECHO", number * turns + turn)

        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            for each in [pool.submit(talk, number) for number in range(clients)]:
                each.result()
        seen = collections.defaultdict(list)
        for _ in range(clients * turns):
            said = int(line.fullmatch(monitor.read_reply()).group(1))
            seen[said // turns].append(said % turns)
        assert dict(seen) == {number: list(range(turns)) for number in range(clients)}
        assert monitor.command("PING") == b"+PONG\r\n"


def test_a_monitor_sees_where_clients_of_a_unix_socket_come_from(start_server, tmp_path):
    path = tmp_path / "socket"
    server = start_server("--unixsocket", path)
    with server.raw() as monitor, server.redis(unix_socket_path=str(path)) as client:
        monitor.command("MONITOR")
        client.ping()
        while b'"PING"' not in (line := monitor.read_reply()):
            pass
        assert f"[0 unix:{path}]".encode() in line


def test_a_monitor_that_leaves_is_forgotten(several_reactors):
    with several_reactors.raw() as other:
        for _ in range(50):
            with several_reactors.raw() as monitor:
                monitor.command("MONITOR")
                other.command("PING")
        with several_reactors.redis() as admin:
            eventually(lambda: len(admin.client_list()) == 2)
        assert other.command("PING") == b"+PONG\r\n"


def test_idle_monitors_and_subscribers_are_not_closed(start_server):
    server = start_server("--timeout", 1)
    with server.raw() as monitor, server.raw() as subscriber, server.raw() as idle:
        monitor.command("MONITOR")
        subscriber.command("SUBSCRIBE", "c")
        assert idle.is_closed()
        assert monitor.command("PING").startswith(b"+")
        assert subscriber.command("PING").startswith(b"*2")
