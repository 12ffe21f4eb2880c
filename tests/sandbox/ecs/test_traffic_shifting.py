"""Blue/green, canary and linear deployments over HTTP, through boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

PAUSE = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}


def _serve(stage: Any, ways: dict[str, Any], strategy: str, **config: Any) -> str:
    advanced = {
        "alternateTargetGroupArn": ways["green"],
        "productionListenerRule": ways["rule"],
        "roleArn": "arn:aws:iam::111122223333:role/traffic",
    }
    balancer = {
        "targetGroupArn": ways["blue"],
        "containerName": "app",
        "containerPort": 8080,
        "advancedConfiguration": advanced,
    }
    given = {"strategy": strategy, "bakeTimeInMinutes": 5, **config}
    return str(stage.serve(stage.define("app:1"), loadBalancers=[balancer], deploymentConfiguration=given))


def _weights(stage: Any, ways: dict[str, Any]) -> dict[str, int]:
    (rule,) = stage.aws("elbv2").describe_rules(RuleArns=[ways["rule"]])["Rules"]
    names = {ways["blue"]: "blue", ways["green"]: "green"}
    return {names[g["TargetGroupArn"]]: g["Weight"] for g in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]}


def _health(stage: Any, group: str) -> list[str]:
    rows = stage.aws("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [row["TargetHealth"]["State"] for row in rows]


def test_blue_green_moves_all_traffic_to_the_other_group(stage: Any) -> None:
    """A user finds the traffic on the other target group after each release (Developer Guide, blue/green deployments)."""
    ways = stage.balancer()
    assert _serve(stage, ways, "BLUE_GREEN") == "SUCCESSFUL"
    assert (_weights(stage, ways), _health(stage, ways["blue"])) == ({"blue": 100, "green": 0}, ["healthy"] * 2)
    assert stage.release("app:2")["status"] == "SUCCESSFUL"
    assert (_weights(stage, ways), _health(stage, ways["green"])) == ({"blue": 0, "green": 100}, ["healthy"] * 2)
    assert _health(stage, ways["blue"]) == []
    assert stage.release("app:3")["status"] == "SUCCESSFUL"
    assert _weights(stage, ways) == {"blue": 100, "green": 0}


@pytest.mark.parametrize(
    ("strategy", "config", "weights"),
    [
        ("BLUE_GREEN", {}, [0, 100]),
        ("CANARY", {"canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 10}}, [0, 10, 100]),
        ("LINEAR", {"linearConfiguration": {"stepPercent": 25, "stepBakeTimeInMinutes": 5}}, [0, 25, 50, 75, 100]),
    ],
)
def test_traffic_shifts_step_by_step(stage: Any, strategy: str, config: dict[str, Any], weights: list[int]) -> None:
    """A user who pauses before every step sees each in the rule and the deployment (API Reference, DeploymentLifecycleHook)."""
    ways = stage.balancer()
    before = {"targetType": "PAUSE", "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"]}
    after = {"targetType": "PAUSE", "lifecycleStages": ["POST_PRODUCTION_TRAFFIC_SHIFT"]}
    _serve(stage, ways, strategy, lifecycleHooks=[before, after], **config)
    stage.update(taskDefinition=stage.define("app:2"))
    seen, stages = [], []
    for _ in weights:
        row = stage.settle(paused=True)
        seen.append(_weights(stage, ways)["green"])
        stages.append(row["lifecycleStage"])
        assert row["targetServiceRevision"]["requestedProductionTrafficWeight"] == seen[-1]
        assert row["sourceServiceRevisions"][0]["requestedProductionTrafficWeight"] == 100 - seen[-1]
        (hook,) = [h["hookId"] for h in row["lifecycleHookDetails"] if h["status"] == "AWAITING_ACTION"]
        stage.ecs.continue_service_deployment(serviceDeploymentArn=row["serviceDeploymentArn"], hookId=hook)
    assert stage.settle()["status"] == "SUCCESSFUL"
    assert seen == weights
    middle = ["PRODUCTION_TRAFFIC_SHIFT"] * (len(weights) - 2)
    assert stages == ["POST_TEST_TRAFFIC_SHIFT", *middle, "POST_PRODUCTION_TRAFFIC_SHIFT"]


def test_a_pause_waits_until_somebody_continues(stage: Any) -> None:
    """A user finds the waiting hook and continues it (API Reference, ContinueServiceDeployment)."""
    ways = stage.balancer()
    _serve(stage, ways, "BLUE_GREEN", lifecycleHooks=[PAUSE])
    stage.update(taskDefinition=stage.define("app:2"))
    row = stage.settle(paused=True)
    (hook,) = row["lifecycleHookDetails"]
    assert (row["lifecycleStage"], hook["targetType"], hook["timeoutAction"]) == ("POST_SCALE_UP", "PAUSE", "ROLLBACK")
    assert 86000 < (hook["expiresAt"] - row["createdAt"]).total_seconds() < 87000
    assert _weights(stage, ways) == {"blue": 100, "green": 0}
    arn = row["serviceDeploymentArn"]
    stage.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook["hookId"], action="CONTINUE")
    row = stage.settle()
    assert (row["status"], row["lifecycleHookDetails"][0]["status"]) == ("SUCCESSFUL", "SUCCEEDED")
    with pytest.raises(ClientError, match="does not await an action"):
        stage.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook["hookId"], action="CONTINUE")


@pytest.mark.parametrize("way", ["continue", "stop"])
def test_a_pause_can_be_rolled_back(stage: Any, way: str) -> None:
    """A user turns a paused deployment back, by the hook or by stopping it, and blue keeps the traffic."""
    ways = stage.balancer()
    _serve(stage, ways, "BLUE_GREEN", lifecycleHooks=[PAUSE])
    stage.update(taskDefinition=stage.define("app:2"))
    row = stage.settle(paused=True)
    arn = row["serviceDeploymentArn"]
    if way == "continue":
        hook = row["lifecycleHookDetails"][0]["hookId"]
        stage.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook, action="ROLLBACK")
    else:
        stage.ecs.stop_service_deployment(serviceDeploymentArn=arn)
    assert stage.settle()["status"] == "ROLLBACK_SUCCESSFUL"
    assert (_weights(stage, ways), _health(stage, ways["green"])) == ({"blue": 100, "green": 0}, [])
    assert {c["image"] for t in stage.tasks() for c in t["containers"]} == {"app:1"}


@pytest.mark.parametrize(("action", "status"), [("ROLLBACK", "ROLLBACK_SUCCESSFUL"), ("CONTINUE", "SUCCESSFUL")])
def test_a_pause_expires(stage: Any, action: str, status: str) -> None:
    """A user who does not answer in time gets the timeout action (API Reference, hook's timeoutConfiguration)."""
    ways = stage.balancer()
    hook = PAUSE | {"timeoutConfiguration": {"timeoutInMinutes": 30, "action": action}}
    _serve(stage, ways, "BLUE_GREEN", lifecycleHooks=[hook])
    stage.control.speed(0.0005)
    stage.update(taskDefinition=stage.define("app:2"))
    row = stage.settle()
    assert (row["status"], row["lifecycleHookDetails"][0]["status"]) == (status, "TIMED_OUT")


def test_a_rollback_during_the_bake_gives_blue_its_traffic_back(stage: Any) -> None:
    """A user who stops a deployment after the shift is back on blue at once (Developer Guide, blue/green deployments)."""
    ways = stage.balancer()
    _serve(stage, ways, "BLUE_GREEN", bakeTimeInMinutes=600)
    stage.control.speed(0.001)
    stage.update(taskDefinition=stage.define("app:2"))
    row = stage.until(stage.deployment, lambda r: r.get("lifecycleStage") == "BAKE_TIME")
    assert _weights(stage, ways) == {"blue": 0, "green": 100}
    stage.ecs.stop_service_deployment(serviceDeploymentArn=row["serviceDeploymentArn"])
    assert stage.settle()["status"] == "ROLLBACK_SUCCESSFUL"
    assert _weights(stage, ways) == {"blue": 100, "green": 0}


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"strategy": "ROLLING", "lifecycleHooks": [PAUSE]}, "not supported with the ROLLING"),
        (
            {"strategy": "BLUE_GREEN", "lifecycleHooks": [PAUSE | {"lifecycleStages": ["TEST_TRAFFIC_SHIFT"]}]},
            "cannot be configured",
        ),
        (
            {"strategy": "BLUE_GREEN", "lifecycleHooks": [{"hookTargetArn": "arn:aws:lambda:x"}]},
            "roleArn is required",
        ),
        ({"strategy": "BLUE_GREEN", "canaryConfiguration": {"canaryPercent": 5}}, "only valid when"),
        ({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 1}}, "between 3 and 100"),
        ({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 2000}, "between 0 and 1440"),
        ({"strategy": "ROLLING", "minimumHealthyPercent": 100, "maximumPercent": 100}, "stop the deployment"),
    ],
)
def test_wrong_configurations_are_refused(stage: Any, config: dict[str, Any], words: str) -> None:
    """A user is told at once what ECS would refuse (API Reference, DeploymentConfiguration and its parts)."""
    with pytest.raises(ClientError, match=words):
        stage.start(stage.define(), deploymentConfiguration=config)


