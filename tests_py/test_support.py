"""The tests' own instruments: a harness that cannot fail proves nothing."""

import itertools
import random
import socket
import threading

import pytest

from differential import all_sequences
from support.linearizability import IMPOSSIBLE, Operation, apply, violation
from support.normalise import rule_for
from support.resp import RawClient, Reply, encode_command, parse, split_words
from support.sequences import Step, as_step, raw, scan_all
from support.differential import CLOSED, same_replies
from support.server import SANITIZER_REPORT, ServerFault

WHOLE = [
    b"+OK\r\n", b"-ERR x\r\n", b":5\r\n", b"$-1\r\n", b"$0\r\n\r\n", b"$4\r\na\r\nb\r\n", b"*-1\r\n",
    b"*0\r\n", b"*2\r\n:1\r\n*1\r\n$1\r\nx\r\n", b"_\r\n", b"#t\r\n", b",1.5\r\n", b"(123\r\n",
    b"=6\r\ntxt:ab\r\n", b"%1\r\n+a\r\n:1\r\n", b"~2\r\n:1\r\n:2\r\n", b"!3\r\nERR\r\n",
    b">2\r\n+a\r\n+b\r\n", b"|1\r\n+ttl\r\n:5\r\n$1\r\nx\r\n", b"*1\r\n|1\r\n+a\r\n*0\r\n%1\r\n+k\r\n_\r\n",
]


@pytest.mark.parametrize("data", WHOLE)
def test_replies_keep_their_bytes(data):
    assert parse(data).to_bytes() == data


@pytest.mark.parametrize("data", WHOLE)
def test_a_reply_is_read_whole_and_no_further(data):
    """A socket pair plays the server; two replies come byte by byte."""
    ours, theirs = socket.socketpair()
    client = RawClient.over(ours)
    writer = threading.Thread(target=lambda: [theirs.send(bytes([byte])) for byte in data + b"+next\r\n"])
    writer.start()
    assert client.read_replies(2) == [data, b"+next\r\n"]
    writer.join()
    ours.close()
    theirs.close()


@pytest.mark.parametrize(
    "line, words", [
        ("SET k v", [b"SET", b"k", b"v"]), ('a "b c" \'d e\' ""', [b"a", b"b c", b"d e", b""]),
        (r'"\x00\n\"\\" ' + r"'it\'s'", [b'\x00\n"\\', b"it's"]), ("  ", []),
    ],
)
def test_lines_are_split_as_redis_cli_does(line, words):
    assert split_words(line) == words


def test_commands_are_encoded_as_clients_do():
    assert encode_command(["GET", b"\x00", 5]) == b"*3\r\n$3\r\nGET\r\n$1\r\n\x00\r\n$1\r\n5\r\n"


@pytest.mark.parametrize(
    "command, one, other", [
        ("GET k", b"$1\r\na\r\n", b"$1\r\nb\r\n"), ("GET k", b"$-1\r\n", b"_\r\n"), ("KEYS *",
        b"*2\r\n$1\r\na\r\n$1\r\nb\r\n", b"*2\r\n$1\r\na\r\n$1\r\na\r\n"), ("TTL k", b":100\r\n", b":-1\r\n"),
        ("TTL k", b":100\r\n", b":90\r\n"), ("TTL k", b"-ERR a\r\n", b"-ERR b\r\n"), ("CLIENT INFO",
        b"$9\r\nid=1 db=0\r\n", b"$9\r\nid=1 db=1\r\n"), ("SCAN 0", b"*2\r\n$1\r\n0\r\n*0\r\n",
        b"*2\r\n:0\r\n*0\r\n"), ("COMMAND HELP", b"*1\r\n+a\r\n", b"*1\r\n$1\r\na\r\n"), ("COMMAND INFO get",
        b"*1\r\n*2\r\n$3\r\nget\r\n:2\r\n", b"*1\r\n*2\r\n$3\r\nget\r\n:3\r\n"), ("TIME",
        b"*2\r\n$1\r\n1\r\n$1\r\n1\r\n", b"*2\r\n:1\r\n:1\r\n"),
    ],
)
def test_differences_are_seen(command, one, other):
    assert not same_replies(as_step(command), [one], [other])
    assert same_replies(as_step(command), [one], [one])


@pytest.mark.parametrize(
    "command, one, other", [
        ("KEYS *", b"*2\r\n$1\r\na\r\n$1\r\nb\r\n", b"*2\r\n$1\r\nb\r\n$1\r\na\r\n"), ("TTL k", b":100\r\n",
        b":99\r\n"), ("CLIENT INFO", b"$9\r\nid=1 db=0\r\n", b"$10\r\nid=23 db=0\r\n"), ("TIME",
        b"*2\r\n$1\r\n1\r\n$1\r\n1\r\n", b"*2\r\n$1\r\n2\r\n$1\r\n3\r\n"), ("LOLWUT", b"$1\r\na\r\n",
        b"$3\r\nabc\r\n"),
    ],
)
def test_what_may_differ_does_not_disturb(command, one, other):
    assert same_replies(as_step(command), [one], [other])


