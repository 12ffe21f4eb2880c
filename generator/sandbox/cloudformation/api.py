"""CloudFormation's operations, as the overlay calls them, and the one store behind them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import msgspec

from generator.sandbox.cloudformation import (
    change_set_creation,
    change_set_operations,
    describe,
    drift,
    stack_operations,
    template_operations,
)
from generator.sandbox.cloudformation.host import Loopback
from generator.sandbox.cloudformation.model import Fault
from generator.sandbox.cloudformation.notifications import Notices, to_event_bridge, to_topics
from generator.sandbox.cloudformation.request_input import Call
from generator.sandbox.cloudformation.restart import resume
from generator.sandbox.cloudformation.store import Cloud
from generator.sandbox.server.clock import CLOCK
from generator.sandbox.server.control import control
from generator.sandbox.server.overlay import operation
from generator.sandbox.server.persistence import persisted

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.server.wire import Request

    Function = Callable[[Call], dict[str, Any]]

OPERATIONS: dict[str, Function] = {
    "CreateChangeSet": change_set_creation.create_change_set,
    "DescribeChangeSet": change_set_operations.describe_change_set,
    "ListChangeSets": change_set_operations.list_change_sets,
    "DeleteChangeSet": change_set_operations.delete_change_set,
    "ExecuteChangeSet": change_set_operations.execute_change_set,
    "CreateStack": stack_operations.create_stack,
    "UpdateStack": stack_operations.update_stack,
    "DeleteStack": stack_operations.delete_stack,
    "CancelUpdateStack": stack_operations.cancel_update_stack,
    "ContinueUpdateRollback": stack_operations.continue_update_rollback,
    "RollbackStack": stack_operations.rollback_stack,
    "UpdateTerminationProtection": stack_operations.update_termination_protection,
    "SetStackPolicy": stack_operations.set_stack_policy,
    "GetStackPolicy": stack_operations.get_stack_policy,
    "DescribeStacks": describe.describe_stacks,
    "ListStacks": describe.list_stacks,
    "ListStackResources": describe.list_stack_resources,
    "DescribeStackResources": describe.describe_stack_resources,
    "DescribeStackResource": describe.describe_stack_resource,
    "ListExports": describe.list_exports,
    "ListImports": describe.list_imports,
    "DescribeStackEvents": describe.describe_stack_events,
    "DescribeEvents": describe.describe_events,
    "GetTemplate": template_operations.get_template,
    "GetTemplateSummary": template_operations.get_template_summary,
    "ValidateTemplate": template_operations.validate_template,
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
    """Stacks outlive a restart."""

    def __init__(self) -> None:
        self._worked = False

    def working(self) -> bool:
        """Whether a thread changes stacks, or did so when this was asked last."""
        before, self._worked = self._worked, any(thread.is_alive() for thread in CLOUD.threads)
        return before or self._worked

    def dump(self) -> bytes:
        """Everything, as JSON."""
        return b'{"stacks":' + CLOUD.dump() + b"}"

    def load(self, data: Any) -> None:
        """Take it back; what was under way is settled."""
        CLOUD.load(json.dumps(data["stacks"]).encode())
        resume(CLOUD)

    def reset(self) -> None:
        """Forget everything."""
        CLOUD.clear()
        HOST.forget()


STORE = _Store()
persisted("cloudformation", STORE, STORE.working)
