"""INFO and the other ways in which the server tells of itself."""

import re
import time

import pytest

from support.server import eventually

SECTIONS = [
    "server",
    "clients",
    "memory",
    "persistence",
    "stats",
    "replication",
    "cpu",
    "modules",
    "commandstats",
    "errorstats",
    "latencystats",
    "cluster",
    "keyspace",
]
UNORDERED = ("commandstats", "latencystats")

# Fields of Redis that are not here yet, or have no meaning here; each with its reason.
NOT_HERE = {}


def fields_by_section(server, *words):
    """{section: {field: value}}, both in the server's order."""
    with server.raw() as client:
        text = client.ask("INFO", *words).decode()
    sections = {}
    for line in text.split("\r\n"):
        if line.startswith("# "):
            fields = sections.setdefault(line[2:], {})
        elif line:
            name, value = line.split(":", 1)
            assert name not in fields, f"{name} twice"
            fields[name] = value
    return sections


def fields(server, section):
    return next(iter(fields_by_section(server, section).values()))


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["default"],
        ["all"],
        ["everything"],
        ["SERVER"],
        ["cpu", "memory"],
        ["nothing"],
        ["keyspace", "server", "keyspace"],
        ["modules"],
        ["latencystats"],
    ],
    ids=" ".join,
)
def test_the_sections_are_those_of_redis_in_its_order(server, oracle, words):
    for each in (server, oracle):
        with each.redis() as client:
            client.set("k", "v")
    assert list(fields_by_section(server, *words)) == list(fields_by_section(oracle, *words))


@pytest.mark.parametrize("section", SECTIONS)
def test_the_fields_are_those_of_redis(server, oracle, section):
    for each in (server, oracle):
        with each.redis() as client:
            client.set("k", "v")
            client.get("k")
            with pytest.raises(Exception):
                client.execute_command("SET", "k")
    ours, theirs = fields_by_section(server, section), fields_by_section(oracle, section)
    assert list(ours) == list(theirs)
    for name in theirs:
        common = [
            field for field in theirs[name] if field not in NOT_HERE and not field.startswith("allocator_")
        ]
        missing = [field for field in common if field not in ours[name]]
        if section in UNORDERED:
            missing = [
                field
                for field in missing
                if not field.endswith(("flushall", "config|resetstat", "config_resetstat"))
            ]
        assert not missing, f"missing in {name}: {missing}"
        if section not in UNORDERED:
            assert [field for field in ours[name] if field in common] == [
                field for field in common if field in ours[name]
            ], "another order"


def test_the_version_is_that_of_redis_beside_our_own(server):
    found = fields(server, "server")
    assert found["redis_version"] == "7.0.15"
    assert found["redis_mode"] == "standalone"
    assert int(found["process_id"]) == server.pid
    assert int(found["tcp_port"]) == server.port
    assert re.fullmatch("[0-9a-f]{40}", found["run_id"])
    assert abs(int(found["server_time_usec"]) / 1e6 - time.time()) < 60


@pytest.mark.pongo_only
def test_our_own_version_is_told(server):
    assert re.match(r"\d+\.\d+", fields(server, "server")["pongo_version"])


def test_values_have_the_form_that_monitors_expect(server, oracle):
    """Where Redis shows a number, or a number with a unit, so do we."""

    def form(value):
        return (
            "integer"
            if re.fullmatch(r"-?\d+", value)
            else "decimal"
            if re.fullmatch(r"-?\d+\.\d+", value)
            else "percent"
            if re.fullmatch(r"\d+\.\d+%", value)
            else "human"
            if re.fullmatch(r"\d+(\.\d\d)?[BKMGT]", value)
            else "text"
        )

    differing = {}
    for section, theirs in fields_by_section(oracle, "everything").items():
        ours = fields_by_section(server, "everything").get(section, {})
        for name, value in theirs.items():
            if (
                name in ours
                and form(ours[name]) != form(value)
                and {form(ours[name]), form(value)} != {"human", "integer"}
            ):
                differing[name] = (value, ours[name])
    for name in (
        "executable",
        "config_file",
        "gcc_version",
        "multiplexing_api",
        "mem_allocator",
        "redis_git_sha1",
        "redis_build_id",
    ):
        differing.pop(name, None)
    assert not differing, f"(Redis's, ours): {differing}"


