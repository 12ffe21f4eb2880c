"""How often one release asks AWS: counted on fakes, so that no machine's speed and no clock changes the numbers."""

from __future__ import annotations

from collections import Counter

import pytest

from generator.release.model.settings import Releases
from tests.release.fake_platform import FakePlatform


# Before approvals were computed from the log's entries, and before versions were signed, it was 80, 97 and 171.
@pytest.mark.parametrize(("ticks", "most"), [(0, 80), (2, 97), (12, 171)])
def test_what_holds_the_promise_costs_no_call_more(ticks: int, most: int) -> None:
    """From the request to the verified version, by how many looks the update takes; receiving messages is not counted."""
    platform = FakePlatform(ticks=ticks, settings={"prod": Releases(bake_minutes=0)})
    platform.created()
    platform.publish(2)
    platform.faults.calls.clear()
    release = platform.deploy()
    platform.decide(release, "approve")
    assert platform.end(release) == "succeeded"
    calls = [name for name in platform.faults.calls if not name.startswith("queue.")]
    assert len(calls) <= most, Counter(calls)
