"""How long a release that is not well yet may take after its bake: by the pace of time, and never no time at all."""

import msgspec
import pytest

from generator.release.model.settings import Smoke
from generator.release.model.states import Verifying
from generator.release.steps.verify import verifying
from tests.release.journal_rollouts import begun
from tests.release.journal_stories import ready
from tests.release.journal_verification import smoke


@pytest.mark.parametrize(
    ("pace", "after", "waits"),
    [
        (1.0, 299.0, True),
        (1.0, 301.0, False),
        (0.1, 29.0, True),
        (0.1, 31.0, False),
        (0.0, 4.9, True),
        (0.0, 5.1, False),
    ],
)
def test_what_is_not_well_yet_gets_time(pace: float, after: float, waits: bool) -> None:
    """Five minutes as AWS counts; where a sandbox scales time to nothing, five seconds of the machine's own."""
    platform = ready(bake_minutes=1, smoke=(Smoke(path="/healthz"),))
    smoke(platform, (503, "not yet"))
    release, _ = begun(platform)
    platform.until(release, "verifying")
    found = platform.release(release)
    assert isinstance(found.state, Verifying)
    state = msgspec.structs.replace(found.state, until=platform.clock() - after)
    moved = verifying(platform.context()._replace(pace=pace), found, state)
    assert (moved.release.state == found.state) == waits
