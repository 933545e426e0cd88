"""DUMP and RESTORE: payloads by hand, the options, and what must be refused.

What is restored shows in its encoding and its digest. Redis looks at all of a payload only when told to. It
takes the version and the checksum for a part of a value that is up to ten bytes too short, which Pongo
refuses: values here are shorter than that, or not at all.
"""

import struct

from support.edge_values import BINARY, EXPIRIES, INTEGERS
from support.object_format import (
    intset, length, listpack, opened, score, sealed, string, strings, text_score, typed, ziplist, zipmap
)
from support.sequences import each, on, sequence

SHOW = ["TYPE k", "OBJECT ENCODING k", "DEBUG DIGEST-VALUE k", "PTTL k"]
HELLO = typed(0, string(b"hello"))
OTHER = typed(0, string(b"other"))
THREE = typed(18, length(1), length(2), string(listpack(b"a", b"1", b"-70000")))
FAR = "33177117420000"
DEEP = "CONFIG SET sanitize-dump-payload yes"
INTEGER_EDGES = [
    b"%d" % (sign * (1 << bits) + step)
    for bits in (0, 3, 4, 6, 7, 8, 12, 13, 15, 16, 23, 24, 31, 32, 63)
    for sign in (1, -1)
    for step in (-1, 0, 1)
    if -(1 << 63) <= sign * (1 << bits) + step < 1 << 63
]
TEXTS = [b"", b"a", b"x" * 63, b"x" * 64, b"x" * 300, b"x" * 5000, *BINARY]


def restored(payload, key="k"):
    return [("RESTORE", key, "0", payload, "REPLACE"), *SHOW]


def refused(name, *payloads):
    return sequence(name, DEEP, [restored(payload) for payload in payloads], "DBSIZE")


STRINGS = [
    sequence("DUMP of strings", "DUMP missing", each(INTEGER_EDGES + TEXTS, "SET k ?", "DUMP k")),
    sequence(
        "DUMP compresses long strings, unless told not to", ("SET", "k", "abcd" * 1000), "DEBUG OBJECT k",
        "CONFIG SET rdbcompression no", "DUMP k", "CONFIG SET rdbcompression yes",
        [[("SET", "k", "a" * size), "DUMP k"] for size in (4, 19, 20, 21, 22, 63, 64, 16383, 16384)],
    ),
    sequence("what DUMP returns is what RESTORE takes", [
        [("SET", "k", text), restored(typed(0, string(text)))] for text in TEXTS + INTEGERS
    ]),
    sequence("integers in every form", restored(typed(0, b"\xc0\x85")), restored(typed(0, b"\xc1\x00\x80")),
        restored(typed(0, b"\xc2\xff\xff\xff\x7f")), restored(typed(0, b"\x80\x00\x00\x00\x02-7"))),
    sequence("lengths in every form", restored(typed(0, b"\x40\x03abc")),
        restored(typed(0, b"\x80\x00\x00\x00\x03abc")),
        restored(typed(0, b"\x81\x00\x00\x00\x00\x00\x00\x00\x03abc"))),
    sequence("compressed strings", restored(typed(0, b"\xc3\x06\x15\x01aa\xe0\x0a\x00\x0a\x00")),
        restored(typed(0, b"\xc3\x04\x0b\x01ab\xe0\x00\x01")),
        restored(typed(0, b"\xc3\x04\x03\x02abc"))),
    sequence("what stands behind the value is ignored", restored(sealed(opened(HELLO) + b"garbage"))),
    sequence("payloads of older versions", *[restored(sealed(opened(HELLO), version))
        for version in (0, 1, 6, 9)]),
    refused("strings that are none", typed(0), typed(0, b"\xc4\x01"), typed(0, b"\xff"),
        typed(0, b"\x82\x00\x00\x00\x01a"), typed(0, b"\xbf\x00\x00\x00\x01a"),
        typed(0, b"\x81\xff\xff\xff\xff\xff\xff\xff\xffabc"), typed(0, b"\x80\xff\xff\xff\xffabc"),
        typed(0, b"\xc3\x02\x05\x01a"), typed(0, b"\xc3\x00\x00"), typed(0, b"\xc3\x04\x05\xe0\x00\x01a"),
        typed(0, b"\xc3\x06\x81\x7f\xff\xff\xff\xff\xff\xff\xff\x01aa\xe0\x0a\x00"),
        typed(0, b"\xc3\x06\x14\x01aa\xe0\x0a\x00")),
    refused("types that there are not", *[typed(number, b"\x01\x01a") for number in (6, 8, 22, 99, 255)]),
]

