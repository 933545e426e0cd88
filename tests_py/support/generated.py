"""Hypothesis strategies for whole command sequences, drawn from the oracle's own COMMAND DOCS.

Arguments follow the documented syntax; values lean to small numbers, edges, and bytes that hurt. Now and then
a command is damaged (an argument too few, too many, or replaced), so that refusals are compared too.
"""

from dataclasses import replace

from hypothesis import strategies as st

from support.edge_values import BINARY, FLOATS, INTEGERS
from support.resp import parse
from support.sequences import Step, as_words, scan_all

KEYS = [b"a", b"b", b"c", b"key:1", b"{t}x", b"{t}y", b"", b"a\x00b", b"zset", b"log"]
# Ranges by member are specified where all scores are equal: in this sorted set, which has no other use.
EQUAL_SCORES = b"equal"
DATABASES = [b"0", b"1", b"2", b"15", b"16", b"-1", b"x"]
PATTERNS = [b"*", b"?", b"key:*", b"[ab]", b"[^a]*", b"{t}*", b"", b"a*", b"\\*", b"[a"]

# Families that can be compared at any moment; what ends, stops or waits is left to written sequences.
GROUPS = {b"string", b"bitmap", b"list", b"set", b"hash", b"hyperloglog", b"sorted-set", b"geo", b"stream",
          b"generic"}
EXTRA = [b"ping", b"echo", b"select", b"dbsize", b"flushdb", b"flushall", b"swapdb"]
EXCLUDED = {
    b"migrate": "needs a second server", b"wait": "waits", b"randomkey": "random", b"hrandfield": "random",
    b"hscan": "cursors are the server's own",
    b"scan": "drawn as a whole scan",
    b"sort": "changes the encoding of Redis's sorted sets", b"sort_ro": "the same",
    b"spop": "random", b"srandmember": "random",
    b"sscan": "portions are the server's own", b"zrandmember": "random",
    b"zscan": "cursors are the server's own",
    **dict.fromkeys(
        (b"blmove", b"blmpop", b"blpop", b"brpop", b"brpoplpush", b"bzmpop", b"bzpopmax", b"bzpopmin"),
        "may wait",
    ),
    b"xpending": "tells times", b"xinfo": "the same",
    b"dump": "written from memory in our own order and blocks: see test_dump.py",
}

# Something to work on.
SETTING = [
    Step(as_words(line))
    for line in (
        "MSET a 10 b 'hello world' {t}x 0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ",
        "RPUSH key:1 a 10 c 10 'hello world'", "SADD c a 10 3 'hello world'", "SADD {t}y 1 2 3 10",
        "HSET '' a 10 c 10.5 'hello world' 10",
        "ZADD zset 1 a 2.5 c 10 10 -1 'hello world'", "ZADD equal 0 a 0 b 0 c 0 10 0 'hello world'",
        "XADD log 1-1 a b", "XADD log 1-2 a c", "XADD log 2-0 c d", "XADD log 5-5 a d", "XADD log 6-0 a e",
        "XGROUP CREATE log g 0", "XREADGROUP GROUP g a COUNT 2 STREAMS log >", "XGROUP CREATE log h $",
        'PFADD "a\\x00b" a b c 10', "EXPIRE b 100000", "COPY a a DB 1",
    )
]

# Numbers whose magnitude would make strings of hundreds of megabytes.
NOT_SO_HUGE = [number for number in INTEGERS if number not in (b"2147483647", b"2147483648", b"4294967295")]


def often(common, rare):
    """Mostly the one, sometimes the other."""
    return st.one_of(common, common, common, rare)


