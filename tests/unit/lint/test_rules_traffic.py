"""The finer points of the load balancer, alarm and autoscaling rules."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from generator.lint.rules.rule import examples
from generator.lint.rules.runner import check, rules


def base(rule_id: str) -> Any:
    """A copy of the passing example of a rule."""
    return deepcopy(examples(rules()[rule_id].group)[rule_id].passes)


def props(template: Any, name: str) -> dict[str, Any]:
    """The properties of one resource, to be changed in place."""
    found: dict[str, Any] = template["Resources"][name]["Properties"]
    return found


def ids(template: Any) -> list[str]:
    """The ids of everything that is found."""
    return sorted({finding.rule.id for finding in check(template)})


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("deregistration_delay.timeout_seconds", "30", []),
        ("deregistration_delay.timeout_seconds", 3601, ["E9566"]),
        ("deregistration_delay.timeout_seconds", {"Ref": "Delay"}, []),
        ("stickiness.enabled", True, []),
        ("stickiness.enabled", "yes", ["E9566"]),
        ("target_group_health.dns_failover.minimum_healthy_targets.count", "off", []),
        ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "off", ["E9566"]),
        ("proxy_protocol_v2.enabled", "true", ["E9565"]),
        ("slow_start.duration", "30", ["E9565"]),
        ({"Ref": "Key"}, "x", []),
    ],
)
def test_target_group_attributes(key: Any, value: Any, expected: list[str]) -> None:
    """Attribute keys and values are checked for the kind of target group, and unknown ones left alone."""
    template = base("E9570")
    props(template, "Blue")["TargetGroupAttributes"] = [{"Key": key, "Value": value}]
    assert ids(template) == expected


def test_a_typo_gets_the_nearest_key() -> None:
    """Somebody who misremembers an attribute is told its real name."""
    template = base("E9565")
    props(template, "Balancer")["LoadBalancerAttributes"][0]["Key"] = "idle_timeout.timeout_second"
    assert "did you mean idle_timeout.timeout_seconds?" in check(template)[0].text


def test_listener_attributes_follow_the_load_balancer() -> None:
    """An HTTP header setting is refused on a network load balancer."""
    template = base("E9572")
    props(template, "Listener")["ListenerAttributes"] = [
        {"Key": "routing.http.response.server.enabled", "Value": "false"}
    ]
    assert ids(template) == []
    props(template, "Balancer")["Type"] = "network"
    assert ids(template) == ["E9565", "E9572"]


def test_equal_times_are_refused_for_http_only() -> None:
    """A TCP check may take the whole interval, as older network load balancers demand; an HTTP check may not."""
    template = base("E9570")
    props(template, "Blue").update(HealthCheckTimeoutSeconds=10, HealthCheckIntervalSeconds=10)
    assert ids(template) == ["E9570"]
    props(template, "Blue")["Protocol"] = "TCP"
    assert ids(template) == []
    props(template, "Blue")["HealthCheckIntervalSeconds"] = {"Ref": "Interval"}
    assert ids(template) == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("IF(errors > 5, 1, 0)", []),
        ("FILL(errors, 0) / requests * 1e3", []),
        ('SUM(METRICS("err"))', []),
        ("SELECT AVG(x) FROM y", []),
        ("errors + missing", ["E9584"]),
        ({"Fn::Sub": "${Id} * 2"}, []),
    ],
)
def test_metric_math_is_read_like_cloudwatch_reads_it(expression: Any, expected: list[str]) -> None:
    """Functions, numbers and quoted text are not mistaken for ids."""
    template = base("E9584")
    props(template, "Alarm")["Metrics"][0]["Expression"] = expression
    assert ids(template) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('ALARM("a (b)") AND NOT OK(c)', []),
        ("(ALARM(a) OR ALARM(b)", ["E9588"]),
        ({"Fn::Sub": "ALARM(${Alarm}) OR TRUE"}, []),
        ({"Fn::Sub": "BROKEN(${Alarm})"}, ["E9588"]),
        ({"Ref": "Rule"}, []),
    ],
)
def test_composite_rules(said: Any, expected: list[str]) -> None:
    """A slip in a composite alarm's rule is found, and a rule from elsewhere is not judged."""
    template = base("E9588")
    props(template, "Down")["AlarmRule"] = said
    assert ids(template) == expected


