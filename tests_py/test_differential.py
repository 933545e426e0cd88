"""Pongo answers as Redis does, byte for byte, in RESP2 and in RESP3."""

import pytest

from differential import all_sequences
from support.differential import EXCEPTIONS, MOST_EXCEPTIONS
from support.implemented import ADDITIONS, ALL_COMMANDS
from support.normalise import RULES
from support.resp import parse
from support.sequences import sequence

CASES = [
    pytest.param(found, protocol, id=f"{family}: {found.name}, RESP{protocol}")
    for family, found in all_sequences()
    for protocol in ((2,) if found.bare else (2, 3))
]

# What a wrong arity must not reach, should the server let it through.
DANGEROUS = {"shutdown", "debug"}


@pytest.mark.parametrize("found, protocol", CASES)
def test_replies_are_those_of_redis(both, found, protocol):
    differences = both.differences(found, protocol)
    if differences:
        pytest.fail(
            f"{len(differences)} of {len(found.steps)} steps differ\n" + "\n".join(differences[:40]),
            pytrace=False,
        )


def wrong_arities(both, name):
    """Argument lists that the arity in the oracle's table excludes."""
    row = parse(both.oracle.admin("COMMAND", "INFO", name)).value[0]
    arity, words = int(row.value[1].value), name.split("|")
    least = abs(arity)
    counts = list(range(len(words), least)) + ([least + 1, least + 2, least + 20] if arity > 0 else [])
    return [(*words, *["x"] * (count - len(words))) for count in counts]


@pytest.mark.parametrize("name", [name for name in ALL_COMMANDS if name not in DANGEROUS])
def test_wrong_arity_is_refused_as_redis_does(both, name):
    steps = [
        step for words in wrong_arities(both, name) for step in (words, tuple(word.upper() for word in words))
    ]
    differences = both.differences(sequence(name, *steps, bare=True), 2)
    assert not differences, "\n".join(differences)


def test_the_command_table_holds_what_is_built_and_nothing_else(both):
    listed = {both.oracle: set(), both.subject: set()}
    for side, names in listed.items():
        names.update(name.value.decode() for name in parse(side.admin("COMMAND", "LIST")).value)
    missing = set(ALL_COMMANDS) - listed[both.subject]
    unknown = listed[both.subject] - listed[both.oracle] - set(ADDITIONS)
    assert set(ALL_COMMANDS) <= listed[both.oracle], "support/implemented.py names what Redis 7.0 has not"
    assert not missing, f"not in the table: {sorted(missing)}"
    assert not unknown, f"neither Redis 7.0 nor ADDITIONS knows: {sorted(unknown)}"


@pytest.mark.pongo_only
def test_every_command_that_is_built_is_under_test(both):
    listed = {name.value.decode() for name in parse(both.subject.admin("COMMAND", "LIST")).value}
    untested = listed - set(ALL_COMMANDS) - set(ADDITIONS)
    assert not untested, f"add to support/implemented.py, and write sequences for: {sorted(untested)}"


def test_exceptions_are_few_and_have_reasons():
    """Shows (with -s) what may differ and why."""
    rows = [("exception", exception.what, exception.reason) for exception in EXCEPTIONS]
    rows += [("normalised", command, rule.why) for command, rule in sorted(RULES.items())]
    rows += [("addition", command, reason) for command, reason in ADDITIONS.items()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    print()
    for kind, what, reason in rows:
        print(f"{kind:{widths[0]}}  {what:{widths[1]}}  {reason}")
    assert len(EXCEPTIONS) <= MOST_EXCEPTIONS
    assert all(reason.strip() for _, _, reason in rows)
