"""Drift detection: what differs between the template's properties and the live ones.

Only properties that the template sets are compared, as AWS does. Source: AWS CloudFormation User Guide, "Detect
unmanaged configuration changes with drift detection".
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from generator.sandbox.cloudformation.ids import new_id
from generator.sandbox.cloudformation.model import Detection, Drift
from generator.sandbox.cloudformation.operation_run import ResourceContext, Run
from generator.sandbox.cloudformation.properties import coerce
from generator.sandbox.cloudformation.property_differences import at, leaves
from generator.sandbox.cloudformation.request_input import page
from generator.sandbox.cloudformation.resource_schemas import schema
from generator.sandbox.cloudformation.template_values import as_text, invalid
from generator.sandbox.providers.provider import ResourceFailure
from generator.sandbox.providers.registry import provider_for
from generator.sandbox.server.clock import Interrupted

if TYPE_CHECKING:
    from generator.sandbox.cloudformation.model import Resource, Stack
    from generator.sandbox.cloudformation.property_differences import PropertyDifference
    from generator.sandbox.cloudformation.request_input import Call
    from generator.sandbox.cloudformation.resource_schemas import Schema
    from generator.sandbox.cloudformation.store import Cloud

_KINDS = {"Add": "ADD", "Remove": "REMOVE", "Modify": "NOT_EQUAL"}
_DETECTABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED")
_WAIT = 5.0  # AWS's seconds for a detection; assumed
_PAGE = 100


def _without(value: Any, path: tuple[str, ...]) -> Any:
    """A value without what nobody can read of it; ``*`` stands for each item of a list."""
    if isinstance(value, list):
        return [_without(item, path[1:] if path[0] == "*" else path) for item in value]
    if not isinstance(value, dict):
        return value
    if len(path) == 1:
        return {key: part for key, part in value.items() if key != path[0]}
    return {key: _without(part, path[1:]) if key == path[0] else part for key, part in value.items()}


def compare(spec: Schema | None, expected: dict[str, Any], actual: dict[str, Any]) -> list[dict[str, str]]:
    """The differences in boto3's shape; order does not count where the schema says so, nor do the types of scalars."""
    write_only = {path[0] for path in spec.write_only if len(path) == 1} if spec else set()
    for path in (path for path in spec.write_only if len(path) > 1) if spec else ():
        expected, actual = _without(expected, path), _without(actual, path)
    # The live resource has defaults that nobody asked for: only what the template sets is compared.
    expected = {key: value for key, value in expected.items() if "{{resolve:" not in _text(value)}
    compared = {key: value for key, value in expected.items() if key not in write_only and key in actual}
    live = {key: _only(compared[key], actual[key]) for key in compared}
    left, right = _normal(spec, spec.raw if spec else {}, compared), _normal(spec, spec.raw if spec else {}, live)
    gone = [key for key in expected if key not in write_only and key not in actual and spec is not None]
    found = [_difference(leaf, left, right) for leaf in leaves(spec, left, right)]
    found += [
        {
            "PropertyPath": f"/{key}",
            "ExpectedValue": _text(expected[key]),
            "ActualValue": "null",
            "DifferenceType": "REMOVE",
        }
        for key in gone
        if expected[key] not in ([], {}, "", None, False)
    ]
    return found


