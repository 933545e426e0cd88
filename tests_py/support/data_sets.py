"""Whole data sets, the same for the same seed: as commands that make them, and what is to be seen of them."""

import random

from support.generated_values import Texts, generated_values
from support.resp import encode_command, parse

DATABASES = (0, 1, 3, 7, 15)
FAR_MS = 4_000_000_000_000  # The year 2096: nothing ends while a test runs.
BATCH = 200
PUSHES = "for i = 1, 3 do redis.call('RPUSH', KEYS[1], i, ARGV[1]) end"

LIBRARY = """#!lua name=%s
local function answer(keys, args) return %d end
redis.register_function{function_name='%s_answer', callback=answer, flags={'no-writes'}}
"""


def data_set(seed, values=60, prefix=b""):
    """Commands that make so many values of the plain types in several databases, and some of what else is.

    With another prefix they come beside what is there.
    """
    draw = random.Random(seed)
    texts = Texts(draw)
    yield from functions(draw)
    plain = list(generated_values(values, seed))
    draw.shuffle(plain)
    databases = draw.sample(DATABASES, draw.randint(1, len(DATABASES)))
    for place, database in enumerate(databases):
        yield ("SELECT", database)
        names = set()
        for key, commands in plain[place :: len(databases)]:
            name = prefix + binary(draw, key, names)
            yield from ((words[0], name, *without_minus_zero(words)) for words in commands)
            yield from end_of(draw, name)
        for number in range(draw.randint(0, 4)):
            name = prefix + binary(draw, b"stream:%d" % number, names)
            yield from stream(draw, texts, name)
            yield from end_of(draw, name)
        yield from others(draw)
    yield ("SELECT", 0)


def without_minus_zero(words):
    """As a score it becomes 0 in the small encoding and stays in the other, so that limits would be seen."""
    return (b"0" if word == b"-0" and words[0] == "ZADD" else word for word in words[2:])


def functions(draw):
    for number in range(draw.randint(0, 3)):
        name = f"library{number}"
        yield ("FUNCTION", "LOAD", "REPLACE", LIBRARY % (name, draw.randint(0, 1000), name))


def binary(draw, key, names):
    """Some keys have bytes of all kinds, some are long. No two are the same: adds each to the names."""
    form = draw.random()
    name = key
    if form < 0.1:
        name = key + b"\0" + draw.randbytes(draw.choice((1, 20, 70)))
    elif form < 0.2:
        name = b"%d" % draw.getrandbits(draw.choice((7, 15, 31, 63)))
    if name in names:
        name = key
    names.add(name)
    return name


def end_of(draw, key):
    if draw.random() < 0.2:
        yield ("PEXPIREAT", key, FAR_MS + draw.getrandbits(40))


def others(draw):
    """Values that another type holds: HyperLogLogs, places, bits."""
    yield ("PFADD", "hyperloglog", *(draw.getrandbits(20) for _ in range(draw.choice((1, 20, 500)))))
    for number in range(draw.randint(0, 10)):
        yield ("GEOADD", "places", draw.uniform(-180, 180), draw.uniform(-85, 85), f"place {number}")
    yield ("SETBIT", "bits", draw.randint(0, 100_000), 1)


def stream(draw, texts, key):
    """Entries of the same fields and of others, some of them gone; groups that have some pending."""
    ids, at = [], 0
    names = texts.of_one_kind(draw.randint(1, 4))
    for _ in range(draw.choice((1, 3, 40, 150, 400))):
        at += draw.choice((0, 1, 1, 1000, 1 << 33))
        ids.append(b"%d-%d" % (at, len(ids) + 1))
        fields = names if draw.random() < 0.8 else texts.mixed(draw.randint(1, 3))
        pairs = [(name, draw.choice(texts.mixed(2))) for name in fields]
        yield ("XADD", key, ids[-1], *(word for pair in pairs for word in pair))
    for number in range(draw.randint(0, 3)):
        yield from group(draw, key, b"group:%d" % number, ids)
    if draw.random() < 0.5:
        yield ("XDEL", key, *draw.sample(ids, draw.randint(1, len(ids))))
    if draw.random() < 0.3:
        yield ("XTRIM", key, "MAXLEN", *draw.choice((("~", 100), ("=", 30), ("=", 0))))
    if draw.random() < 0.2:
        yield ("XSETID", key, b"%d-%d" % (at + 5, len(ids) + 9), "ENTRIESADDED", 5000, "MAXDELETEDID", ids[0])


