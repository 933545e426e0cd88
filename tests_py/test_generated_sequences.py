"""Sequences that nobody wrote: Hypothesis draws them from the command table, Redis says what is right.

Deterministic, so that a failure in CI is a failure at home. PONGO_EXAMPLES=5000 looks further; with it
the draws are new each time.
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.generated import sequences, without_races
from support.implemented import ALL_COMMANDS
from support.resp import parse
from support.sequences import Step, as_words, on
from support.settings import EXAMPLES

CHECKS = dict(
    max_examples=EXAMPLES,
    derandomize="PONGO_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
DATABASES = (0, 1, 2, 15)


def state_of(both):
    """Steps that show everything there is: the digest, and each key's type, encoding and expiry."""
    yield on("print", "DEBUG DIGEST")
    for database in DATABASES:
        yield on("print", f"SELECT {database}")
        yield on("print", "DBSIZE")
        keys = parse(both.oracle.connect("print").command("KEYS", "*"))
        for key in keys.value:
            for question in ("TYPE ?", "OBJECT ENCODING ?", "STRLEN ?", "PTTL ?", "DEBUG DIGEST-VALUE ?"):
                yield on(
                    "print", Step(tuple(key.value if word == b"?" else word for word in as_words(question)))
                )


@pytest.mark.parametrize("protocol", [2, 3])
def test_drawn_sequences_answer_as_redis_does(both, protocol):
    with both.oracle.server.raw() as client:
        drawn = sequences(client, set(ALL_COMMANDS))

    @settings(**CHECKS)
    @given(drawn)
    def check(steps):
        both.begin(protocol)
        for steps_to_take in (steps, state_of(both)):
            for step in steps_to_take:
                difference = both.step(step)
                assert not difference, "\n".join(["", *map(str, steps), "differs at:", difference])

    check()


@pytest.mark.parametrize("protocol", [2, 3])
def test_drawn_pipelines_answer_as_redis_does(both, protocol):
    """The same, all commands in one write: order, batching and locks are at work."""
    with both.oracle.server.raw() as client:
        drawn = sequences(client, set(ALL_COMMANDS))

    @settings(**CHECKS)
    @given(drawn, st.integers(1, 4))
    def check(steps, repeated):
        steps = without_races([step for step in steps if not step.scans] * repeated)
        both.begin(protocol)
        difference = both.pipeline(steps)
        assert not difference, "\n".join(["", *map(str, steps), "differs at:", difference])

    check()
