"""The standard tools work unmodified: redis-cli, redis-benchmark, redis-py."""

import asyncio
import re
import select
import shutil
import subprocess

import pytest
import redis

from support.resp import encode_command
from support.settings import seconds

pytestmark = pytest.mark.skipif(not shutil.which("redis-cli"), reason="redis-cli is not installed")


def cli(server, *words, stdin=None, within=30):
    """What redis-cli prints; it must succeed."""
    found = subprocess.run(
        ["redis-cli", "-h", server.host, "-p", str(server.port), *map(str, words)],
        input=stdin,
        capture_output=True,
        timeout=seconds(within),
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.decode()


def fill(client, count):
    with client.pipeline(transaction=False) as pipeline:
        for number in range(count):
            pipeline.set(f"key:{number}", "x" * (number % 50))
        pipeline.set("the-biggest", "y" * 5000)
        pipeline.execute()


class TestRedisCli:
    def test_commands_and_replies(self, server):
        assert cli(server, "PING") == "PONG\n"
        assert cli(server, "SET", "k", "a b", "EX", "100") == "OK\n"
        assert cli(server, "GET", "k") == "a b\n"
        assert cli(server, "--no-raw", "GET", "missing") == "(nil)\n"
        assert cli(server, "--no-raw", "INCR", "n") == "(integer) 1\n"
        assert cli(server, "--csv", "MGET", "n", "missing") == '"1",NULL\n'
        assert cli(server, "--json", "MGET", "n", "missing") == '["1",null]\n'
        assert "ERR unknown command" in cli(server, "FOO")

    def test_the_third_protocol(self, server):
        assert "maxclients" in cli(server, "-3", "--no-raw", "CONFIG", "GET", "maxclients")
        assert cli(server, "-3", "--json", "CONFIG", "GET", "hz") == '{"hz":"10"}\n'
        assert cli(server, "-3", "--no-raw", "GET", "missing") == "(nil)\n"

    def test_several_commands_on_standard_input(self, server):
        assert cli(server, stdin=b"SET k 1\nINCR k\nSELECT 3\nDBSIZE\n") == "OK\n2\nOK\n0\n"

    def test_an_argument_from_standard_input(self, server):
        assert cli(server, "-x", "SET", "k", stdin=b"from stdin") == "OK\n"
        assert cli(server, "GET", "k") == "from stdin\n"

    def test_repeating_at_an_interval(self, server):
        assert cli(server, "-r", "5", "-i", "0.01", "INCR", "k") == "1\n2\n3\n4\n5\n"

    def test_another_database_and_a_password(self, server, start_server):
        assert cli(server, "-n", "3", "SET", "k", "v") == "OK\n"
        assert cli(server, "DBSIZE") == "0\n"
        locked = start_server("--requirepass", "secret")
        assert cli(locked, "-a", "secret", "--no-auth-warning", "PING") == "PONG\n"
        assert cli(locked, "--user", "default", "--pass", "secret", "--no-auth-warning", "PING") == "PONG\n"
        assert "NOAUTH" in cli(locked, "PING")

    def test_scan(self, server, client):
        fill(client, 500)
        assert sorted(cli(server, "--scan").split()) == sorted(key.decode() for key in client.keys())
        assert sorted(cli(server, "--scan", "--pattern", "key:1?").split()) == sorted(
            f"key:1{n}" for n in range(10)
        )

    def test_bigkeys(self, server, client):
        fill(client, 500)
        found = cli(server, "--bigkeys")
        assert re.search(r"Biggest string found .*the-biggest.* has 5000 bytes", found)
        assert "501 strings with" in found and "Sampled 501 keys in the keyspace!" in found

    def test_memkeys(self, server, client):
        fill(client, 500)
        found = cli(server, "--memkeys")
        assert re.search(r"Biggest string found .*the-biggest.* has \d+ bytes", found)
        assert "Sampled 501 keys in the keyspace!" in found

    def test_hotkeys(self, server, client):
        client.config_set("maxmemory-policy", "allkeys-lfu")
        try:
            fill(client, 100)
            for _ in range(300):
                client.get("key:7")
            assert "key:7" in cli(server, "--hotkeys")
        finally:
            client.config_set("maxmemory-policy", "noeviction")

    def test_latency(self, server):
        found = cli(server, "--latency", "--raw", "-i", "1")
        least, most, average, samples = found.split()
        assert float(least) <= float(average) <= float(most) and int(samples) > 10

    def test_stat(self, server, client):
        client.set("k", "v")
        command = ["redis-cli", "-h", server.host, "-p", str(server.port), "--stat", "-i", "0.05"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            lines = [process.stdout.readline() for _ in range(5)]
            process.kill()
        assert "keys" in lines[1]
        assert [line.split()[0] for line in lines[2:]] == ["1"] * 3

    def test_mass_insertion_through_a_pipe(self, server, client):
        data = b"".join(encode_command(["SET", f"k{number}", f"v{number}"]) for number in range(20_000))
        assert "errors: 0, replies: 20000" in cli(server, "--pipe", stdin=data)
        assert client.dbsize() == 20_000
        assert client.get("k19999") == b"v19999"

    def test_mass_insertion_counts_errors(self, server):
        assert (
            "errors: 2, replies: 3"
            in subprocess.run(
                ["redis-cli", "-h", server.host, "-p", str(server.port), "--pipe"],
                input=b"SET k x\r\nINCR k\r\nFOO\r\n",
                capture_output=True,
                timeout=seconds(30),
            ).stdout.decode()
        )

    def test_empty_arrays_and_long_texts(self, server):
        assert cli(server, "LATENCY", "LATEST") == "\n"
        assert cli(server, "INFO", "server").startswith("# Server")


@pytest.mark.skipif(not shutil.which("redis-benchmark"), reason="redis-benchmark is not installed")
class TestRedisBenchmark:
    def run(self, server, *words):
        found = subprocess.run(
            ["redis-benchmark", "-h", server.host, "-p", str(server.port), *map(str, words)],
            capture_output=True,
            text=True,
            timeout=seconds(60),
        )
        assert found.returncode == 0, found.stderr
        assert "WARNING" not in found.stdout + found.stderr and "ERR" not in found.stdout + found.stderr, (
            found.stdout + found.stderr
        )
        return found.stdout

    def test_the_usual_tests(self, server, client):
        found = self.run(server, "-t", "ping,set,get,incr,mset", "-q", "-n", "2000", "-r", "100")
        for name in ("PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET (10 keys)"):
            assert re.search(rf"{re.escape(name)}: \d+\.\d+ requests per second", found), found
        assert client.dbsize() > 50

    def test_pipelines_threads_and_csv(self, server):
        found = self.run(
            server, "-t", "set,get", "-n", "20000", "-P", "32", "-c", "20", "--threads", "2", "--csv"
        )
        assert '"SET","' in found and '"GET","' in found

    def test_any_command(self, server, client):
        self.run(server, "-n", "500", "-r", "10", "-q", "SETRANGE", "k:__rand_int__", "10", "abc")
        assert client.dbsize() == 10


class TestRedisPy:
    def test_strings(self, client):
        assert client.set("k", "v", ex=100, nx=True) is True
        assert client.set("k", "w", nx=True) is None
        assert client.set("k", "x", keepttl=True, get=True) == b"v"
        assert 0 < client.ttl("k") <= 100
        assert client.getex("k", persist=True) == b"x"
        assert client.getdel("k") == b"x"
        assert client.incrbyfloat("f", 1.5) == 1.5
        assert client.mset({"a": 1, "b": 2}) and client.mget("a", "b", "c") == [b"1", b"2", None]
        assert client.msetnx({"c": 1, "a": 2}) is False
        assert client.setrange("r", 3, "abc") == 6 and client.getrange("r", 2, 4) == b"\x00ab"
        assert (
            client.setbit("bits", 7, 1) == 0
            and client.bitcount("bits") == 1
            and client.bitpos("bits", 1) == 7
        )
        assert client.bitfield("field").set("u8", 0, 255).incrby("u8", 0, 1).get("u8", 0).execute() == [
            0,
            0,
            0,
        ]
        assert client.bitop("OR", "to", "bits", "r") == 6

    def test_keys(self, client):
        client.set("k", "v")
        assert client.exists("k", "x") == 1 and client.type("k") == b"string"
        assert client.expire("k", 100) and client.persist("k")
        assert client.rename("k", "l") and client.renamenx("l", "m")
        assert client.copy("m", "n") and client.touch("m", "n") == 2
        assert client.object("encoding", "m") == b"embstr" and client.object("refcount", "m") == 1
        assert client.memory_usage("m") > 0
        assert sorted(client.scan_iter(count=1)) == [b"m", b"n"] and client.randomkey() in (b"m", b"n")
        assert client.unlink("m") == 1 and client.delete("n") == 1 and client.dbsize() == 0

    def test_pipelines(self, client):
        pipeline = client.pipeline(transaction=False)
        for number in range(1000):
            pipeline.incr("k")
        assert pipeline.execute() == list(range(1, 1001))
        results = (
            client.pipeline(transaction=False).set("s", "x").incr("s").get("s").execute(raise_on_error=False)
        )
        assert results[0] is True and isinstance(results[1], redis.ResponseError) and results[2] == b"x"

    def test_the_server(self, server, client):
        assert client.info()["redis_version"] == "7.0.15"
        assert client.config_get("maxclients") == {"maxclients": client.config_get()["maxclients"]}
        assert client.config_set("timeout", 0)
        assert len(client.time()) == 2
        assert client.client_setname("me") and client.client_getname() == "me"
        assert client.client_info()["name"] == "me"
        assert [found["name"] for found in client.client_list(_type="normal")] == ["me"]
        assert client.command_count() > 50 and "get" in client.command()
        assert client.command_getkeys("MSET", "a", 1, "b", 2) == ["a", "b"]
        assert client.flushdb() and client.flushall(asynchronous=True)
        assert client.lolwut()
        assert client.ping() and client.echo("x") == b"x"
        assert client.swapdb(0, 1)

    def test_decoded_replies_and_pools(self, server):
        pool = redis.ConnectionPool(
            host=server.host, port=server.port, decode_responses=True, max_connections=3
        )
        with redis.Redis(connection_pool=pool) as client:
            client.set("k", "grün")
            assert client.get("k") == "grün"
        with redis.from_url(f"redis://{server.host}:{server.port}/2") as client:
            assert client.get("k") is None
        pool.disconnect()

    def test_health_checks_and_reconnecting(self, server):
        with server.redis(health_check_interval=0.001) as client, server.redis() as killer:
            client.set("k", "v")
            connection = client.connection_pool.get_connection("SET")
            client.connection_pool.release(connection)
            for other in killer.client_list():
                if other["id"] != str(killer.client_id()):
                    killer.client_kill_filter(_id=other["id"])
            assert select.select([connection._sock], [], [], seconds(10))[0]  # The end has come.
            assert client.get("k") == b"v"

    def test_asyncio(self, server):
        async def use():
            import redis.asyncio

            client = redis.asyncio.Redis(host=server.host, port=server.port)
            await asyncio.gather(*[client.incr("k") for _ in range(100)])
            value = await client.get("k")
            await client.close()
            return value

        assert asyncio.run(use()) == b"100"
