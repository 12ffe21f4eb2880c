"""How a release replaces what runs: the four strategies, the gate, the time limits, and what a release changes."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from templates.params.service import (
    ROLLOUT_LIMIT_MINUTES,
    HealthCheck,
    Pause,
    Rollout,
    ServiceSpec,
    faults,
    rollout_minutes,
    traffic_steps,
)
from templates.service import build
from tests.unit.templates.service_cases import EVERYTHING, params, properties, statements, template, walk

STRATEGIES = ("rolling", "blue-green", "canary", "linear")
SHIFTING = STRATEGIES[1:]


def rolled(strategy: Any, **more: Any) -> dict[str, Any]:
    """The template of a service that rolls out this way."""
    return template(ServiceSpec(port=8080, rollout=Rollout(strategy=strategy, **more)))


def deployment(body: dict[str, Any]) -> dict[str, Any]:
    """The deployment configuration of the ECS service."""
    found: dict[str, Any] = properties(body, "Service")["DeploymentConfiguration"]
    return found


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_alarms_stop_every_rollout_and_full_capacity_stays(strategy: str) -> None:
    """No strategy goes below 100 % of the tasks, and errors seen by users roll each of them back."""
    found = deployment(rolled(strategy))

    assert (found["MinimumHealthyPercent"], found["MaximumPercent"]) == (100, 200)
    assert found["Alarms"] == {
        "AlarmNames": [{"Ref": "ErrorsAlarm"}, {"Ref": "LatencyAlarm"}, {"Ref": "UnhealthyAlarm"}],
        "Enable": True,
        "Rollback": True,
    }


def test_only_a_rolling_update_has_a_circuit_breaker() -> None:
    """The breaker is where AWS documents that it works; elsewhere bakes and alarms guard."""
    assert deployment(rolled("rolling"))["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert "BakeTimeInMinutes" not in deployment(rolled("rolling"))
    for strategy in SHIFTING:
        assert "DeploymentCircuitBreaker" not in deployment(rolled(strategy))
        assert deployment(rolled(strategy))["BakeTimeInMinutes"] == 5


def test_each_strategy_brings_its_own_settings_and_no_others() -> None:
    """Canary and linear steps are as written; settings of a strategy that is not used are left out."""
    canary = deployment(rolled("canary", canary_percent=2.5, canary_bake_minutes=7))
    linear = deployment(rolled("linear", step_percent=25.0, step_bake_minutes=4))

    assert canary["CanaryConfiguration"] == {"CanaryPercent": 2.5, "CanaryBakeTimeInMinutes": 7}
    assert linear["LinearConfiguration"] == {"StepPercent": 25.0, "StepBakeTimeInMinutes": 4}
    assert "LinearConfiguration" not in canary
    assert "CanaryConfiguration" not in linear
    assert {s: deployment(rolled(s))["Strategy"] for s in STRATEGIES} == {
        "rolling": "ROLLING",
        "blue-green": "BLUE_GREEN",
        "canary": "CANARY",
        "linear": "LINEAR",
    }


def test_a_rolling_service_waits_for_its_listener_rule() -> None:
    """ECS refuses a target group that no load balancer uses, so the rule comes first."""
    body = rolled("rolling")

    assert body["Resources"]["Service"]["DependsOn"] == ["ListenerRule", "LoadBalancerEgress", "LoadBalancerIngress"]
    assert "AdvancedConfiguration" not in properties(body, "Service")["LoadBalancers"][0]
    assert not {"TargetGroupGreen", "TrafficRole"} & body["Resources"].keys()


@pytest.mark.parametrize("strategy", SHIFTING)
def test_shifting_traffic_has_two_sides_and_a_role_that_touches_only_them(strategy: str) -> None:
    """ECS moves weights between this service's two groups and can touch no other service's."""
    body = rolled(strategy)
    (balancer,) = properties(body, "Service")["LoadBalancers"]
    (action,) = properties(body, "ListenerRule")["Actions"]
    rights = statements(body, "TrafficRole")

    assert balancer["TargetGroupArn"] == {"Ref": "TargetGroup"}
    assert balancer["AdvancedConfiguration"] == {
        "AlternateTargetGroupArn": {"Ref": "TargetGroupGreen"},
        "ProductionListenerRule": {"Ref": "ListenerRule"},
        "RoleArn": {"Fn::GetAtt": ["TrafficRole", "Arn"]},
    }
    assert [(t["TargetGroupArn"]["Ref"], t["Weight"]) for t in action["ForwardConfig"]["TargetGroups"]] == [
        ("TargetGroup", 100),
        ("TargetGroupGreen", 0),
    ]
    assert {sid: s["Resource"] for sid, s in rights.items()} == {
        "Read": ["*"],
        "Targets": [{"Ref": "TargetGroup"}, {"Ref": "TargetGroupGreen"}],
        "Rule": [{"Ref": "ListenerRule"}],
        "Listener": [{"Ref": "ListenerArn"}],
    }
    assert all(a.split(":")[1].startswith("Describe") for a in rights["Read"]["Action"])
    assert "ListenerRule" not in body["Resources"]["Service"]["DependsOn"], "the service refers to it already (W3005)"
    assert "AppTargetGroupGreen" in body["Outputs"]


@pytest.mark.parametrize("strategy", SHIFTING)
def test_alarms_see_both_sides_of_a_rollout(strategy: str) -> None:
    """Errors of the new version count while it has only a part of the traffic, whichever side it is on."""
    body = rolled(strategy)
    for name, expression in (
        ("ErrorsAlarm", "FILL(m0,0)+FILL(m1,0)"),
        ("LatencyAlarm", "MAX([FILL(m0,0),FILL(m1,0)])"),
        ("UnhealthyAlarm", "FILL(m0,0)+FILL(m1,0)"),
    ):
        alarm = properties(body, name)
        *sides, both = alarm["Metrics"]
        dimensions = [{d["Name"]: d["Value"] for d in m["MetricStat"]["Metric"]["Dimensions"]} for m in sides]
        assert [d["TargetGroup"] for d in dimensions] == [
            {"Fn::GetAtt": ["TargetGroup", "TargetGroupFullName"]},
            {"Fn::GetAtt": ["TargetGroupGreen", "TargetGroupFullName"]},
        ]
        assert (both["Expression"], both["ReturnData"]) == (expression, True)
        assert [m["ReturnData"] for m in sides] == [False, False]
        assert not {"MetricName", "Namespace", "Dimensions", "Statistic", "Period"} & alarm.keys()


def test_nothing_fixes_the_number_of_tasks() -> None:
    """A release keeps the scale that autoscaling has reached."""
    for strategy in STRATEGIES:
        assert "DesiredCount" not in properties(rolled(strategy), "Service")


def test_zones_are_rebalanced_where_there_is_room_for_it() -> None:
    """ECS refuses rebalancing at a maximum of 100 %."""
    assert properties(rolled("rolling"), "Service")["AvailabilityZoneRebalancing"] == "ENABLED"
    tight = rolled("rolling", min_percent=50, max_percent=100)
    assert properties(tight, "Service")["AvailabilityZoneRebalancing"] == "DISABLED"


def test_a_gate_holds_the_rollout_until_somebody_decides() -> None:
    """PAUSE stands at the chosen stage and rolls back if nobody answers."""
    (hook,) = deployment(rolled("blue-green", pause=Pause(timeout_minutes=90)))["LifecycleHooks"]

    assert hook == {
        "TargetType": "PAUSE",
        "LifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
        "TimeoutConfiguration": {"Action": "ROLLBACK", "TimeoutInMinutes": 90},
    }


@pytest.mark.parametrize(
    ("rollout", "message"),
    [
        (Rollout(pause=Pause()), "set strategy to blue-green"),
        (Rollout(strategy="canary", pause=Pause(stage="TEST_TRAFFIC_SHIFT")), "write POST_TEST_TRAFFIC_SHIFT"),
        (Rollout(strategy="linear", pause=Pause(stage="PRODUCTION_TRAFFIC_SHIFT")), "write POST_TEST_TRAFFIC_SHIFT"),
        (Rollout(strategy="blue-green", bake_minutes=1440, pause=Pause(timeout_minutes=600)), "shorten them to 1980"),
        (Rollout(strategy="linear", step_percent=3.0, step_bake_minutes=1440), "shorten them to 1980"),
        (Rollout(strategy="canary", canary_percent=0.25), "multiple of 0.1"),
        (Rollout(max_percent=100), "write 200"),
    ],
)
def test_rollouts_that_aws_would_refuse_never_reach_it(rollout: Rollout, message: str) -> None:
    """An illegal gate, a deadlock or a rollout beyond CloudFormation's patience is refused, with a way out."""
    with pytest.raises(ValueError, match=message):
        build(params(ServiceSpec(port=8080, rollout=rollout)))