def test_clients_are_counted(server):
    others = [server.raw() for _ in range(5)]
    for other in others:
        other.ask("PING")
    assert int(fields(server, "clients")["connected_clients"]) == 6
    for other in others:
        other.close()
    eventually(lambda: int(fields(server, "clients")["connected_clients"]) == 1)


def test_commands_connections_hits_and_misses_are_counted(server):
    with server.redis() as client:
        client.config_resetstat()
        before = fields(server, "stats")
        client.set("k", "v")
        for _ in range(3):
            client.get("k")
        client.get("missing")
        client.exists("k", "missing")
        after = fields(server, "stats")
    assert int(after["keyspace_hits"]) == 4
    assert int(after["keyspace_misses"]) == 2
    assert int(after["total_commands_processed"]) - int(before["total_commands_processed"]) >= 6
    assert int(after["total_connections_received"]) > int(before["total_connections_received"])
    assert int(after["total_net_input_bytes"]) > int(before["total_net_input_bytes"])
    assert int(after["total_net_output_bytes"]) > int(before["total_net_output_bytes"])


def test_commands_are_counted_one_by_one(server):
    with server.redis() as client:
        client.config_resetstat()
        for _ in range(3):
            client.set("k", "v")
        client.client_id()
        for words in (["SET", "k"], ["INCR", "k"], ["INCR", "k"]):
            with pytest.raises(Exception):
                client.execute_command(*words)
    found = fields(server, "commandstats")
    form = r"calls=(\d+),usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=(\d+),failed_calls=(\d+)"
    counted = {
        name: tuple(map(int, re.fullmatch(form, found[f"cmdstat_{name}"]).groups()))
        for name in ("set", "incr", "client|id")
    }
    assert counted == {"set": (3, 1, 0), "incr": (2, 0, 2), "client|id": (1, 0, 0)}
    latency = fields(server, "latencystats")
    assert re.fullmatch(
        r"p50=\d+\.\d{3},p99=\d+\.\d{3},p99\.9=\d+\.\d{3}", latency["latency_percentiles_usec_set"]
    )


