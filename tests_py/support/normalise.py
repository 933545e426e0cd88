"""Which replies may differ between two right servers, and in what.

Every command that is not named here must answer byte for byte. A rule says why, and compares two replies.
Texts of errors are never excused: where one reply is an error, both must be the same.
"""

import re
from dataclasses import dataclass
from typing import Callable

from support.implemented import ALL_COMMANDS


@dataclass(frozen=True)
class Rule:
    why: str
    form: Callable = None
    same: Callable = None

    def equal(self, left, right):
        if left == right:
            return True
        if left.is_error or right.is_error:
            return False
        return self.same(left, right) if self.same else self.form(left) == self.form(right)


# Forms: what is left of a reply when all that may differ is taken out.


def unordered(reply):
    return reply.with_value(tuple(sorted(reply.value, key=lambda part: part.to_bytes())))


def unordered_map(reply):
    pairs = sorted(reply.pairs(), key=lambda pair: pair[0].to_bytes())
    return reply.with_value(tuple(part for pair in pairs for part in pair))


def shape(reply):
    """Kinds only."""
    if isinstance(reply.value, tuple):
        return reply.with_value(tuple(shape(part) for part in reply.value))
    return reply.with_value(None if reply.value is None else b"?")


def kind(reply):
    return reply.kind


def kinds_of_parts(reply):
    return reply.kind, {part.kind for part in reply.value}


def names_only(reply):
    """The names of a map's fields."""
    if not isinstance(reply.value, tuple):
        return shape(reply)
    return reply.kind, sorted(name.value for name, _ in reply.pairs())


def blank(*names):
    """A form of a map: the named fields lose their values."""
    wanted = {name.encode() for name in names}

    def form(reply):
        return reply.with_value(
            tuple(
                part
                for name, value in reply.pairs()
                for part in (name, shape(value) if name.value in wanted else value)
            )
        )

    return form


def blank_text(pattern, replacement=b"?"):
    compiled = re.compile(pattern)
    return lambda reply: reply.with_value(compiled.sub(replacement, reply.value))


_CLIENT_MEASURES = re.compile(
    rb"\b(id|addr|laddr|fd|age|idle|qbuf|qbuf-free|argv-mem|multi-mem|rbs|rbp|obl|oll|omem|tot-mem)=[^ \n]*"
    rb"|\b(redir)=[1-9]\d*"
)


def client_lines(reply):
    """Fields in their order, measures and addresses blank, the harness's own connection left out."""
    lines = [
        _CLIENT_MEASURES.sub(lambda match: (match.group(1) or match.group(2)) + b"=?", line)
        for line in reply.value.split(b"\n")
        if b"name=harness " not in line
    ]
    text = b"\n".join(lines)
    return reply.with_value(text)


def slowlog_entries(reply):
    if reply.kind != "*":
        return reply
    entries = []
    for entry in reply.value:
        number, time, duration, words, address, name = entry.value
        entries.append(
            entry.with_value((shape(number), shape(time), shape(duration), words, shape(address), name))
        )
    return reply.with_value(tuple(entries))


def latency_events(reply):
    """Events of commands; a busy machine adds others, such as expire-cycle."""
    events = [event for event in reply.value if event.value[0].value == b"command"]
    shapes = [event.with_value((event.value[0], *map(shape, event.value[1:]))) for event in events]
    return reply.with_value(tuple(shapes))


def sample(reply):
    """A member by chance, or some of them: what the tests ask for are all."""
    return unordered(reply) if isinstance(reply.value, tuple) else shape(reply)


def function_list(reply):
    """Libraries and their functions in any order."""
    libraries = []
    for library in reply.value:
        pairs = [
            part
            for name, value in library.pairs()
            for part in (name, unordered(value) if name.value == b"functions" else value)
        ]
        libraries.append(library.with_value(tuple(pairs)))
    return unordered(reply.with_value(tuple(libraries)))


def scan_page(reply):
    cursor, keys = reply.value
    return reply.kind, cursor.kind, keys.kind, all(key.kind == "$" for key in keys.value)


def element_page(reply):
    """A page of HSCAN and the like. One that is a whole scan tells all; of others only pairs are known."""
    cursor, parts = reply.value
    if cursor.value != b"0":
        return reply.kind, cursor.kind, parts.kind, len(parts.value) % 2
    return reply.with_value((cursor, unordered_map(parts)))


