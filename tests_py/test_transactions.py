"""Transactions on several reactors: what EXEC does is seen whole or not at all."""

import random
import threading

import pytest
from redis.exceptions import WatchError

ACCOUNTS = [f"account:{number}" for number in range(50)]
TRANSFERS = 200
CLIENTS = 8
START = 1000


def transfer_with_watch(client, source, target, amount):
    with client.pipeline() as transaction:
        while True:
            try:
                transaction.watch(source, target)
                balances = [int(transaction.get(account)) for account in (source, target)]
                transaction.multi()
                transaction.set(source, balances[0] - amount)
                transaction.set(target, balances[1] + amount)
                transaction.execute()
                return
            except WatchError:
                pass


def transfer_plainly(client, source, target, amount):
    with client.pipeline(transaction=True) as transaction:
        transaction.decrby(source, amount).incrby(target, amount).execute()


@pytest.mark.parametrize("transfer", [transfer_with_watch, transfer_plainly])
def test_money_is_neither_made_nor_lost(start_server, transfer):
    server = start_server("--reactors", 2)
    with server.redis() as client:
        client.mset({account: START for account in ACCOUNTS})
    done = threading.Event()
    totals = []

    def move_money(number):
        chance = random.Random(number)
        with server.redis() as client:
            for _ in range(TRANSFERS):
                transfer(client, *chance.sample(ACCOUNTS, 2), chance.randrange(10))

    def check():
        with server.redis() as client:
            while not done.is_set():
                with client.pipeline(transaction=True) as transaction:
                    for account in ACCOUNTS:
                        transaction.get(account)
                    totals.append(sum(map(int, transaction.execute())))

    checker = threading.Thread(target=check)
    checker.start()
    movers = [threading.Thread(target=move_money, args=(number,)) for number in range(CLIENTS)]
    for thread in movers:
        thread.start()
    for thread in movers:
        thread.join()
    done.set()
    checker.join()
    assert set(totals) == {START * len(ACCOUNTS)}
