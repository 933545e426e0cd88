"""Configuration: files, flags, standard input, reloading and rewriting."""

import os
import signal

import pytest

from support.resp import parse
from support.server import eventually, free_port


def fails_to_start(server):
    """The output of a server that refuses its configuration."""
    server.launch()
    assert server.wait() == 1, server.log()
    return server.log()


def option(client, name):
    return client.ask("CONFIG", "GET", name)[1].decode()


# Where options come from


def test_a_file_is_read(start_server):
    server = start_server(
        config='# A comment\n\nmaxclients 77\n  TIMEOUT 11\nslowlog-max-len "99"\nmaxmemory 100mb\n'
    )
    with server.raw() as client:
        assert [
            option(client, name) for name in ("maxclients", "timeout", "slowlog-max-len", "maxmemory")
        ] == ["77", "11", "99", "104857600"]


def test_flags_override_the_file(start_server):
    server = start_server("--maxclients", "88", config="maxclients 77\ntimeout 11\n")
    with server.raw() as client:
        assert (option(client, "maxclients"), option(client, "timeout")) == ("88", "11")


def test_standard_input_is_read_for_a_dash(start_server):
    server = start_server("--timeout", "12", stdin="maxclients 66\ntimeout 11\n")
    with server.raw() as client:
        assert (option(client, "maxclients"), option(client, "timeout")) == ("66", "12")


def test_included_files_are_read(start_server, tmp_path):
    (tmp_path / "more.conf").write_text("timeout 13\n")
    server = start_server(config=f"timeout 5\ninclude {tmp_path}/more.conf\nmaxclients 55\n")
    with server.raw() as client:
        assert (option(client, "timeout"), option(client, "maxclients")) == ("13", "55")


def test_commands_may_be_renamed_and_taken_away(start_server):
    secret = "b840fc02d524045429941cc15f59e41cb7be6c52"
    server = start_server(config=f'rename-command GET zget\nrename-command FLUSHALL ""\n'
                                 f"rename-command CLIENT cl\nrename-command CONFIG {secret}\n")
    with server.raw() as client:
        assert client.ask("SET", "k", "v") == b"OK"
        assert client.ask("ZGET", "k") == b"v"
        unknown = b"-ERR unknown command '%s', with args beginning with: %s\r\n"
        assert client.command("GET", "k") == unknown % (b"GET", b"'k' ")
        assert client.command("FLUSHALL") == unknown % (b"FLUSHALL", b"")
        assert client.command("zget") == b"-ERR wrong number of arguments for 'get' command\r\n"
        assert client.command("cl", "none") == b"-ERR unknown subcommand 'none'. Try CL HELP.\r\n"
        assert client.ask("COMMAND", "INFO", "zget", "get", "cl|id", "client|id")[1::2] == [None, None]
        assert client.ask("COMMAND", "INFO", "zget")[0][0] == b"get"
        assert client.ask(secret.upper(), "GET", "port")[1] == b"%d" % server.port
        names = client.ask("COMMAND", "LIST")
        assert b"get" in names and b"flushall" not in names
        assert client.ask("COMMAND", "COUNT") == len(client.ask("COMMAND"))
        assert client.ask("DBSIZE") == 1


@pytest.mark.parametrize("line, reason", [
    ("rename-command NONE x", "No such command in rename-command"),
    ("rename-command GET set", "Target command name already exists"),
    ("rename-command GET", "Bad directive or wrong number of arguments"),
])
def test_a_wrong_rename_is_named_with_its_line(start_server, line, reason):
    log = fails_to_start(start_server(config=f"timeout 5\n{line}\n", start=False))
    assert f"at line 2\n>>> '{line}'\n{reason}" in log


def test_nowhere_to_listen_is_told(start_server):
    log = fails_to_start(start_server(port=0, start=False))
    assert "Configured to not listen anywhere, exiting." in log


