"""Target health: what ECS's tasks make of it. Everything else of the load balancers is ministack's.

Importing this also teaches ministack's load balancer to forward to several target groups by weight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import ministack_ecs
from generator.sandbox.ecs.engine_instance import ENGINE
from generator.sandbox.ecs.lookup import home
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import operation

if TYPE_CHECKING:
    from generator.sandbox.ecs.model import TargetState
    from generator.sandbox.server.wire import Request

# Reason codes and their texts: Elastic Load Balancing User Guide, "Health checks for your target groups".
_WHY: dict[str, dict[str, str]] = {
    "healthy": {"State": "healthy"},
    "initial": {
        "State": "initial",
        "Reason": "Elb.RegistrationInProgress",
        "Description": "Target registration is in progress",
    },
    "unhealthy": {
        "State": "unhealthy",
        "Reason": "Target.FailedHealthChecks",
        "Description": "Health checks failed",
    },
    "draining": {
        "State": "draining",
        "Reason": "Target.DeregistrationInProgress",
        "Description": "Target deregistration is in progress",
    },
    "unused": {
        "State": "unused",
        "Reason": "Target.NotInUse",
        "Description": "Target group is not configured to receive traffic from the load balancer",
    },
}

ministack_ecs.forward_to_several()


@operation("elasticloadbalancing", "DescribeTargetHealth")
def describe_target_health(request: Request) -> dict[str, Any]:
    """The targets of a group. Those that no task of ours stands behind are healthy when a load balancer uses them."""
    arn, where = request.text("TargetGroupArn"), home(request)
    found = ministack_ecs.on_loop(where, lambda: ministack_ecs.target_group(arn))
    if found is None:
        raise AwsError("TargetGroupNotFound", "One or more target groups not found")
    group, _, balancer = found
    rows = ministack_ecs.on_loop(where, lambda: ministack_ecs.targets(arn))
    with ENGINE.held() as world:
        states: dict[str, TargetState] = {
            t.ip: t.target for t in world.state.tasks.values() if t.target_group == arn and t.target != "none"
        }
    asked = {str(t["Id"]) for t in request.params.get("Targets") or []}
    strangers = asked - {str(row["Id"]) for row in rows}
    if strangers:
        raise AwsError("InvalidTarget", f"The following targets are not registered: {', '.join(sorted(strangers))}")
    return {
        "TargetHealthDescriptions": [
            {
                "Target": {"Id": row["Id"], "Port": row.get("Port") or group.get("Port")},
                "HealthCheckPort": str(row.get("Port") or group.get("Port")),
                "TargetHealth": _WHY[states.get(str(row["Id"]), "healthy") if balancer else "unused"],
            }
            for row in rows
            if not asked or str(row["Id"]) in asked
        ]
    }
