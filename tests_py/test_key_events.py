"""Key events: the same as Redis's, of the same keys, in the same order, and in time."""

import pytest

from differential import all_sequences
from support.key_events import event_differences

# The end of a step is announced with a PUBLISH, which a pause would hold back.
PAUSES = {"CLIENT PAUSE of nothing much", "CLIENT PAUSE refuses what it cannot do"}

CASES = [
    pytest.param(found, id=f"{family}: {found.name}")
    for family, found in all_sequences()
    if found.name not in PAUSES
]


@pytest.mark.parametrize("found", CASES)
def test_events_are_those_of_redis(both, found):
    differences = event_differences(both, found)
    if differences:
        pytest.fail(
            f"{len(differences)} of {len(found.steps)} steps differ\n" + "\n".join(differences[:40]), pytrace=False
        )
