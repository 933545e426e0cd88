"""pongo-cli as its users see it, in pipes and on a terminal, and the example program.

PONGO_CLI and PONGO_HELLO choose other binaries than those of build/release. What needs pub/sub, lists or rare
types of RESP3 runs against the oracle or canned replies: here the client is under test, not the server.
"""

import fcntl
import os
import pty
import re
import select
import signal
import socket
import stat
import subprocess
import termios
import threading
import time
from pathlib import Path

import pytest

from support import settings
from support.server import eventually, free_port

BINARIES = settings.PROJECT_ROOT / "build" / "release"
CLI = Path(os.environ.get("PONGO_CLI") or BINARIES / "pongo-cli")
HELLO = Path(os.environ.get("PONGO_HELLO") or BINARIES / "hello_pongo")
CTRL_C, CTRL_D, ARROW_UP = b"\x03", b"\x04", b"\x1b[A"
OURS = ("REDISCLI_AUTH", "PONGOCLI_HISTFILE")


def environment(**changes):
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**clean, "HOME": "/nonexistent", "TERM": "xterm", **changes}


def run(*arguments, stdin=b"", env=None):
    return subprocess.run([CLI, *map(str, arguments)], input=stdin, capture_output=True,
                          timeout=settings.seconds(30), env=env or environment())


def cli(server, *arguments, **options):
    """What pongo-cli prints; it must succeed and complain of nothing."""
    done = run("-p", server.port, *arguments, **options)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


class CannedServer:
    """Gives the same answer to every piece of input of its clients."""

    def __init__(self, answer):
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                while client.recv(65536):
                    client.sendall(self._answer)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def canned():
    servers = []

    def make(answer):
        servers.append(CannedServer(answer))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, arguments, env):
        self._master, slave = pty.openpty()
        self.slave = slave
        # The terminal is the child's controlling one, so that Ctrl-C becomes a signal.
        self.process = subprocess.Popen([str(argument) for argument in arguments], stdin=slave, stdout=slave,
                                        stderr=slave, env=env, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self._unread = b""

    def type(self, keys):
        """Presses keys at the prompt, which shows itself a moment before it takes them."""
        eventually(lambda: not self.is_in_line_mode())
        os.write(self._master, keys)

    def interrupt(self):
        """Presses Ctrl-C while a command runs."""
        os.write(self._master, CTRL_C)

    def expect(self, pattern):
        """Waits until the screen shows the pattern, and forgets what came up to it."""
        deadline = time.monotonic() + settings.seconds(10)
        while not (found := re.search(pattern, self._unread)):
            ready = select.select([self._master], [], [], max(0, deadline - time.monotonic()))[0]
            assert ready, f"no {pattern!r} on the screen, but {self._unread!r}"
            self._unread += os.read(self._master, 65536)
        self._unread = self._unread[found.end():]
        return found

    def enter(self, line, answer):
        """Types a line and waits for the answer below it."""
        self.type(line + b"\r")
        return self.expect(rb"\r\n" + answer)

    def wait(self):
        return self.process.wait(timeout=settings.seconds(10))

    def is_in_line_mode(self):
        """Whether the terminal itself edits lines and echoes, as a program finds it and has to leave it."""
        flags = termios.tcgetattr(self.slave)[3]
        return bool(flags & termios.ICANON and flags & termios.ECHO)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self.slave)


@pytest.fixture
def history(tmp_path):
    return tmp_path / "history"


@pytest.fixture
def prompt(history):
    """Starts the prompt against a server and waits until it asks."""
    terminals = []

    def start(server, *arguments, awaited=None):
        terminal = Terminal([CLI, "-p", server.port, *arguments], environment(PONGOCLI_HISTFILE=str(history)))
        terminals.append(terminal)
        terminal.expect(awaited or rb"127\.0\.0\.1:%d> " % server.port)
        return terminal

    yield start
    for terminal in terminals:
        terminal.close()


# Commands


def test_ping_is_answered_with_pong(server):
    assert cli(server, "ping") == b"PONG\n"


def test_ping_with_a_message_is_answered_with_it(server):
    assert cli(server, "ping", "hello there") == b"hello there\n"