def test_a_nul_hides_the_rest_of_its_line_and_the_line_end(start_server):
    log = fails_to_start(start_server(config="timeout 5\0 6\nmaxclients 100\n", start=False))
    assert ">>> 'timeout 5maxclients 100'" in log


def test_a_path_too_long_for_a_unix_socket_is_told(start_server):
    log = fails_to_start(start_server("--unixsocket", "/tmp/" + "x" * 103, start=False))
    assert "Failed opening Unix socket: unix socket path too long (108), must be under 108" in log


@pytest.mark.parametrize("flags", [[], ["--daemonize", "yes"]], ids=["foreground", "daemon"])
def test_a_log_that_cannot_be_written_is_told_at_once(start_server, flags):
    log = fails_to_start(start_server("--logfile", "/nonexistent/log", *flags, start=False))
    assert "*** FATAL CONFIG FILE ERROR" in log
    assert "\nCan't open the log file: No such file or directory\n" in log


def test_values_may_be_quoted_and_have_several_words(start_server):
    server = start_server(
        "--client-output-buffer-limit", "normal 1mb 512kb 30",
        config='requirepass "a \\x41\\"b"\nbind 127.0.0.1 127.0.0.2\n',
    )
    with server.raw() as client:
        assert client.ask("AUTH", 'a A"b') == b"OK"
        assert option(client, "bind") == "127.0.0.1 127.0.0.2"
        assert option(client, "client-output-buffer-limit").startswith("normal 1048576 524288 30")


def test_the_databases_may_be_more_or_fewer(start_server):
    server = start_server("--databases", "20")
    with server.raw() as client:
        assert client.ask("SELECT", "19") == b"OK"
        assert client.command("SELECT", "20").startswith(b"-ERR DB index is out of range")
        client.ask("SET", "k", "v")
        assert b"db19:keys=1" in client.ask("INFO", "keyspace")


# What is refused


@pytest.mark.parametrize(
    "line",
    [
        "nonsense 5", "timeout abc", "timeout", "maxclients 1 2", "maxmemory-policy never",
        "lazyfree-lazy-expire perhaps", 'requirepass "unbalanced', "maxmemory 5xx", "port 70000",
        "loglevel loud",
    ],
)
def test_a_wrong_option_is_named_with_its_line(start_server, line):
    output = fails_to_start(start_server(config=f"# one\ntimeout 5\n{line}\nhz 10\n", start=False))
    assert "line 3" in output and line.split()[0] in output
    assert "eady to accept" not in output


@pytest.mark.parametrize(
    "flags", [["--nonsense", "5"], ["--timeout", "abc"], ["--maxmemory-policy", "never"]]
)
def test_a_wrong_flag_is_named(start_server, flags):
    output = fails_to_start(start_server(*flags, start=False))
    assert flags[0].lstrip("-") in output


def test_a_missing_file_is_named(start_server, tmp_path):
    server = start_server(start=False)
    server.command_line = lambda: [str(server.binary), str(tmp_path / "missing.conf")]
    assert "missing.conf" in fails_to_start(server)


# Options of Redis

# Redis's options that are not there yet, each with its reason.
OPTIONS_TO_COME = {}

# Defaults that are meant to differ.
OTHER_DEFAULTS = {"io-threads": "the number of reactors"}

ENVIRONMENT = {
    "port",
    "dir",
    "pidfile",
    "logfile",
    "save",
    "enable-debug-command",
    "proc-title-template",
    "oom-score-adj-values",
    "aclfile",
    "tls-port",
}


def all_options(server):
    with server.raw() as client:
        reply = parse(client.command("CONFIG", "GET", "*"))
        return {name.value.decode(): value.value.decode() for name, value in reply.pairs()}


def test_every_option_of_redis_is_known(server, oracle):
    missing = set(all_options(oracle)) - set(all_options(server)) - set(OPTIONS_TO_COME)
    assert not missing, f"unknown options: {sorted(missing)}"


