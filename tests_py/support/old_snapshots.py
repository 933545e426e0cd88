"""An RDB file in the forms that Redis wrote until 7.0, made by hand."""

import struct

from support.object_format import (crc64, intset, length, opened, score, string, strings, text_score, typed,
                                   zipmap, ziplist)

TEXTS = [b"a", b"1", b"-70000", b"word" * 20, b"12345678901"]
PAIRS = [b"a", b"1", b"bb", b"-5", b"ccc", b"x" * 70, b"4", b"2.5"]
VALUES = [
    typed(0, string(b"text")), typed(0, b"\xc1\x00\x80"),
    typed(0, b"\xc3\x06\x15\x01aa\xe0\x0a\x00"),
    typed(1, length(5), strings(*TEXTS)), typed(10, string(ziplist(*TEXTS))),
    typed(14, length(2), string(ziplist(*TEXTS)), string(ziplist(b"more"))),
    typed(2, length(5), strings(*TEXTS)), typed(11, string(intset(1, 2, 300))),
    typed(11, string(intset(-5, 1 << 40, width=8))),
    typed(4, length(4), strings(*PAIRS)), typed(9, string(zipmap(*PAIRS))),
    typed(13, string(ziplist(*PAIRS))),
    typed(3, length(2), string(b"one"), text_score("1"), string(b"two"), text_score("2.5")),
    typed(5, length(2), string(b"one"), score(1), string(b"two"), score(-2.5)),
    typed(12, string(ziplist(b"a", b"1", b"b", b"2.5"))),
]


def old_snapshot(version=9):
    parts = [b"REDIS%04d" % version, b"\xfa", strings(b"redis-ver", b"5.0.14"), b"\xfe\x00\xfb",
             length(len(VALUES)), length(2)]
    for number, payload in enumerate(VALUES):
        parts += _notes(number)
        body = opened(payload)
        parts += [body[:1], string(b"key:%d" % number), body[1:]]
    body = b"".join([*parts, b"\xff"])
    return body + struct.pack("<Q", crc64(body))


def _notes(number):
    """What may stand before a key: when it ends, in ms and in s; how it was used."""
    if number == 1:
        yield b"\xfc" + struct.pack("<q", 4_000_000_000_000)
    if number == 2:
        yield b"\xfd" + struct.pack("<i", 2_000_000_000)
    if number == 3:
        yield b"\xf8" + length(1000)
    if number == 4:
        yield b"\xf9\x20"
