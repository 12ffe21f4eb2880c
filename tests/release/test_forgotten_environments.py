"""An environment whose file is gone from ``stacks/`` while its stacks stand: told, and refused with what to do."""

import msgspec
import pytest

from generator.release.client import request_id
from generator.release.environment_state import forgotten, forgotten_sentences, note_existing
from generator.release.model.platform import PlatformFacts
from generator.release.model.requests import Propose, Refusal
from tests.release.fake_platform import FakePlatform


def without(facts: PlatformFacts, environment: str) -> PlatformFacts:
    """The platform once the file of an environment was deleted."""
    return msgspec.structs.replace(
        facts,
        environments={name: rules for name, rules in facts.environments.items() if name != environment},
        stacks={key: found for key, found in facts.stacks.items() if found.ref.environment != environment},
    )


def unnote(platform: FakePlatform) -> None:
    """Leave the log as it was before it had notes of stacks and environments."""
    for key in [k for k in platform.table.items if k[0] == "environments" or k[1].startswith("stack#")]:
        del platform.table.items[key], platform.table._parts[key[0]][key[1]]


@pytest.fixture
def platform() -> FakePlatform:
    """Dev and prod with a network and app each."""
    found = FakePlatform(ticks=1, apps=("app",))
    found.created("prod")
    found.created("dev")
    return found


def test_the_log_knows_environments_whose_files_are_gone(platform: FakePlatform) -> None:
    """None while each has its file; without dev's, dev's stacks are named with the way to keep or delete them."""
    assert forgotten(platform.log, platform.facts.environments) == {}
    found = forgotten(platform.log, without(platform.facts, "dev").environments)
    assert found == {"dev": ["dev/network", "dev/service-app"]}
    [said] = forgotten_sentences(found)
    assert said == (
        "dev: stacks/environments/dev.yaml is gone, and its stacks are still there: network, service-app. Put the file "
        "back; to delete the environment, run after that: slipway destroy dev"
    )


def test_stacks_that_were_released_before_there_were_notes(platform: FakePlatform) -> None:
    """The daily look notes what exists, so that an environment is known before its file is deleted; a stack that is gone is not."""
    unnote(platform)
    platform.aws("dev")[0].remove("slipway-dev-service-app")
    gone = without(platform.facts, "dev").environments
    assert forgotten(platform.log, gone) == {}
    for environment in platform.facts.environments:
        list(note_existing(platform.context(), environment))
    assert forgotten(platform.log, gone) == {"dev": ["dev/network"]}
    before = dict(platform.table.items)
    list(note_existing(platform.context(), "dev"))
    assert platform.table.items == before


def test_an_environment_without_stacks_is_not_told(platform: FakePlatform) -> None:
    """Staging never had a stack."""
    assert forgotten(platform.log, without(platform.facts, "staging").environments) == {}


def test_many_stacks_are_counted() -> None:
    """Six are named."""
    keys = [f"dev/service-{n}" for n in range(9)]
    [said] = forgotten_sentences({"dev": keys})
    assert "service-5 and 3 more. Put the file back" in said


def test_what_is_open_there_ends(platform: FakePlatform) -> None:
    """A rollout that runs while the file is deleted is watched to its end, and nothing new is released there."""
    platform.publish(2)
    running = platform.deploy("dev")
    platform.until(running, "watching")
    platform.facts = without(platform.facts, "dev")
    platform.workers = [platform.worker("w2")]
    assert platform.end(running, within=3600) == "succeeded"
    refused = platform.ask(Propose(id=request_id(), stack="dev/service-app"))
    assert isinstance(refused, Refusal)
    assert "there is no stack dev/service-app" in refused.why


def test_who_is_asked_meanwhile_is_asked_by_the_strictest_rules(platform: FakePlatform) -> None:
    """What nobody agreed to yet needs people as a protected environment does; one person of the log can cancel it."""
    platform.publish(2)
    waiting = platform.deploy("prod")
    platform.until(waiting, "waiting for approval")
    platform.facts = without(platform.facts, "prod")
    platform.workers = [platform.worker("w2")]
    platform.decide(waiting, "cancel", "ana")
    platform.later(60)
    assert platform.state(waiting) == "cancelled"