LISTS = [
    sequence("DUMP of lists", *[
        ["DEL k", ("RPUSH", "k", *texts), "DUMP k", "DEBUG OBJECT k"]
        for texts in ([b"1"], [b"a", b"b"], INTEGER_EDGES, TEXTS, [b"element:%d" % i for i in range(500)])
    ]),
    sequence("DUMP of a list whose element does not fit", "RPUSH k a", ("RPUSH", "k", "x" * 9000), "DUMP k",
        "RPUSH k b", "DUMP k"),
    sequence("a list of single strings", *[
        restored(typed(1, length(len(texts)), strings(*texts)))
        for texts in ([b"a"], [b"1", b"2"], TEXTS, INTEGER_EDGES, [b"x" * 30] * 1000)
    ], "LRANGE k 0 3"),
    sequence("a list as a ziplist", *[
        restored(typed(10, string(ziplist(*texts)))) for texts in ([b"a"], TEXTS, INTEGER_EDGES,
            [b"x" * 30] * 400)
    ], "LRANGE k 0 3"),
    sequence("a list as ziplists", restored(typed(14, length(3), string(ziplist(b"a", b"1")),
        string(ziplist()), string(ziplist(b"b")))), "LRANGE k 0 -1"),
    sequence("a list as listpacks", restored(THREE), restored(typed(18, length(4), length(2),
        string(listpack(*TEXTS)), length(2), string(listpack()), length(1), string(b"12"), length(2),
        string(listpack(*INTEGER_EDGES)))), "LRANGE k 0 -1", "LINDEX k -5", "LPUSH k x", "LREM k 0 a",
        "LLEN k"),
    sequence("a restored list lives on", restored(THREE), "RPUSH k x", "LPOP k 2", "LSET k 0 y",
        "LRANGE k 0 -1",
        "LPOP k 9", "EXISTS k"),
    sequence("a listpack larger than the limit", "CONFIG SET list-max-listpack-size 2", restored(THREE),
        "RPUSH k x y z", "LINSERT k BEFORE 1 q", "LRANGE k 0 -1"),
    refused("lists that are none", typed(1, length(0)), typed(1, length(2), strings(b"a")),
        typed(1, b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff", strings(b"a")), typed(10, string(ziplist())),
        typed(10, string(b"")), typed(10, string(b"no ziplist at all")), typed(14, length(0)),
        typed(14, length(1), string(ziplist())), typed(18, length(0)),
        typed(18, length(1), length(2), string(listpack())),
        typed(18, length(1), length(3), string(listpack(b"a"))),
        typed(18, length(1), length(2), string(b"")), typed(18, length(1), length(2), string(b"text")),
        typed(18, length(2), length(2), string(listpack(b"a")))),
]

SETS = [
    sequence("a set of single strings", *[
        restored(typed(2, length(len(texts)), strings(*texts)))
        for texts in ([b"1"], [b"a"], [b"1", b"a"], [b"a", b"1"], TEXTS, sorted(set(INTEGER_EDGES)),
            [b"%d" % i for i in range(512)], [b"%d" % i for i in range(513)],
            [b"member:%d" % i for i in range(1000)], [b"x" * 70, b"1"])
    ], "SISMEMBER k 1", "SCARD k", "SREM k 1", "SADD k new 2", "SCARD k"),
    sequence("a set as an intset", *[
        restored(typed(11, string(intset(*numbers, width=width))))
        for numbers, width in (([5], 2), ([-3, 7], 4), ([-1, 0, 1], 8), (range(512), 2), (range(513), 2),
            ([-(1 << 63), (1 << 63) - 1], 8))
    ], "SMEMBERS k"),
    sequence("DUMP of intsets", "SADD k 1 2 3", "DUMP k", "DEBUG OBJECT k", "SADD k 70000", "DUMP k",
        "SADD k 99999999999", "DUMP k", "DEL k", "SADD k a", "DUMP k", "DEBUG OBJECT k"),
    sequence("an intset larger than the limit", "CONFIG SET set-max-intset-entries 2",
        restored(typed(11, string(intset(1, 2, 3)))), "SADD k 4", "SCARD k",
        restored(typed(11, string(intset(1, 2))))),
    refused("sets that are none", typed(2, length(0)), typed(2, length(2), strings(b"a")),
        typed(2, length(2), strings(b"a", b"a")), typed(2, length(2), strings(b"1", b"1")),
        typed(2, length(2), strings(b"a"), b"\xc0\x01", strings(b"1")),
        typed(2, length(3), strings(b"1", b"a", b"1")),
        typed(2, b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff", strings(b"a")), typed(11, string(b"")),
        typed(11, string(intset())), typed(11, string(intset(2, 1))), typed(11, string(intset(1, 1))),
        typed(11, string(intset(1) + b"x")), typed(11, string(intset(1, 2)[:-2])),
        typed(11, string(b"\x03" + intset(1)[1:]))),
]


def numbered(fields):
    return [b"%s:%d" % (word, i) for i in range(fields) for word in (b"field", b"value")]


FIELDS = [[b"a", b"1"], [b"1", b"a", b"2", b"a"], [b"", b""], [b"long", b"x" * 65], [b"x" * 65, b"long"],
          [b"a", b"x" * 64], numbered(512), numbered(513), numbered(5000)]
UNUSUAL_FIELDS = [[b"a", b"x" * 253], [b"a", b"x" * 254], [b"x" * 300, b"y" * 70000]]
HASHES = [
    sequence("DUMP of small hashes", "HSET k a 1 b 22222 c text", "DUMP k", "DEBUG OBJECT k", "HSET k a long",
        "DUMP k", "CONFIG SET rdbcompression no", "DUMP k"),
    sequence("DUMP of a hash that is a table", ("HSET", "k", "a", "x" * 65), "DUMP k", "HSET k a 1", "DUMP k",
        "DEBUG OBJECT k", "HSET k a 70000", "DUMP k", "HSET k a 2147483648", "DUMP k"),
    sequence("a hash of single strings", *[
        restored(typed(4, length(len(texts) // 2), strings(*texts))) for texts in FIELDS + UNUSUAL_FIELDS
    ], "HSET k new 1", "HLEN k"),
    sequence("a hash as a ziplist", *[
        restored(typed(13, string(ziplist(*texts)))) for texts in FIELDS + UNUSUAL_FIELDS
    ], "HSET k new 1", "HLEN k"),
    sequence("a hash as a listpack", *[
        restored(typed(16, string(listpack(*texts)))) for texts in FIELDS + UNUSUAL_FIELDS
    ], "HSET k new 1", "HLEN k"),
    sequence("a hash as a zipmap", *[
        [restored(typed(9, string(zipmap(*texts)))), restored(typed(9, string(zipmap(*texts, unused=3))))]
        for texts in FIELDS[:7] + UNUSUAL_FIELDS
    ], "HSET k new 1", "HLEN k"),
    sequence("a restored hash lives on", restored(typed(16, string(listpack(b"a", b"1", b"b", b"2")))),
        "HINCRBY k a 5", "HSET k c 3 a text", "HGETALL k", "HDEL k a b", "HGET k c", "HDEL k c", "EXISTS k"),
    sequence("a hash larger than the limits", "CONFIG SET hash-max-listpack-entries 2", *[
        restored(typed(16, string(listpack(*numbered(fields))))) for fields in (2, 3)
    ], "HGET k field:2", "CONFIG SET hash-max-listpack-value 3", *[
        restored(typed(4, length(1), strings(*texts))) for texts in ([b"abc", b"def"], [b"abc", b"defg"])
    ]),
    refused("hashes that are none", typed(4, length(0)), typed(4, length(1), strings(b"a")),
        typed(4, length(2), strings(b"a", b"1", b"a", b"2")),
        typed(4, length(2), strings(b"1", b"1"), b"\xc0\x01", strings(b"2")),
        typed(4, b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff", strings(b"a", b"b")),
        typed(4, length(600), strings(*numbered(599))),
        typed(4, length(600), strings(*numbered(599)), strings(b"field:1", b"x")),
        typed(9, string(b"")), typed(9, string(zipmap())), typed(9, string(zipmap(b"a", b"1", b"a", b"2"))),
        typed(13, string(ziplist())), typed(13, string(ziplist(b"a"))),
        typed(13, string(ziplist(b"a", b"1", b"a", b"2"))), typed(16, string(listpack())),
        typed(16, string(listpack(b"a", b"1", b"b"))), typed(16, string(listpack(b"a", b"1", b"a", b"2"))),
        typed(16, string(listpack(*numbered(600), b"field:1", b"x")))),
]


def scored(members):
    return [word for i in range(members) for word in (b"member:%04d" % i, b"%d.5" % i)]


ITEMS = [[b"a", b"1"], [b"1", b"-0.5", b"a", b"0", b"b", b"0"], [b"x", b"-inf", b"y", b"inf"],
         [b"", b"1e300"], [b"x" * 64, b"1"], [b"x" * 65, b"1"], [b"tiny", b"4.9406564584124654e-324"],
         scored(128), scored(129), scored(3000)]


def with_scores(items, form, backwards=False):
    """The items as strings and scores."""
    pairs = list(zip(items[::2], items[1::2]))
    if backwards:
        pairs.reverse()
    return length(len(pairs)) + b"".join(string(member) + form(number.decode()) for member, number in pairs)


def binary_score(number):
    return score(float(number))


SORTED_SETS = [
    sequence("DUMP of sorted sets", "ZADD k 1 a 2 b -0.5 c inf d", "DUMP k", "DEBUG OBJECT k",
        "ZADD k 3.25 a",
        "DUMP k", ("ZADD", "k", "7", "x" * 65), "DUMP k", "DEBUG OBJECT k", "ZADD k 3 70000 3 a -inf z",
        "DUMP k"),
    sequence("a sorted set with binary scores", *[
        restored(typed(5, with_scores(items, binary_score, backwards)))
        for items in ITEMS for backwards in (False, True)
    ], "ZRANK k member:0100", "ZADD k 5 new", "ZRANGE k 0 3 WITHSCORES"),
    sequence("a sorted set with scores in digits", *[
        restored(typed(3, with_scores(items, text_score))) for items in ITEMS
    ], "ZRANK k member:0100", "ZADD k 5 new", "ZRANGE k 0 3 WITHSCORES"),
    sequence("a sorted set as a ziplist", *[
        restored(typed(12, string(ziplist(*items)))) for items in ITEMS
    ], "ZRANK k member:0100", "ZADD k 5 new", "ZRANGE k 0 3 WITHSCORES"),
    sequence("a sorted set as a listpack", *[
        restored(typed(17, string(listpack(*items)))) for items in ITEMS
    ], "ZRANK k member:0100", "ZADD k 5 new", "ZRANGE k 0 3 WITHSCORES"),
    sequence("a restored sorted set lives on", restored(typed(17, string(listpack(b"a", b"1", b"b", b"2")))),
        "ZINCRBY k 5 a", "ZADD k 1 c", "ZRANGE k 0 -1 WITHSCORES", "ZPOPMIN k 3", "EXISTS k"),
    sequence("a sorted set larger than the limits", "CONFIG SET zset-max-listpack-entries 2", *[
        restored(typed(17, string(listpack(*scored(members))))) for members in (2, 3)
    ], "ZRANGE k 0 -1", "CONFIG SET zset-max-listpack-value 3", *[
        restored(typed(5, with_scores([member, b"1"], binary_score))) for member in (b"abc", b"abcd")
    ]),
    refused("sorted sets that are none", typed(5, length(0)), typed(5, length(2), string(b"a"), score(1)),
        typed(5, with_scores([b"a", b"nan"], binary_score)), typed(3, with_scores([b"a", b"nan"],
            text_score)),
        typed(3, with_scores([b"a", b"x"], text_score)), typed(3, with_scores([b"a", b""], text_score)),
        typed(5, with_scores([b"a", b"1", b"a", b"2"], binary_score)),
        typed(3, with_scores([b"1", b"1", b"1", b"2"], text_score)),
        typed(5, with_scores([*scored(300), b"member:0001", b"9"], binary_score)),
        typed(5, b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff", string(b"a"), score(1)),
        typed(12, string(ziplist())), typed(12, string(ziplist(b"a"))),
        typed(12, string(ziplist(b"a", b"1", b"a", b"1"))), typed(17, string(listpack())),
        typed(17, string(listpack(b"a"))), typed(17, string(listpack(b"a", b"1", b"a", b"1"))),
        typed(17, string(listpack(*scored(300), b"member:0001", b"1000")))),
]


def damages(data):
    """Each byte changed in turn."""
    return [data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :] for at in range(len(data))
            for bit in (0x01, 0x80)]


def stream_id(ms, seq=0):
    return struct.pack(">QQ", ms, seq)


def block(live, deleted, *entries, fields=(b"f",)):
    """A block of a stream; an entry is its elements."""
    head = [b"%d" % live, b"%d" % deleted, b"%d" % len(fields), *fields, b"0"]
    return listpack(*head, *(element for entry in entries for element in entry))


def same(ms, value, flags=2):
    return [b"%d" % flags, b"%d" % ms, b"0", value, b"4"]


def other(ms, name, value, flags=0):
    return [b"%d" % flags, b"%d" % ms, b"0", b"1", name, value, b"6"]


BLOCK = block(2, 1, same(0, b"a"), same(1, b"b", flags=3), other(2, b"g", b"c"))


def stream(*blocks, size=2, last=12, figures=None, groups=()):
    """Of Redis 7.0; a block is its id and its bytes."""
    rows = b"".join(string(stream_id(ms)) + string(data) for ms, data in blocks)
    numbers = (size, last, 0, 10, 0, 11, 0, 3) if figures is None else figures
    return typed(19, length(len(blocks)), rows, b"".join(map(length, numbers)), length(len(groups)),
                 *groups)


def pending(ms, deliveries=1):
    return stream_id(ms) + struct.pack("<q", 1_700_000_000_000) + length(deliveries)


def consumer(name, *ids):
    return string(name) + struct.pack("<q", 1_700_000_000_000) + length(len(ids)) + b"".join(map(stream_id,
                                                                                             ids))


def group(name, waits=(), consumers=()):
    return (string(name) + length(12) + length(0) + length(3) + length(len(waits)) +
            b"".join(map(pending, waits)) + length(len(consumers)) + b"".join(consumers))


USED = group(b"g", [10, 12], [consumer(b"c", 10), consumer(b"d", 12)])
STREAM = stream((10, BLOCK), groups=[USED])
STREAMS = [
    sequence("a stream and its groups", restored(STREAM), "XRANGE k - +", "XINFO STREAM k",
        "XINFO GROUPS k", "XPENDING k g", "XREADGROUP GROUP g c STREAMS k 0", "XADD k 20 f v", "XDEL k 10",
        "XREADGROUP GROUP g d STREAMS k >", "XACK k g 10 20", "XRANGE k - +"),
    sequence("a restored stream is trimmed", restored(STREAM), "XTRIM k MAXLEN 1", "XRANGE k - +",
        "XDEL k 12", "XINFO STREAM k", "XADD k 13 f v", "XRANGE k - +"),
    refused("streams that are none", typed(19), typed(19, length(1)), typed(15, length(1)),
        stream((10, b"")), stream((10, b"no listpack at all")), stream((10, listpack())),
        stream((10, block(0, 0)), size=0), stream((10, listpack(b"a", b"b"))),
        typed(19, length(1), string(b"short id"), string(BLOCK), b"".join(map(length,
            (2, 12, 0, 10, 0, 11, 0, 3, 0)))),
        stream((10, BLOCK), (10, BLOCK), size=4), stream((10, block(1, 1, same(0, b"a"))), size=1),
        stream((10, block(1, 0, same(0, b"a"), same(1, b"b"))), size=1),
        stream((10, block(1, 0, [b"2", b"0", b"0", b"a", b"5"])), size=1),
        stream((10, block(1, 0, [b"2", b"x", b"0", b"a", b"4"])), size=1),
        stream((10, block(1, 0, [b"0", b"0", b"0", b"9", b"g", b"c", b"6"])), size=1),
        stream((10, block(1, 0, same(0, b"a"), fields=[])), size=1),
        stream(size=5), stream((10, BLOCK), figures=(2, 12)),
        typed(19, b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff", string(stream_id(10)), string(BLOCK))),
    refused("groups that are none", *[stream((10, BLOCK), groups=groups) for groups in (
        [USED, USED], [USED[:-1]], [USED[:-20]], [USED[:9]],
        [group(b"g", [10], [consumer(b"c", 10, 12)])], [group(b"g", [10, 10], [consumer(b"c", 10)])],
        [group(b"g", [10], [consumer(b"c", 10), consumer(b"c")])],
        [group(b"g", [10, 12], [consumer(b"c", 10, 10), consumer(b"d", 12)])],
        [group(b"g", [10, 12], [consumer(b"c", 10)])],
    )]),
]

DAMAGED = [
    refused("damaged ziplists of a list", *[typed(10, string(data))
        for data in damages(ziplist(b"ab", b"1", b"-70000"))]),
    refused("damaged listpacks of a list", *[typed(18, length(1), length(2), string(data))
        for data in damages(listpack(b"ab", b"1", b"-70000"))]),
    refused("damaged listpacks of a hash", *[typed(16, string(data))
        for data in damages(listpack(b"ab", b"1", b"1000", b"text"))]),
    refused("damaged ziplists of a hash", *[typed(13, string(data))
        for data in damages(ziplist(b"ab", b"1", b"1000", b"text"))]),
    refused("damaged zipmaps", *[typed(9, string(data))
        for data in damages(zipmap(b"ab", b"1", b"1000", b"text"))]),
    refused("damaged intsets", *[typed(11, string(data)) for data in damages(intset(-7, 300, 301))]),
]

OPTIONS = [
    sequence("RESTORE does not overwrite, unless told to", ("RESTORE", "k", "0", HELLO), *SHOW,
        ("RESTORE", "k", "0", OTHER), "GET k", ("RESTORE", "k", "0", OTHER, "replace"), "GET k"),
    sequence("RESTORE with a TTL", ("RESTORE", "k", "100000", HELLO), *SHOW, "TTL k",
        ("RESTORE", "k", "0", HELLO, "REPLACE"), "PTTL k",
        ("RESTORE", "k", FAR, HELLO, "REPLACE", "ABSTTL"), "PEXPIRETIME k"),
    sequence("RESTORE with a TTL that is an edge", [
        [("RESTORE", "k", ttl, HELLO, "REPLACE", *absolute), "EXISTS k"]
        for ttl in EXPIRIES + INTEGERS for absolute in ([], ["ABSTTL"])
    ]),
    sequence("RESTORE with a time that has passed", ("RESTORE", "k", "1", HELLO, "ABSTTL"), "EXISTS k",
        "SET k v", ("RESTORE", "k", "1", HELLO, "ABSTTL"), "GET k",
        ("RESTORE", "k", "1", HELLO, "ABSTTL", "REPLACE"), "EXISTS k"),
    sequence("RESTORE with how long the key was idle", ("RESTORE", "k", "0", HELLO, "IDLETIME", "1000"),
        "OBJECT IDLETIME k", [("RESTORE", "k", "0", HELLO, "REPLACE", "IDLETIME", number)
            for number in INTEGERS]),
    sequence("RESTORE with how often the key was used", ("RESTORE", "k", "0", HELLO, "FREQ", "100"),
        "OBJECT FREQ k", "CONFIG SET maxmemory-policy allkeys-lfu",
        ("RESTORE", "k", "0", HELLO, "FREQ", "100", "REPLACE"), "OBJECT FREQ k",
        [("RESTORE", "k", "0", HELLO, "REPLACE", "FREQ", number) for number in INTEGERS + [b"255", b"256"]],
        "OBJECT FREQ k", ("RESTORE", "k", "0", HELLO, "IDLETIME", "100", "REPLACE"), "OBJECT FREQ k"),
    sequence("RESTORE's options", [
        [("RESTORE", "k", "0", HELLO, *options.split()), "DEL k"]
        for options in (
            "IDLETIME 1 FREQ 1", "FREQ 1 IDLETIME 1", "IDLETIME 1 IDLETIME 2", "FREQ 1 FREQ 2", "IDLETIME",
            "FREQ", "REPLACE REPLACE", "ABSTTL ABSTTL", "FOO", "REPLACE FOO", "IDLETIME x FOO", "FREQ x FOO",
            "idletime 1 replace absttl", "IDLETIME REPLACE", "REPLACE IDLETIME", "NX", "",
        )
    ]),
    sequence("which of several errors is told", "SET k v", ("RESTORE", "k", "x", b"bad"),
        ("RESTORE", "k", "x", b"bad", "FOO"), ("RESTORE", "k", "x", b"bad", "REPLACE"),
        ("RESTORE", "k", "-1", b"bad", "REPLACE"), ("RESTORE", "k", "1", b"bad", "REPLACE"),
        ("RESTORE", "k", "1", sealed(b""), "REPLACE"), ("RESTORE", "k", "1", b"bad", "FREQ", "x"),
        ("RESTORE", "new", "1", b"bad", "FREQ", "256"), ("RESTORE", "new", "1", b"bad", "IDLETIME", "-1"),
        "GET k"),
    sequence("RESTORE over another type, and in another database", "RPUSH k a b", restored(HELLO), "SELECT 3",
        restored(THREE), "SELECT 0", "GET k"),
    sequence("checksums and versions", [
        restored(payload) for payload in (
            HELLO[:-8] + b"\0" * 8, HELLO[:-1], HELLO[1:], HELLO + b"\0", b"", b"123456789", b"1234567890",
            sealed(b""), sealed(opened(HELLO), 65535), sealed(opened(HELLO), 256), sealed(opened(HELLO), 13),
            HELLO[:3] + b"L" + HELLO[4:],
        )
    ]),
    sequence("RESTORE-ASKING is RESTORE", ("RESTORE-ASKING", "k", "0", HELLO), *SHOW,
        ("RESTORE-ASKING", "k", "0", HELLO), ("RESTORE-ASKING", "k", "0", OTHER, "REPLACE"), "GET k"),
    sequence("DUMP does not see what has expired", ("RESTORE", "k", "1", HELLO, "ABSTTL"), "DUMP k",
        "SET k v", on("b", "DUMP k"), "PEXPIREAT k 1", "DUMP k"),
]

SEQUENCES = [*STRINGS, *LISTS, *SETS, *HASHES, *SORTED_SETS, *STREAMS, *DAMAGED, *OPTIONS]