def test_lost_tasks_are_replaced_at_a_pause(stage: Any) -> None:
    """A user who stops a task of either side while a pause waits finds another in its place (assumed)."""
    ways = stage.balancer()
    _serve(stage, ways, "BLUE_GREEN", lifecycleHooks=[PAUSE])
    stage.update(taskDefinition=stage.define("app:2"))
    stage.settle(paused=True)
    before = {t["containers"][0]["image"]: t["taskArn"] for t in stage.tasks()}
    for arn in before.values():
        stage.ecs.stop_task(cluster="c", task=arn)
    stage.until(
        lambda: sorted(t["containers"][0]["image"] for t in stage.tasks() if t["lastStatus"] == "RUNNING"),
        lambda images: images == ["app:1", "app:1", "app:2", "app:2"],
    )
    assert not set(before.values()) & {t["taskArn"] for t in stage.tasks()}
    assert stage.deployment()["status"] == "IN_PROGRESS"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"alternateTargetGroupArn": None}, "advancedConfiguration field is required"),
        ({"alternateTargetGroupArn": "arn:aws:x"}, "target group arn:aws:x does not exist"),
    ],
)
def test_wrong_routes_are_refused(stage: Any, change: dict[str, Any], words: str) -> None:
    """A user reads which part of the load balancer's configuration is wrong, or not done here (AdvancedConfiguration)."""
    ways = stage.balancer()
    advanced = {
        "alternateTargetGroupArn": ways["green"],
        "productionListenerRule": ways["rule"],
        "roleArn": "r",
    } | change
    balancer = {
        "targetGroupArn": ways["blue"],
        "containerName": "app",
        "containerPort": 8080,
        "advancedConfiguration": {key: value for key, value in advanced.items() if value},
    }
    with pytest.raises(ClientError, match=words):
        stage.start(stage.define(), loadBalancers=[balancer], deploymentConfiguration={"strategy": "BLUE_GREEN"})


def test_a_target_group_needs_a_load_balancer(stage: Any) -> None:
    """A user whose target group no listener uses reads so (CreateService's error)."""
    arn = stage.aws("elbv2").create_target_group(
        Name="lone", Port=80, Protocol="HTTP", VpcId=stage.vpc, TargetType="ip"
    )
    group = arn["TargetGroups"][0]["TargetGroupArn"]
    with pytest.raises(ClientError, match="does not have an associated load balancer"):
        stage.start(
            stage.define(), loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 8080}]
        )
    elb = stage.aws("elbv2")
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.0.0.9", "Port": 80}])
    (row,) = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert row["TargetHealth"]["Reason"] == "Target.NotInUse"
    with pytest.raises(ClientError, match="not registered"):
        elb.describe_target_health(TargetGroupArn=group, Targets=[{"Id": "10.0.0.1"}])
    with pytest.raises(ClientError, match="TargetGroupNotFound"):
        elb.describe_target_health(TargetGroupArn=group[:-1])
