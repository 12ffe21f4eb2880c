"""``slipway status`` names what an update left behind."""

import json

from tests.release.fake_platform import FakePlatform
from tests.release.platform_templates import network
from tests.unit.cli.conftest import Typed


def test_status_says_what_to_delete_by_hand(typed: Typed, platform: FakePlatform) -> None:
    """A line for each resource with its id, and a field of the JSON; nothing before."""
    assert "left behind" not in typed("status dev").out
    platform.created("dev")
    platform.publish(3, net=network("10.1.0.0/16"))
    platform.aws("dev")[0].fail("slipway-dev-network", "CLEANUP", "deletion protection is on", "Vpc")
    assert platform.end(platform.apply("dev", "network")) == "succeeded"
    said = typed("status dev").out
    assert "dev/network: Vpc (" in said
    assert "is left behind: it is in no stack any more, and AWS could not delete it" in said
    rows = {row["stack"]: row["left_behind"] for row in json.loads(typed("status dev --json").out)["stacks"]}
    assert [len(rows["dev/network"]), len(rows["dev/service-app"])] == [1, 0]