def test_options_have_the_defaults_of_redis(server, oracle):
    ours, theirs = all_options(server), all_options(oracle)
    differing = {
        name: (theirs[name], ours[name])
        for name in theirs
        if name in ours and ours[name] != theirs[name] and name not in ENVIRONMENT | set(OTHER_DEFAULTS)
    }
    assert not differing, f"(Redis's, ours): {differing}"


def test_a_whole_configuration_of_redis_is_accepted(start_server, oracle):
    """Every option at Redis's default, written to a file: those without a meaning here do no harm."""
    skipped = ENVIRONMENT | {"unixsocketperm", "bind", "replicaof", "slaveof", "user"} | set(OPTIONS_TO_COME)
    lines = [
        f'{name} "{value}"'
        for name, value in all_options(oracle).items()
        if name not in skipped and value and " " not in value
    ]
    server = start_server(config="\n".join(lines) + "\n")
    with server.raw() as client:
        assert client.ask("PING") == b"PONG"


# Changing while running


def test_maxclients_and_the_slow_log_take_effect_at_once(server):
    with server.raw() as client:
        client.ask("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "5")
        for _ in range(10):
            client.ask("PING")
        assert client.ask("SLOWLOG", "LEN") == 5
        client.ask("CONFIG", "SET", "slowlog-log-slower-than", "10000", "slowlog-max-len", "128")


@pytest.mark.pongo_only
class TestReloading:
    """SIGHUP reads the file again."""

    CONFIG = "maxclients 500\ntimeout 0\nslowlog-max-len 100\n"

    def reload(self, server, text):
        server.config_path.write_text(text)
        server.signal(signal.SIGHUP)

    def test_options_that_can_change_do(self, start_server):
        server = start_server(config=self.CONFIG)
        with server.raw() as client:
            client.ask("SET", "k", "v")
            self.reload(server, self.CONFIG.replace("500", "400").replace("100", "2"))
            eventually(lambda: option(client, "maxclients") == "400")
            assert option(client, "slowlog-max-len") == "2"
            client.ask("CONFIG", "SET", "slowlog-log-slower-than", "0")
            for _ in range(5):
                client.ask("PING")
            assert client.ask("SLOWLOG", "LEN") == 2
            assert client.ask("GET", "k") == b"v"

    def test_what_cannot_change_is_logged(self, start_server):
        server = start_server(config=self.CONFIG)
        lines = server.log_length()
        with server.raw() as client:
            before = option(client, "databases")
            self.reload(server, self.CONFIG + "databases 33\ntimeout 9\n")
            server.wait_for_log("databases", since=lines)
            eventually(lambda: option(client, "timeout") == "9")
            assert option(client, "databases") == before

    @pytest.mark.parametrize("fault", ["nonsense 5", "hz abc", 'requirepass "x'])
    def test_a_faulty_file_changes_nothing(self, start_server, fault):
        server = start_server(config=self.CONFIG)
        lines = server.log_length()
        with server.raw() as client:
            self.reload(server, f"maxclients 400\n{fault}\ntimeout 5\n")
            server.wait_for_log(fault.split()[0], since=lines)
            assert [option(client, name) for name in ("maxclients", "timeout")] == ["500", "0"]
            self.reload(server, self.CONFIG.replace("500", "300"))
            eventually(lambda: option(client, "maxclients") == "300")

    def test_a_file_that_is_gone_changes_nothing(self, start_server):
        server = start_server(config=self.CONFIG)
        lines = server.log_length()
        server.config_path.unlink()
        server.signal(signal.SIGHUP)
        server.wait_for_log("server.conf", since=lines)
        with server.raw() as client:
            assert option(client, "maxclients") == "500"

    def test_without_a_file_the_signal_does_no_harm(self, start_server):
        server = start_server()
        with server.raw() as client:
            for _ in range(3):
                server.signal(signal.SIGHUP)
                assert client.ask("PING") == b"PONG"


# Rewriting

REWRITTEN = """# The first comment
maxclients 500
# About timeouts
timeout 11

# About the slow log
slowlog-max-len 100
# The end
"""


def test_rewrite_keeps_comments_and_order(start_server):
    server = start_server(config=REWRITTEN)
    with server.raw() as client:
        client.ask("CONFIG", "SET", "timeout", "22", "maxclients", "600")
        client.ask("CONFIG", "SET", "lfu-decay-time", "7")
        assert client.ask("CONFIG", "REWRITE") == b"OK"
    text = server.config_path.read_text()
    expected = REWRITTEN.replace("timeout 11", "timeout 22").replace("500", "600").splitlines()
    written = text.splitlines()
    assert [line for line in written if line in expected] == expected or written[
        : len(expected)
    ] == expected, text
    assert "lfu-decay-time 7" in written
    assert not [
        name for name in os.listdir(server.directory) if "server.conf" in name and name != "server.conf"
    ]


def test_a_rewritten_file_starts_a_server_alike(start_server):
    server = start_server(config=REWRITTEN)
    changes = {
        "timeout": "33", "requirepass": 'a "b" \\c', "maxmemory": "12345678", "lazyfree-lazy-expire": "yes",
        "maxmemory-policy": "allkeys-lru", "client-output-buffer-limit": "normal 1048576 524288 30",
    }
    with server.raw() as client:
        for name, value in changes.items():
            client.ask("CONFIG", "SET", name, value)
        client.ask("CONFIG", "REWRITE")
        client.ask("CONFIG", "REWRITE")
        options = all_options_of(client)
    again = start_server(config=server.config_path.read_text(), directory=server.directory.parent / "again")
    with again.raw() as client:
        client.ask("AUTH", changes["requirepass"])
        assert {
            name: value for name, value in all_options_of(client).items() if options[name] != value
        }.keys() <= ENVIRONMENT


def all_options_of(client):
    reply = parse(client.command("CONFIG", "GET", "*"))
    return {name.value.decode(): value.value.decode() for name, value in reply.pairs()}


def test_a_default_value_is_not_written_down(start_server):
    server = start_server(config="# Nothing here\n")
    with server.raw() as client:
        client.ask("CONFIG", "REWRITE")
    assert "slowlog-max-len" not in server.config_path.read_text()


def test_without_a_file_there_is_nothing_to_rewrite(start_server):
    server = start_server()
    with server.raw() as client:
        assert client.command("CONFIG", "REWRITE") == b"-ERR The server is running without a config file\r\n"


# The port may move


def test_the_port_may_change_while_running(start_server):
    server = start_server()
    moved = free_port()
    with server.raw() as client:
        assert client.ask("CONFIG", "SET", "port", moved) == b"OK"
        assert client.ask("PING") == b"PONG"
        server.port = moved
        with server.raw() as newcomer:
            assert newcomer.ask("PING") == b"PONG"


# Logging


def test_a_log_file_takes_the_log(start_server, tmp_path):
    path = tmp_path / "server.log"
    server = start_server("--logfile", path, wait_for=None)
    eventually(lambda: "eady to accept connections" in path.read_text())
    assert "eady to accept" not in server.log()


@pytest.mark.parametrize(
    "level, said", [("debug", True), ("verbose", True), ("notice", True), ("warning", False)]
)
def test_the_log_level_decides_what_is_said(start_server, level, said):
    server = start_server("--loglevel", level, wait_for=None)
    if said:
        server.wait_for_log("eady to accept connections")
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert ("eady to accept" in server.log()) == said


def test_debug_log_writes_a_line(server):
    lines = server.log_length()
    with server.raw() as client:
        client.ask("DEBUG", "LOG", "a line of our own")
    server.wait_for_log("a line of our own", since=lines)


def test_the_version_is_told_on_the_command_line(start_server):
    server = start_server(start=False)
    server.command_line = lambda: [str(server.binary), "--version"]
    server.launch()
    assert server.wait() == 0
    assert "7.0.15" in server.log() or "ongo" in server.log()