def same_members(left, right):
    """Two pages of SSCAN. If both are whole scans, they tell all."""
    if any(page.value[0].value != b"0" for page in (left, right)):
        return scan_page(left) == scan_page(right)
    return unordered(left.value[1]) == unordered(right.value[1])


# COMMAND and its kin speak of commands; those that are not yet built are left out of both replies.


def _is_built(name):
    return name.decode().lower() in ALL_COMMANDS


def command_rows(reply):
    rows = [
        command_row(row)
        for row in reply.value
        if row.value is None or row.kind == "_" or _is_built(row.value[0].value)
    ]
    return reply.with_value(tuple(rows))


def command_row(row):
    if not isinstance(row.value, tuple):
        return row
    *head, key_specs, subcommands = row.value
    key_specs = key_specs.with_value(tuple(blank("notes")(spec) for spec in key_specs.value))
    return row.with_value((*head, key_specs, unordered(command_rows(subcommands))))


def command_rows_unordered(reply):
    return unordered(command_rows(reply))


def command_docs(reply):
    """Sentences are blank; what programs read (versions, groups, arguments, flags) stays."""
    pairs = [(name, command_doc(doc)) for name, doc in reply.pairs() if _is_built(name.value)]
    return reply.with_value(tuple(part for pair in pairs for part in pair))


_DOC_FORMS = {
    b"summary": shape,
    b"complexity": shape,
    b"replaced_by": shape,
    b"history": lambda history: unordered(
        history.with_value(
            tuple(change.with_value((change.value[0], shape(change.value[1]))) for change in history.value)
        )
    ),
    b"subcommands": lambda docs: unordered_map(command_docs(docs)),
}


def command_doc(doc):
    return doc.with_value(
        tuple(
            part
            for name, value in doc.pairs()
            for part in (name, _DOC_FORMS.get(name.value, lambda same: same)(value))
        )
    )


def built_names(reply):
    return unordered(reply.with_value(tuple(name for name in reply.value if _is_built(name.value))))


def redirect(reply):
    """No id of a client, but whether there is one."""
    return reply.with_value(b"?") if int(reply.value) > 0 else reply


def tracking_info(reply):
    flags, redirected, prefixes = reply.pairs()
    return reply.with_value((*flags, redirected[0], redirect(redirected[1]), *prefixes))


def within(tolerance):
    """A comparison of integers; -1 and -2 stand for no expiry and no key, so they must be the same."""

    def same(left, right):
        if left.kind != ":" or right.kind != ":":
            return False
        a, b = int(left.value), int(right.value)
        return a >= 0 and b >= 0 and abs(a - b) <= tolerance

    return same


def same_but_times(elapsed_at):
    """A comparison that takes times of the clock for equal that are close, and so those that have elapsed:
    integers at a place, by the length of the array."""

    def same(left, right, is_elapsed=False):
        if left.kind != right.kind:
            return False
        if isinstance(left.value, tuple):
            size = len(left.value)
            return size == len(right.value) and all(
                same(*parts, place == elapsed_at.get(size)) for place, parts in enumerate(zip(left.value,
                    right.value))
            )
        if left.kind != ":" or left.value == right.value:
            return left.value == right.value
        a, b = int(left.value), int(right.value)
        return abs(a - b) <= 5000 and (is_elapsed or min(a, b) > 10**12)

    return same


UNORDERED = "an unordered collection"
TIME = "depends on the time of asking"
RANDOM = "chosen at random"
MEASURE = "a measurement of the process"
WORDS = "our own sentences"
GROWING = "speaks of commands that this project has not built yet"

