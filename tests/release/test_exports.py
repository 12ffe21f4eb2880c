"""What another stack imports can neither change nor go: said before anybody is asked, on fakes of AWS."""

from typing import Any

import pytest

from tests.release.fake_platform import FakePlatform

NAME = "slipway-prod-network"


def template(value: Any = None, *, export: str | None = "prod-vpc", delay: int = 1, queue: str = "q") -> dict[str, Any]:
    """A stack of somebody else's templates with one exported output."""
    output: dict[str, Any] = {"Value": value or {"Ref": "Queue"}}
    if export is not None:
        output["Export"] = {"Name": export}
    row = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": queue, "DelaySeconds": delay}}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {}}
    return {"Resources": {"Queue": row, "Topic": topic}, "Outputs": {"Vpc": output}}


@pytest.fixture
def platform() -> FakePlatform:
    """Prod's network exports a value, and another stack imports it."""
    platform = FakePlatform()
    platform.publish(1, net=template())
    assert platform.end(platform.apply("prod", "network")) == "succeeded"
    platform.aws("prod")[0].imports["prod-vpc"] = ["other"]
    return platform


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        (template(delay=2), ""),
        (template({"Ref": "Topic"}, delay=2), "the export prod-vpc would change, and other imports it"),
        (template(export=None, delay=2), "the export prod-vpc would go, and other imports it"),
        (template(export="prod-vpc-2", delay=2), "the export prod-vpc would change, and other imports it"),
        (template(queue="another"), "the export prod-vpc would change, and other imports it"),  # the queue is replaced
    ],
)
def test_an_export_that_is_imported_stays(platform: FakePlatform, changed: dict[str, Any], refused: str) -> None:
    """A change that takes it away ends before people are asked, with who imports it; any other change goes on."""
    platform.publish(2, net=changed)
    release = platform.apply("prod", "network")
    found = platform.release(release)
    if not refused:
        assert platform.state(release) == "waiting for approval"
        return
    assert platform.state(release) == "failed"
    assert found.cause is not None
    assert found.cause.sentence == f"AWS refuses it: {refused}"
    assert platform.aws("prod")[0].all[0].change_sets == [] or not found.approvals


def test_what_nobody_imports_may_change(platform: FakePlatform) -> None:
    """An export without users is a name like any other."""
    platform.aws("prod")[0].imports.clear()
    platform.publish(2, net=template(export=None, delay=2))
    assert platform.state(platform.apply("prod", "network")) == "waiting for approval"