small = st.integers(-3, 20).map(lambda number: b"%d" % number)
integers = often(small, st.sampled_from(NOT_SO_HUGE))
doubles = often(
    st.one_of(
        small, st.floats(-1e6, 1e6).map(lambda number: b"%.17g" % number), st.decimals(-1000, 1000,
        places=3).map(lambda number: str(number).encode()),
    ),
    st.sampled_from(FLOATS),
)
values = st.one_of(
    small, st.sampled_from(BINARY), st.binary(max_size=40), st.sampled_from(INTEGERS),
    st.sampled_from([b"hello", b"x" * 44, b"y" * 45, b"abcabcabc", b"3.5"]),
)
ODD_LIFETIMES = [
    b"-1", b"0", b"9223372036854775807", b"9223372036854775", b"abc", b"-9223372036854775808", b"1.5",
]
LIFETIMES = {"seconds": [b"1000", b"100000", b"12345678"], "milliseconds": [b"345678", b"7654321"]}
future = st.sampled_from([b"33177117420123", b"99177117420123"])
impossible = st.sampled_from([b"9223372036854775807", b"x", b"-1", b"0"])
moments = st.one_of(future, future, impossible, st.sampled_from([b"1", b"33177117420"]))
encodings = often(
    st.sampled_from([b"u1", b"i1", b"u8", b"i8", b"u16", b"i32", b"u63", b"i64", b"i5", b"u7"]),
    st.sampled_from([b"u64", b"i65", b"u0", b"x"]),
)
offsets = often(st.one_of(small, st.integers(0, 300).map(lambda n: b"%d" % n)), st.sampled_from(NOT_SO_HUGE))
bounds = often(
    st.one_of(small, st.sampled_from([b"(2", b"-inf", b"+inf", b"-", b"+", b"[a", b"(c", b"[hello", b"(5"])),
    st.one_of(doubles, values),
)
bit_offsets = st.one_of(offsets, st.integers(0, 9).map(lambda n: b"#%d" % n))
ids = often(
    st.sampled_from([b"0", b"1-1", b"1-2", b"2", b"2-0", b"5-5", b"6-0", b"7-*", b"8-*", b"9", b">", b"$",
        b"20-1"]),
    st.sampled_from([b"-", b"+", b"(1-1", b"(6", b"18446744073709551615-3", b"x", b"0-0", b"3", b"5-*"]),
)
id_edges = often(st.sampled_from([b"-", b"+", b"1", b"2-0", b"(1-1", b"(5-5", b"5", b"6-0", b"0"]), ids)
IN_STREAMS = {
    "id": ids, "last-id": ids, "max_deleted_entry_id": ids, "start": id_edges, "end": id_edges,
    "threshold": st.one_of(small, ids), "count": small,
    "min-idle-time": often(st.sampled_from([b"0", b"1000000000"]), st.sampled_from([b"-1", b"x"])),
    **dict.fromkeys(("group", "groupname"), often(st.just(b"g"), st.sampled_from([b"h", b"none"]))),
    **dict.fromkeys(("consumer", "consumername"), st.sampled_from([b"a", b"b", b"c"])),
}
# Whose ids would be those of the clock, or who would wait.
NOT_IN_STREAMS = {"auto_id", "milliseconds"}

# Mostly a small area, so that searches find something.
coordinates = often(st.floats(-3, 3).map(lambda number: b"%.4f" % number), doubles)

BY_NAME = {
    "longitude": coordinates, "latitude": coordinates,
    **{
        unit: often(st.sampled_from(common), st.sampled_from(ODD_LIFETIMES))
        for unit, common in LIFETIMES.items()
    },
    "encoding": encodings, "destination-db": st.sampled_from(DATABASES), "db": st.sampled_from(DATABASES),
    "index": st.sampled_from(DATABASES), "index1": st.sampled_from(DATABASES),
    "index2": st.sampled_from(DATABASES), "bit": often(st.sampled_from([b"0", b"1"]), integers),
}
BY_TYPE = {
    "key": st.sampled_from(KEYS), "string": values, "integer": integers, "double": doubles,
    "pattern": st.sampled_from(PATTERNS), "unix-time": moments,
}


def field(fields, name):
    value = fields.get(name)
    return None if value is None else value.value.decode()


def as_fields(reply):
    return {name.value.decode(): value for name, value in reply.pairs()}


def argument(reply, command):
    """A strategy for the words of one documented argument."""
    fields = as_fields(reply)
    flags = {flag.value for flag in fields["flags"].value} if "flags" in fields else set()
    token = [field(fields, "token").encode()] if "token" in fields else []
    words = _words(fields, command)
    if b"multiple" in flags:
        each_token = b"multiple_token" in flags
        words = st.lists(
            words.map(lambda found: token + found if each_token else found), min_size=1, max_size=3
        ).map(lambda lists: ([] if each_token else token) + [word for found in lists for word in found])
    else:
        words = words.map(lambda found: token + found)
    return st.one_of(st.just([]), words) if b"optional" in flags else words


