"""Slow starters in the embedded AWS, with the alarm and the grace period that a service's template gives them."""

from typing import Any, Literal

import pytest

from templates.params.service import HealthCheck, Rollout, ServiceSpec
from tests.sandbox.ecs.observations import balanced
from tests.unit.templates.service_cases import properties, template

Strategy = Literal["rolling", "blue-green", "canary", "linear"]
STRATEGIES: list[Strategy] = ["rolling", "blue-green", "canary", "linear"]


def serve(stage: Any, strategy: Strategy) -> None:
    """The service `app` at its first version, as a template with 900 seconds of grace makes it."""
    rollout = Rollout(strategy=strategy, bake_minutes=5, canary_bake_minutes=2, step_percent=50.0, step_bake_minutes=2)
    spec = ServiceSpec(port=8080, health_check=HealthCheck(grace=900), rollout=rollout)
    body = template(spec)
    check = spec.health_check
    ways = stage.balancer(
        HealthCheckIntervalSeconds=check.interval, HealthyThresholdCount=check.healthy,
        UnhealthyThresholdCount=check.unhealthy,
    )  # fmt: skip
    _alarm(stage, ways, properties(body, "UnhealthyAlarm"))
    service = properties(body, "Service")
    config = _camel(service["DeploymentConfiguration"])
    config["alarms"] = {"alarmNames": ["unhealthy"], "enable": True, "rollback": True}
    balancer = balanced(ways)
    if strategy != "rolling":
        balancer[0]["advancedConfiguration"] = {
            "alternateTargetGroupArn": ways["green"], "productionListenerRule": ways["rule"],
            "roleArn": "arn:aws:iam::111122223333:role/traffic",
        }  # fmt: skip
    status = stage.serve(
        stage.define("app:1"), loadBalancers=balancer, deploymentConfiguration=config,
        healthCheckGracePeriodSeconds=service["HealthCheckGracePeriodSeconds"],
    )  # fmt: skip
    assert status == "SUCCESSFUL"


def _alarm(stage: Any, ways: dict[str, Any], given: dict[str, Any]) -> None:
    """The template's alarm on this balancer; two target groups are two metrics and their sum."""
    groups = iter((ways["blue"], ways["green"]))

    def dimensions() -> list[dict[str, str]]:
        names = {
            "LoadBalancer": ways["lb"].partition(":loadbalancer/")[2],
            "TargetGroup": next(groups).rpartition(":")[2],
        }
        return [{"Name": name, "Value": value} for name, value in names.items()]

    made = {key: value for key, value in given.items() if key not in {"AlarmName", "AlarmDescription", "Tags"}}
    if "Metrics" in made:
        for query in made["Metrics"]:
            if "MetricStat" in query:
                query["MetricStat"]["Metric"]["Dimensions"] = dimensions()
    else:
        made["Dimensions"] = dimensions()
    stage.aws("cloudwatch").put_metric_alarm(AlarmName="unhealthy", **made)


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: _camel(item) for key, item in value.items()}
    return [_camel(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_slow_start_within_its_grace_is_released(stage: Any, strategy: Strategy) -> None:
    """An image that is healthy after 300 of 900 seconds replaces the old one; no alarm stops it."""
    stage.behave("app:2", "slow", seconds=300)
    serve(stage, strategy)
    assert stage.release("app:2")["status"] == "SUCCESSFUL"
    assert {c["image"] for t in stage.tasks() for c in t["containers"]} == {"app:2"}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_version_that_is_ill_after_its_grace_is_rolled_back(stage: Any, strategy: Strategy) -> None:
    """An image that is never healthy ends by its alarm, before ECS has replaced one of its tasks."""
    stage.behave("app:2", "never-healthy")
    serve(stage, strategy)
    row = stage.release("app:2")
    assert (row["status"], row["alarms"]["triggeredAlarmNames"]) == ("ROLLBACK_SUCCESSFUL", ["unhealthy"])
    assert not any("health checks" in t.get("stoppedReason", "") for t in stage.tasks("STOPPED"))
    assert {c["image"] for t in stage.tasks() for c in t["containers"]} == {"app:1"}