def test_series_that_return_data() -> None:
    """An alarm needs a series to watch, and an anomaly alarm returns two on purpose."""
    template = base("E9581")
    queries = props(template, "Alarm")["Metrics"]
    queries[0]["ReturnData"] = False
    assert ids(template) == ["E9581"]
    queries[0]["ReturnData"] = {"Ref": "Flag"}
    assert ids(template) == []
    queries[0] = {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(errors)"}
    queries[1]["ReturnData"] = True
    props(template, "Alarm").update(ThresholdMetricId="band", ComparisonOperator="GreaterThanUpperThreshold")
    assert ids(template) == []
    props(template, "Alarm")["ComparisonOperator"] = "GreaterThanThreshold"
    assert ids(template) == ["E9587"]


def test_long_windows_need_long_periods() -> None:
    """A week may be watched in hours, not in minutes."""
    template = base("E9583")
    props(template, "Alarm").update(Period=3600, EvaluationPeriods=168)
    assert ids(template) == []
    props(template, "Alarm")["EvaluationPeriods"] = 169
    assert ids(template) == ["E9583"]


@pytest.mark.parametrize(
    ("namespace", "dimension", "resource", "expected"),
    [
        ("ecs", "ecs:service:DesiredCount", {"Fn::Sub": "service/${Cluster}/${Service.Name}"}, []),
        ("ecs", "ecs:service:DesiredCount", {"Fn::Sub": "service/${Cluster}/${Service}"}, ["E9592"]),
        ("ecs", "ecs:service:DesiredCount", {"Fn::Join": ["/", ["service", {"Ref": "C"}, "app"]]}, []),
        ("ecs", "ecs:service:DesiredCount", {"Fn::ImportValue": "id"}, []),
        ("dynamodb", "dynamodb:table:ReadCapacityUnits", "table/app", []),
        ("dynamodb", "dynamodb:table:ReadCapacityUnits", "app", ["E9592"]),
        ("rds", "rds:cluster:ReadReplicaCount", "cluster:app", []),
        ("kafka", "kafka:broker-storage:VolumeSize", "arn:aws:kafka:eu-west-1:1:cluster/a/b", []),
    ],
)
def test_resource_ids(namespace: str, dimension: str, resource: Any, expected: list[str]) -> None:
    """The hand-made id of what is scaled is checked in every notation."""
    template = base("E9592")
    template["Resources"]["Service"] = {"Type": "AWS::ECS::Service", "Properties": {"Cluster": "main"}}
    props(template, "Scale").update(ServiceNamespace=namespace, ScalableDimension=dimension, ResourceId=resource)
    assert ids(template) == expected


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ([(None, -10), (-10, 0)], []),
        ([(-10, 0)], ["E9595"]),
        ([(0, 10)], ["E9595"]),
        ([(0, 10), (5, None)], ["E9595"]),
        ([(10, 0)], ["E9595"]),
        ([({"Ref": "Low"}, 0)], []),
    ],
)
def test_steps_cover_their_range(bounds: list[tuple[Any, Any]], expected: list[str]) -> None:
    """Gaps, overlaps and closed ends of a step policy are found."""
    template = base("E9595")
    steps = []
    for low, high in bounds:
        ends = {"MetricIntervalLowerBound": low, "MetricIntervalUpperBound": high}
        steps.append({"ScalingAdjustment": 1, **{key: value for key, value in ends.items() if value is not None}})
    props(template, "Policy")["StepScalingPolicyConfiguration"]["StepAdjustments"] = steps
    assert ids(template) == expected


def test_scheduled_limits_are_checked_too() -> None:
    """A nightly action whose minimum is above its maximum is found."""
    template = base("E9590")
    action = {"ScheduledActionName": "night", "Schedule": "cron(0 2 * * ? *)"}
    props(template, "Scale")["ScheduledActions"] = [
        {**action, "ScalableTargetAction": {"MinCapacity": 3, "MaxCapacity": 1}}
    ]
    (finding,) = check(template)
    assert (finding.rule.id, finding.problem.path[3:5]) == ("E9590", ("ScheduledActions", 0))


def test_labels_belong_to_request_counts() -> None:
    """A resource label on a CPU metric is refused, and one configuration too many as well."""
    template = base("E9596")
    tracking = props(template, "Policy")["TargetTrackingScalingPolicyConfiguration"]
    tracking["PredefinedMetricSpecification"]["PredefinedMetricType"] = "ECSServiceAverageCPUUtilization"
    assert ids(template) == ["E9596"]
    del tracking["PredefinedMetricSpecification"]["ResourceLabel"]
    props(template, "Policy")["StepScalingPolicyConfiguration"] = {"AdjustmentType": "ExactCapacity"}
    assert ids(template) == ["E9594"]