@pytest.mark.parametrize(
    ("rollout", "steps", "minutes"),
    [
        (Rollout(bake_minutes=60), 0, 0),
        (Rollout(strategy="blue-green", bake_minutes=60), 1, 60),
        (Rollout(strategy="canary", bake_minutes=5, canary_bake_minutes=10), 2, 15),
        (Rollout(strategy="linear", bake_minutes=5, step_percent=20.0, step_bake_minutes=3), 5, 5 + 4 * 3),
        (Rollout(strategy="linear", bake_minutes=0, step_percent=33.4, step_bake_minutes=3), 3, 6),
        (Rollout(strategy="linear", bake_minutes=0, step_percent=100.0, step_bake_minutes=9), 1, 0),
        (Rollout(strategy="canary", pause=Pause(stage="PRE_PRODUCTION_TRAFFIC_SHIFT", timeout_minutes=60)), 2, 135),
        (Rollout(strategy="canary", pause=Pause(timeout_minutes=60)), 2, 75),
    ],
)
def test_the_longest_wait_counts_every_bake_and_every_pause(rollout: Rollout, steps: int, minutes: float) -> None:
    """People see how long a rollout may take before they choose it."""
    assert traffic_steps(rollout) == steps
    assert rollout_minutes(rollout) == minutes


