"""Runs a command sequence on both servers with notify-keyspace-events on, and compares each step's events.

A subscriber on each side reads up to a marker that is published after the step: what came before it belongs
to the step, or to keys that ended meanwhile by themselves.
"""

from collections import Counter

from support.resp import ConnectionClosed, parse

OPTION = b"notify-keyspace-events"
CLASSES = b"KEAmn"
MARKER = b"__key_events_end__"
PATTERN = "__key*"


def name_of(event):
    """Its name: "set", "del"."""
    channel, message = event
    return message if channel.startswith(b"__keyspace") else channel.split(b":", 1)[1]


class Listener:
    """Subscribes to all key events of a server. `connect` makes connections to it, `say` sends commands."""

    def __init__(self, connect, say):
        self._new_connection, self._say = connect, say
        self._marks = 0
        self._connect()

    def _connect(self):
        self._connection = self._new_connection()
        self._connection.command("PSUBSCRIBE", PATTERN)

    def close(self):
        self._connection.close()

    def is_killed(self):
        """For who still had the marker: with several reactors a client is closed soon after it was killed."""
        killed = self._connection.is_closed()
        self.close()
        self._connect()
        return killed

    def events(self):
        """(channel, message) of all that happened since the last time; None if the listener was killed."""
        self._marks += 1
        mark = b"%d" % self._marks
        self._say("PUBLISH", MARKER, mark)
        found = []
        try:
            while (event := self._next_event()) != (MARKER, mark):
                found.append(event)
        except (ConnectionClosed, ConnectionError):
            self.close()
            self._connect()
            return None
        return found

    def _next_event(self):
        _, _, channel, message = parse(self._connection.read_reply()).to_python()
        return channel, message


# Whose moment nobody decides: a key or field that has ended is found by the cycle, or by who looks. They are
# compared over the whole sequence.
AT_ANY_TIME = {b"expired"}


def ends_by_itself(event):
    return name_of(event) in AT_ANY_TIME


def event_differences(pair, sequence):
    """Descriptions of the steps of a sequence, from a fresh state, whose events differ."""
    pair.begin(protocol=2)
    for side in pair.sides:
        side.change_option(OPTION, CLASSES)
    listeners = [Listener(side.server.raw, side.admin) for side in pair.sides]
    try:
        return _differences(pair, sequence, listeners)
    finally:
        for listener in listeners:
            listener.close()


def _differences(pair, sequence, listeners):
    found, endings = [], (Counter(), Counter())
    for step in sequence.steps:
        for side in pair.sides:
            side.perform(step)
        heard = [listener.events() for listener in listeners]
        if None in heard:
            spared = [listener for listener, events in zip(listeners, heard) if events is not None]
            if not all(listener.is_killed() for listener in spared):
                found.append(f"  {step}\n    killed only one of the listeners")
            continue
        for events, ended in zip(heard, endings):
            ended.update(event for event in events if ends_by_itself(event))
        if not same_events(step, *heard):
            found.append(f"  {step}\n    oracle: {_shown(heard[0])}\n    server: {_shown(heard[1])}")
    if endings[0] != endings[1]:
        found.append(f"  what ended by itself\n    oracle: {endings[0]}\n    server: {endings[1]}")
    return found


def same_events(step, expected, seen):
    if not step.by_rule:
        return expected == seen
    left, right = ([event for event in events if not ends_by_itself(event)] for events in (expected, seen))
    return left == right


def _shown(events):
    text = " ".join(f"{channel!r}={message!r}" for channel, message in events).replace("b'", "'")
    return text if len(text) < 1500 else text[:1500] + f"... ({len(events)} events)"
