"""What somebody changed outside of CloudFormation, and who, if CloudTrail reports it.

Source: CloudFormation API Reference, DetectStackDrift; CloudTrail API Reference, LookupEvents (90 days, two calls a
second).
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from generator.aws.api_client import Api
from generator.release.errors import Denied, Invalid, Unavailable
from generator.release.model.preview import Drifted

_LOOKUPS = 10  # resources that CloudTrail is asked about


class Drift(NamedTuple):
    """The differences. ``problem`` says what could not be checked, "" if everything was."""

    drifted: tuple[Drifted, ...]
    problem: str = ""


def drift(
    cloudformation: Api,
    stack: str,
    *,
    trail: Api | None = None,
    sleep: Callable[[float], None] = time.sleep,
    patience: float = 300.0,
) -> Drift:
    """Detect the drift of a stack by name or id.

    Raises:
        Invalid: There is no such stack, or nothing was created in it yet.
        Unavailable: It takes too long.
    """
    detection = start_detection(cloudformation, stack)
    waited, pause = 0.0, 0.25
    while (found := detection_result(cloudformation, stack, detection, trail=trail)) is None:
        if waited >= patience:
            raise Unavailable(f"drift of {stack} is not known after {patience:.0f} s; try again")
        sleep(pause)
        waited, pause = waited + pause, min(pause * 1.5, 5.0)
    return found


def start_detection(cloudformation: Api, stack: str) -> str:
    """Start to detect the drift of a stack by name or id. Returns the detection's id.

    Raises:
        Invalid: There is no such stack, or nothing was created in it yet.
    """
    return str(cloudformation("detect_stack_drift", StackName=stack)["StackDriftDetectionId"])


def detection_result(cloudformation: Api, stack: str, detection: str, *, trail: Api | None = None) -> Drift | None:
    """The result of a detection. None while it is running."""
    status = cloudformation("describe_stack_drift_detection_status", StackDriftDetectionId=detection)
    if status["DetectionStatus"] == "DETECTION_IN_PROGRESS":
        return None
    rows = cloudformation.pages(
        "describe_stack_resource_drifts",
        "StackResourceDrifts",
        StackName=stack,
        StackResourceDriftStatusFilters=["MODIFIED", "DELETED"],
    )
    found: list[Drifted] = []
    for number, row in enumerate(sorted(rows, key=lambda row: str(row["LogicalResourceId"]))):
        asked = trail is not None and number < _LOOKUPS
        who, when = _who(trail, row.get("PhysicalResourceId", "")) if trail is not None and asked else ("", "")
        found += _drifted(row, who, when)
    failed = status["DetectionStatus"] == "DETECTION_FAILED"
    return Drift(tuple(found), status.get("DetectionStatusReason", "some resources") if failed else "")


def _drifted(row: Mapping[str, Any], who: str, when: str) -> list[Drifted]:
    said = {"logical_id": row["LogicalResourceId"], "type": row["ResourceType"], "who": who, "when": when}
    if row["StackResourceDriftStatus"] == "DELETED":
        return [Drifted(path="", expected="there", actual="deleted", **said)]
    return [
        Drifted(
            path=difference["PropertyPath"],
            expected=difference.get("ExpectedValue", ""),
            actual=difference.get("ActualValue", ""),
            **said,
        )
        for difference in row.get("PropertyDifferences", ())
    ]


def _who(trail: Api, name: str) -> tuple[str, str]:
    """Who last changed a resource, and when. Both "" if CloudTrail does not report it: nothing is guessed."""
    if not name:
        return "", ""
    asked = [{"AttributeKey": "ResourceName", "AttributeValue": name}]
    try:
        events = trail("lookup_events", LookupAttributes=asked, MaxResults=50).get("Events", ())
    except (Denied, Invalid, Unavailable):
        return "", ""
    # CloudFormation's own calls carry the name of its sessions.
    writes = [
        event for event in events
        if event.get("ReadOnly") != "true" and event.get("Username") and "AWSCloudFormation" not in event["Username"]
    ]  # fmt: skip
    newest = max(writes, key=lambda event: event["EventTime"].timestamp(), default=None)
    return (newest["Username"], newest["EventTime"].isoformat()) if newest else ("", "")
