"""CloudFormation's operations, as the overlay calls them, and the one store behind them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import msgspec

from generator.sandbox.clock import CLOCK
from generator.sandbox.cloudformation import changesets, describe, drift, making, stacks, texts
from generator.sandbox.cloudformation.host import Loopback
from generator.sandbox.cloudformation.model import Fault
from generator.sandbox.cloudformation.notices import Notices, to_event_bridge, to_topics
from generator.sandbox.cloudformation.operations import resume
from generator.sandbox.cloudformation.requests import Call
from generator.sandbox.cloudformation.store import Cloud
from generator.sandbox.control import control
from generator.sandbox.overlay import operation
from generator.sandbox.providers.record import RECORDS
from generator.sandbox.state import persisted

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.wire import Request

    Function = Callable[[Call], dict[str, Any]]

OPERATIONS: dict[str, Function] = {
    "CreateChangeSet": making.create_change_set,
    "DescribeChangeSet": changesets.describe_change_set,
    "ListChangeSets": changesets.list_change_sets,
    "DeleteChangeSet": changesets.delete_change_set,
    "ExecuteChangeSet": changesets.execute_change_set,
    "CreateStack": stacks.create_stack,
    "UpdateStack": stacks.update_stack,
    "DeleteStack": stacks.delete_stack,
    "CancelUpdateStack": stacks.cancel_update_stack,
    "ContinueUpdateRollback": stacks.continue_update_rollback,
    "RollbackStack": stacks.rollback_stack,
    "UpdateTerminationProtection": stacks.update_termination_protection,
    "SetStackPolicy": stacks.set_stack_policy,
    "GetStackPolicy": stacks.get_stack_policy,
    "DescribeStacks": describe.describe_stacks,
    "ListStacks": describe.list_stacks,
    "ListStackResources": describe.list_stack_resources,
    "DescribeStackResources": describe.describe_stack_resources,
    "DescribeStackResource": describe.describe_stack_resource,
    "ListExports": describe.list_exports,
    "ListImports": describe.list_imports,
    "DescribeStackEvents": describe.describe_stack_events,
    "DescribeEvents": describe.describe_events,
    "GetTemplate": texts.get_template,
    "GetTemplateSummary": texts.get_template_summary,
    "ValidateTemplate": texts.validate_template,
    "DetectStackDrift": drift.detect_stack_drift,
    "DescribeStackDriftDetectionStatus": drift.describe_stack_drift_detection_status,
    "DescribeStackResourceDrifts": drift.describe_stack_resource_drifts,
    "DetectStackResourceDrift": drift.detect_stack_resource_drift,
}

NOTICES = Notices(to_event_bridge, to_topics(lambda account, region: HOST.client("sns", account, region, "")))
HOST: Loopback = Loopback(lambda: f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}", CLOCK, tell=NOTICES.put)
CLOUD = Cloud(HOST)


def _register(action: str, function: Function) -> None:
    @operation("cloudformation", action)
    def answer(request: Request) -> dict[str, Any]:
        return function(Call(CLOUD, request))


for _action, _function in OPERATIONS.items():
    _register(_action, _function)


@control("cloudformation/faults")
def faults(body: dict[str, Any]) -> dict[str, Any]:
    """Let resource operations fail: `{"faults": [{"stack": "app", "logical_id": "Queue", "phase": "UPDATE"}]}`.

    The list replaces what was asked for before. `phase` is `CREATE`, `UPDATE`, `DELETE` or `ROLLBACK`; `times`, `reason`
    and `code` are optional.
    """
    try:
        found = msgspec.convert(body.get("faults", []), list[Fault])
    except msgspec.ValidationError as error:
        raise ValueError(f"{error}; give stack, logical_id and phase for each fault") from error
    with CLOUD.lock:
        CLOUD.faults[:] = found
    return {"faults": len(found)}


class _Store:
    """Stacks and in-memory resources outlive a restart."""

    def dump(self) -> Any:
        """Everything, as plain JSON values."""
        return {"stacks": json.loads(CLOUD.dump()), "records": RECORDS.dump()}

    def load(self, data: Any) -> None:
        """Take it back; what was under way is settled."""
        RECORDS.load(data["records"])
        CLOUD.load(json.dumps(data["stacks"]).encode())
        resume(CLOUD)

    def reset(self) -> None:
        """Forget everything."""
        CLOUD.clear()
        RECORDS.load([])
        HOST.forget()


persisted("cloudformation", _Store())
