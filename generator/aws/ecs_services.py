"""ECS services and their surroundings in one account and Region.

Source: ECS API Reference, ``ServiceDeployment``, ``ServiceRevision``; ELB, CloudWatch, CloudWatch Logs and EC2 API
References of the operations named below. boto3's ``services_stable`` waiter is never used: it reports success after a
rollback.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from generator.aws import service_state, traffic_metrics
from generator.aws.api_client import Api, ApiError
from generator.aws.lru import LruCache
from generator.aws.rollouts import deployment, service_now, sources
from generator.aws.ttl_cache import TtlCache
from generator.release.errors import CannotUndo, Denied
from generator.release.model.observed import (
    Alarm,
    Deployment,
    ListenerRule,
    LogLine,
    Quota,
    ServiceNow,
    StoppedTask,
    Target,
    Traffic,
)
from generator.release.urgency import urgent

_KEPT = 256
_RECENT = 10
_GONE = {"ServiceNotFoundException", "ClusterNotFoundException", "ServiceDeploymentNotFoundException"}


class EcsServices:
    """A ``ports.Services``. ``apis`` gives the client of a service by name.

    Revisions never change and a deployment that is over does not either, so each of them is asked for once.
    """

    def __init__(self, apis: Callable[[str], Api]) -> None:
        self._apis = apis
        self._ecs = apis("ecs")
        self._revisions: LruCache[str, dict[str, Any]] = LruCache(_KEPT)
        self._over: LruCache[str, Deployment] = LruCache(_KEPT)
        self._balancers: LruCache[str, str] = LruCache(_KEPT)
        self._secrets: LruCache[str, tuple[str, ...]] = LruCache(_KEPT)
        self._room: TtlCache[tuple[tuple[str, ...], int, float], list[Quota]] = TtlCache()

    def service(self, arn: str) -> ServiceNow | None:
        """A service by ARN, None if there is none (or only a deleted one)."""
        try:
            rows = self._ecs("describe_services", cluster=cluster_of(arn), services=[arn])["services"]
        except ApiError as error:
            if error.code in _GONE:
                return None
            raise
        return service_now(rows[0]) if rows and rows[0]["status"] != "INACTIVE" else None

    def deployment(self, service_arn: str) -> Deployment | None:
        """The newest service deployment."""
        return next(iter(self._described(self._listed(service_arn)[:1])), None)

    def deployments(self, service_arn: str, since: float) -> list[Deployment]:
        """Deployments that began since then, newest first, ten at most."""
        rows = [row for row in self._listed(service_arn) if row["createdAt"].timestamp() >= since]
        return self._described(rows[:_RECENT])

    def _listed(self, service_arn: str) -> list[dict[str, Any]]:
        """The answer of ListServiceDeployments, newest first."""
        try:
            rows = self._ecs("list_service_deployments", cluster=cluster_of(service_arn), service=service_arn)
        except ApiError as error:
            if error.code in _GONE:
                return []
            raise
        return sorted(rows["serviceDeployments"], key=lambda row: -row["createdAt"].timestamp())

    def _described(self, rows: Sequence[dict[str, Any]]) -> list[Deployment]:
        arns = [str(row["serviceDeploymentArn"]) for row in rows]
        known = {arn: over for arn in arns if (over := self._over.get(arn)) is not None}
        asked = [arn for arn in arns if arn not in known]
        found = self._ecs("describe_service_deployments", serviceDeploymentArns=asked) if asked else {}
        for row in found.get("serviceDeployments", ()):
            # What it replaces says which version each side runs; it was the target of the deployment before, and is kept.
            before = next(iter(sources(row)), "")
            seen = deployment(
                row, self._revision(row.get("targetServiceRevision", {}).get("arn", "")), self._revision(before)
            )
            known[seen.arn] = self._over.put(seen.arn, seen) if seen.is_over else seen
        return [known[arn] for arn in arns if arn in known]

    def stop(self, deployment_arn: str) -> None:
        """StopServiceDeployment, rolling back.

        Raises:
            CannotUndo: It is over, or already being rolled back.
        """
        self._steer("stop_service_deployment", serviceDeploymentArn=deployment_arn, stopType="ROLLBACK")

    def continue_deployment(self, deployment_arn: str, hook: str, *, continue_rollout: bool) -> None:
        """ContinueServiceDeployment at one gate.

        Raises:
            CannotUndo: The gate no longer waits.
        """
        action = "CONTINUE" if continue_rollout else "ROLLBACK"
        self._steer("continue_service_deployment", serviceDeploymentArn=deployment_arn, hookId=hook, action=action)

    def stopped_tasks(self, service: ServiceNow) -> list[StoppedTask]:
        """Tasks that ended within about an hour (later ECS does not report them), newest first."""
        return service_state.stopped_tasks(self._ecs, service)

    def targets(self, groups: Sequence[str]) -> list[Target]:
        """Health of every target. A target group that does not exist has none."""
        return service_state.targets(self._apis("elbv2"), groups)

    def rules(self, listener: str) -> list[ListenerRule]:
        """The rules of a listener without its default rule."""
        return service_state.rules(self._apis("elbv2"), listener)

    def traffic(self, groups: Sequence[str], since: float) -> list[Traffic]:
        """What the load balancer counted for each group since then."""
        named = [(group, self._balancer(group)) for group in dict.fromkeys(groups)]
        served = [traffic_metrics.MeasuredTargetGroup(group, balancer) for group, balancer in named if balancer]
        return traffic_metrics.traffic(self._apis("cloudwatch"), served, since, time.time()) if served else []

    def _balancer(self, group: str) -> str:
        known = self._balancers.get(group)
        found = known or traffic_metrics.balancer(self._apis("elbv2"), group)
        return self._balancers.put(group, found) if found else ""

    def database_version(self, instance: str) -> str:
        """The engine version of a database instance. "" if there is none."""
        return service_state.database_version(self._apis("rds"), instance)

    def alarms(self, names: Sequence[str]) -> list[Alarm]:
        """States of alarms, including composite ones. Missing alarms are left out."""
        return service_state.alarms(self._apis("cloudwatch"), names)

    def logs(self, group: str, since: float, limit: int) -> list[LogLine]:
        """The last lines since then, oldest first."""
        return service_state.logs(self._apis("logs"), group, since, limit)

    def given_secrets(self, task_definition: str) -> tuple[str, ...]:
        """DescribeTaskDefinition. A revision never changes, and is read once."""
        found = self._secrets.get(task_definition)
        if found is None:
            row = self._ecs("describe_task_definition", taskDefinition=task_definition)["taskDefinition"]
            found = self._secrets.put(task_definition, service_state.given_secrets(row))
        return found

    def rotated(self, secret: str) -> float:
        """DescribeSecret: when it was rotated last, never its value."""
        return service_state.rotated(self._apis("secretsmanager"), secret)

    def missing_secrets(self, names: Sequence[str]) -> list[str]:
        """Secrets that do not exist, or are about to be deleted. One that we may not read does not count as missing."""
        return service_state.missing_secrets(self._apis("secretsmanager"), names)

    def quotas(self, subnets: Sequence[str], tasks: int, *, vcpu: float = 0.25) -> list[Quota]:
        """Addresses in each subnet, and Fargate's vCPU quota if AWS reports it."""

        def ask() -> list[Quota]:
            found = service_state.addresses(self._apis("ec2"), subnets, tasks)
            with urgent("informs"):
                vcpus = service_state.fargate(self._apis("service-quotas"), self._apis("cloudwatch"), tasks * vcpu)
            return [*found, vcpus]

        return self._room.get((tuple(subnets), tasks, vcpu), ask)

    def _revision(self, arn: str) -> dict[str, Any]:
        known = self._revisions.get(arn)
        if known is not None or not arn:
            return known or {}
        rows = self._ecs("describe_service_revisions", serviceRevisionArns=[arn])["serviceRevisions"]
        # Digests of images may come a moment later than the revision.
        images = rows[0].get("containerImages") or () if rows else ()
        whole = bool(images) and all(image.get("imageDigest") or "@" in image.get("image", "") for image in images)
        return self._revisions.put(arn, rows[0]) if whole else rows[0] if rows else {}

    def _steer(self, operation: str, **parameters: str) -> None:
        try:
            self._ecs(operation, **parameters)
        except Denied:
            raise
        except ApiError as error:
            raise CannotUndo(f"this is not possible now ({error.message}); read the deployment again") from error


def cluster_of(service_arn: str) -> str:
    """The cluster's name in a service's ARN: ``…:service/CLUSTER/NAME``."""
    return service_arn.rpartition(":")[2].split("/")[1]
