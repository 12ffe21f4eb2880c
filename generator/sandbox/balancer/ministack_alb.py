"""Every private name of ministack's load balancing that the proxy reads; `tests/sandbox/ecs/test_ministack_ecs.py` has a contract for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.balancer.routes_of_traffic import Check, Group, Listener, Rule, Traffic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def traffic() -> Traffic:
    """`alb._lbs`, `_lb_attrs`, `_listeners`, `_rules`, `_tgs`, `_tg_attrs`: all of the account and Region."""
    from ministack.services import alb

    groups = tuple(_group(row, _flat(alb._tg_attrs.get(arn, []))) for arn, row in alb._tgs.items())  # noqa: SLF001 - the point of this file
    rules = list(alb._rules.values())  # noqa: SLF001
    found = []
    for arn, row in alb._listeners.items():  # noqa: SLF001
        if row["LoadBalancerArn"] in alb._lbs:  # noqa: SLF001
            own = sorted((r for r in rules if r["ListenerArn"] == arn and not r["IsDefault"]), key=_priority)
            attributes = _flat(alb._lb_attrs.get(row["LoadBalancerArn"], []))  # noqa: SLF001
            listed = (
                *(listener_rule(r["RuleArn"], r["Conditions"], r["Actions"]) for r in own),
                listener_rule("", [], row["DefaultActions"]),
            )
            found.append(
                Listener(
                    arn, row["LoadBalancerArn"], int(row["Port"]), row["Protocol"] == "HTTPS",
                    float(attributes.get("idle_timeout.timeout_seconds", 60)), listed,
                )
            )  # fmt: skip
    return Traffic(tuple(found), groups)


def _priority(rule: Mapping[str, Any]) -> int:
    return int(rule["Priority"])


def _flat(rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {row["Key"]: row["Value"] for row in rows}


def _group(row: Mapping[str, Any], attributes: Mapping[str, str]) -> Group:
    check = Check(
        str(row.get("HealthCheckPath") or "/"),
        str((row.get("Matcher") or {}).get("HttpCode") or "200"),
        float(row.get("HealthCheckIntervalSeconds") or 30),
        float(row.get("HealthCheckTimeoutSeconds") or 5),
        int(row.get("HealthyThresholdCount") or 5),
        int(row.get("UnhealthyThresholdCount") or 2),
    )
    return Group(
        str(row["TargetGroupArn"]),
        str(row["TargetGroupArn"]).rpartition(":")[2],
        check,
        float(attributes.get("deregistration_delay.timeout_seconds", 300)),
        int(attributes.get("slow_start.duration_seconds", 0)),
        attributes.get("load_balancing.algorithm.type") == "least_outstanding_requests",
    )


def listener_rule(arn: str, conditions: Iterable[Mapping[str, Any]], actions: Iterable[Mapping[str, Any]]) -> Rule:
    """A listener rule as the proxy asks it: its hosts and paths, and where the requests go."""
    found = Rule(arn)
    for condition in conditions:
        values = condition.get("Values") or next(
            (v["Values"] for k, v in condition.items() if k.endswith("Config") and v.get("Values")), ()
        )
        # A condition that the proxy can't ask matches nothing: no path is empty.
        match condition.get("Field"):
            case "host-header":
                found = found._replace(hosts=tuple(values))
            case "path-pattern":
                found = found._replace(paths=tuple(values))
            case _:
                found = found._replace(paths=("",))
    for action in actions:
        match action["Type"]:
            case "forward":
                rows = (action.get("ForwardConfig") or {}).get("TargetGroups") or [
                    {"TargetGroupArn": action["TargetGroupArn"], "Weight": 1}
                ]
                # In the order of their ARNs: ECS writes them in any, and an order alone is no change.
                found = found._replace(
                    forward=tuple(sorted((r["TargetGroupArn"], int(r.get("Weight", 1))) for r in rows))
                )
            case "fixed-response":
                given = action.get("FixedResponseConfig") or {}
                answer = (
                    int(given.get("StatusCode", 503)),
                    given.get("ContentType", "text/plain"),
                    given.get("MessageBody", ""),
                )
                found = found._replace(answer=answer)
            case "redirect":
                given = action.get("RedirectConfig") or {}
                status = int(str(given.get("StatusCode", "HTTP_302")).removeprefix("HTTP_"))
                found = found._replace(redirect=(status, given.get("Protocol", "HTTPS"), str(given.get("Port", "443"))))
            case "authenticate-oidc" | "authenticate-cognito" | "jwt-validation":
                # Nobody gets past it, as on AWS nobody does who has not signed in.
                return Rule(
                    arn,
                    found.hosts,
                    found.paths,
                    answer=(
                        401,
                        "text/plain",
                        "The sandbox does not sign people in at a load balancer; use an AWS account.\n",
                    ),
                )
            case _:
                found = found._replace(
                    answer=(
                        501,
                        "text/plain",
                        "The sandbox does not support this action of a listener rule; use forward, redirect or fixed-response.\n",
                    )
                )
    return found
