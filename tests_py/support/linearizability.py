"""Could these answers have been given by one server that does one command at a time?

A history holds, for each client, its commands on one key in the order in which it sent them, each with the
time span in which it must have taken effect: from before it was sent until after its answer was read. The
history is linearizable if there is an order of all commands that keeps each client's order, puts no command
before another that was answered before it was sent, and gives every command the answer that it got.

The search is Wing and Gong's, which tries what may come next and goes back where that leads nowhere, with
Lowe's memory: a place (how far each client is, and the key's value) that led nowhere is not entered again.
Nor is a place where somebody has yet to be told a value that nothing to come can bring about. Keys are
independent of each other, so each has a history of its own.
"""

import collections
from dataclasses import dataclass

MOST_PLACES = 200_000
IMPOSSIBLE = object()
ANY = object()
INTEGERS = range(-(2**63), 2**63)


class Undecided(Exception):
    """The search has become too long: the history was too big, or too many commands overlap."""


@dataclass(frozen=True)
class Operation:
    """A command as words of bytes, its answer in Python (errors are Exceptions), its span in seconds."""

    command: tuple
    answer: object
    start: float
    end: float

    def __str__(self):
        words = " ".join(word.decode("latin-1") for word in self.command)
        return f"[{self.start:.6f} {self.end:.6f}] {words} -> {self.answer!r}"


def violation(history):
    """None, or a text that shows how far the longest order came. `history`: a list of operations per client.

    In a list no operation may start or end before the one ahead of it.
    """
    return _Search([operations for operations in history if operations]).run()


class _Search:
    """A place is a tuple: how many operations of each client are in order, and the value after them."""

    def __init__(self, history):
        self.history = history
        self.makers = collections.defaultdict(list)  # Value, or length and end of one, to those who make it.
        self.told = []  # For each client and position: the value which is told to it first from there on.
        for number, operations in enumerate(history):
            told = [ANY]
            for position in reversed(range(len(operations))):
                if (made := _made(operations[position])) is not None:
                    self.makers[made].append((number, position))
                value = _value_before(operations[position])
                told.append(told[-1] if value is ANY else value)
            self.told.append(told[::-1])

    def run(self):
        start = ((0,) * len(self.history), None)
        lengths = tuple(map(len, self.history))
        entered, stack, furthest = {start}, [start], start
        while stack:
            place = stack.pop()
            if place[0] == lengths:
                return None
            furthest = max(furthest, place, key=lambda each: sum(each[0]))
            following = [each for each in self._following(*place) if each not in entered]
            entered.update(following)
            stack += following
            if len(entered) > MOST_PLACES:
                raise Undecided(self._described(*furthest))
        return self._described(*furthest)

    def _upcoming(self, positions):
        return [
            (number, self.history[number][position])
            for number, position in enumerate(positions)
            if position < len(self.history[number])
        ]

    def _following(self, positions, value):
        """The places that may come after this one, the likeliest last."""
        upcoming = self._upcoming(positions)
        first_end = min(operation.end for _, operation in upcoming)
        found = []
        for number, operation in upcoming:
            if operation.start > first_end or (changed := apply(value, operation)) is IMPOSSIBLE:
                continue
            place = (positions[:number] + (positions[number] + 1,) + positions[number + 1 :], changed)
            if _is_read(operation):
                return [place]  # It fits here, and whatever comes later does so without it as well.
            if self._has_hope(*place):
                found.append((_value_before(operation) is not ANY, place))
        found.sort(key=lambda each: each[0])
        return [place for _, place in found]

    def _has_hope(self, positions, value):
        return all(
            self._may_become(told[position], positions, value)
            for told, position in zip(self.told, positions)
        )

    def _may_become(self, wanted, positions, value):
        if wanted is ANY or wanted == value or self._is_to_be_made(wanted, positions):
            return True
        if not wanted or not self._is_to_be_made((len(wanted), wanted[-1:]), positions):
            return False
        return self._may_become(wanted[:-1], positions, value)

    def _is_to_be_made(self, what, positions):
        return any(position >= positions[number] for number, position in self.makers.get(what, ()))

    def _described(self, positions, value):
        upcoming = [f"client {number}: {each}" for number, each in self._upcoming(positions)]
        headline = f"no order gives these answers; {sum(positions)} commands lead to {value!r}, and next are"
        return "\n".join([headline, *upcoming])


# What a register does


def apply(value, operation):
    """The value after the command, None if none; IMPOSSIBLE if the answer would have been another."""
    name, *arguments = operation.command
    return COMMANDS[name](value, operation.answer, *arguments)


def _get(value, answer):
    return value if answer == value else IMPOSSIBLE


def _set(value, answer, new, *options):
    expected = value if options == (b"GET",) else b"OK"
    return new if answer == expected else IMPOSSIBLE


def _incr(value, answer):
    number = _integer(b"0" if value is None else value)
    if number is None or number + 1 not in INTEGERS:
        return value if isinstance(answer, Exception) else IMPOSSIBLE
    return b"%d" % (number + 1) if answer == number + 1 else IMPOSSIBLE


def _append(value, answer, tail):
    longer = (value or b"") + tail
    return longer if answer == len(longer) else IMPOSSIBLE


def _compare_and_set(value, answer, observed, new):
    """GET under WATCH, then SET in EXEC; None if EXEC did nothing, which may have another reason."""
    if answer is None:
        return value
    return new if value == observed and answer == [b"OK"] else IMPOSSIBLE


def _integer(text):
    """As Redis reads an integer: no other spelling of it than its own."""
    try:
        number = int(text)
    except ValueError:
        return None
    return number if b"%d" % number == text and number in INTEGERS else None


COMMANDS = {b"GET": _get, b"SET": _set, b"INCR": _incr, b"APPEND": _append, b"CAS": _compare_and_set}


# What an answer tells of the value, wherever the operation stands


def _is_read(operation):
    """Whether it has changed nothing, having got this answer."""
    name, answer = operation.command[0], operation.answer
    return name == b"GET" or isinstance(answer, Exception) or (name == b"CAS" and answer is None)


def _value_before(operation):
    name, *arguments = operation.command
    answer = operation.answer
    if name == b"GET" or arguments[1:] == [b"GET"]:
        return answer
    if name == b"CAS" and answer is not None:
        return arguments[0]
    if name == b"INCR" and isinstance(answer, int) and answer != 1:
        return b"%d" % (answer - 1)
    return ANY  # INCR to 1 is of nothing as well as of 0.


def _made(operation):
    """The value after it; of APPEND, whose tail is one byte, length and tail; None if it changes nothing."""
    name, *arguments = operation.command
    if _is_read(operation):
        return None
    if name == b"INCR":
        return b"%d" % operation.answer
    if name == b"APPEND":
        assert len(arguments[0]) == 1
        return operation.answer, arguments[0]
    return arguments[-1] if name == b"CAS" else arguments[0]
