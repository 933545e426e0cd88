"""Bitmaps: single bits, ranges of bits, and fields of bits."""

from itertools import product

from support.edge_values import BINARY, INTEGERS
from support.sequences import each, sequence

# Offsets that are right but make strings of hundreds of megabytes have a sequence of their own.
HUGE_OFFSETS = (b"2147483647", b"2147483648", b"4294967295")
OFFSETS = [offset for offset in INTEGERS if offset not in HUGE_OFFSETS]

BITS = [
    sequence(
        "SETBIT returns the old bit and grows the string", "SETBIT k 7 1", "GET k", "SETBIT k 7 0", "GET k",
        "SETBIT k 0 1", "SETBIT k 15 1", "GET k", "STRLEN k", "SETBIT k 100 0", "STRLEN k", "SETBIT k 1000 1",
        "STRLEN k", "SET n 12", "SETBIT n 6 0", "GET n", "OBJECT ENCODING n", "SET e v EX 100",
        "SETBIT e 0 1", "TTL e", "SETBIT z 0 0", "GET z", "STRLEN z",
    ),
    sequence(
        "SETBIT wants a bit", "SETBIT k 0 2", "SETBIT k 0 -1", "SETBIT k 0 x", 'SETBIT k 0 ""',
        "SETBIT k 0 01", "SETBIT k 0 +1", "EXISTS k", "SETBIT k -1 2", "SETBIT k x x",
    ),
    sequence("SETBIT reads only canonical offsets", each(OFFSETS, "SETBIT k ? 1", "STRLEN k", "DEL k")),
    sequence(
        "GETBIT of everything", "SETBIT k 7 1", [f"GETBIT k {offset}" for offset in (0, 6, 7, 8, 100,
        4294967295)], "GETBIT missing 0", "SET n 12", [f"GETBIT n {offset}" for offset in range(18)],
        each(INTEGERS, "GETBIT k ?"),
    ),
    sequence(
        "BITCOUNT of whole values", "BITCOUNT missing", 'SET k ""', "BITCOUNT k", "SET k foobar",
        "BITCOUNT k", "SET n 123", "BITCOUNT n", each(BINARY, "SET b ?", "BITCOUNT b"), ("SET", "long",
        bytes(range(256)) * 40), "BITCOUNT long", "BITCOUNT long 3 -5", "BITCOUNT long 1234 9999 BIT",
        "BITCOUNT long 77 60001 BIT",
    ),
    sequence(
        "BITCOUNT of ranges of bytes and bits", "SET k foobar", [
            f"BITCOUNT k {start} {end} {unit}"
            for unit in ("", "BYTE", "BIT")
            for start, end in product(
                [0, 1, 5, 6, 13, 48, -1, -4, -6, -30, -100], [0, 1, 5, 7, 30, 100, -1, -2, -6, -45, -100]
            )
        ],
    ),
    sequence(
        "BITCOUNT refuses what it cannot do", "SET k foobar", "BITCOUNT k 0", "BITCOUNT k 0 1 FOO",
        "BITCOUNT k 0 1 BYTE x", "BITCOUNT k 0 -1 bit", "BITCOUNT k BYTE", "BITCOUNT missing 0",
        "BITCOUNT missing 0 1 FOO", "BITCOUNT missing x y", "BITCOUNT k 9223372036854775807 0",
        "BITCOUNT k -9223372036854775808 9223372036854775807 BIT", each(INTEGERS, "BITCOUNT k ? -1",
        "BITCOUNT k 0 ?"),
    ),
    sequence(
        "BITPOS of whole values", "BITPOS missing 0", "BITPOS missing 1", each(
            [
                b"", b"\x00", b"\xff", b"\x00\x00\x00", b"\xff\xff\xff", b"\xff\xf0\x00", b"\x00\xff\xf0",
                b"\x00" * 40 + b"\x01", b"\xff" * 40 + b"\x7f", b"abc",
            ],
            "SET k ?", "BITPOS k 0", "BITPOS k 1", "BITPOS k 0 0", "BITPOS k 1 0", "BITPOS k 0 0 -1",
            "BITPOS k 1 0 -1", "BITPOS k 0 2", "BITPOS k 1 2", "BITPOS k 0 -1", "BITPOS k 1 5 -1",
        ),
        "SET n 12", "BITPOS n 0", "BITPOS n 1",
    ),
    sequence(
        "BITPOS in ranges of bytes and bits", ("SET", "k", b"\x00\xff\xf0\x0f\x00"), [
            f"BITPOS k {bit} {start} {end} {unit}"
            for bit in (0, 1)
            for unit in ("", "BYTE", "BIT")
            for start, end in product(
                [0, 1, 2, 7, 13, 39, 40, -1, -3, -40, -100], [0, 1, 4, 9, 28, 100, -1, -2, -39, -100]
            )
        ],
    ),
    sequence(
        "BITPOS refuses what it cannot do", "SET k foobar", "BITPOS k 2", "BITPOS k -1", "BITPOS k x",
        "BITPOS k 01", 'BITPOS k ""', "BITPOS k 1 0 1 FOO", "BITPOS k 1 BYTE", "BITPOS k 1 0 -1 BIT x",
        "BITPOS k 1 0 BIT", "BITPOS k 1 0 -1 bit", "BITPOS missing 2", "BITPOS missing 1 x",
        "BITPOS missing 1 0 1 FOO", each(INTEGERS, "BITPOS k 1 ?", "BITPOS k 0 0 ?"),
    ),
    sequence(
        "BITOP with every operation", (
            "MSET", "a", b"\xff\x0f\x00\xaa", "b", b"\xf0\xf0", "c", b"\x01\x02\x03\x04\x05", "empty", b"",
            "n", "123",
        ),
        [
            step
            for operation in ("AND", "OR", "XOR")
            for sources in (
                "a", "a b", "a b c", "a missing", "missing none", "empty", "a empty", "a a", "n", "a n",
                "a b c n empty missing",
            )
            for step in (f"BITOP {operation} d {sources}", "GET d", "EXISTS d")
        ],
        [
            step
            for source in ("a", "empty", "n", "missing", "c")
            for step in (f"BITOP NOT d {source}", "GET d", "EXISTS d")
        ],
    ),
    sequence(
        "BITOP of long values", ("MSET", "a", bytes(range(256)) * 10, "b", bytes(range(255, -1, -1)) * 9, "c",
        b"\x55" * 1000), [step for operation in ("AND", "OR",
        "XOR") for step in (f"BITOP {operation} d a b c", "GET d")], "BITOP NOT d a", "GET d",
        "BITOP XOR a a b", "GET a", "BITOP and a a", "STRLEN a",
    ),
    sequence(
        "BITOP takes the destination's expiry away and an empty result removes it", "SET a x",
        "SET d y EX 100", "BITOP OR d a", "TTL d", "BITOP OR d missing", "EXISTS d",
    ),
    sequence(
        "BITOP refuses what it cannot do", "SET a x", "BITOP FOO d a", "BITOP NOT d a a", "BITOP NOT d a b",
        "BITOP not d a", "GET d", 'BITOP "" d a', "BITOP DIFF d a a", "BITOP ONE d a",
    ),
    sequence(
        "a bit at the last offset there is", "SETBIT k 4294967295 1", "STRLEN k", "GETBIT k 4294967295",
        "BITCOUNT k", "BITPOS k 1", "BITCOUNT k -1 -1 BIT", "DEL k",
    ),
]

