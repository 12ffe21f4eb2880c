"""What AWS reports about an operation that failed: events, deployments, stopped tasks, targets, last log lines."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from generator.release import circuit_breaker
from generator.release.context import Context
from generator.release.errors import Denied
from generator.release.failure_cause import Traces
from generator.release.last_logs import group_of
from generator.release.model.observed import ServiceNow, StackEvent, StackNow, StackResource
from generator.release.model.release import Release

T = TypeVar("T")
_SERVICE = "AWS::ECS::Service"
_TASK_DEFINITION = "AWS::ECS::TaskDefinition"
# How many log lines are looked through for those of the tasks that ended.
_LINES = 500


def services_of(resources: list[StackResource]) -> list[str]:
    """ARNs of the ECS services of a stack."""
    return [r.physical_id for r in resources if r.type == _SERVICE and r.physical_id]


def definitions_of(resources: list[StackResource]) -> list[str]:
    """ARNs of the task definitions of a stack."""
    return [r.physical_id for r in resources if r.type == _TASK_DEFINITION and r.physical_id]


def _deleted(release: Release, arn: str) -> ServiceNow | None:
    """A service that was deleted with its first release.

    ECS reports its stopped tasks for about an hour (*assumed*).
    """
    parts = arn.rpartition(":service/")[2].split("/")
    if not release.creates or len(parts) != 2:
        return None
    return ServiceNow(
        arn=arn, name=parts[1], cluster=parts[0], status="INACTIVE", task_definition="", desired=0, running=0, pending=0
    )


def traces(
    context: Context, release: Release, stack: StackNow | None, token: str, reasons: tuple[str, ...] = ()
) -> Traces:
    """Everything that may say why: events, deployment, stopped tasks, targets, last log lines.

    What this role may not read is left out: the release must end all the same.
    """
    cloud, change_set = context.cloud(release), release.change_set
    stack_id = stack.id if stack else change_set.stack_id if change_set else ""
    events: list[StackEvent] = cloud.stacks.events(stack_id, token) if stack_id else []
    arns = sorted({e.physical_id for e in events if e.type == _SERVICE and e.physical_id.startswith("arn:")})
    if stack is not None and not arns and release.stack.service:
        arns = services_of(cloud.stacks.resources(stack.id))
    services = [s for arn in arns if (s := cloud.services.service(arn) or _deleted(release, arn)) is not None]
    began = next((e.at for e in events), release.created)
    ended = [t for s in services for t in allowed(cloud.services.stopped_tasks, s)]
    tasks = [t for t in ended if t.at >= began - 1 and circuit_breaker.is_failed_task(t)]
    facts, group = context.stack(release), ""
    if tasks or reasons:
        group = group_of(cloud, facts) if stack is not None else facts.log_group
    return Traces(
        events=tuple(events),
        deployments=tuple(d for s in services for d in allowed(cloud.services.deployments, s.arn, began - 1)),
        tasks=tuple(tasks[:5]),
        targets=tuple(t for s in services for t in allowed(cloud.services.targets, s.target_groups)),
        logs=tuple(allowed(cloud.services.logs, group, began, _LINES)) if group else (),
        reasons=reasons,
    )


def allowed(look: Callable[..., Sequence[T]], *what: Any) -> Sequence[T]:
    """The result of a read. Empty if the role may not read it."""
    try:
        return look(*what)
    except Denied:
        return ()