@pytest.mark.parametrize(
    ("rollout", "minutes"),
    [
        (Rollout(strategy="canary", bake_minutes=1000, canary_bake_minutes=980), 1980),
        (Rollout(strategy="canary", bake_minutes=1000, canary_bake_minutes=981), 1981),
        (Rollout(strategy="linear", step_percent=50, bake_minutes=1000, step_bake_minutes=980), 1980),
        (Rollout(strategy="linear", step_percent=50, bake_minutes=1000, step_bake_minutes=981), 1981),
        (Rollout(strategy="blue-green", bake_minutes=540, pause=Pause(timeout_minutes=1440)), 1980),
        (Rollout(strategy="blue-green", bake_minutes=541, pause=Pause(timeout_minutes=1440)), 1981),
    ],
)
def test_bakes_and_pauses_end_within_33_hours(rollout: Rollout, minutes: float) -> None:
    """Exactly the limit passes, and a minute more is refused with the sum and the limit."""
    refused = [text for _, text in faults(ServiceSpec(port=1, rollout=rollout))]
    assert rollout_minutes(rollout) == minutes
    assert bool(refused) is (minutes > ROLLOUT_LIMIT_MINUTES)
    assert all(f"{minutes:.0f} minutes" in text and f"{ROLLOUT_LIMIT_MINUTES} in all" in text for text in refused)


@pytest.mark.parametrize(("seconds", "ignored", "minutes"), [(0, 0, 3), (60, 60, 3), (300, 750, 9)])
def test_a_slow_starter_gets_the_grace_that_is_written(seconds: int, ignored: int, minutes: int) -> None:
    """ECS ignores failed checks for `health_check.grace`, or until the alarm has fired where a good start looks ill."""
    body = template(ServiceSpec(port=8080, health_check=HealthCheck(grace=seconds)))
    assert properties(body, "Service")["HealthCheckGracePeriodSeconds"] == ignored
    alarm = properties(body, "UnhealthyAlarm")
    assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (minutes, minutes)


