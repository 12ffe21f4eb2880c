"""``slipway deploy`` and ``apply`` of a version that AWS takes in several updates only: they follow from part to part."""

import json

import pytest
from msgspec.structs import replace

from generator.release.model.settings import Releases
from tests.release.fake_platform import FakePlatform
from tests.release.test_version_parts import indexes, kept
from tests.unit.cli.conftest import Typed


@pytest.fixture
def platform() -> FakePlatform:
    """The table has one index in prod, where somebody approves; version 2 gives it two more."""
    found = FakePlatform(settings={"prod": Releases(bake_minutes=0)}, ticks=1)
    found.publish(1, net=kept("old"))
    found.created()
    found.publish(2, net=kept("old", "a", "b"))
    return found


@pytest.mark.parametrize("line", ["deploy network prod", "apply prod network --yes"])
def test_it_stops_where_people_are_asked(typed: Typed, platform: FakePlatform, line: str) -> None:
    """Each part is approved: exit 3 with what comes later, and after the approval the next part waits by itself."""
    ran = typed(line)
    assert ran.code == 3
    assert "later, each in a release of its own: creates b of Orders" in ran.out
    assert typed("approve prod-network-2", who="ben").code == 0
    assert indexes(platform) == {"old", "a"}
    platform.go()
    assert platform.log.slot("prod/network")[0].open == "prod-network-3"
    waits = typed("follow prod-network-3")
    assert waits.code == 3
    assert "later, each in" not in waits.out


@pytest.mark.parametrize("line", ["deploy network prod --json", "apply prod network --yes --json"])
def test_it_follows_to_the_last_part(typed: Typed, platform: FakePlatform, line: str) -> None:
    """Where nobody is asked, one command brings all of it, in as many releases as it takes."""
    rules = platform.facts.environments["prod"]
    platform.facts.environments["prod"] = replace(rules, protected=False)
    ran = typed(line)
    assert ran.code == 0, ran
    assert indexes(platform) == {"old", "a", "b"}
    found = json.loads(ran.out)
    assert [release["id"] for release in found.get("releases", [found])][-1] == "prod-network-3"
