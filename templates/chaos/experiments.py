"""The experiment templates."""

from collections.abc import Mapping
from typing import Any

from troposphere import GetAZs, Ref, Select, cloudwatch, fis

from templates.chaos.guard import stop_conditions
from templates.params.operations import ChaosParams
from templates.stack import Stack, logical

Common = Mapping[str, Any]


def _duration(minutes: int) -> str:
    """ISO 8601, as FIS wants it: one minute to twelve hours."""
    return f"PT{minutes}M"


def _tasks(s: Stack, service: str, percent: int) -> fis.ExperimentTemplateTarget:
    """Some of the running tasks of one service.

    FIS rounds down, and fails rather than doing nothing where no task is left (EmptyTargetResolutionMode). It hits
    at most five tasks unless the account's quota is raised (AWS FIS User Guide: Quotas and limitations).
    """
    return fis.ExperimentTemplateTarget(
        ResourceType="aws:ecs:task",
        SelectionMode="ALL" if percent == 100 else f"PERCENT({percent})",
        Parameters={
            "cluster": s.need("ClusterName", about="Name of the ECS cluster"),
            "service": s.need(f"{logical(service)}ServiceName", about=f"ECS service {service}"),
        },
    )


def _template(s: Stack, key: str, text: str, common: Common, **properties: Any) -> None:
    name = f"{s.scope.prefix}-{properties.pop('name')}"
    made = s.add(
        fis.ExperimentTemplate(key, Description=text, Tags=s.tags(Name=name), **common, **properties),
        f"{text} Started by hand only.",
    )
    s.give(f"{key}Id", Ref(made), f"Experiment template {name}")


def kill_tasks(s: Stack, p: ChaosParams, common: Common, guard: cloudwatch.Alarm) -> None:
    """For each service: stop a share of its tasks. ECS must replace them, and no request may fail."""
    for service in p.services:
        percent = p.chaos.percent_of_tasks
        _template(
            s,
            f"{logical(service)}KillTasks",
            f"Stop {percent} % of the tasks of {service}; ECS replaces them while the others serve.",
            common,
            name=f"kill-tasks-{service}",
            Targets={"tasks": _tasks(s, service, percent)},
            Actions={
                "stop": fis.ExperimentTemplateAction(ActionId="aws:ecs:stop-task", Targets={"Tasks": "tasks"}),
                # Stopping takes a moment; waiting keeps the stop conditions, and the report, on what follows.
                "watch": fis.ExperimentTemplateAction(
                    ActionId="aws:fis:wait", Parameters={"duration": _duration(p.chaos.minutes)}, StartAfter=["stop"]
                ),
            },
            StopConditions=stop_conditions(s, guard, (service,)),
        )


def zone_loss(s: Stack, p: ChaosParams, common: Common, guard: cloudwatch.Alarm) -> None:
    """Cut every subnet of the first zone off, as if the zone were gone.

    FIS swaps the subnets' network ACLs for one that denies everything, and puts the old ones back at the end. An
    environment with one NAT gateway loses its way to the internet with the zone that holds it, here as in a real outage.
    """
    _template(
        s,
        "ZoneLoss",
        f"Cut the first Availability Zone of {p.scope.environment} off for {p.chaos.minutes} minutes.",
        common,
        name="zone-loss",
        Targets={
            "subnets": fis.ExperimentTemplateTarget(
                ResourceType="aws:ec2:subnet",
                SelectionMode="ALL",
                Parameters={
                    "availabilityZoneIdentifier": Select(0, GetAZs("")),
                    "vpc": s.need("VpcId", about="The environment's VPC"),
                },
            )
        },
        Actions={
            "cut": fis.ExperimentTemplateAction(
                ActionId="aws:network:disrupt-connectivity",
                Parameters={"scope": "all", "duration": _duration(p.chaos.minutes)},
                Targets={"Subnets": "subnets"},
            )
        },
        StopConditions=stop_conditions(s, guard, p.services),
    )


def database_latency(s: Stack, p: ChaosParams, common: Common, guard: cloudwatch.Alarm) -> None:
    """For each service that uses the database: delay what its tasks send to the database's address.

    The tasks must let FIS in: see :mod:`templates.fault_agent`. Where they do not, FIS finds no managed instance and
    the experiment fails before it does anything.
    """
    endpoint = s.need("DatabaseEndpoint", about="Host name of the database")
    for service in p.database_services:
        _template(
            s,
            f"{logical(service)}DatabaseLatency",
            f"Slow the database down by {p.chaos.latency_ms} ms as {service} sees it, for {p.chaos.minutes} minutes.",
            common,
            name=f"database-latency-{service}",
            Targets={"tasks": _tasks(s, service, p.chaos.percent_of_tasks)},
            Actions={
                "delay": fis.ExperimentTemplateAction(
                    ActionId="aws:ecs:task-network-latency",
                    Parameters={
                        "duration": _duration(p.chaos.minutes),
                        "delayMilliseconds": str(p.chaos.latency_ms),
                        "jitterMilliseconds": str(max(1, p.chaos.latency_ms // 20)),
                        "sources": endpoint,
                        # The only way on Fargate.
                        "useEcsFaultInjectionEndpoints": "true",
                    },
                    Targets={"Tasks": "tasks"},
                )
            },
            StopConditions=stop_conditions(s, guard, (service,)),
        )
