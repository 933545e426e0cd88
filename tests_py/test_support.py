"""The tests' own instruments: a harness that cannot fail proves nothing."""

import socket
import threading

import pytest

from differential import all_sequences
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
