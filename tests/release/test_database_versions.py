"""RDS moves minor versions on by itself: a release that names an older one than runs ends before anybody is asked."""

from typing import Any

import pytest

from generator.release.errors import Denied
from generator.release.model.settings import Releases
from generator.release.model.states import name
from tests.release.fake_platform import FakePlatform
from tests.release.platform_templates import network


def kept(version: str) -> dict[str, Any]:
    """A network with a database of this version."""
    body = network()
    properties = {"Engine": "postgres", "EngineVersion": version}
    return {**body, "Resources": body["Resources"] | {"Db": {"Type": "AWS::RDS::DBInstance", "Properties": properties}}}


@pytest.mark.parametrize(
    ("runs", "wanted", "refused"),
    [
        ("15.10", "15.7", True),
        ("15.10", "15.10", False),
        ("15.10", "15.11", False),
        ("15.10", "15", False),
        ("15.10", "14", True),
        ("", "15.7", False),
    ],
)
def test_no_downgrade_is_planned(runs: str, wanted: str, refused: bool) -> None:
    """The version that runs decides, not the one that the template had: it is told, with what to write."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)}, ticks=2)
    platform.publish(1, net=kept("15.4"))
    platform.created()
    stacks, services = platform.aws("prod")
    physical = next(s for s in stacks.all if s.name == "slipway-prod-network").physical["Db"]
    if runs:
        services.database_versions[physical] = runs
    platform.publish(2, net=kept(wanted))
    release = platform.release(platform.apply("prod", "network"))
    assert (name(release.state) == "failed") is refused
    if refused:
        assert release.cause
        assert release.cause.sentence.startswith("Db: it runs 15.10 now, and RDS upgrades to newer versions only")
        assert release.cause.fix == "write data.database.version: 15.10, which changes nothing, or a newer one"
        assert release.gate is None


def test_a_role_that_may_not_look_leaves_it_to_rds() -> None:
    """An account whose foundation is older than this right releases as before."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)}, ticks=2)
    platform.publish(1, net=kept("15.4"))
    platform.created()
    platform.faults.fail("services.database_version", error=lambda: Denied("no right"), times=100)
    platform.publish(2, net=kept("15.7"))
    assert name(platform.release(platform.apply("prod", "network")).state) == "waiting for approval"
