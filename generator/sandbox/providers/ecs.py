"""The ECS service: create and update wait for its deployment and fail with ECS's reason, as CloudFormation's handler does."""

import time
from collections.abc import Mapping
from typing import Any

from generator.sandbox.providers.api_calls import call
from generator.sandbox.providers.provider import Created, ResourceFailure
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising

_ACTIVE = frozenset({"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"})
_FIXED = frozenset({"cluster", "forceNewDeployment", "launchType", "role", "schedulingStrategy", "serviceName"})

# How long the log lines of a failed first deployment wait for a reader, in seconds of this machine.
_READABLE = 30.0


@surprising("AWS::ECS::Service")
class Service(Resource):
    """It is there when its deployment is over."""

    def stabilize(self, answer: Mapping[str, Any]) -> None:
        """Wait for its first deployment. If that fails, what its tasks printed can be read for a moment."""
        try:
            self._await(answer["service"])
        except ResourceFailure:
            self._let_read(answer["service"])
            raise

    def update(self) -> Created:
        """UpdateService and wait for the deployment that it begins, if it begins one."""
        found, old, new = self.find(), self.old, self.props
        self.retag(found)
        kept = {*_FIXED, *(["desiredCount"] if new.get("DesiredCount") == old.get("DesiredCount") else ())}
        # What the template no longer says goes back to nothing.
        lists = ("LoadBalancers", "ServiceRegistries", "CapacityProviderStrategy")
        said = self.arguments(self.table.update, {name: [] for name in lists if name in old} | new)
        said = {name: value for name, value in said.items() if name not in kept}
        said["forceNewDeployment"] = new.get("ForceNewDeployment") != old.get("ForceNewDeployment") or None
        made = self.call(self.table.update, **said)["service"]
        if made.get("currentServiceDeployment") != found.get("currentServiceDeployment"):
            self._await(made)
        return self.created()

    def delete(self) -> None:
        """DeleteService by force, and wait until its tasks are gone."""
        super().delete()
        pause = 0.01
        while self.there():
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)

    def read(self) -> Props:
        """DescribeServices; one that is being deleted is gone."""
        if self.find()["status"] == "DRAINING":
            raise self.absent()
        return super().read()

    def find(self) -> Props:
        """DescribeServices, with what only the service's revision has."""
        row = super().find()
        for revision in row.get("currentServiceRevisions", ())[:1]:
            found = call(self.ctx, "ecs", "describe_service_revisions", serviceRevisionArns=[revision["arn"]])
            [shown] = found["serviceRevisions"]
            row |= {name: shown[name] for name in ("serviceConnectConfiguration", "taskDefinition") if name in shown}
        return row

    def _let_read(self, service: Props) -> None:
        """Wait until somebody has read log lines in this account, for half a minute at most, if tasks may have printed some.

        CloudFormation's handler looks at a deployment every few seconds and deletes a stack in minutes (*assumed*), so that
        the last lines of a first release can be read before its log group goes. At speed 0 all of that is one moment.
        """
        from generator.sandbox.server.trace import TRACE

        where = {"cluster": service["clusterArn"]}
        arns = call(self.ctx, "ecs", "list_tasks", serviceName=service["serviceName"], desiredStatus="STOPPED", **where)
        ended = (
            call(self.ctx, "ecs", "describe_tasks", tasks=arns["taskArns"], **where)["tasks"]
            if arns["taskArns"]
            else []
        )
        if not any("exitCode" in container for task in ended for container in task["containers"]):
            return
        failed, end = time.time(), time.monotonic() + _READABLE
        while time.monotonic() < end and not self.ctx.cancelled():
            calls = TRACE.calls("logs", "FilterLogEvents")
            if any(row["time"] >= failed and row["account"] == self.ctx.account for row in calls[-50:]):
                return
            time.sleep(0.05)

    def _await(self, service: Props) -> None:
        """Wait until the service's newest deployment is over.

        Raises:
            ResourceFailure: It failed, it takes longer than the handler waits, or the stack operation was cancelled.
        """
        from generator.sandbox.ecs.engine_instance import ENGINE

        arn, pause = service["currentServiceDeployment"], 0.005
        while True:
            answer = call(self.ctx, "ecs", "describe_service_deployments", serviceDeploymentArns=[arn])
            [row] = answer["serviceDeployments"]
            if row["status"] not in _ACTIVE:
                break
            if row["status"] == "IN_PROGRESS" and self.ctx.cancelled():
                raise ResourceFailure("Resource update cancelled", "NotStabilized")
            if ENGINE.overdue(arn):
                raise ResourceFailure("Exceeded attempts to wait", "NotStabilized")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)
        if row["status"] != "SUCCESSFUL":
            raise ResourceFailure(_reason(row), "GeneralServiceException")


def _reason(row: Props) -> str:
    """ECS's reason in CloudFormation's words. That of the circuit breaker is AWS's; the others are assumed."""
    if (row.get("deploymentCircuitBreaker") or {}).get("status") == "TRIGGERED":
        return "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'."
    if (row.get("alarms") or {}).get("triggeredAlarmNames"):
        return "Error occurred during operation 'ECS Deployment Alarm was triggered'."
    return f"Error occurred during operation 'ECS service deployment': {row.get('statusReason') or row['status']}"
