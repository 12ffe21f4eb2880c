"""A stack that nothing asks for any more is named in App Home and by `/deploy status`, until it is deleted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from tests.bot.stage import Stage, facts_of, workspace
from tests.release.fake_platform import FakePlatform, facts_for
from tests.release.platform_templates import network

# Shorter tests cover what this runs.
pytestmark = pytest.mark.no_cover


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Prod runs web, and the configuration that the bot has does not ask for web."""
    with workspace() as slack:
        made = Stage(slack)
        _release(made.platform)
        made.platform.facts = facts_of(facts_for({}, ("app",)), slack.seed)
        made.open()
        made.work()
        yield made
        made.close()


def _release(platform: FakePlatform) -> None:
    facts, platform.facts = platform.facts, facts_for({}, ("app", "web"))
    assert platform.end(platform.apply("prod", "service-web")) == "succeeded"
    platform.facts = facts


def test_the_home_names_what_nothing_asks_for(stage: Stage) -> None:
    """Its row says that nothing asks for it and what deletes it; the other services' rows say nothing of the kind."""
    ben = stage.workspace.person("ben")
    ben.open_home()
    said = str(stage.until(ben.home))
    assert said.count("nothing asks for it any more: `slipway apply` deletes it") == 1
    row = next(line for line in said.split("\\n") if "nothing asks for it" in line)
    assert "*web*" in row


@pytest.mark.parametrize("asked", ["status", "status prod"])
def test_status_in_chat_names_it(stage: Stage, asked: str) -> None:
    """The table of what runs has a row for it."""
    stage.workspace.person("cleo").command("#deploys", f"/deploy {asked}")
    said = stage.until(partial(stage.whispers, "cleo", "Running versions"))
    assert "nothing asks for it" in said


def test_an_environment_without_its_file_is_named(stage: Stage) -> None:
    """App Home and `/deploy status` say which stacks stand without a file, and what to do; other environments' status does not."""
    platform = stage.platform
    platform.created("dev")
    # The front and the worker hold the same facts.
    del platform.facts.environments["dev"]
    for key in ("dev/network", "dev/service-app"):
        del platform.facts.stacks[key]
    ben = stage.workspace.person("ben")
    ben.open_home()
    said = (
        "stacks/environments/dev.yaml is gone, and its stacks are still there: network, service-app. Put the file back"
    )
    stage.until(lambda: said in str(ben.home()))
    stage.workspace.person("cleo").command("#deploys", "/deploy status")
    assert said in stage.whispers("cleo", "Running versions")
    stage.workspace.person("ana").command("#deploys", "/deploy status prod")
    assert said not in stage.whispers("ana", "Running versions")


def test_what_an_update_left_behind_is_named(stage: Stage) -> None:
    """App Home and `/deploy status` say which resource is in no stack any more, and that somebody deletes it by hand."""
    platform = stage.platform
    platform.created("dev")
    platform.publish(3, net=network("10.1.0.0/16"))
    platform.aws("dev")[0].fail("slipway-dev-network", "CLEANUP", "deletion protection is on", "Vpc")
    release = platform.apply("dev", "network")
    stage.state(release, "succeeded")
    ben = stage.workspace.person("ben")
    ben.open_home()
    stage.until(lambda: "is left behind: it is in no stack any more" in str(ben.home()))
    stage.workspace.person("cleo").command("#deploys", "/deploy status dev")
    assert "is left behind: it is in no stack any more" in stage.whispers("cleo", "Running versions")


def test_other_environments_are_not_affected(stage: Stage) -> None:
    """Dev never ran web: its status names nothing."""
    stage.workspace.person("cleo").command("#deploys", "/deploy status dev")
    assert "nothing asks for it" not in stage.whispers("cleo", "Running versions")
