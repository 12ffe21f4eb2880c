"""Whatever a stack goes through, what exists is what its status says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.sandbox.cloudformation.model import Fault
from generator.sandbox.cloudformation.store import Cloud
from generator.sandbox.providers import registry
from tests.sandbox.cloudformation.calls import Cfn
from tests.sandbox.cloudformation.fake_providers import TYPES, Host, Toy, World, queue, template

NAMES = ("Anna", "Bert", "Carl", "Dora")


@st.composite
def _templates(draw: st.DrawFn) -> dict[str, Any]:
    """Up to four queues and topics; a topic with another number is another topic; each may need earlier ones."""
    resources: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True)):
        number = draw(st.integers(1, 3))
        if name in ("Carl", "Dora"):
            resource: dict[str, Any] = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"{name}-{number}"}}
        else:
            resource = queue(DelaySeconds=number)
        needed = draw(st.lists(st.sampled_from(sorted(resources)), unique=True)) if resources else []
        resources[name] = {**resource, **({"DependsOn": needed} if needed else {})}
    return template(**resources)


_FAULTS = st.none() | st.tuples(st.sampled_from(NAMES), st.sampled_from(["CREATE", "UPDATE"]))
_STEPS = st.lists(st.tuples(_templates(), _FAULTS, st.booleans()), max_size=4)


def _matches(world: World, body: dict[str, Any]) -> bool:
    """Whether what exists is exactly what a template says."""
    expected = sorted(str(resource.get("Properties")) for resource in body["Resources"].values())
    return sorted(str(props) for props in world.resources.values()) == expected


def _step(cfn: Cfn, body: dict[str, Any], fault: tuple[str, str] | None, *, keep: bool) -> str:
    """Update the stack; answers its status, or nothing if there was nothing to change."""
    cfn.cloud.faults[:] = [Fault(stack="app", logical_id=fault[0], phase=fault[1])] if fault else []
    made = cfn.change_set(body, name="step")
    if made["Status"] == "FAILED":
        cfn.call("DeleteChangeSet", ChangeSetName=made["ChangeSetId"])
        return ""
    return str(cfn.execute(name="step", DisableRollback=keep)["StackStatus"])


@pytest.mark.no_cover
@settings(max_examples=60)
@given(_templates(), _STEPS)
def test_what_exists_is_what_the_status_says(first: dict[str, Any], steps: list[Any]) -> None:
    """A completed update leaves its template's resources, a rollback those of before, a deletion none."""
    with pytest.MonkeyPatch.context() as patch:
        world = World()
        patch.setattr(registry, "_providers", {kind: Toy(world, name) for kind, name in TYPES.items()})
        patch.setattr(registry, "load", lambda: None)
        host = Host()
        cfn = Cfn(Cloud(host), world, host)
        stack_id = cfn.create(first)["StackId"]
        assert _matches(world, first)
        stable = first
        for body, fault, keep in steps:
            status = _step(cfn, body, fault, keep=keep)
            if status == "UPDATE_COMPLETE":
                stable = body
            elif status == "UPDATE_FAILED":
                cfn.call("RollbackStack", StackName="app")
                cfn.cloud.settle()
                assert cfn.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
            assert cfn.stack()["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
            assert _matches(world, stable), (status, world.log)
        cfn.call("DeleteStack", StackName="app")
        cfn.cloud.settle()
        assert cfn.stack(stack_id)["StackStatus"] == "DELETE_COMPLETE"
        assert world.resources == {}