def group(draw, key, name, ids):
    yield ("XGROUP", "CREATE", key, name, draw.choice((b"0", b"$", draw.choice(ids))))
    for consumer in range(draw.randint(0, 3)):
        yield ("XREADGROUP", "GROUP", name, b"consumer:%d" % consumer, "COUNT", draw.choice((1, 10, 200)),
               "STREAMS", key, ">")
    yield ("XACK", key, name, *draw.sample(ids, min(len(ids), draw.randint(1, 10))))
    yield ("XCLAIM", key, name, "claimer", 0, draw.choice(ids), "TIME", 1_700_000_000_000, "RETRYCOUNT", 77)
    if draw.random() < 0.3:
        yield ("XGROUP", "CREATECONSUMER", key, name, "idle")


def changes(draw, keys):
    """Writes whose effects are written down in other words than the commands', and some to these keys."""
    for key in draw.sample(keys, len(keys) // 3):
        yield draw.choice((("DEL", key), ("UNLINK", key, "none"), ("PERSIST", key), ("MOVE", key, 3),
                           ("PEXPIREAT", key, FAR_MS), ("EXPIRE", key, 1_000_000),
                           ("COPY", key, b"copy of " + key)))
    yield ("SADD", "popped", *range(20))
    yield ("SPOP", "popped", draw.randint(1, 5))
    yield ("INCRBYFLOAT", "float", draw.uniform(-10, 10))
    yield ("HINCRBYFLOAT", "hash of floats", "field", draw.uniform(-10, 10))
    yield ("SET", "passing", "value", "EX", 1_000_000)
    yield ("GETEX", "passing", *draw.choice((("PERSIST",), ("EX", 2_000_000))))
    yield ("XADD", "journal", "MAXLEN", "~", 10, "*", "field", draw.random())
    yield ("XGROUP", "CREATE", "journal", f"group {draw.random()}", 0)
    yield ("MULTI",)
    yield ("RPUSH", "both", 1, 2, 3)
    yield ("LMOVE", "both", "others", "LEFT", "RIGHT")
    yield ("EXEC",)
    yield ("EVAL", PUSHES, 1, "of a script", draw.random())
    yield ("ZADD", "ranks", 1, "one", 2, "two", "-inf", "least")
    yield ("ZPOPMIN", "ranks")
    yield ("SORT", "both", "BY", "nosort", "STORE", "sorted")


def send(client, commands):
    """Sends them in batches over a RawClient; returns the replies, of which none may be an error."""
    commands, replies = list(commands), []
    for start in range(0, len(commands), BATCH):
        batch = commands[start : start + BATCH]
        client.send(b"".join(map(encode_command, batch)))
        for words in batch:
            reply = parse(client.read_answer())
            assert not reply.is_error, f"{words[:4]}: {reply}"
            replies.append(reply.to_python())
    return replies


def shown(client, unseen=()):
    """What is to be seen of a data set: by database and key; libraries; and the digest of it all.

    Facts of streams that have these names are left out.
    """
    seen = {"functions": sorted(map(repr, client.ask("FUNCTION", "LIST", "WITHCODE")))}
    for database in DATABASES:
        client.ask("SELECT", database)
        keys = sorted(client.ask("KEYS", "*"))
        types = send(client, [("TYPE", key) for key in keys])
        digests = send(client, [("DEBUG", "DIGEST-VALUE", key) for key in keys])
        ends = send(client, [("PEXPIRETIME", key) for key in keys])
        for key, kind, digest, end in zip(keys, types, digests, ends):
            seen[database, key] = (kind, digest, end)
        streams = [key for key, kind in zip(keys, types) if kind == b"stream"]
        for key, facts in zip(streams, send(client, [("XINFO", "STREAM", key, "FULL", "COUNT", 0)
                                                     for key in streams])):
            seen[database, key] += (_without(facts, unseen),)
    client.ask("SELECT", 0)
    seen["digest"] = client.ask("DEBUG", "DIGEST")
    return seen


def _without(facts, unseen):
    """Of lists in lists, the names and what follows each."""
    if not isinstance(facts, list):
        return facts
    kept = [place for place, fact in enumerate(facts)
            if not any(isinstance(part, bytes) and part in unseen for part in (fact, facts[place - 1]))]
    return [_without(facts[place], unseen) for place in kept]


def differences(left, right):
    """A line for each thing that isn't the same in both."""
    return [f"{what}: {str(left.get(what))[:300]} | {str(right.get(what))[:300]}"
            for what in {**left, **right} if left.get(what) != right.get(what)]