def test_a_missing_reply_or_a_closed_connection_is_a_difference():
    assert not same_replies(as_step("LOLWUT"), [b"+x\r\n"], [b"+x\r\n", CLOSED])
    assert not same_replies(raw(b"PING\r\n"), [b"+PONG\r\n"], [])
    assert not same_replies(scan_all(), [b"*0\r\n"], [b"*1\r\n$1\r\na\r\n"])


def test_a_difference_between_servers_is_found(both):
    """The same sequence on two servers in different states."""
    both.begin(2)
    both.subject.admin("SET", "k", "v")
    assert both.step(Step((b"SETNX", b"k", b"v"))) is not None
    assert both.step(as_step("GET k")) is None
    assert both.step(as_step("DEBUG DIGEST")) is None


def test_options_that_a_sequence_changes_are_restored(both):
    both.begin(2)
    both.step(as_step("CONFIG SET timeout 55 hz 33"))
    assert both.subject.admin("CONFIG", "GET", "timeout") == b"*2\r\n$7\r\ntimeout\r\n$2\r\n55\r\n"
    both.reset()
    assert (
        both.subject.admin("CONFIG", "GET", "timeout")
        == both.oracle.admin("CONFIG", "GET", "timeout")
        == b"*2\r\n$7\r\ntimeout\r\n$1\r\n0\r\n"
    )


def test_a_crash_is_a_fault(start_server):
    server = start_server()
    assert server.fault() is None
    server.process.kill()
    server.process.wait()
    assert "died" in server.fault()
    with pytest.raises(ServerFault):
        server.stop()
    server.death_expected = True


@pytest.mark.parametrize(
    "line", [
        "==1==ERROR: AddressSanitizer: heap-use-after-free", "WARNING: ThreadSanitizer: data race (pid=1)",
        "a.cpp:1:2: runtime error: signed integer overflow", "SUMMARY: UndefinedBehaviorSanitizer: x",
        "==1==ERROR: LeakSanitizer: detected memory leaks",
    ],
)
def test_the_reports_of_sanitizers_are_known(line):
    assert SANITIZER_REPORT.search(line)


def test_no_two_sequences_of_a_family_share_a_name():
    names = [(family, found.name) for family, found in all_sequences()]
    assert len(names) > 200
    assert sorted(set(names)) == sorted(names)


def test_rules_are_found_by_command_and_subcommand():
    assert rule_for((b"keys", b"*")).why == "an unordered collection"
    assert rule_for((b"Object", b"FREQ", b"k")).why == "chosen at random"
    assert rule_for((b"GET", b"k")).why == "byte for byte"
    assert Reply("$", b"x").to_python() == b"x"


# Linearizability


def history(*clients):
    """Each operation as (start, end, "COMMAND ARGUMENTS", answer)."""
    return [
        [Operation(tuple(text.encode().split()), answer, *span) for *span, text, answer in operations]
        for operations in clients
    ]


ERROR = RuntimeError("ERR value is not an integer or out of range")

LINEARIZABLE = {
    "nothing": history(),
    "a missing key": history([(0, 1, "GET", None)]),
    "one after the other": history([(0, 1, "SET a", b"OK"), (2, 3, "GET", b"a")]),
    "a read that began before the write ended": history([(0, 3, "SET a", b"OK")], [(1, 2, "GET", b"a")]),
    "the same read, of the value before": history([(0, 3, "SET a", b"OK")], [(1, 2, "GET", None)]),
    "what is of one moment may have any order": history([(0, 1, "SET a", b"OK")], [(1, 2, "GET", None)]),
    "a batch, of which another has seen the middle": history(
        [(0, 9, "SET 5", b"OK"), (0, 9, "INCR", 6), (0, 9, "SET 7", b"OK")], [(3, 4, "GET", b"6")]
    ),
    "counters count in turns": history(
        [(0, 9, "INCR", 1), (0, 9, "INCR", 4)], [(0, 9, "INCR", 2), (0, 9, "INCR", 3)]
    ),
    "the first choice leads nowhere": history(
        [(0, 9, "SET a", b"OK"), (0, 9, "GET", b"b")], [(0, 9, "SET b", b"OK"), (0, 9, "GET", b"b")]
    ),
    "the same value again": history(
        [(0, 1, "SET a", b"OK"), (2, 9, "SET a", b"OK")], [(2, 9, "SET b", b"OK"), (2, 9, "GET", b"a")]
    ),
    "counted, appended to, counted": history(
        [(0, 9, "INCR", 1), (0, 9, "INCR", 13)], [(0, 9, "APPEND 2", 2)]
    ),
    "SET with GET tells the value before": history([(0, 9, "SET b GET", b"a")], [(0, 9, "SET a GET", None)]),
    "what is not a number is not counted": history([(0, 1, "SET 01", b"OK"), (2, 3, "INCR", ERROR)]),
    "nor is one more than the greatest": history([(0, 1, f"SET {2**63 - 1}", b"OK"), (2, 3, "INCR", ERROR)]),
    "a CAS that failed has done nothing": history([(0, 1, "SET a", b"OK"), (2, 3, "CAS b c", None)]),
    "a CAS that succeeded": history([(0, 9, "CAS b c", [b"OK"])], [(0, 9, "SET b", b"OK")]),
}