RULES = {
    "KEYS": Rule(UNORDERED, unordered),
    **{command: Rule(UNORDERED, unordered) for command in ("SDIFF", "SINTER", "SMEMBERS", "SUNION")},
    "SCAN": Rule(
        "cursors and the size of a page are the server's own; scan_all() compares what matters", scan_page
    ),
    "HGETALL": Rule(UNORDERED, unordered_map),
    "HKEYS": Rule(UNORDERED, unordered),
    "HVALS": Rule(UNORDERED, unordered),
    "HRANDFIELD": Rule(RANDOM, shape),
    "ZRANDMEMBER": Rule(RANDOM, sample),
    "ZSCAN": Rule(UNORDERED + "; cursors and the size of a page are the server's own", element_page),
    "HSCAN": Rule(UNORDERED + "; cursors and the size of a page are the server's own", element_page),
    "SPOP": Rule(RANDOM, shape),
    "SRANDMEMBER": Rule(RANDOM, shape),
    "SSCAN": Rule(UNORDERED + "; cursors and the size of a page are the server's own",
        same=same_members),
    "RANDOMKEY": Rule(RANDOM, shape),
    "XPENDING": Rule(TIME, same=same_but_times({4: 2})),
    "XINFO CONSUMERS": Rule(TIME, same=same_but_times({6: 5})),
    "XINFO STREAM": Rule(TIME, same=same_but_times({})),
    "TTL": Rule(TIME, same=within(2)),
    "PTTL": Rule(TIME, same=within(2000)),
    "EXPIRETIME": Rule(TIME, same=within(2)),
    "PEXPIRETIME": Rule(TIME, same=within(2000)),
    "TIME": Rule(TIME, shape),
    "OBJECT IDLETIME": Rule(TIME + ", and for small integers on who else uses Redis's shared ones", shape),
    "OBJECT FREQ": Rule(RANDOM, same=within(3)),
    "FUNCTION LIST": Rule(UNORDERED, function_list),
    "INFO": Rule("fields are compared by test_info.py", kind),
    "HELLO": Rule("the connection's id", lambda reply: blank("id")(reply) if reply.kind in "*%" else reply),
    "CLIENT ID": Rule(MEASURE, shape),
    "CLIENT GETREDIR": Rule("a client's id", redirect),
    "CLIENT TRACKINGINFO": Rule("a client's id", tracking_info),
    "CLIENT INFO": Rule(MEASURE, client_lines),
    "CLIENT LIST": Rule(MEASURE, client_lines),
    "CONFIG GET": Rule(UNORDERED, unordered_map),
    "COMMAND": Rule(GROWING, command_rows_unordered),
    "COMMAND COUNT": Rule(GROWING, shape),
    "COMMAND DOCS": Rule(WORDS, command_docs),
    "COMMAND INFO": Rule(GROWING + "; notes of key specifications are our own sentences", command_rows),
    "COMMAND LIST": Rule(GROWING, built_names),
    "DEBUG OBJECT": Rule(
        MEASURE, blank_text(rb"(at:0x|serializedlength:|lru:|lru_seconds_idle:)[0-9a-f]+", rb"\1?")
    ),
    "DEBUG HELP": Rule(WORDS, kinds_of_parts),
    "DEBUG JMAP": Rule(MEASURE, kind),
    "LATENCY DOCTOR": Rule(WORDS, kind),
    "LATENCY GRAPH": Rule(WORDS, kind),
    "LATENCY HISTOGRAM": Rule(MEASURE, names_only),
    "LATENCY HISTORY": Rule(MEASURE, shape),
    "LATENCY LATEST": Rule(MEASURE, latency_events),
    "LOLWUT": Rule(WORDS, kind),
    "MEMORY DOCTOR": Rule(WORDS, kind),
    "MEMORY MALLOC-STATS": Rule(MEASURE, kind),
    "MEMORY STATS": Rule(MEASURE, names_only),
    "MEMORY USAGE": Rule(MEASURE, shape),
    "SLOWLOG GET": Rule(MEASURE, slowlog_entries),
}
RULES.update(
    {
        f"{container} HELP": Rule(WORDS, kinds_of_parts)
        for container in ("CLIENT", "COMMAND", "CONFIG", "FUNCTION", "LATENCY", "MEMORY", "OBJECT", "SCRIPT",
                          "SLOWLOG", "XGROUP", "XINFO")
    }
)

EXACT = Rule("byte for byte", lambda reply: reply)


def rule_for(words):
    names = [word.decode("latin-1").upper() for word in words[:2]]
    if names == ["COMMAND", "INFO"] and len(words) == 2:
        return RULES["COMMAND"]
    return RULES.get(" ".join(names)) or (RULES.get(names[0]) if names else None) or EXACT