def test_get_reads_what_set_wrote(server):
    assert cli(server, "set", "fruit", "apple") == b"OK\n"
    assert cli(server, "get", "fruit") == b"apple\n"


def test_get_of_a_missing_key_is_an_empty_line_in_a_pipe_and_nil_for_people(server):
    assert cli(server, "get", "nothing") == b"\n"
    assert cli(server, "--no-raw", "get", "nothing") == b"(nil)\n"


def test_set_with_expires_counts_in_milliseconds(server, client):
    assert cli(server, "set", "k", "v", "--expires", "60000") == b"OK\n"
    assert 0 < client.pttl("k") <= 60000


def test_set_with_expires_goes_with_redis_options(server, client):
    client.set("k", "old")
    assert cli(server, "set", "k", "v", "NX", "--expires", "60000") == b"\n"
    assert client.get("k") == b"old"


def test_set_in_redis_syntax_is_left_alone(server, client):
    assert cli(server, "set", "k", "v", "EX", "100", "NX") == b"OK\n"
    assert 99_000 < client.pttl("k") <= 100_000


def test_the_value_of_set_may_be_called_expires(server, client):
    assert cli(server, "set", "k", "--expires") == b"OK\n"
    assert client.get("k") == b"--expires"


def test_any_other_command_goes_to_the_server_as_it_is(server):
    assert cli(server, "append", "k", "abc") == b"3\n"
    assert cli(server, "--no-raw", "GETRANGE", "k", "-2", "-1") == b'"bc"\n'


def test_arguments_of_a_command_may_look_like_options(server):
    assert cli(server, "echo", "-h") == b"-h\n"
    assert cli(server, "echo", "--help") == b"--help\n"


def test_the_last_argument_comes_from_standard_input_byte_by_byte(server, client):
    value = bytes(range(256)) * 5000
    assert cli(server, "-x", "set", "k", stdin=value) == b"OK\n"
    assert client.get("k") == value
    assert cli(server, "-D", "", "get", "k") == value


def test_publish_tells_how_many_listened(oracle):
    assert cli(oracle, "publish", "news", "hello") == b"0\n"