def _words(fields, command):
    kind, name = field(fields, "type"), field(fields, "name")
    if kind == "pure-token":
        return st.just([])
    if kind in ("oneof", "block"):
        parts = [
            argument(part, command)
            for part in fields["arguments"].value
            if field(as_fields(part), "name") not in NOT_IN_STREAMS or not command.startswith(b"x")
        ]
        return st.one_of(parts) if kind == "oneof" else st.tuples(*parts).map(joined)
    if kind == "unix-time" and command == b"set":
        # A value that is set with a past time stays for a moment: whether it is seen is up to the clock.
        return often(future, impossible).map(lambda word: [word])
    if command.startswith(b"x") and name in IN_STREAMS:
        return IN_STREAMS[name].map(lambda word: [word])
    if name == "offset":
        return (bit_offsets if command.startswith(b"bitfield") else offsets).map(lambda word: [word])
    if name in ("min", "max", "start", "stop") and command.startswith(b"z"):
        return bounds.map(lambda word: [word])
    return BY_NAME.get(name, BY_TYPE.get(kind, values)).map(lambda word: [word])


def joined(lists):
    return [word for found in lists for word in found]


@st.composite
def damaged(draw, words):
    """The words, mostly whole."""
    if draw(st.integers(0, 11)) or len(words) < 2:
        return words
    place = draw(st.integers(1, len(words) - 1))
    return draw(
        st.sampled_from(
            [
                words[:-1], words[:place] + words[place + 1 :], words + [b"x"],
                words[:place] + [draw(values)] + words[place + 1 :],
            ]
        )
    )


def command(name, doc):
    fields = as_fields(doc)
    subcommands = (
        [command(name.value, found) for name, found in fields["subcommands"].pairs()]
        if "subcommands" in fields
        else []
    )
    if subcommands:
        return st.one_of(subcommands)
    parts = [
        argument(part, name)
        for part in (fields["arguments"].value if "arguments" in fields else [])
        if field(as_fields(part), "name") not in NOT_IN_STREAMS or not name.startswith(b"x")
    ]
    head = [word.upper() for word in name.split(b"|")]
    return (
        st.tuples(*parts)
        .map(lambda lists: head + joined(lists))
        .flatmap(damaged)
        .map(lambda words: Step(tuple(words)))
    )


def without_races(steps):
    """Relative times that all differ: whether one is greater than an equal one is up to the clock."""
    usual = {word for words in LIFETIMES.values() for word in words}

    def spread(number, step):
        if (
            step.words
            and step.words[0] in (b"EXPIRE", b"PEXPIRE")
            and len(step.words) > 2
            and step.words[2] in usual
        ):
            time = b"%d" % (
                int(step.words[2]) + 10 * (number + 1) * (1000 if step.words[0] == b"PEXPIRE" else 1)
            )
            return replace(step, words=(*step.words[:2], time, *step.words[3:]))
        return step

    return [spread(number, step) for number, step in enumerate(steps)]


def by_member_where_it_is_specified(steps):
    def redirect(step):
        if not any(b"LEX" in word.upper() for word in step.words):
            return step
        source = 2 if step.words[0] == b"ZRANGESTORE" else 1
        if len(step.words) <= source:
            return step
        return replace(step, words=(*step.words[:source], EQUAL_SCORES, *step.words[source + 1 :]))

    return [redirect(step) for step in steps]


def sequences(oracle_client, built, least=8, most=30):
    """A strategy of lists of steps over the commands of GROUPS that `built` names."""
    docs = parse(oracle_client.command("COMMAND", "DOCS")).pairs()
    drawn = [
        command(name.value, doc)
        for name, doc in docs
        if (as_fields(doc)["group"].value in GROUPS or name.value in EXTRA)
        and name.value not in EXCLUDED
        and name.value.decode() in built
    ]
    scans = st.sampled_from(
        [scan_all(""), scan_all("COUNT 3"), scan_all("MATCH key:* COUNT 2"), scan_all("TYPE string"),
            scan_all("COUNT 3", of="SSCAN c"), scan_all("MATCH *1*", of="SSCAN c")]
    )
    return st.lists(st.one_of(*drawn, *drawn, scans), min_size=least, max_size=most).map(
        lambda steps: by_member_where_it_is_specified(without_races(SETTING + steps))
    )
