"""The surroundings of a service: stopped tasks, targets, alarms, logs, secrets and capacity."""

import math
import time
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from generator.aws.api_client import Api, ApiError
from generator.release.errors import Denied, Invalid, Unavailable
from generator.release.model.observed import Alarm, ListenerRule, LogLine, Quota, ServiceNow, StoppedTask, Target

_LINE = 4_000  # characters of a log line that are kept
_PAGES = 20
_FARGATE_VCPU = "L-3032A538"  # Service Quotas: Fargate On-Demand vCPU resource count


def stopped_tasks(ecs: Api, service: ServiceNow) -> list[StoppedTask]:
    """ListTasks and DescribeTasks, newest first: the service's, and those that ran a command before a release.

    Both are of the service's own family of task definitions, which only its stack registers.
    """
    family = service.task_definition.partition("task-definition/")[2].rpartition(":")[0]
    whose = {"family": family} if family else {"serviceName": service.name}
    try:
        arns = ecs("list_tasks", cluster=service.cluster, desiredStatus="STOPPED", maxResults=100, **whose)["taskArns"]
        rows = ecs("describe_tasks", cluster=service.cluster, tasks=arns)["tasks"] if arns else []
    except ApiError as error:
        if error.code in {"ServiceNotFoundException", "ClusterNotFoundException"}:
            return []
        raise
    found = [_stopped(row) for row in rows]
    return sorted(found, key=lambda task: (-task.at, task.id))


def _stopped(row: dict[str, Any]) -> StoppedTask:
    at = row.get("stoppedAt") or row.get("stoppingAt") or row.get("createdAt")
    return StoppedTask(
        id=row["taskArn"].rpartition("/")[2],
        at=at.timestamp() if at else 0.0,
        reason=row.get("stoppedReason") or "",
        code=row.get("stopCode") or "",
        containers=tuple(
            (container["name"], container.get("exitCode"), container.get("reason") or "")
            for container in row.get("containers") or ()
        ),
        task_definition=row.get("taskDefinitionArn") or "",
    )


def targets(elb: Api, groups: Sequence[str]) -> list[Target]:
    """DescribeTargetHealth of each group."""
    found: list[Target] = []
    for group in groups:
        try:
            rows = elb("describe_target_health", TargetGroupArn=group)["TargetHealthDescriptions"]
        except ApiError as error:
            if error.code in {"TargetGroupNotFound", "TargetGroupNotFoundException"}:
                continue
            raise
        for row in rows:
            health = row.get("TargetHealth") or {}
            why = ": ".join(filter(None, (health.get("Reason"), health.get("Description"))))
            found.append(Target(id=row["Target"]["Id"], group=group, state=health.get("State", ""), reason=why))
    return found


def rules(elb: Api, listener: str) -> list[ListenerRule]:
    """DescribeRules, all pages."""
    found: list[ListenerRule] = []
    more: dict[str, str] = {}
    while True:
        try:
            page = elb("describe_rules", ListenerArn=listener, **more)
        except ApiError as error:
            if error.code in {"ListenerNotFound", "ListenerNotFoundException"}:
                return []
            raise
        found += [_rule(row) for row in page["Rules"] if not row.get("IsDefault")]
        if not page.get("NextMarker"):
            return found
        more = {"Marker": page["NextMarker"]}


def _rule(row: dict[str, Any]) -> ListenerRule:
    weights: dict[str, int] = {}
    for action in row.get("Actions") or ():
        groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or ()
        weights |= {group["TargetGroupArn"]: int(group.get("Weight", 1)) for group in groups}
    return ListenerRule(arn=row["RuleArn"], priority=int(row["Priority"]), weights=weights)


def database_version(rds: Api, instance: str) -> str:
    """DescribeDBInstances. RDS installs minor versions by itself, so a template may name an older one."""
    try:
        rows = rds("describe_db_instances", DBInstanceIdentifier=instance)["DBInstances"]
    except ApiError as error:
        if error.code in {"DBInstanceNotFound", "DBInstanceNotFoundFault"}:
            return ""
        raise
    return str(rows[0]["EngineVersion"]) if rows else ""


def alarms(cloudwatch: Api, names: Sequence[str]) -> list[Alarm]:
    """DescribeAlarms, 100 names a call, in the order of the names."""
    found: dict[str, Alarm] = {}
    unique = list(dict.fromkeys(names))
    for start in range(0, len(unique), 100):
        asked = unique[start : start + 100]
        page = cloudwatch(
            "describe_alarms", AlarmNames=asked, AlarmTypes=["MetricAlarm", "CompositeAlarm"], MaxRecords=100
        )
        for row in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ())):
            since = row.get("StateTransitionedTimestamp") or row.get("StateUpdatedTimestamp")
            found[row["AlarmName"]] = Alarm(
                name=row["AlarmName"],
                state=row["StateValue"],
                reason=row.get("StateReason") or "",
                since=since.timestamp() if since else 0.0,
            )
    return [found[name] for name in unique if name in found]