@pytest.mark.parametrize("commands, name, error", [
    (["BLPOP none 0", "CLIENT UNBLOCK {} ERROR"], "blpop", "UNBLOCKED"),
    (["BLPOP none 0", "CLIENT UNBLOCK {}"], "blpop", None),
    (["BLMOVE from to LEFT LEFT 0", "SET to v", "RPUSH from 1"], "blmove", "WRONGTYPE"),
    (["XREADGROUP GROUP g c BLOCK 0 STREAMS s >", "DEL s"], "xreadgroup", "UNBLOCKED"),
])
def test_waiting_that_ends_in_an_error_is_counted(oracle, server, commands, name, error):
    found = []
    for each in (oracle, server):
        with each.raw() as waiter, each.raw() as other:
            other.command("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
            other.command("CONFIG", "RESETSTAT")
            waiter_id = waiter.ask("CLIENT", "ID")
            waiter.send_command(*commands[0].split())
            eventually(lambda: other.ask("INFO", "clients").count(b"blocked_clients:1") == 1)
            for command in commands[1:]:
                other.command(*command.format(waiter_id).split())
            waiter.read_reply()
            counted = fields(each, "commandstats")[f"cmdstat_{name}"]
            found.append((re.sub(r"usec\w*=[\d.]+,", "", counted), fields(each, "errorstats")))
    assert found[0] == found[1]
    assert error is None or f"errorstat_{error}" in found[1][1]


def test_the_time_of_exec_is_that_of_all_it_runs(server):
    with server.redis() as client:
        client.config_resetstat()
        with client.pipeline(transaction=True) as transaction:
            transaction.execute_command("DEBUG", "SLEEP", "0.03").get("k").execute()
    found = fields(server, "commandstats")
    exec_us, get_us = (
        int(re.search(r"usec=(\d+)", found[f"cmdstat_{name}"]).group(1)) for name in ("exec", "get")
    )
    assert exec_us >= 30_000 > get_us


def test_errors_are_counted_by_their_first_word(server):
    with server.raw() as client:
        client.ask("CONFIG", "RESETSTAT")
        for words in (
            ["FOO"],
            ["GET"],
            ["SET", "k", "v", "EX", "x"],
            ["AUTH", "nobody", "x"],
            ["HELLO", "9"],
        ):
            assert client.command(*words).startswith(b"-")
    assert fields(server, "errorstats") == {
        "errorstat_ERR": "count=3",
        "errorstat_NOPROTO": "count=1",
        "errorstat_WRONGPASS": "count=1",
    }
    assert fields(server, "stats")["total_error_replies"] == "5"


def test_resetstat_begins_anew(server):
    with server.redis() as client:
        client.get("missing")
        client.config_resetstat()
    found = fields(server, "stats")
    assert (found["keyspace_misses"], found["expired_keys"]) == ("0", "0")
    assert "cmdstat_get" not in fields(server, "commandstats")


def test_keys_are_counted_by_database(server):
    with server.redis() as client:
        assert list(fields_by_section(server, "keyspace").values()) == [{}]
        client.mset({"a": 1, "b": 2})
        client.expire("a", 100)
        client.select(3)
        client.set("c", 1)
    found = fields(server, "keyspace")
    assert re.fullmatch(r"keys=2,expires=1,avg_ttl=\d+", found["db0"])
    assert found["db3"] == "keys=1,expires=0,avg_ttl=0"


@pytest.mark.measures_memory
def test_memory_is_told_and_grows_with_the_data(server):
    with server.redis() as client:
        before = int(fields(server, "memory")["used_memory"])
        client.set("big", b"x" * 20_000_000)
        after = fields(server, "memory")
        assert 19_000_000 < int(after["used_memory"]) - before < 45_000_000
        eventually(lambda: int(fields(server, "memory")["used_memory_rss"]) > 20_000_000)
        assert int(after["used_memory_peak"]) >= int(after["used_memory"])
        assert client.memory_usage("big") >= 20_000_000
        client.delete("big")
        eventually(lambda: int(fields(server, "memory")["used_memory"]) - before < 5_000_000)


def test_the_clock_and_the_processor_are_told(server):
    found = fields(server, "server")
    assert int(found["uptime_in_seconds"]) >= 0 and found["uptime_in_days"] == "0"
    cpu = fields(server, "cpu")
    assert float(cpu["used_cpu_user"]) + float(cpu["used_cpu_sys"]) > 0


def test_the_slow_log_holds_what_slept(server):
    with server.redis() as client:
        client.slowlog_reset()
        client.client_setname("sleeper")
        client.execute_command("DEBUG", "SLEEP", "0.03")
        entry = client.slowlog_get()[0]
        assert entry["command"] == b"DEBUG SLEEP 0.03"
        assert 30_000 <= entry["duration"] < 5_000_000
        assert abs(entry["start_time"] - time.time()) < 60
        assert client.slowlog_len() == 1


def test_latency_events_are_kept(server):
    with server.redis() as client:
        client.config_set("latency-monitor-threshold", 10)
        client.execute_command("DEBUG", "SLEEP", "0.03")
        events = {event[0]: event for event in client.execute_command("LATENCY", "LATEST")}
        assert events[b"command"][2] >= 30 and events[b"command"][3] >= 30
        assert client.execute_command("LATENCY", "HISTORY", "command")[0][1] >= 30
        assert client.execute_command("LATENCY", "RESET", "command") == 1
        client.config_set("latency-monitor-threshold", 0)


def test_client_list_shows_what_clients_do(server):
    with server.redis(client_name="watcher", db=2) as client, server.raw() as other:
        other.ask("CLIENT", "SETNAME", "other")
        other.ask("GET", "k")
        listed = {found["name"]: found for found in client.client_list()}
        assert listed["other"]["cmd"] == "get" and listed["other"]["db"] == "0"
        assert (
            listed["other"]["addr"] == other.local_address and listed["other"]["laddr"] == other.peer_address
        )
        assert listed["watcher"]["cmd"] == "client|list" and listed["watcher"]["db"] == "2"
        assert int(listed["other"]["age"]) < 60 and listed["other"]["user"] == "default"
        assert listed["other"]["resp"] == "2"


@pytest.mark.measures_memory
def test_memory_stats_know_the_keys(server):
    with server.redis() as client:
        client.mset({f"k{number}": "v" for number in range(100)})
        found = client.memory_stats()
        assert found["keys.count"] == 100
        assert found["total.allocated"] > 0 and found["peak.allocated"] >= found["total.allocated"]
