"""Key events: the same as Redis's, of the same keys, in the same order, and in time."""

import time

import pytest
from hypothesis import given, settings

from differential import all_sequences
from support.generated import sequences
from support.implemented import ALL_COMMANDS
from support.key_events import Listener, event_differences, name_of
from support.resp import encode_command, parse, split_words
from support.sequences import sequence
from support.settings import seconds
from test_generated_sequences import CHECKS

# The end of a step is announced with a PUBLISH, which a pause would hold back.
PAUSES = {
    "CLIENT PAUSE of nothing much", "CLIENT PAUSE refuses what it cannot do", "paused clients without memory",
}
# A key that has a millisecond to live: whether it is still there for the next command nobody can say.
SHORT_LIVES = {"RESTORE with a TTL that is an edge"}
# Nobody knows when its command without a reply has been run.
UNANSWERED = {"CLIENT REPLY OFF", "What was sent meanwhile is done after"}
# Which of several keys is evicted first is a matter of chance.
EVICTIONS = {found.name for family, found in all_sequences() if found.name.endswith("takes all it may")}
LEFT_OUT = EVICTIONS | PAUSES | SHORT_LIVES | UNANSWERED


def is_answered(step):
    """Nobody knows when a command without a reply has been run."""
    return step.replies > 0 or step.bytes == b"" or step.until_closed or bool(step.scans)


CASES = [
    pytest.param(found, id=f"{family}: {found.name}")
    for family, found in all_sequences()
    if found.name not in LEFT_OUT and (family == "blocking" or all(map(is_answered, found.steps)))
]


@pytest.mark.parametrize("found", CASES)
def test_events_are_those_of_redis(both, found):
    differences = event_differences(both, found)
    if differences:
        pytest.fail(
            f"{len(differences)} of {len(found.steps)} steps differ\n" + "\n".join(differences[:40]),
            pytrace=False,
        )


def test_events_of_drawn_sequences_are_those_of_redis(both):
    with both.oracle.server.raw() as client:
        drawn = sequences(client, set(ALL_COMMANDS))

    @settings(**CHECKS)
    @given(drawn)
    def check(steps):
        differences = event_differences(both, sequence("drawn", *steps))
        assert not differences, "\n".join(["", *map(str, steps), "differs at:", *differences])

    check()


# Fields that expire, which Redis 7.0 has not: the events of Redis 8, each command's own.
FIELD_EVENTS = [
    ("HSET h a 1 b 2 c 3 d 4 e 5", "hset"), ("HEXPIRE h 1000 FIELDS 1 a", "hexpire"),
    ("HEXPIRE h 1000 NX FIELDS 1 a", ""), ("HPEXPIREAT h 33177117420123 FIELDS 3 a b nosuch", "hexpire"),
    ("HPERSIST h FIELDS 2 a c", "hpersist"), ("HPERSIST h FIELDS 1 a", ""),
    ("HPEXPIRE h 0 FIELDS 1 a", "hdel"),
    ("HGETEX h FIELDS 1 b", ""), ("HGETEX h EX 100 FIELDS 2 b c", "hexpire"),
    ("HGETEX h PERSIST FIELDS 2 b c", "hpersist"),
    ("HGETEX h PX 0 FIELDS 1 b", "hdel"), ("HGETDEL h FIELDS 2 nosuch c", "hdel"),
    ("HGETDEL h FIELDS 1 nosuch", ""),
    ("HSETEX h FIELDS 1 f 1", "hset"), ("HSETEX h EX 100 FIELDS 2 f 1 g 2", "hset hexpire"),
    ("HSETEX h FNX FIELDS 1 f 2", ""),
    ("HSETEX h PX 0 FIELDS 1 f 1", "hset hdel"), ("HGETDEL h FIELDS 3 d e g", "hdel del"),
    ("HSETEX h PX 0 FIELDS 1 f 1", "hset hdel del"), ("HSET h a 1", "hset"),
    ("HEXPIREAT h 1 FIELDS 1 a", "hdel del"),
    ("HSET h a 1 b 2 c 3", "hset"), ("HPEXPIRE h 1 FIELDS 2 a b", "hexpire"), ("DEBUG SLEEP 0.01", ""),
    ("HMGET h a b c", "hexpired"),
    ("HPEXPIRE h 1 FIELDS 1 c", "hexpire"), ("DEBUG SLEEP 0.01", ""), ("HGET h c", "hexpired del"),
    ("HSETEX h PX 400 FIELDS 1 a 1", "hset hexpire"), ("HSET h b 2", "hset"), ("DEBUG SLEEP 0.5", ""),
    ("HGETEX h EX 100 FIELDS 2 a b", "hexpired hexpire"), ("HSETEX h PX 1 FIELDS 1 a 1", "hset hexpire"),
    ("DEBUG SLEEP 0.01", ""),
    ("HSETEX h FXX PX 100 FIELDS 1 a 1", "hexpired"), ("HSETEX h PX 1 FIELDS 1 a 1", "hset hexpire"),
    ("DEBUG SLEEP 0.01", ""),
    ("HGETDEL h FIELDS 2 a b", "hexpired hdel del"),
]