NOT_LINEARIZABLE = {
    "a value that nobody wrote": history([(0, 1, "GET", b"a")]),
    "a lost write": history([(0, 1, "SET a", b"OK")], [(2, 3, "GET", None)]),
    "a stale read": history([(0, 1, "SET a", b"OK"), (2, 3, "SET b", b"OK")], [(4, 5, "GET", b"a")]),
    "a value that comes and goes": history(
        [(0, 9, "SET a", b"OK")], [(1, 2, "GET", b"a")], [(3, 4, "GET", None)]
    ),
    "two who see two writes in different order": history(
        [(0, 9, "SET a", b"OK")], [(0, 9, "SET b", b"OK")],
        [(0, 9, "GET", b"a"), (0, 9, "GET", b"b")], [(0, 9, "GET", b"b"), (0, 9, "GET", b"a")],
    ),
    "a client's own commands out of order": history([(0, 9, "GET", b"a"), (0, 9, "SET a", b"OK")]),
    "a number that is given twice": history([(0, 9, "INCR", 1)], [(0, 9, "INCR", 1)]),
    "a number that is left out": history([(0, 9, "INCR", 1), (0, 9, "INCR", 3)]),
    "a lost append": history([(0, 9, "APPEND 1", 1)], [(0, 9, "APPEND 2", 1)]),
    "appends in an order that was not": history(
        [(0, 1, "APPEND 1", 1)], [(2, 3, "APPEND 2", 2)], [(4, 5, "GET", b"21")]
    ),
    "a counted word": history([(0, 1, "SET a", b"OK"), (2, 3, "INCR", 1)]),
    "a number refused": history([(0, 1, "SET 1", b"OK"), (2, 3, "INCR", ERROR)]),
    "SET with GET that tells an older value": history(
        [(0, 1, "SET a", b"OK"), (2, 3, "SET b", b"OK"), (4, 5, "SET c GET", b"a")]
    ),
    "two CAS of one value": history(
        [(0, 1, "SET a", b"OK"), (2, 9, "CAS a b", [b"OK"])], [(2, 9, "CAS a c", [b"OK"])]
    ),
    "a CAS of what had changed": history(
        [(0, 1, "SET a", b"OK"), (4, 5, "CAS a c", [b"OK"])], [(2, 3, "SET b", b"OK")]
    ),
}


@pytest.mark.parametrize("told", LINEARIZABLE.values(), ids=LINEARIZABLE)
def test_a_history_that_one_server_could_have_told_is_accepted(told):
    assert violation(told) is None


@pytest.mark.parametrize("told", NOT_LINEARIZABLE.values(), ids=NOT_LINEARIZABLE)
def test_a_history_that_no_server_could_have_told_is_refused(told):
    assert "no order" in violation(told)


VALUES, NUMBERS = [None, b"1", b"2", b"7", b"11"], [*range(1, 14)]
POSSIBLE_ANSWERS = {
    "GET": VALUES, "SET 1": [b"OK"], "SET 2": [b"OK"], "SET 1 GET": VALUES, "SET 7 GET": VALUES,
    "INCR": NUMBERS, "APPEND 1": NUMBERS[:3], "CAS 1 2": [None, [b"OK"]],
}


def random_history(chance):
    """What three clients were told by a server whose answers are now and then those of another value."""
    told, value, now = [[], [], []], None, 0
    for number in chance.choices(range(3), k=6):
        words, answers = chance.choice(list(POSSIBLE_ANSWERS.items()))
        command = tuple(words.encode().split())
        fitting = [each for each in answers if apply(value, Operation(command, each, 0, 0)) is not IMPOSSIBLE]
        answer = chance.choice(fitting if fitting and chance.random() < 0.93 else answers)
        changed = apply(value, Operation(command, answer, 0, 0))
        value = value if changed is IMPOSSIBLE else changed
        now += 1
        before = told[number][-1].end if told[number] else 0
        span = max(before, now - chance.randrange(3)), max(before, now + chance.randrange(3))
        told[number].append(Operation(command, answer, *span))
    return told


def has_order(told):
    """By trying all of them."""
    operations = list(enumerate(itertools.chain(*told)))
    clients = [number for number, each in enumerate(told) for _ in each]
    for order in itertools.permutations(operations):
        is_allowed = all(
            not (later.end < earlier.start or (clients[one] == clients[other] and one > other))
            for (one, earlier), (other, later) in itertools.combinations(order, 2)
        )
        value = None
        for _, operation in order if is_allowed else ():
            value = apply(value, operation) if value is not IMPOSSIBLE else value
        if is_allowed and value is not IMPOSSIBLE:
            return True
    return False


def test_the_search_finds_an_order_where_trying_all_of_them_does():
    chance = random.Random(7)
    found = {True: 0, False: 0}
    for _ in range(1000):
        told = random_history(chance)
        is_linearizable = has_order(told)
        found[is_linearizable] += 1
        assert (violation(told) is None) == is_linearizable, told
    assert min(found.values()) > 100