def logs(api: Api, group: str, since: float, limit: int) -> list[LogLine]:
    """FilterLogEvents, which begins with the oldest event. Of very long logs the first 20 pages are read."""
    found: deque[LogLine] = deque(maxlen=max(1, limit))
    more: dict[str, Any] = {}
    for _ in range(_PAGES):
        try:
            page = api("filter_log_events", logGroupName=group, startTime=int(since * 1000), **more)
        except ApiError as error:
            if error.code == "ResourceNotFoundException":
                return []
            raise
        found.extend(
            LogLine(
                at=row["timestamp"] / 1000, stream=row.get("logStreamName", ""), text=row.get("message", "")[:_LINE]
            )
            for row in page.get("events", ())
        )
        if not page.get("nextToken"):
            break
        more = {"nextToken": page["nextToken"]}
    return sorted(found, key=lambda line: line.at)


def missing_secrets(api: Api, names: Sequence[str]) -> list[str]:
    """DescribeSecret of each: whether it exists, never its value."""
    found = []
    for name in dict.fromkeys(names):
        try:
            if api("describe_secret", SecretId=name).get("DeletedDate"):
                found.append(name)
        except Denied:
            continue
        except ApiError as error:
            if error.code != "ResourceNotFoundException":
                raise
            found.append(name)
    return found


def given_secrets(definition: Mapping[str, Any]) -> tuple[str, ...]:
    """ARNs of the secrets that containers get as variables.

    A variable's ``valueFrom`` is ``arn:…:secret:NAME[:JSON-KEY:STAGE:VERSION]`` (ECS Developer Guide: Pass Secrets
    Manager secrets through Amazon ECS environment variables).
    """
    named = (row["valueFrom"] for c in definition.get("containerDefinitions", ()) for row in c.get("secrets", ()))
    return tuple(dict.fromkeys(":".join(name.split(":")[:7]) for name in named if ":secretsmanager:" in name))


def rotated(api: Api, secret: str) -> float:
    """When a secret was rotated last (API Reference, DescribeSecret: LastRotatedDate)."""
    try:
        row = api("describe_secret", SecretId=secret)
    except ApiError as error:
        if error.code == "ResourceNotFoundException":
            return 0.0
        raise
    at = row.get("LastRotatedDate")
    return float(at.timestamp()) if at else 0.0


def addresses(ec2: Api, subnets: Sequence[str], tasks: int) -> list[Quota]:
    """DescribeSubnets. A task needs one address, and tasks are spread, so each subnet needs its share."""
    unique = list(dict.fromkeys(subnets))
    if not unique:
        return []
    rows = ec2("describe_subnets", SubnetIds=unique)["Subnets"]
    free = {row["SubnetId"]: int(row["AvailableIpAddressCount"]) for row in rows}
    share = math.ceil(tasks / len(unique))
    return [Quota(what=f"addresses in {subnet}", free=free.get(subnet), needed=share) for subnet in unique]


def fargate(quotas: Api, cloudwatch: Api, vcpu: float) -> Quota:
    """The account's vCPU quota less what CloudWatch's usage metric counts (Service Quotas User Guide: Usage metrics)."""
    what, needed = "Fargate On-Demand vCPU in this Region", math.ceil(vcpu)
    try:
        limit = quotas("get_service_quota", ServiceCode="fargate", QuotaCode=_FARGATE_VCPU)["Quota"]["Value"]
        dimensions = {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": "Standard/OnDemand"}
        now = time.time()
        rows = cloudwatch(
            "get_metric_data",
            StartTime=datetime.fromtimestamp(now - 900, UTC),
            EndTime=datetime.fromtimestamp(now, UTC),
            MetricDataQueries=[
                {
                    "Id": "used",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "AWS/Usage",
                            "MetricName": "ResourceCount",
                            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                        },
                        "Period": 300,
                        "Stat": "Maximum",
                    },
                }
            ],
        )["MetricDataResults"]
    except (Denied, Invalid, Unavailable):
        return Quota(what=what, free=None, needed=needed)
    used = max((value for row in rows for value in row.get("Values", ())), default=0.0)
    return Quota(what=what, free=math.floor(limit - used), needed=needed)