@given(
    st.builds(
        Rollout,
        strategy=st.sampled_from(STRATEGIES),
        bake_minutes=st.integers(0, 1440),
        canary_bake_minutes=st.integers(0, 1440),
        step_percent=st.integers(30, 1000).map(lambda tenths: tenths / 10),
        step_bake_minutes=st.integers(0, 1440),
        pause=st.none() | st.builds(Pause, timeout_minutes=st.integers(1, 20160)),
    )
)
def test_what_is_accepted_always_ends_in_time(rollout: Rollout) -> None:
    """No accepted rollout can outlast the 33 hours that ECS and CloudFormation agree on."""
    refused = list(faults(ServiceSpec(port=1, rollout=rollout)))

    assert refused or rollout_minutes(rollout) <= ROLLOUT_LIMIT_MINUTES
    assert 100 / rollout.step_percent <= traffic_steps(Rollout(strategy="linear", step_percent=rollout.step_percent))


def touched(body: dict[str, Any], parameters: set[str]) -> dict[str, bool]:
    """What a change of these parameters touches: resource to whether it is replaced.

    CloudFormation's rule: a resource changes if it reads a changed parameter, any attribute of a changed resource, or
    the ``Ref`` of a replaced one. Of these types only a task definition can't be changed in place.
    """
    changed: dict[str, bool] = {}
    while True:
        news = {}
        for name, resource in body["Resources"].items():
            if name not in changed and _reads_changed(resource, parameters, changed):
                news[name] = resource["Type"] == "AWS::ECS::TaskDefinition"
        if not news:
            return changed
        changed |= news


def _reads_changed(resource: dict[str, Any], parameters: set[str], changed: dict[str, bool]) -> bool:
    for node in walk(resource):
        refs, attributes = {node.get("Ref")}, {(node.get("Fn::GetAtt") or [None])[0]}
        text = node.get("Fn::Sub", "")
        for part in (text if isinstance(text, str) else text[0]).split("${")[1:]:
            target, _, attribute = part.partition("}")[0].partition(".")
            (attributes if attribute else refs).add(target)
        if refs & parameters or attributes & changed.keys() or any(changed.get(ref) for ref in refs if ref):
            return True
    return False


@settings(max_examples=30)
@given(strategy=st.sampled_from(STRATEGIES), full=st.booleans())
def test_a_release_of_an_image_changes_two_resources(strategy: Any, full: bool) -> None:
    """Anyone who approves an image-only release approves a new task definition and a rollout, nothing else."""
    rollout = Rollout(strategy=strategy)
    fields = {f: getattr(EVERYTHING, f) for f in EVERYTHING.__struct_fields__} if full else {"port": 8080}
    body = template(ServiceSpec(**{**fields, "rollout": rollout}))

    assert touched(body, {"ImageUri", "Release"}) == {"TaskDefinition": True, "Service": False}
    assert touched(body, {"ImageUri"}) == touched(body, {"Release"}) == {"TaskDefinition": True, "Service": False}


def test_the_walk_sees_what_widens_a_release() -> None:
    """The test above can fail: an attribute of the service, or the image elsewhere, is found."""
    body = json.loads(json.dumps(template()))
    body["Resources"]["CpuAlarm"]["Properties"]["Dimensions"] = [{"Fn::Sub": "${Service.Name}"}]
    body["Resources"]["SecurityGroup"]["Properties"]["GroupDescription"] = {"Fn::Sub": "for ${Release}"}

    assert {"CpuAlarm", "SecurityGroup"} < touched(body, {"ImageUri", "Release"}).keys()


def test_an_image_enters_by_digest_and_a_release_by_commit() -> None:
    """A tag, or a branch name, can't be released."""
    declared = template()["Parameters"]

    assert declared["ImageUri"]["AllowedPattern"].endswith("@sha256:[0-9a-f]{64}$")
    assert declared["Release"]["AllowedPattern"] == "^[0-9a-f]{40}$"
