"""What is looked at before people are asked: what can't work, what loses data, and room for new tasks."""

from typing import Any

import pytest

from generator.release.client import request_id
from generator.release.model.observed import Alarm, ImageNow
from generator.release.model.preview import Finding
from generator.release.model.requests import Done, Propose, Refusal, Skipped
from tests.release.fake_platform import FakePlatform
from tests.release.platform_templates import service


@pytest.fixture
def platform() -> FakePlatform:
    """Prod at version 1, and version 2 published."""
    platform = FakePlatform(ticks=2)
    platform.created()
    platform.publish(2)
    return platform


def alarm(platform: FakePlatform, state: str) -> None:
    """Give prod's app a deployment alarm in this state."""
    import msgspec

    _, services = platform.aws("prod")
    for arn, found in list(services.services.items()):
        services.services[arn] = msgspec.structs.replace(found, alarms=("prod-app-5xx",))
    services.alarm_states["prod-app-5xx"] = Alarm(name="prod-app-5xx", state=state, reason="5xx > 10")


def test_no_version_of_a_service_yet() -> None:
    """A stack without a version is skipped, and told."""
    platform = FakePlatform()
    platform.publish(1, images=False)
    answer = platform.ask(Propose(id=request_id(), stack="prod/service-app"))
    assert isinstance(answer, Skipped)
    assert "slipway publish" in answer.why


def test_infrastructure_that_loses_data_asks_two(platform: FakePlatform) -> None:
    """Each class of change asks whom its rule names; the strictest decides."""
    platform.publish(3, app=service(table="one"))
    release = platform.deploy()
    assert platform.release(release).classes == ("template",)
    platform.decide(release, "approve")
    platform.later(400)
    assert platform.state(release) == "succeeded"
    platform.publish(4, app=service(table="two"))
    release = platform.deploy()
    assert "stateful" in platform.release(release).classes
    first = platform.decide(release, "approve", "ben")
    assert isinstance(first, Done)
    assert "1 more" in first.text
    twice = platform.decide(release, "approve", "ben")
    assert isinstance(twice, Refusal)
    platform.decide(release, "approve", "cleo")
    platform.later(400)
    assert platform.state(release) == "succeeded"


BAD_IMAGE = ImageNow(
    digest="sha256:" + "0" * 64, architectures=("amd64",), findings=(Finding(name="CVE-1", severity="CRITICAL"),)
)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda h: h.images.images.clear(), "not in the registry"),
        (lambda h: h.images.images.update(dict.fromkeys(h.images.images, BAD_IMAGE)), "built for amd64"),
        (lambda h: alarm(h, "ALARM"), "alarms are in ALARM already"),
        (lambda h: h.aws("prod")[0].remove("slipway-prod-network"), ""),
    ],
)
def test_what_cant_work_asks_nobody(platform: FakePlatform, spoil: Any, says: str) -> None:
    """Pre-flight refuses before people are asked, says why, and leaves nothing behind."""
    spoil(platform)
    release = platform.deploy()
    if not says:
        assert platform.state(release) == "waiting for approval"
        return
    assert platform.state(release) == "failed"
    cause = platform.release(release).cause
    assert cause is not None
    assert says in cause.sentence
    assert platform.log.slot("prod/service-app")[0].open == ""


def test_room_is_looked_for_before_people_are_asked(platform: FakePlatform) -> None:
    """A rollout that has no addresses to run in is refused before anybody is asked."""
    import msgspec

    from generator.release.model.observed import Quota

    stacks, services = platform.aws("prod")
    facts = platform.facts.stacks["prod/service-app"]
    platform.facts.stacks["prod/service-app"] = msgspec.structs.replace(facts, tasks=2)
    stack = next(s for s in stacks.all if s.name == "slipway-prod-service-app")
    stack.source.parameters["PrivateSubnets"] = "subnet-1,subnet-2"  # type: ignore[union-attr]
    stack.source.template["Parameters"]["PrivateSubnets"] = {"Type": "String"}  # type: ignore[union-attr,index]
    services.reported_quotas = [Quota(what="addresses in subnet-1", free=0, needed=1)]
    release = platform.deploy()
    assert platform.state(release) == "failed"
    cause = platform.release(release).cause
    assert cause is not None
    assert "addresses in subnet-1" in cause.sentence