TYPES = [
    f"{sign}{bits}"
    for sign, most in (("u", 63), ("i", 64))
    for bits in (1, 2, 3, 7, 8, 9, 15, 16, 31, 32, 33, 62, 63, 64)
    if bits <= most
]
VALUES = [
    0, 1, -1, 2, 100, 127, 128, 255, 256, -128, -129, 2**31 - 1, 2**31, 2**32, 2**62, 2**63 - 1, -(2**63),
    -(2**63) + 1,
]

FIELDS = [
    sequence(
        f"BITFIELD {mode} {kind} with every type", [
            step
            for name in TYPES
            for value in VALUES
            for step in (
                f"BITFIELD k {mode} {kind} {name} 3 {value}", f"BITFIELD k GET {name} 3 GET u8 0 GET i8 #1",
            )
        ],
    )
    for mode, kind in product(("", "OVERFLOW WRAP", "OVERFLOW SAT", "OVERFLOW FAIL"), ("SET", "INCRBY"))
] + [
    sequence(
        "BITFIELD does several operations in order", "BITFIELD k INCRBY i5 100 1 GET u4 0",
        "BITFIELD k SET i8 #0 100 SET i8 #1 200 GET i8 #0 GET i8 #1", "GET k",
        "BITFIELD k OVERFLOW SAT INCRBY u2 100 1 OVERFLOW WRAP INCRBY u2 102 1 OVERFLOW FAIL INCRBY u2 104 4",
        "BITFIELD k OVERFLOW FAIL SET u8 0 255 INCRBY u8 0 1 OVERFLOW WRAP INCRBY u8 0 1",
        *["BITFIELD k OVERFLOW FAIL INCRBY u2 102 1"] * 4,
        "BITFIELD k", "BITFIELD k OVERFLOW SAT", "BITFIELD k overflow sat get U8 0",
        "BITFIELD k GET u8 0 GET u8 7 GET u16 1", "STRLEN k",
    ),
    sequence(
        "BITFIELD GET does not make or grow a key", "BITFIELD k GET u8 0", "EXISTS k", "SET k a",
        "BITFIELD k GET u63 1000", "STRLEN k", "BITFIELD k GET u8 4 GET i16 0", "SET n 12",
        "BITFIELD n GET u8 0", "BITFIELD n SET u8 0 65", "GET n", "BITFIELD none", "EXISTS none",
    ),
    sequence(
        "BITFIELD SET of zero makes the key", "BITFIELD k SET u8 0 0", "EXISTS k", "STRLEN k",
        "BITFIELD f OVERFLOW FAIL SET u8 16 256", "EXISTS f", "STRLEN f",
    ),
    sequence("BITFIELD keeps the expiry", "SET k a EX 100", "BITFIELD k SET u8 8 1", "TTL k"),
    sequence(
        "BITFIELD refuses wrong types", each(
            [
                b"u64", b"u0", b"i0", b"i65", b"x8", b"8", b"u", b"i", b"", b"u8x", b"u-8", b"u+8", b"u08",
                b"U8", b"I8", b"i100", b"u1.5",
            ],
            "BITFIELD k GET ? 0", "BITFIELD k SET ? 0 1", "BITFIELD k INCRBY ? 0 1", "BITFIELD_RO k GET ? 0",
        ),
        "EXISTS k",
    ),
    sequence(
        "BITFIELD refuses wrong offsets", each(
            [
                *OFFSETS, b"#0", b"#1", b"#-1", b"#", b"##1", b"# 1", b"#+1", b"#01", b"#9223372036854775807",
                b"#1152921504606846976", b"#4294967296", b"4294967289",
            ],
            "BITFIELD k GET u8 ?", "BITFIELD_RO k GET i64 ?",
        ),
        each(
            [b"4294967296", b"-1", b"#-1", b"#536870912", b"#9223372036854775807", b"x", b"4294967289"],
            "BITFIELD k SET u8 ? 1", "BITFIELD k INCRBY i16 ? 1",
        ),
        "EXISTS k",
    ),
    sequence(
        "BITFIELD refuses wrong values", each(INTEGERS, "BITFIELD k SET u8 0 ?", "BITFIELD k INCRBY i8 0 ?",
        "GET k"),
    ),
    sequence(
        "BITFIELD refuses wrong syntax", "BITFIELD k FOO", "BITFIELD k GET", "BITFIELD k GET u8",
        "BITFIELD k SET u8 0", "BITFIELD k INCRBY u8 0", "BITFIELD k OVERFLOW", "BITFIELD k OVERFLOW FOO",
        "BITFIELD k OVERFLOW FOO GET u8 0", "BITFIELD k GET u8 0 FOO", "BITFIELD k SET u8 0 1 GET u8",
        "BITFIELD k SET u8 0 1 FOO 1", "EXISTS k", "BITFIELD k GET u8 0 OVERFLOW WRAP",
    ),
    sequence(
        "BITFIELD_RO only reads", "BITFIELD_RO k GET u8 0", "SET k abc",
        "BITFIELD_RO k GET u8 0 GET i16 #0 GET u4 20", "BITFIELD_RO k", "BITFIELD_RO k SET u8 0 1",
        "BITFIELD_RO k INCRBY u8 0 1", "BITFIELD_RO k GET u8 0 SET u8 0 1",
        "BITFIELD_RO k OVERFLOW SAT GET u8 0", "BITFIELD_RO k OVERFLOW SAT", "BITFIELD_RO k FOO",
        "BITFIELD_RO missing", "GET k",
    ),
]

SEQUENCES = BITS + FIELDS
