"""Outputs travel: a stack takes what those that feed it put out now, where a release is asked to bring that."""

from __future__ import annotations

from generator.release.client import request_id
from generator.release.model.release import Deploy
from generator.release.model.requests import Opened, Propose, Skipped
from generator.release.model.settings import Releases
from tests.fakes.stack_state import FakeStack
from tests.release.fake_platform import FakePlatform, network, service

ONE = "1" * 40


def platform_with_another_vpc() -> tuple[FakePlatform, FakeStack, FakeStack]:
    """Prod at version 1, whose network was given another VPC since; with the stacks of network and service."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)}, apps=("app",))
    platform.created()
    stacks, _ = platform.aws("prod")
    net, app = (next(s for s in stacks.all if s.name == f"slipway-prod-{n}") for n in ("network", "service-app"))
    net.physical["Vpc"] = "vpc-another"
    return platform, net, app


def refresh(platform: FakePlatform, version: str = ONE) -> str:
    """Ask for what other stacks put out now; answers the release's id."""
    answer = platform.ask(Propose(id=request_id(), stack="prod/service-app", version=version, refresh=True))
    assert isinstance(answer, Opened), answer
    return answer.release


def test_a_refresh_brings_the_outputs_of_today() -> None:
    """The template and the image stay, the fed value is the new one; it is asked for like a template and bound whole."""
    platform, net, app = platform_with_another_vpc()
    image = app.parameters()["ImageUri"]
    release = refresh(platform)
    found = platform.release(release)
    assert (found.purpose, found.image_only) == (Deploy(refresh=True), False)
    assert found.classes[0] == "template"
    platform.decide(release, "approve")
    assert platform.end(release) == "succeeded", platform.release(release)
    ended = platform.release(release)
    assert (ended.image_only, ended.classes[0]) == (False, "template")
    assert app.parameters()["VpcId"] == net.outputs()["VpcId"] == "vpc-another"
    assert app.parameters()["ImageUri"] == image


def test_a_refresh_with_nothing_new_is_skipped() -> None:
    """A stack that has today's outputs is not released again, and says so."""
    platform, _, app = platform_with_another_vpc()
    release = refresh(platform)
    platform.decide(release, "approve")
    platform.end(release)
    answer = platform.ask(Propose(id=request_id(), stack="prod/service-app", version=ONE, refresh=True))
    assert answer == Skipped(why=f"prod/service-app has all of {ONE[:12]} already", current=True)
    assert app.parameters()["VpcId"] == "vpc-another"


def test_an_image_alone_keeps_the_values_that_the_stack_has() -> None:
    """A deployment of another image of the same template brings that image and nothing else."""
    platform, _, app = platform_with_another_vpc()
    before = app.parameters()["VpcId"]
    platform.publish(2)
    release = platform.deploy()
    assert platform.release(release).image_only
    assert warned(platform, release) == []
    platform.decide(release, "approve")
    assert platform.end(release) == "succeeded"
    assert app.parameters()["VpcId"] == before != "vpc-another"


def warned(platform: FakePlatform, release: str) -> list[str]:
    """What the pre-flight says of outputs."""
    return [check.text for check in platform.release(release).checks if check.name == "outputs"]


def test_a_deployment_says_which_values_are_older_than_their_source() -> None:
    """Once the network was released again, each deployment of an image alone says so, until the value was brought."""
    platform, _, _ = platform_with_another_vpc()
    platform.clock.sleep(60)
    platform.publish(2, net={**network("10.0.0.0/17"), "Description": "another"})
    net = platform.apply()
    platform.decide(net, "approve")
    assert platform.end(net) == "succeeded"
    for number in (3, 4):
        platform.publish(number)
        release = platform.deploy()
        [text] = warned(platform, release)
        assert "VpcId of prod/network; bring them with: slipway apply prod app" in text
        platform.decide(release, "approve")
        assert platform.end(release) == "succeeded"
    brought = refresh(platform, "4" * 40)
    assert warned(platform, brought) == []
    platform.decide(brought, "approve")
    assert platform.end(brought) == "succeeded"
    platform.publish(5)
    assert warned(platform, platform.deploy()) == []


def test_a_refresh_without_its_source_says_what_is_missing() -> None:
    """Where nobody puts the value out any more, nothing is released, and the release says which value and how to get it."""
    platform, net, _ = platform_with_another_vpc()
    assert net.source is not None
    net.source.template["Outputs"] = {}  # type: ignore[index]
    release = refresh(platform)
    assert platform.state(release) == "failed"
    cause = platform.release(release).cause
    assert cause is not None
    assert cause.sentence == "prod/service-app needs VpcId of prod/network, which no deployed stack provides yet"
    assert cause.fix == "deploy the other stack first: slipway apply prod"


def test_an_output_that_moves_again_supersedes_a_refresh() -> None:
    """What was approved is what runs: a value that is another one at the execution ends the release, named."""
    platform, net, app = platform_with_another_vpc()
    release = refresh(platform)
    net.physical["Vpc"] = "vpc-third"
    platform.decide(release, "approve")
    platform.later(60)
    assert platform.state(release) == "superseded"
    cause = platform.release(release).cause
    assert cause is not None
    assert "VpcId of prod/network changed from vpc-another to vpc-third" in cause.sentence
    assert app.parameters()["VpcId"] not in {"vpc-another", "vpc-third"}


def test_a_refresh_of_a_newer_version_brings_both() -> None:
    """Another template takes today's outputs in any case; the log says that it was to refresh them."""
    platform, _, app = platform_with_another_vpc()
    platform.publish(2, app=service("1024"))
    release = refresh(platform, "2" * 40)
    platform.decide(release, "approve")
    assert platform.end(release) == "succeeded"
    assert app.parameters()["VpcId"] == "vpc-another"
    first = next(iter(platform.log.entries(f"release/{release}")))
    assert first.detail["refresh"] == "yes"