def _only(expected: Any, actual: Any) -> Any:
    """The live value without the members that the template does not set."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return {key: _only(expected[key], value) for key, value in actual.items() if key in expected}
    if isinstance(expected, list) and isinstance(actual, list):
        return [_only(expected[place], value) if place < len(expected) else value for place, value in enumerate(actual)]
    return actual


def _normal(spec: Schema | None, node: Any, value: Any) -> Any:
    """Scalars as the schema has them, and lists without an order sorted."""
    if spec is None:
        return value
    value = coerce(spec, node, value)
    return _sorted(spec, spec.definition(node), value)


def _sorted(spec: Schema, node: dict[str, Any], value: Any) -> Any:
    if isinstance(value, dict):
        known = node.get("properties") or {}
        return {key: _sorted(spec, spec.definition(known.get(key, {})), part) for key, part in value.items()}
    if isinstance(value, list):
        items = [_sorted(spec, spec.definition(node.get("items", {})), part) for part in value]
        return (
            items
            if node.get("insertionOrder", True)
            else sorted(items, key=lambda part: json.dumps(part, sort_keys=True))
        )
    return value


def _difference(leaf: PropertyDifference, expected: Any, actual: Any) -> dict[str, str]:
    return {
        "PropertyPath": "".join(f"/{part}" for part in leaf.path),
        "ExpectedValue": _text(at(expected, leaf.path)) if leaf.kind != "Add" else "null",
        "ActualValue": _text(at(actual, leaf.path)) if leaf.kind != "Remove" else "null",
        "DifferenceType": _KINDS[leaf.kind],
    }


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict | list) else as_text(value)


def check(cloud: Cloud, stack: Stack, resource: Resource) -> Drift:
    """Read a resource and compare it; the result is kept with the resource."""
    provider = provider_for(resource.type)
    now = cloud.host.clock.now()
    expected = resource.shown
    if provider is None:
        return Drift(status="UNKNOWN", at=now, expected=_text(expected))
    try:
        actual = provider.read(_context(cloud, stack, resource), resource.physical_id, resource.props)
    except ResourceFailure as failure:
        status = "DELETED" if failure.code == "NotFound" else "UNKNOWN"
        drift = Drift(status=status, at=now, expected=_text(expected))
    except Exception as error:  # noqa: BLE001 - whatever the service says, drift detection continues with the next
        missing = "NotFound" in str(error) or "NonExist" in str(error) or "does not exist" in str(error)
        drift = Drift(status="DELETED" if missing else "UNKNOWN", at=now, expected=_text(expected))
    else:
        differences = compare(schema(resource.type), resource.props, actual)
        for difference in differences:
            _mask(resource, difference)
        live = {key: value for key, value in actual.items() if key in resource.props}
        drift = Drift(
            status="MODIFIED" if differences else "IN_SYNC",
            at=now,
            expected=_text(expected),
            actual=_text(live if resource.props == resource.shown else {key: expected[key] for key in live}),
            differences=differences,
        )
    with cloud.lock:
        resource.drift = drift
    return drift


def _mask(resource: Resource, difference: dict[str, str]) -> None:
    """NoEcho values stay hidden in drift results too."""
    key = difference["PropertyPath"].split("/")[1]
    if resource.props.get(key) != resource.shown.get(key):
        difference["ExpectedValue"] = difference["ActualValue"] = "****"


def _context(cloud: Cloud, stack: Stack, resource: Resource) -> ResourceContext:
    run = Run.__new__(Run)  # reading is no operation of the stack: it leaves no trace in its history
    run.cloud, run.stack, run.halt, run.cancelled = cloud, stack, threading.Event(), False
    return ResourceContext(run, resource.logical_id, None)


def detect_stack_drift(call: Call) -> dict[str, Any]:
    """`DetectStackDrift`: starts a detection over the whole stack, or over the resources named."""
    cloud = call.cloud
    with cloud.lock:
        stack = call.stack()
        if stack.status not in _DETECTABLE:
            raise invalid(f"Drift detection cannot be performed on stack in status {stack.status}")
        names = [str(name) for name in call.items("LogicalResourceIds")]
        missing = [name for name in names if name not in stack.resources]
        if missing:
            raise invalid(f"Resources {missing} do not exist for stack {stack.name}")
        found = Detection(detection_id=new_id(), stack_id=stack.stack_id, at=cloud.host.clock.now())
        cloud.detections[found.detection_id] = found
    thread = threading.Thread(
        target=_detect, args=(cloud, stack, found, names), name="cloudformation drift", daemon=True
    )
    cloud.threads = [thread, *(other for other in cloud.threads if other.is_alive())]
    thread.start()
    return {"StackDriftDetectionId": found.detection_id}


def _detect(cloud: Cloud, stack: Stack, found: Detection, names: list[str]) -> None:
    try:
        cloud.host.clock.sleep(_WAIT)
    except Interrupted:
        return
    chosen = [row for name, row in list(stack.resources.items()) if row.physical_id and (not names or name in names)]
    drifts = [check(cloud, stack, row) for row in chosen]
    drifted = sum(drift.status in ("MODIFIED", "DELETED") for drift in drifts)
    with cloud.lock:
        found.drifted = drifted
        found.drift_status = "DRIFTED" if drifted else "IN_SYNC"
        found.status = "DETECTION_COMPLETE"
        stack.drift_status, stack.drift_at = found.drift_status, cloud.host.clock.now()


def describe_stack_drift_detection_status(call: Call) -> dict[str, Any]:
    """`DescribeStackDriftDetectionStatus`."""
    with call.cloud.lock:
        found = call.cloud.detections.get(call.required("StackDriftDetectionId"))
        if found is None:
            raise invalid(f"Stack drift detection {call.text('StackDriftDetectionId')} does not exist")
        done = found.status != "DETECTION_IN_PROGRESS"
        return {
            "StackId": found.stack_id,
            "StackDriftDetectionId": found.detection_id,
            "StackDriftStatus": found.drift_status if done else None,
            "DetectionStatus": found.status,
            "DetectionStatusReason": found.reason or None,
            "DriftedStackResourceCount": found.drifted if done else None,
            "Timestamp": found.at,
        }


def describe_stack_resource_drifts(call: Call) -> dict[str, Any]:
    """`DescribeStackResourceDrifts`: what the last detection found, by status if asked."""
    with call.cloud.lock:
        stack = call.stack()
        statuses = {str(status) for status in call.items("StackResourceDriftStatusFilters")}
        found = [
            _row(stack, row, row.drift)
            for row in stack.resources.values()
            if row.drift is not None and (not statuses or row.drift.status in statuses)
        ]
        rows, token = page(found, call.text("NextToken"), _PAGE)
        return {"StackResourceDrifts": rows, "NextToken": token}


def detect_stack_resource_drift(call: Call) -> dict[str, Any]:
    """`DetectStackResourceDrift`: of one resource, at once."""
    with call.cloud.lock:
        stack, name = call.stack(), call.required("LogicalResourceId")
        row = stack.resources.get(name)
        if row is None:
            raise invalid(f"Resource {name} does not exist for stack {stack.name}")
    return {"StackResourceDrift": _row(stack, row, check(call.cloud, stack, row))}


def _row(stack: Stack, resource: Resource, drift: Drift) -> dict[str, Any]:
    return {
        "StackId": stack.stack_id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type,
        "ExpectedProperties": drift.expected or None,
        "ActualProperties": drift.actual or None,
        "PropertyDifferences": drift.differences,
        "StackResourceDriftStatus": drift.status,
        "Timestamp": drift.at,
    }
