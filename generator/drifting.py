"""Drift of a stack: what differs from its template, without what ECS and autoscaling own."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from generator.engine import Engine
from generator.errors import UsageError
from generator.release.errors import Invalid
from generator.release.model.release import StackRef

_LONGEST = 600.0  # seconds that a detection may take
# ECS shifts traffic by these, and autoscaling sets the count: nobody changed anything by hand.
_OWNED = {
    "AWS::ElasticLoadBalancingV2::ListenerRule": ("/Actions/",),
    "AWS::ElasticLoadBalancingV2::Listener": ("/DefaultActions/",),
    "AWS::ECS::Service": ("/DesiredCount", "/TaskDefinition"),
}


class Drifted(NamedTuple):
    """One property that differs; ``path`` is "" for a resource that somebody deleted."""

    stack: str
    logical_id: str
    type: str
    status: str
    path: str
    expected: str
    actual: str


def drifted(engine: Engine, ref: StackRef, say: Callable[[str], None]) -> Iterator[Drifted]:
    """Let CloudFormation compare one stack; nothing for one that is not there.

    Raises:
        UsageError: there are no credentials to look with.
    """
    if engine.tools is None:
        raise UsageError("this engine has no access to AWS of its own; use --sandbox, or credentials")
    api = engine.tools.calls("cloudformation", ref.account, ref.region)
    try:
        begun = api("detect_stack_drift", StackName=ref.name)["StackDriftDetectionId"]
    except Invalid as error:
        if "does not exist" in str(error):
            return
        raise
    say(f"{ref.key}: CloudFormation compares")
    end = engine.clock() + _LONGEST
    while True:
        told = api("describe_stack_drift_detection_status", StackDriftDetectionId=begun)
        if told["DetectionStatus"] != "DETECTION_IN_PROGRESS" or engine.clock() > end:
            break
        engine.sleep(max(0.05, 2.0 * engine.pace))
    if told["DetectionStatus"] != "DETECTION_COMPLETE":
        say(f"{ref.key}: could not be compared whole: {told.get('DetectionStatusReason', told['DetectionStatus'])}")
    rows = api.pages(
        "describe_stack_resource_drifts",
        "StackResourceDrifts",
        StackName=ref.name,
        StackResourceDriftStatusFilters=["MODIFIED", "DELETED"],
    )
    for row in rows:
        yield from _differences(ref, row)


def _differences(ref: StackRef, row: dict[str, Any]) -> Iterator[Drifted]:
    kind, status = row["ResourceType"], row["StackResourceDriftStatus"]
    if status == "DELETED":
        yield Drifted(ref.key, row["LogicalResourceId"], kind, status, "", "there", "deleted")
        return
    for difference in row.get("PropertyDifferences", ()):
        path = difference["PropertyPath"]
        if not path.startswith(_OWNED.get(kind, ("\0",))):
            yield Drifted(
                ref.key, row["LogicalResourceId"], kind, status, path,
                str(difference["ExpectedValue"]), str(difference["ActualValue"]),
            )  # fmt: skip
