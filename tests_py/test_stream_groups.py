"""Consumer groups on several reactors: whatever becomes of the consumers, every entry is dealt with once."""

import itertools
import random
import threading

from support.clients import interrupt, leave
from support.resp import ConnectionClosed, encode_command, parse
from support.server import eventually
from support.settings import LOAD_SCALE, seconds

CONSUMERS = int(8 * LOAD_SCALE)
PRODUCERS = 4
ENTRIES = int(16_000 * LOAD_SCALE**2)  # At full size 100,000.
KILLED = int(25 * LOAD_SCALE)
AT_ONCE = 10
CLAIM_AFTER_MS = 20


class Consumer:
    """A client that reads, claims and acknowledges until the work is done or it is killed."""

    def __init__(self, server, name, done):
        self.connection = server.raw(seconds(60))
        self.name, self.done = name, done
        self.delivered = []
        self.acknowledged = []  # Of which it was told that nobody had done so before.
        self.in_doubt = []      # What it was acknowledging when it was killed.
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            for turn in itertools.count(1):
                if self.done.is_set():
                    return
                self.acknowledge(self.read())
                if turn % 10 == 0 or not self.delivered:
                    self.acknowledge(self.claim())
        except (ConnectionClosed, OSError, ValueError):
            pass  # Killed.
        finally:
            # Not by who kills it: poll() would go on waiting for a new connection of the same number.
            self.connection.close()

    def read(self):
        reply = self.connection.ask("XREADGROUP", "GROUP", "group", self.name, "COUNT", AT_ONCE, "BLOCK", 20,
                                    "STREAMS", "stream", ">")
        return [entry for entry, _ in reply[0][1]] if reply else []

    def claim(self):
        reply = self.connection.ask("XAUTOCLAIM", "stream", "group", self.name, CLAIM_AFTER_MS, "-", "COUNT",
                                    AT_ONCE)
        return [entry for entry, _ in reply[1]]

    def acknowledge(self, entries):
        """One by one, so that it is known which of them were acknowledged now."""
        self.delivered += entries
        self.in_doubt = list(entries)
        self.connection.send(b"".join(encode_command(["XACK", "stream", "group", each]) for each in entries))
        for entry in entries:
            if self.connection.read_answer() == b":1\r\n":
                self.acknowledged.append(entry)
            self.in_doubt.remove(entry)


def produce(server, number, added):
    with server.raw(seconds(60)) as client:
        for start in range(number, ENTRIES, PRODUCERS * AT_ONCE):
            elements = range(start, min(start + PRODUCERS * AT_ONCE, ENTRIES), PRODUCERS)
            client.send(b"".join(encode_command(["XADD", "stream", "*", "n", each]) for each in elements))
            added += [parse(client.read_answer()).value for _ in elements]


def test_every_entry_is_acknowledged_once_though_consumers_are_killed(start_server):
    server = start_server("--reactors", 2)
    chance = random.Random(1)
    done = threading.Event()
    added = []
    names = (f"consumer:{number}" for number in itertools.count())
    with server.raw(seconds(60)) as client:
        client.ask("XGROUP", "CREATE", "stream", "group", "$", "MKSTREAM")

        def started():
            consumer = Consumer(server, next(names), done)
            consumer.thread.start()
            return consumer

        alive = [started() for _ in range(CONSUMERS)]
        everybody = list(alive)
        producers = [threading.Thread(target=produce, args=(server, number, added))
                     for number in range(PRODUCERS)]
        for thread in producers:
            thread.start()
        # Spread over the work, but for its end: the others must have something left to claim.
        for enough in sorted(chance.randrange(ENTRIES * 9 // 10) for _ in range(KILLED)):
            eventually(lambda: sum(len(each.acknowledged) for each in everybody) >= enough, within=60)
            victim = chance.randrange(CONSUMERS)
            chance.choice([interrupt, leave])(alive[victim].connection)
            alive[victim] = started()
            everybody.append(alive[victim])
        for thread in producers:
            thread.join()
        assert len(set(added)) == ENTRIES

        def figures():
            group = client.ask("XINFO", "GROUPS", "stream")[0]
            return dict(zip(group[::2], group[1::2]))

        eventually(lambda: figures()[b"lag"] == 0 and figures()[b"pending"] == 0, within=60)
        done.set()
        for each in everybody:
            each.thread.join()
        assert figures()[b"entries-read"] == ENTRIES
        assert client.ask("XLEN", "stream") == ENTRIES

    acknowledged = [entry for each in everybody for entry in each.acknowledged]
    in_doubt = {entry for each in everybody for entry in each.in_doubt}
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(added) - set(acknowledged) <= in_doubt
    assert len(in_doubt) <= KILLED * AT_ONCE
    # Those that came in the place of others worked too.
    assert sum(bool(each.acknowledged) for each in everybody) > CONSUMERS
