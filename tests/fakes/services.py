"""ECS, targets, alarms and logs in memory: rollouts follow what stacks do, the rest is what a test says."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from generator.release.errors import CannotUndo
from generator.release.model.observed import (
    Alarm,
    Deployment,
    Hook,
    ListenerRule,
    LogLine,
    Quota,
    ServiceNow,
    StoppedTask,
    Target,
    Traffic,
)
from tests.fakes.faults import Faults


class FakeServices:
    """A ``ports.Services``.

    A ``FakeStacks`` that has one begins a deployment whenever a service's task definition changes. ``bad`` maps an
    image's digest to why tasks with it fail; ``gates`` are hooks at which the next deployments wait, in order.
    """

    def __init__(self, clock: Callable[[], float], faults: Faults | None = None) -> None:
        self.clock = clock
        self.faults = faults or Faults()
        self.services: dict[str, ServiceNow] = {}
        self.deployments_of: dict[str, list[Deployment]] = {}  # by service, newest last
        self.bad: dict[str, str] = {}
        self.gates: list[Hook] = []
        self.tasks: dict[str, list[StoppedTask]] = {}  # by service
        self.health: dict[str, list[Target]] = {}  # by target group
        self.counted: dict[str, Traffic] = {}  # by target group; those that are not there nobody serves
        self.listener_rules: dict[str, list[ListenerRule]] = {}  # by listener
        self.database_versions: dict[str, str] = {}  # by instance
        self.alarm_states: dict[str, Alarm] = {}
        self.lines: dict[str, list[LogLine]] = {}  # by log group
        self.secrets: set[str] | None = None  # None: all that are asked for are there
        self.given: tuple[str, ...] = ()  # secrets that every task gets
        self.rotations: dict[str, float] = {}  # by ARN
        self.reported_quotas: list[Quota] = []
        self._ids = itertools.count(1)
        self._lock = threading.RLock()

    # What a test or a stack does.

    def begin(self, service: ServiceNow, task_definition: str, images: Sequence[str]) -> Deployment:
        """A new service deployment, in progress; the service itself changes when it succeeds."""
        with self._lock:
            self.services.setdefault(service.arn, service)
            number = next(self._ids)
            old, new = self._sides(service)
            hook = (self.gates.pop(0),) if self.gates and self.deployments_of.get(service.arn) else ()
            made = Deployment(
                arn=f"{service.arn.replace(':service/', ':service-deployment/')}/{number:08}",
                status="IN_PROGRESS",
                revision=f"{service.arn.replace(':service/', ':service-revision/')}/{number:08}",
                task_definition=task_definition,
                images=tuple(images),
                strategy="ROLLING",
                stage=hook[0].stage if hook else "",
                old_tasks=service.running,
                desired_tasks=service.desired,
                group=new,
                old_group=old if hook else "",
                hooks=hook,
                started=self.clock(),
            )
            self.deployments_of.setdefault(service.arn, []).append(made)
            return made

    def _sides(self, service: ServiceNow) -> tuple[str, str]:
        """The target groups of old and new: where there are two, ECS swaps them with each deployment that succeeds."""
        groups = service.target_groups
        rows = self.deployments_of.get(service.arn, [])
        before = next((d.group for d in reversed(rows) if d.status == "SUCCESSFUL"), "")
        return before, next((group for group in groups if group != before), before)

    def waits(self, service_arn: str) -> bool:
        """Whether the newest deployment waits at a gate."""
        return any(found.hooks for found in self.deployments_of.get(service_arn, ())[-1:])

    def settle(self, service_arn: str) -> str:
        """End the newest deployment, as its images let it; answers why it failed, "" if it did not."""
        with self._lock:
            found = self.deployments_of[service_arn][-1]
            if found.status == "ROLLBACK_SUCCESSFUL":
                return found.reason or "the deployment was stopped"
            why = next((self.bad[digest] for digest in found.images if digest in self.bad), "")
            if why:
                self.amend(found.arn, status="ROLLBACK_SUCCESSFUL", reason=why, failed_tasks=3, finished=self.clock())
                return f"Error occurred during operation 'ECS Deployment Circuit Breaker was triggered': {why}"
            self.amend(
                found.arn, status="SUCCESSFUL", new_tasks=found.desired_tasks, old_tasks=0, traffic_percent=100.0,
                finished=self.clock(), hooks=(), stage="",
            )  # fmt: skip
            service = self.services[service_arn]
            changed = {"task_definition": found.task_definition, "running": service.desired, "pending": 0}
            self.services[service_arn] = msgspec.structs.replace(service, **changed)
            for group in service.target_groups:
                self.health[group] = [
                    Target(id=f"10.0.0.{index + 1}", group=group, state="healthy")
                    for index in range(service.desired if group == found.group else 0)
                ]
            return ""

    def amend(self, deployment_arn: str, **changes: Any) -> Deployment:
        """Change what a deployment says."""
        with self._lock:
            for rows in self.deployments_of.values():
                for index, found in enumerate(rows):
                    if found.arn == deployment_arn:
                        rows[index] = msgspec.structs.replace(found, **changes)
                        return rows[index]
        raise KeyError(deployment_arn)

    def _find(self, deployment_arn: str) -> Deployment:
        for rows in self.deployments_of.values():
            for found in rows:
                if found.arn == deployment_arn:
                    return found
        raise CannotUndo(f"{deployment_arn} is not there; read the service again")

    # The port.

    def service(self, arn: str) -> ServiceNow | None:
        with self.faults.call("services.service"):
            return self.services.get(arn)

    def deployment(self, service_arn: str) -> Deployment | None:
        with self.faults.call("services.deployment"):
            return next(reversed(self.deployments_of.get(service_arn, [])), None)

    def deployments(self, service_arn: str, since: float) -> list[Deployment]:
        with self.faults.call("services.deployments"):
            return [d for d in reversed(self.deployments_of.get(service_arn, [])) if d.started >= since][:10]

    def stop(self, deployment_arn: str) -> None:
        with self.faults.call("services.stop"), self._lock:
            found = self._find(deployment_arn)
            if found.is_over or found.status == "ROLLBACK_IN_PROGRESS":
                raise CannotUndo(f"the deployment is {found.status}; read the service again")
            self._roll_back(found, "Service deployment stopped by user.")

    def continue_deployment(self, deployment_arn: str, hook: str, *, continue_rollout: bool) -> None:
        with self.faults.call("services.continue_deployment"), self._lock:
            found = self._find(deployment_arn)
            if found.is_over or hook not in {row.id for row in found.hooks}:
                raise CannotUndo("the gate no longer waits; read the deployment again")
            if continue_rollout:
                self.amend(found.arn, hooks=tuple(row for row in found.hooks if row.id != hook))
            else:
                self._roll_back(found, "Service deployment rolled back because of a lifecycle hook.")

    def _roll_back(self, found: Deployment, reason: str) -> None:
        self.amend(
            found.arn, status="ROLLBACK_SUCCESSFUL", reason=reason, hooks=(), new_tasks=0, traffic_percent=0.0,
            finished=self.clock(),
        )  # fmt: skip

    def stopped_tasks(self, service: ServiceNow) -> list[StoppedTask]:
        with self.faults.call("services.stopped_tasks"):
            return sorted(self.tasks.get(service.arn, []), key=lambda task: -task.at)

    def targets(self, groups: Sequence[str]) -> list[Target]:
        with self.faults.call("services.targets"):
            return [target for group in groups for target in self.health.get(group, [])]

    def rules(self, listener: str) -> list[ListenerRule]:
        with self.faults.call("services.rules"):
            return list(self.listener_rules.get(listener, ()))

    def traffic(self, groups: Sequence[str], since: float) -> list[Traffic]:
        with self.faults.call("services.traffic"):
            seconds = max(0.0, self.clock() - since)
            return [msgspec.structs.replace(self.counted[g], seconds=seconds) for g in groups if g in self.counted]

    def database_version(self, instance: str) -> str:
        with self.faults.call("services.database_version"):
            return self.database_versions.get(instance, "")

    def alarms(self, names: Sequence[str]) -> list[Alarm]:
        with self.faults.call("services.alarms"):
            return [self.alarm_states[name] for name in names if name in self.alarm_states]

    def logs(self, group: str, since: float, limit: int) -> list[LogLine]:
        with self.faults.call("services.logs"):
            return [line for line in self.lines.get(group, []) if line.at >= since][-limit:]

    def given_secrets(self, task_definition: str) -> tuple[str, ...]:
        del task_definition
        with self.faults.call("services.given_secrets"):
            return self.given

    def rotated(self, secret: str) -> float:
        with self.faults.call("services.rotated"):
            # Secrets Manager takes an ARN without its last six characters too.
            return next((at for arn, at in self.rotations.items() if secret in {arn, arn.rpartition("-")[0]}), 0.0)

    def missing_secrets(self, names: Sequence[str]) -> list[str]:
        with self.faults.call("services.missing_secrets"):
            return [] if self.secrets is None else [name for name in names if name not in self.secrets]

    def quotas(self, subnets: Sequence[str], tasks: int, *, vcpu: float = 0.25) -> list[Quota]:
        del vcpu
        with self.faults.call("services.quotas"):
            free = [Quota(what=f"addresses in {subnet}", free=250, needed=tasks) for subnet in subnets]
            return self.reported_quotas or free