def test_subscribe_prints_messages_until_interrupted(oracle):
    command = [CLI, "-p", str(oracle.port), "subscribe", "news", "sports"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as listener:
        def lines(count):
            return [listener.stdout.readline() for _ in range(count)]

        assert lines(6) == [b"subscribe\n", b"news\n", b"1\n", b"subscribe\n", b"sports\n", b"2\n"]
        assert cli(oracle, "publish", "sports", "two words") == b"1\n"
        assert lines(3) == [b"message\n", b"sports\n", b"two words\n"]
        listener.send_signal(signal.SIGINT)
        assert listener.wait(timeout=settings.seconds(10)) == -signal.SIGINT


# Options


def test_a_command_is_repeated(server):
    assert cli(server, "-r", "3", "-i", "0.001", "incr", "n") == b"1\n2\n3\n"


def test_a_database_is_selected(server, client):
    cli(server, "-n", "3", "set", "k", "v")
    assert client.get("k") is None
    assert cli(server, "-n", "3", "get", "k") == b"v\n"


def test_nothing_runs_in_another_database_than_the_wanted(server, client):
    client.set("k", "v")
    done = run("-p", server.port, "-n", "999", "flushdb")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"SELECT 999 failed: ERR DB index is out of range\n"
    assert client.get("k") == b"v"


def test_a_password_is_taken_from_the_option_or_from_the_environment(start_server):
    server = start_server("--requirepass", "sesame")
    assert cli(server, "ping") == b"NOAUTH Authentication required.\n\n"
    assert cli(server, "ping", env=environment(REDISCLI_AUTH="sesame")) == b"PONG\n"
    assert cli(server, "--no-auth-warning", "-a", "sesame", "ping") == b"PONG\n"
    assert cli(server, "--no-auth-warning", "--user", "default", "-a", "sesame", "ping") == b"PONG\n"
    uri = f"redis://:sesame@127.0.0.1:{server.port}/2"
    assert run("--no-auth-warning", "-u", uri, "ping").stdout == b"PONG\n"


def test_a_password_on_the_command_line_is_warned_of(start_server):
    server = start_server("--requirepass", "sesame")
    done = run("-p", server.port, "-a", "sesame", "ping")
    assert done.stdout == b"PONG\n"
    assert done.stderr.startswith(b"Warning: ") and b"sesame" not in done.stderr


def test_a_wrong_password_ends_it(start_server):
    server = start_server("--requirepass", "sesame")
    done = run("-p", server.port, "--no-auth-warning", "-a", "wrong", "ping")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"AUTH failed: WRONGPASS invalid username-password pair or user is disabled.\n"


def test_a_unix_socket_replaces_host_and_port(start_server, tmp_path):
    start_server("--unixsocket", tmp_path / "socket")
    assert run("-s", tmp_path / "socket", "ping").stdout == b"PONG\n"


def test_a_host_is_found_by_its_name(server):
    try:
        socket.gethostbyname("localhost")
    except OSError:
        pytest.skip("this machine has no name for itself")
    assert cli(server, "-h", "localhost", "ping") == b"PONG\n"


@pytest.mark.parametrize("option, version", [("-2", b"2"), ("-3", b"3")])
def test_the_protocol_can_be_chosen(server, option, version):
    reply = cli(server, option, "hello").replace(b"\n", b" ")
    assert b" proto " + version + b" " in reply


def test_options_may_be_glued_to_their_values(server):
    assert run(f"-p{server.port}", "ping").stdout == b"PONG\n"
    assert run(f"--port={server.port}", "ping").stdout == b"PONG\n"


def test_help_names_each_way_to_use_it():
    text = run("--help").stdout
    for words in (b"ping [MESSAGE]", b"get KEY", b"set KEY VALUE [--expires MS]", b"publish", b"subscribe",
                  b"--host", b"PONGOCLI_HISTFILE"):
        assert words in text


def test_version_names_the_program():
    assert re.fullmatch(rb"pongo-cli .+\n", run("--version").stdout)


@pytest.mark.parametrize("arguments", [
    ["--nonsense"], ["-p"], ["-p", "http", "ping"], ["-r", "often", "ping"],
    ["-u", "http://example.org", "ping"]])
def test_a_wrong_option_is_refused(arguments):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"--help" in done.stderr


# Failures


def test_an_unreachable_server_is_named_and_the_exit_code_is_1():
    port = free_port()
    done = run("-p", port, "ping")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"Could not connect to Redis at 127.0.0.1:%d: Connection refused\n" % port


def test_a_missing_unix_socket_is_named_and_the_exit_code_is_1(tmp_path):
    path = tmp_path / "none"
    done = run("-s", path, "ping")
    assert done.returncode == 1
    assert done.stderr == f"Could not connect to Redis at {path}: No such file or directory\n".encode()


def test_an_error_reply_is_printed_and_no_failure(server):
    assert cli(server, "--no-raw", "set", "k") == b"(error) ERR wrong number of arguments for 'set' command\n"
    assert cli(server, "set", "k") == b"ERR wrong number of arguments for 'set' command\n\n"


def test_with_e_an_error_reply_is_a_failure(server):
    done = run("-p", server.port, "-e", "set", "k")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"ERR wrong number of arguments for 'set' command\n"
    assert cli(server, "-e", "ping") == b"PONG\n"


def test_a_server_that_breaks_the_protocol_is_a_failure(canned):
    done = run("-p", canned(b"?what\r\n").port, "ping")
    assert (done.returncode, done.stderr) == (1, b'Error: Protocol error, got "?" as reply type byte\n')


# Forms of replies

FORMS = [
    (b"+OK\r\n", b"OK\n", b"OK\n"),
    (b":-7\r\n", b"(integer) -7\n", b"-7\n"),
    (b"$-1\r\n", b"(nil)\n", b"\n"),
    (b"*-1\r\n", b"(nil)\n", b"\n"),
    (b"_\r\n", b"(nil)\n", b"\n"),
    (b"$0\r\n\r\n", b'""\n', b"\n"),
    (b"$12\r\na\"\\\n\r\t\a\b\x00\xff\r\n\r\n", rb'"a\"\\\n\r\t\a\b\x00\xff\r\n"' + b"\n",
     b'a"\\\n\r\t\a\b\x00\xff\r\n\n'),
    (b"*0\r\n", b"(empty array)\n", b"\n"),
    (b"%0\r\n", b"(empty hash)\n", b"\n"),
    (b"~0\r\n", b"(empty set)\n", b"\n"),
    (b",3.5\r\n", b"(double) 3.5\n", b"3.5\n"),
    (b"#t\r\n", b"(true)\n", b"(true)\n"),
    (b"#f\r\n", b"(false)\n", b"(false)\n"),
    (b"(12345678901234567890\r\n", b"(big number) 12345678901234567890\n", b"12345678901234567890\n"),
    (b"=7\r\ntxt:a\nb\r\n", b"a\nb\n", b"a\nb\n"),
    (b"!5\r\nERR x\r\n", b"(error) ERR x\n", b"ERR x\n\n"),
    (b"*2\r\n$1\r\na\r\n*2\r\n:1\r\n*1\r\n$-1\r\n",
     b'1) "a"\n2) 1) (integer) 1\n   2) 1) (nil)\n', b"a\n1\n\n"),
    (b"*10\r\n" + b":0\r\n" * 9 + b"*2\r\n:1\r\n:2\r\n",
     b"".join(b"%2d) (integer) 0\n" % i for i in range(1, 10)) + b"10) 1) (integer) 1\n    2) (integer) 2\n",
     b"0\n" * 9 + b"1\n2\n"),
    (b"%2\r\n+a\r\n:1\r\n+b\r\n*2\r\n:2\r\n:3\r\n",
     b"1# a => (integer) 1\n2# b => \n   1) (integer) 2\n   2) (integer) 3\n", b"a 1\nb 2\n3\n"),
    (b"~2\r\n+a\r\n+b\r\n", b"1~ a\n2~ b\n", b"a\nb\n"),
    (b"|1\r\n+note\r\n*1\r\n:9\r\n:1\r\n", b"(integer) 1\n", b"1\n"),
    (b">2\r\n+invalidate\r\n+k\r\n:1\r\n", b"1) invalidate\n2) k\n(integer) 1\n", b"1\n"),
]


@pytest.mark.parametrize("reply, for_people, raw", FORMS)
def test_a_reply_has_a_form_for_people_and_a_raw_form(canned, reply, for_people, raw):
    server = canned(reply)
    assert cli(server, "--no-raw", "anything") == for_people
    assert cli(server, "--raw", "anything") == raw
    assert cli(server, "anything") == raw


def test_texts_for_people_are_not_quoted(canned):
    server = canned(b"$6\r\na:1\r\n\n\r\n")
    assert cli(server, "--no-raw", "info") == b"a:1\r\n\n"
    assert cli(server, "--no-raw", "get", "info") == rb'"a:1\r\n\n"' + b"\n"


def test_a_reply_may_arrive_in_any_pieces(server, client):
    client.set("k", "x" * 3_000_000)
    assert cli(server, "get", "k") == b"x" * 3_000_000 + b"\n"


# Scripts on standard input


def test_lines_of_standard_input_are_commands(server):
    script = b'set k "a\\x41\\n"\n\n  get k\n3 incr n\nquit\nping\n'
    printed = b'OK\n"aA\\n"\n(integer) 1\n(integer) 2\n(integer) 3\n'
    assert cli(server, "--no-raw", stdin=script) == printed


@pytest.mark.parametrize("line, word", [
    (b'"\\x41\\x0a\\t\\"\\\\"', b'A\n\t"\\'),
    (b"'it\\'s \\n'", b"it's \\n"),
    (b'""', b""),
    (b'"\\q\\xZZ"', b"qxZZ"),
    (b'half"quoted word"', b"halfquoted word"),
    (b"\xc3\xa9\xff", b"\xc3\xa9\xff"),
])
def test_words_are_quoted_as_in_redis_cli(server, line, word):
    assert cli(server, "-D", "", stdin=b"echo " + line + b"\n") == word


@pytest.mark.parametrize("line", [b'echo "open', b"echo 'open", b'echo "a"b', b"echo 'a'b", b'echo "\\'])
def test_unbalanced_quotes_are_refused(server, line):
    assert cli(server, stdin=line + b"\nping\n") == b"Invalid argument(s)\nPONG\n"


def test_a_script_without_its_server_fails():
    assert run("-p", free_port(), stdin=b"ping\nping\n").returncode == 1


# The prompt


def test_the_prompt_shows_address_database_and_transaction(prompt, server):
    terminal = prompt(server)
    address = rb"127\.0\.0\.1:%d" % server.port
    terminal.enter(b"select 3", rb"OK\r\n" + address + rb"\[3\]> ")
    terminal.enter(b"set k v", rb"OK\r\n" + address + rb"\[3\]> ")
    terminal.enter(b"get k", rb'"v"\r\n' + address + rb"\[3\]> ")
    terminal.enter(b"reset", rb"RESET\r\n" + address + rb"> ")


def test_the_prompt_tells_of_a_transaction(prompt, oracle):
    terminal = prompt(oracle)
    terminal.enter(b"multi", rb"OK\r\n\S+\(TX\)> ")
    terminal.enter(b"select 5", rb"QUEUED\r\n\S+\d\(TX\)> ")
    terminal.enter(b"exec", rb"1\) OK\r\n\S+\[5\]> ")


@pytest.mark.parametrize("line", [b"quit", b"exit", b"QUIT"])
def test_quit_and_exit_end_the_prompt(prompt, server, line):
    terminal = prompt(server)
    terminal.type(line + b"\r")
    assert terminal.wait() == 0
    assert terminal.is_in_line_mode()


def test_ctrl_d_ends_the_prompt(prompt, server):
    terminal = prompt(server)
    terminal.type(CTRL_D)
    assert terminal.wait() == 0


def test_ctrl_c_ends_the_prompt_and_leaves_a_sound_terminal(prompt, server):
    terminal = prompt(server)
    terminal.type(CTRL_C)
    assert terminal.wait() == -signal.SIGINT
    assert terminal.is_in_line_mode()


def test_an_earlier_line_comes_back_with_the_arrow_key_in_the_next_session_too(prompt, server):
    first = prompt(server)
    first.enter(b"set k remembered", rb"OK\r\n\S+> ")
    first.enter(b"get k", rb'"remembered"\r\n\S+> ')
    first.type(b"quit\r")
    first.wait()

    second = prompt(server)
    second.type(ARROW_UP * 2)
    second.enter(b"", rb'"remembered"\r\n\S+> ')


def test_the_history_is_for_its_owner_only(prompt, server, history):
    prompt(server).enter(b"ping", rb"PONG\r\n\S+> ")
    assert history.read_bytes() == b"ping\n"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600


def test_secrets_and_hidden_lines_are_not_kept_in_the_history(prompt, server, history):
    terminal = prompt(server)
    for line in (b"auth sesame", b"AUTH default sesame", b"hello 2 auth default sesame", b"3 auth sesame",
                 b"config set requirepass", b"acl setuser alice >sesame", b'auth "sesame', b" echo sesame",
                 b"!echo sesame"):
        terminal.enter(line, rb"[^\x00]*?\n\S+> ")
    terminal.enter(b"echo last", rb'"last"\r\n\S+> ')
    assert history.read_bytes() == b"echo last\n"

    terminal.type(ARROW_UP * 2)
    terminal.enter(b"", rb'"last"\r\n\S+> ')


def test_a_long_history_is_cut_to_its_end(prompt, server, history):
    history.write_text("".join(f"echo {i}\n" for i in range(2500)))
    prompt(server)
    assert history.read_text().splitlines() == [f"echo {i}" for i in range(1500, 2500)]


def test_bad_quotes_are_told_at_the_prompt(prompt, server):
    prompt(server).enter(b'get "k', rb"Invalid argument\(s\)\r\n\S+> ")


def test_a_lost_connection_is_replaced_before_the_next_command(prompt, server, client):
    terminal = prompt(server)
    terminal.enter(b"select 2", rb"OK\r\n\S+> ")
    client.client_kill_filter(_type="normal", skipme=True)
    terminal.enter(b"set k v", rb"OK\r\n\S+\[2\]> ")
    assert cli(server, "-n", "2", "get", "k") == b"v\n"


def test_a_command_of_a_lost_transaction_does_not_run(prompt, oracle):
    terminal = prompt(oracle)
    terminal.enter(b"multi", rb"OK\r\n\S+\(TX\)> ")
    cli(oracle, "client", "kill", "type", "normal")
    terminal.enter(b"set k v", rb"Error: Server closed the connection, the transaction is gone\r\nnot \S+> ")
    assert cli(oracle, "exists", "k") == b"0\n"
    terminal.enter(b"ping", rb"PONG\r\n127\.\S+\d> ")


def test_a_prompt_without_a_server_waits_for_one(prompt, start_server):
    server = start_server(start=False)
    terminal = prompt(server, awaited=rb"Connection refused\r\nnot connected> ")
    terminal.enter(b"ping", rb"Could not connect to Redis at \S+: Connection refused\r\nnot connected> ")
    server.start()
    terminal.enter(b"ping", rb"PONG\r\n127\.\S+\d> ")


def test_the_prompt_moves_to_another_server(prompt, server, oracle):
    terminal = prompt(server)
    terminal.enter(b"connect 127.0.0.1 %d" % oracle.port, rb"127\.0\.0\.1:%d> " % oracle.port)
    terminal.enter(b"set moved yes", rb"OK\r\n")
    assert cli(oracle, "get", "moved") == b"yes\n"


def test_ctrl_c_ends_a_subscription_and_the_prompt_returns(prompt, oracle):
    terminal = prompt(oracle)
    terminal.enter(b"subscribe news", rb'1\) "subscribe"\r\n2\) "news"\r\n3\) \(integer\) 1\r\n')
    assert cli(oracle, "publish", "news", "hello") == b"1\n"
    terminal.expect(rb'1\) "message"\r\n2\) "news"\r\n3\) "hello"\r\n')
    terminal.interrupt()
    terminal.expect(rb"127\.\S+\d> ")
    terminal.enter(b"ping", rb"PONG\r\n")
    eventually(lambda: cli(oracle, "publish", "news", "hello") == b"0\n")


def test_ctrl_c_ends_a_blocked_command_and_the_prompt_returns(prompt, oracle):
    terminal = prompt(oracle)
    terminal.type(b"blpop nothing 0\r")
    eventually(lambda: b"blocked_clients:1\r\n" in cli(oracle, "info", "clients"))
    terminal.interrupt()
    terminal.expect(rb"127\.\S+\d> ")
    terminal.enter(b"ping", rb"PONG\r\n")


def test_the_tab_key_completes_names_of_commands(prompt, server):
    terminal = prompt(server)
    terminal.type(b"config g\t")
    terminal.enter(b"maxmemory", rb'1\) "maxmemory"\r\n')
    terminal.expect(rb"> ")
    terminal.type(b"APPE\t")
    terminal.enter(b"k abc", rb"\(integer\) 3\r\n")


def test_help_tells_what_the_server_says_of_a_command(prompt, server):
    terminal = prompt(server)
    terminal.enter(b"help", rb"[^\x00]*help COMMAND[^\x00]*@string[^\x00]*> ")
    terminal.enter(b"help get", rb"\r\n  GET[^\x00]*summary: \S[^\x00]*group: string[^\x00]*> ")
    terminal.enter(b"help @string", rb"[^\x00]*  APPEND: [^\x00]*> ")
    terminal.enter(b"help nonsense", rb"No help on nonsense\r\n\S+> ")


# The example


def run_example(port):
    return subprocess.run([HELLO, "127.0.0.1", str(port)], capture_output=True, timeout=settings.seconds(30))


def test_the_example_reads_back_what_it_set(server, client):
    done = run_example(server.port)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"world\n", b"")
    assert client.get("hello") == b"world"


def test_the_example_without_a_server_fails():
    done = run_example(free_port())
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"refused" in done.stderr
