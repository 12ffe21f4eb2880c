"""One environment's storm does not starve what people do in another one."""

from __future__ import annotations

import pytest

from tests.simulation.storm import Plan, Storm, Waited

# Measuring takes as long again, and shorter tests cover what these run.
pytestmark = pytest.mark.no_cover

# A worker with four threads has 200 releases of dev to move; each of them is claimed and saved dozens of times.
STORM = Plan(workers=1, threads=4, services=200, latency=0.2)


def waited(act: str) -> Waited:
    """What an act in prod waits for, while all of the storm's releases are open."""
    storm = Storm(1, STORM)
    storm.begin()
    waits: Waited = getattr(storm, act)()
    assert len(storm.open()) >= 200
    storm.time.close()
    return waits


def test_a_storm_in_dev_does_not_starve_a_rollback_in_prod() -> None:
    """200 releases of dev are due: a rollback in prod runs after at most 60 writes of theirs, not after a thousand."""
    assert waited("roll_back").claims <= 60


def test_a_storm_in_dev_does_not_hold_up_a_decision_in_prod() -> None:
    """200 releases of dev are due: an approval in prod is answered in 4 seconds, at 0.2 seconds a call."""
    waits = waited("approve")
    assert waits.claims <= 20
    assert waits.seconds <= 4.0
