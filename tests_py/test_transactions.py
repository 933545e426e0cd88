"""Transactions on several reactors: what EXEC does is seen whole or not at all."""

import concurrent.futures
import random
import threading
import time

from support.resp import encode_command, parse
from support.settings import LOAD_SECONDS, seconds

ACCOUNTS = [f"account:{number}" for number in range(1000)]
START = 1000
TOTAL = START * len(ACCOUNTS)
CLIENTS = 50           # Every other one transfers under WATCH.
PIPELINED = 50         # Plain transfers in one write: they keep the reactors busy.
BATCHES = 20           # Prepared beforehand, and sent again and again.
READ_TOGETHER = 50     # The checker's transaction reads so many balances with each of its commands.
LEAST = 20             # Transfers of each kind, refusals and checks without which there was nothing to see.

QUEUED = b"+QUEUED\r\n"
LOOK = b"".join(
    encode_command(words)
    for words in [
        ("MULTI",),
        *(("MGET", *ACCOUNTS[first : first + READ_TOGETHER])
          for first in range(0, len(ACCOUNTS), READ_TOGETHER)),
        ("EXEC",),
    ]
)


class Bank:
    """Clients that move money until they are told to stop, and count what they did."""

    def __init__(self, server):
        self.server = server
        self.stopped = threading.Event()
        self.plain = [0] * CLIENTS
        self.watched = [0] * CLIENTS
        self.refused = [0] * CLIENTS
        self.totals = []       # What the checker has seen.

    def was_exercised(self):
        counts = (sum(self.plain), sum(self.watched), sum(self.refused), len(self.totals))
        return min(counts) >= LEAST

    def move_money(self, number):
        chance = random.Random(number)
        with self.server.raw(timeout=120) as client:
            if number % 2:
                self._transfer_under_watch(client, number, chance)
            else:
                self._transfer_plainly(client, number, chance)

    def _transfer_under_watch(self, client, number, chance):
        while not self.stopped.is_set():
            amount = chance.randrange(1, 10)
            source, target = accounts = chance.sample(ACCOUNTS, 2)
            client.send(encode_command(("WATCH", *accounts)) + encode_command(("MGET", *accounts)))
            left, there = map(int, [parse(reply) for reply in client.read_replies(2)][1].to_python())
            change = ("MSET", source, left - amount, target, there + amount)
            if chance.random() < 0.5:
                changes = [change]
            else:
                changes = [("SET", source, left - amount), ("SET", target, there + amount)]
            client.send(b"".join(map(encode_command, [("MULTI",), *changes, ("EXEC",)])))
            answer = parse(client.read_replies(2 + len(changes))[-1]).to_python()
            assert answer in (None, [b"OK"] * len(changes))
            (self.watched if answer else self.refused)[number] += 1

    def _transfer_plainly(self, client, number, chance):
        batches = [b"".join(plain_transfer(chance) for _ in range(PIPELINED)) for _ in range(BATCHES)]
        while not self.stopped.is_set():
            client.send(chance.choice(batches))
            for _ in range(PIPELINED):
                replies = client.read_replies(4)
                assert replies[:3] == [b"+OK\r\n", QUEUED, QUEUED] and replies[3].startswith(b"*2\r\n:")
            self.plain[number] += PIPELINED

    def check(self):
        with self.server.raw(timeout=120) as client:
            while not self.stopped.is_set():
                client.send(LOOK)
                *_, answer = client.read_replies(len(ACCOUNTS) // READ_TOGETHER + 2)
                balances = [int(balance) for part in parse(answer).to_python() for balance in part]
                assert len(balances) == len(ACCOUNTS)
                self.totals.append(sum(balances))
                assert self.totals[-1] == TOTAL


def plain_transfer(chance):
    amount = chance.randrange(1, 10)
    source, target = chance.sample(ACCOUNTS, 2)
    changes = [("DECRBY", source, amount), ("INCRBY", target, amount)]
    chance.shuffle(changes)
    return b"".join(map(encode_command, [("MULTI",), *changes, ("EXEC",)]))


def test_money_is_neither_made_nor_lost(start_server):
    """Moved under WATCH and without it at once, while a checker reads all the balances in a transaction."""
    server = start_server("--reactors", 2)
    with server.redis() as client:
        client.mset(dict.fromkeys(ACCOUNTS, START))
    bank = Bank(server)
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS + 1) as pool:
        working = [pool.submit(bank.move_money, number) for number in range(CLIENTS)]
        working.append(pool.submit(bank.check))
        try:
            while (now := time.monotonic()) < begin + LOAD_SECONDS or not bank.was_exercised():
                assert now < begin + LOAD_SECONDS + seconds(60), "too little has happened"
                done, _ = concurrent.futures.wait(working, 0.1, concurrent.futures.FIRST_COMPLETED)
                for each in done:
                    each.result()  # Nobody may end before all are told to.
        finally:
            bank.stopped.set()
        for each in working:
            each.result()
    print(f"{sum(bank.plain)} plain transfers, {sum(bank.watched)} under WATCH, {sum(bank.refused)} refused, "
          f"{len(bank.totals)} times all balances")
    with server.redis() as client:
        assert sum(map(int, client.mget(ACCOUNTS))) == TOTAL


def test_client_list_tells_what_is_queued_and_that_a_watched_key_was_touched(server):
    with server.raw() as client, server.raw() as other:
        number = client.ask("CLIENT", "ID")
        client.ask("WATCH", "k")
        client.ask("MULTI")
        client.ask("GET", "k")
        client.ask("SET", "k", "1")
        assert told(other, number) == {"cmd": "set", "flags": "x", "multi": "2"}
        other.ask("SET", "k", "2")
        assert told(other, number) == {"cmd": "set", "flags": "xd", "multi": "2"}
        client.ask("EXEC")
        assert told(other, number) == {"cmd": "exec", "flags": "N", "multi": "-1"}


def told(other, number):
    fields = dict(word.split("=", 1) for word in other.ask("CLIENT", "LIST", "ID", number).decode().split())
    return {name: fields[name] for name in ("cmd", "flags", "multi")}


def test_what_a_transaction_publishes_to_its_own_client_comes_before_what_is_published_later(server):
    with server.raw() as client:
        client.command("HELLO", 3)
        client.send(b"".join(encode_command(words) for words in (
            ["SUBSCRIBE", "c"], ["MULTI"], ["PUBLISH", "c", "1"], ["EXEC"], ["PUBLISH", "c", "2"], ["PING"])))
        while client.read_answer() != b"+PONG\r\n":
            pass
        assert [parse(push).to_python()[-1] for push in client.pushes] == [1, b"1", b"2"]
