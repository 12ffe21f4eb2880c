"""A secret is rotated: the environment's channel has a card of the restart, and nobody asked for it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from generator.release.rotations import restarts_for
from tests.bot.stage import Stage, workspace
from tests.release.test_restarts import restartable
from tests.release.test_rotations import NAME, SECRET

# Shorter tests cover what this runs.
pytestmark = pytest.mark.no_cover


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Prod runs app, whose tasks were given a secret."""
    with workspace() as slack:
        made = Stage(slack)
        facts = made.platform.facts.stacks["prod/service-app"]
        made.platform.facts.stacks["prod/service-app"] = msgspec.structs.replace(facts, secrets=(NAME,), restarts=True)
        _, services = made.platform.aws("prod")
        services.given, services.secrets = (SECRET.rpartition("-")[0],), {NAME}
        made.open()
        made.work()
        yield made
        made.close()


def test_the_channel_is_told_which_secret_was_rotated(stage: Stage) -> None:
    """The card names the service, the secret and that the version stays; the restart ends as any release does."""
    stage.platform.publish(3, app=restartable())
    release = stage.deploy()
    stage.click("ben", release, "approve")
    stage.state(release, "succeeded")
    _, services = stage.platform.aws("prod")
    services.rotations[SECRET] = stage.platform.clock() + 1
    opened, _ = restarts_for(stage.platform.context(), SECRET)
    assert opened == ["prod-app-3"]
    stage.state("prod-app-3", "succeeded")
    card = stage.shows("prod-app-3", f"because {NAME} was rotated")
    assert "same version" in str(card)
