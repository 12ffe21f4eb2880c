"""What an update leaves behind, because AWS can't delete it, is named by the release and by status until the next one."""

import pytest

from generator.release.left_behind import left_behind, may_leave, sentences
from generator.release.messages import reasons
from generator.release.model.observed import StackEvent, StackNow
from tests.release.fake_platform import FakePlatform
from tests.release.platform_templates import network

SAID = "Update successful. One or more resources could not be deleted."
OLD, NEW = "arn:old", "arn:new"


def event(status: str, physical: str = OLD, name: str = "LoadBalancer", kind: str = "T") -> StackEvent:
    """An event of a stack."""
    return StackEvent(id=f"{status}{physical}", at=0.0, logical_id=name, type=kind, status=status, physical_id=physical)


@pytest.mark.parametrize(
    ("events", "left"),
    [
        ([], ()),
        ([event("DELETE_IN_PROGRESS"), event("DELETE_COMPLETE")], ()),
        (
            [event("UPDATE_COMPLETE", NEW), event("DELETE_IN_PROGRESS"), event("DELETE_FAILED")],
            ("LoadBalancer (arn:old)",),
        ),
        ([event("DELETE_FAILED"), event("DELETE_COMPLETE")], ()),  # the second of its three tries
        ([event("DELETE_FAILED", kind="AWS::CloudFormation::Stack")], ()),
        ([event("DELETE_FAILED", name="B"), event("DELETE_FAILED", name="A")], ("A (arn:old)", "B (arn:old)")),
    ],
)
def test_the_last_event_of_a_resource_decides(events: list[StackEvent], left: tuple[str, ...]) -> None:
    """A failed deletion that was tried again and went well leaves nothing."""
    assert left_behind(events) == left


@pytest.mark.parametrize(("reason", "found"), [("", False), (SAID, True), ("User Initiated", False)])
def test_events_are_read_only_where_the_stack_says_so(reason: str, found: bool) -> None:
    """A usual release makes no call more."""
    assert may_leave(StackNow(id="i", name="n", status="UPDATE_COMPLETE", reason=reason)) is found


def test_a_release_and_status_name_it_until_the_next_release() -> None:
    """The release succeeds and says what stays; the log has it for status and App Home; the next release of the stack clears it."""
    platform = FakePlatform(ticks=1, apps=("app",))
    platform.created("dev")
    platform.publish(2, net=network("10.1.0.0/16"))
    stacks, _ = platform.aws("dev")
    stacks.fail("slipway-dev-network", "CLEANUP", "deletion protection is on", "Vpc")
    release = platform.apply("dev", "network")
    assert platform.end(release) == "succeeded"
    found = platform.release(release)
    [one] = found.left
    assert one.startswith("Vpc (")
    assert list(reasons(found)) == list(sentences("dev/network", [one]))
    assert platform.log.slot("dev/network")[0].left == (one,)
    platform.publish(3, net=network("10.2.0.0/16"))
    assert platform.end(platform.apply("dev", "network")) == "succeeded"
    assert platform.log.slot("dev/network")[0].left == ()