@pytest.fixture
def events(server):
    """Turns the option on, and returns a function: the names of the events since it was last called."""
    with server.raw() as admin:
        admin.ask("CONFIG", "SET", "notify-keyspace-events", "KEA")
        listener = Listener(server.raw, admin.ask)
        yield lambda: [name_of(event).decode() for event in listener.events()[::2]]
        listener.close()
        admin.ask("CONFIG", "SET", "notify-keyspace-events", "")


@pytest.mark.pongo_only
@pytest.mark.parametrize("entries", [512, 0])
def test_events_of_fields_that_expire_are_those_of_redis_8(server, events, entries):
    with server.raw() as client:
        client.ask("DEBUG", "SET-ACTIVE-EXPIRE", "0")
        client.ask("CONFIG", "SET", "hash-max-listpack-entries", entries)
        try:
            for line, expected in FIELD_EVENTS:
                client.ask(*split_words(line))
                assert (line, " ".join(events())) == (line, expected)
        finally:
            client.ask("DEBUG", "SET-ACTIVE-EXPIRE", "1")
            client.ask("CONFIG", "SET", "hash-max-listpack-entries", "512")


@pytest.mark.pongo_only
def test_fields_that_nobody_looks_at_have_their_event(server):
    with server.raw() as client, server.raw() as listener:
        client.ask("CONFIG", "SET", "notify-keyspace-events", "KA")
        try:
            client.ask("HSET", "h", "a", "1", "b", "2", "c", "3")
            listener.ask("SUBSCRIBE", "__keyspace@0__:h")
            client.ask("HPEXPIRE", "h", "20", "FIELDS", "2", "a", "b")
            client.ask("HPEXPIRE", "h", "200", "FIELDS", "1", "c")
            heard = [parse(listener.read_reply()).to_python()[2] for _ in range(5)]
            assert heard == [b"hexpire", b"hexpire", b"hexpired", b"hexpired", b"del"]
        finally:
            client.ask("CONFIG", "SET", "notify-keyspace-events", "")


@pytest.mark.pongo_only
def test_what_clients_of_two_reactors_do_in_turn_is_heard_in_that_order(start_server):
    """Whichever reactor serves the listener: a message that came from the other one is not overtaken."""
    server = start_server("--reactors", "2", "--notify-keyspace-events", "KA")
    turns = [("SET", "k", "1"), ("APPEND", "k", "x"), ("PUBLISH", "__keyspace@0__:k", "said"), ("DEL", "k")]
    names = [b"set", b"append", b"said", b"del"]
    writers, listeners = [server.raw() for _ in range(4)], [server.raw() for _ in range(4)]
    for listener in listeners:
        listener.ask("SUBSCRIBE", "__keyspace@0__:k")
    rounds = 200
    for _ in range(rounds):
        for writer, words in zip(writers, turns):
            writer.ask(*words)
        writers = writers[1:] + writers[:1]
    for listener in listeners:
        heard = [parse(listener.read_reply()).to_python()[2] for _ in range(rounds * len(names))]
        assert heard == names * rounds
    for connection in writers + listeners:
        connection.close()


@pytest.mark.pongo_only
def test_expired_comes_in_time_among_many_keys_with_an_expiry(server):
    """Redis, which looks for such keys by chance, needs minutes for this."""
    with server.raw() as client, server.raw() as listener:
        far = int(time.time() * 1000) + 10_000_000
        volatile = (encode_command(["SET", f"far:{n}", "v", "PXAT", far + n]) for n in range(100_000))
        client.send(b"".join(volatile))
        client.read_replies(100_000)
        client.ask("CONFIG", "SET", "notify-keyspace-events", "Ex")
        listener.ask("SUBSCRIBE", "__keyevent@0__:expired")
        soon = int(time.time() * 1000) + 200
        due = {f"soon:{n}".encode(): soon + n for n in range(1000)}
        client.send(b"".join(encode_command(["SET", key, "v", "PXAT", at]) for key, at in due.items()))
        client.read_replies(len(due))
        lags = []
        while due:
            key = parse(listener.read_reply()).to_python()[2]
            lags.append(time.time() * 1000 - due.pop(key))
        client.ask("CONFIG", "SET", "notify-keyspace-events", "")
    assert min(lags) >= 0, f"an event came {-min(lags):.0f} ms before its key's time"
    assert max(lags) < 2000 * seconds(1), f"an event came {max(lags):.0f} ms after its key's time"
