"""How many tasks run, and when people are told."""

from templates.params.service import Alarms, Scaling, ServiceSpec
from tests.unit.templates.service_cases import properties, template


def test_cpu_adds_tasks_fast_and_takes_them_away_slowly() -> None:
    """2 to 10 tasks: to 70 % CPU, two more at 85 %, one fewer after five minutes under 50 %."""
    body = template()
    target, policy = properties(body, "ScalableTarget"), properties(body, "CpuTarget")
    tracking = policy["TargetTrackingScalingPolicyConfiguration"]
    busy, calm = properties(body, "ScaleOutAlarm"), properties(body, "ScaleInAlarm")

    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 10)
    assert (tracking["TargetValue"], tracking["DisableScaleIn"]) == (70, True)
    steps = {
        n: properties(body, n)["StepScalingPolicyConfiguration"]["StepAdjustments"] for n in ("ScaleOut", "ScaleIn")
    }
    assert steps == {
        "ScaleOut": [{"ScalingAdjustment": 2, "MetricIntervalLowerBound": 0}],
        "ScaleIn": [{"ScalingAdjustment": -1, "MetricIntervalUpperBound": 0}],
    }
    assert (busy["Threshold"], busy["ComparisonOperator"]) == (85, "GreaterThanOrEqualToThreshold")
    assert (calm["Threshold"], calm["ComparisonOperator"]) == (50, "LessThanThreshold")
    assert (calm["Period"], calm["EvaluationPeriods"]) == (60, 5)


def test_a_fixed_number_of_tasks_needs_no_policies() -> None:
    """A range of one number pays for no scaling alarms."""
    resources = template(ServiceSpec(port=8080, scaling=Scaling(min=3, max=3)))["Resources"]

    assert "ScalableTarget" in resources
    assert not [n for n, r in resources.items() if r["Type"] == "AWS::ApplicationAutoScaling::ScalingPolicy"]
    assert not {"ScaleOutAlarm", "ScaleInAlarm"} & resources.keys()


def test_six_kinds_of_trouble_have_an_alarm() -> None:
    """Errors, latency, unhealthy targets, cpu, memory and no task at all, by readable names.

    None tells people itself: the composite alarm over them does, once a fault.
    """
    body = template(ServiceSpec(port=8080, alarms=Alarms(errors_5xx=7, latency_p99_seconds=1.5)))
    alarms = {
        r["Properties"]["AlarmName"]: r["Properties"]
        for r in body["Resources"].values()
        if r["Type"] == "AWS::CloudWatch::Alarm" and "AlarmActions" not in r["Properties"]
    }

    assert set(alarms) == {
        f"slipway-prod-app-{kind}" for kind in ("5xx", "latency", "unhealthy", "cpu", "memory", "no-task")
    }
    assert alarms["slipway-prod-app-5xx"]["Threshold"] == 7
    assert alarms["slipway-prod-app-latency"]["ExtendedStatistic"] == "p99"
    assert alarms["slipway-prod-app-latency"]["Threshold"] == 1.5
    assert alarms["slipway-prod-app-no-task"]["TreatMissingData"] == "breaching"
    assert body["Outputs"]["AppAlarms"]["Value"]["Fn::Join"][1] == [
        {"Ref": f"{n}Alarm"} for n in ("Errors", "Latency", "Unhealthy", "Cpu", "Memory", "NoTask")
    ]


def test_a_service_that_may_scale_to_zero_raises_no_alarm_about_it() -> None:
    """Zero tasks is a fault only where somebody asked for at least one."""
    assert "NoTaskAlarm" not in template(ServiceSpec(port=8080, scaling=Scaling(min=0)))["Resources"]
