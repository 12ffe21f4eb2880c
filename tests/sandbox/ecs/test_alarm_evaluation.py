"""Alarm states from metrics, as tables: no server, no clock."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from generator.sandbox.ecs.alarm_evaluation import Metric, NotUnderstoodError, evaluate, statistic, value_at

N = None


def series(**rows: Sequence[float | None]) -> Callable[[Metric, float, float], Sequence[float]]:
    """Per metric the values of the last minutes, the newest first, at the time 0."""

    def lookup(metric: Metric, after: float, until: float) -> Sequence[float]:
        values = rows.get(metric.name, ())
        inside = [v for n, v in enumerate(values) if v is not None and after < -30 - 60 * n <= until]
        return [v for v in inside if v is not None]

    return lookup


def alarm(**more: Any) -> dict[str, Any]:
    base = {
        "Namespace": "N",
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "Threshold": 10,
    }
    return base | {"ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching"} | more


@pytest.mark.parametrize(
    ("more", "values", "before", "state"),
    [
        ({}, [10, 10, 10], "OK", "ALARM"),
        ({}, [10, 10, 9], "OK", "OK"),
        ({"DatapointsToAlarm": 2}, [10, 3, 10], "OK", "ALARM"),
        ({"DatapointsToAlarm": 2}, [N, 10, 10], "OK", "ALARM"),
        ({"ComparisonOperator": "LessThanThreshold"}, [1, 2, 3], "OK", "ALARM"),
        ({"ComparisonOperator": "LessThanOrEqualToThreshold"}, [10, 2, 3], "OK", "ALARM"),
        ({"ComparisonOperator": "GreaterThanThreshold"}, [10, 11, 11], "OK", "OK"),
        ({}, [N, N, N], "ALARM", "OK"),
        ({"TreatMissingData": "breaching"}, [N, N, N], "OK", "ALARM"),
        ({"TreatMissingData": "breaching"}, [1, N, N], "OK", "OK"),
        ({"TreatMissingData": "missing"}, [N, N, N], "OK", "INSUFFICIENT_DATA"),
        ({"TreatMissingData": "missing"}, [N, 1, N], "ALARM", "OK"),
        ({"TreatMissingData": "ignore"}, [N, N, N], "ALARM", "ALARM"),
        ({"TreatMissingData": "ignore"}, [1, N, N], "ALARM", "ALARM"),
        ({"TreatMissingData": "ignore"}, [1, 1, 1], "ALARM", "OK"),
        ({"Period": 180, "EvaluationPeriods": 1}, [4, 4, 4], "OK", "ALARM"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, [99, 99, 99], "OK", "OK"),
    ],
)  # fmt: skip
def test_datapoints_decide(more: dict[str, Any], values: list[float | None], before: str, state: str) -> None:
    """A user's M of N datapoints, operator and missing data decide (CloudWatch User Guide, Evaluating an alarm)."""
    assert evaluate(alarm(**more), series(m=values), 0, before)[0] == state


def query(name: str, stat: str = "Sum") -> dict[str, Any]:
    metric = {"Namespace": "N", "MetricName": name, "Dimensions": []}
    return {"Id": name, "ReturnData": False, "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}


@pytest.mark.parametrize(
    ("expression", "m0", "m1", "value"),
    [
        ("FILL(m0,0)+FILL(m1,0)", [3], [4], 7),
        ("FILL(m0,0)+FILL(m1,0)", [3], [N], 3),
        ("FILL(m0,0)+FILL(m1,0)", [N], [N], 0),
        ("MAX([FILL(m0,0),FILL(m1,0)])", [3], [4], 4),
        ("MAX([m0,m1])", [3], [N], 3),
        ("MAX([m0,m1])", [N], [N], N),
        ("MIN([m0,m1])", [3], [4], 3),
        ("SUM([m0,m1])", [3], [4], 7),
        ("AVG([m0,m1])", [3], [4], 3.5),
        ("m0+m1", [3], [N], N),
        ("100*m0/m1", [1], [4], 25),
        ("m0/m1", [1], [0], N),
        ("-m0-1", [1], [0], -2),
        ("IF(m0>2, m1, 0)", [3], [9], 9),
        ("IF(m0>2, m1, 0)", [1], [9], 0),
        ("IF(m0>2, m1, 0)", [N], [9], N),
    ],
)  # fmt: skip
def test_metric_math(expression: str, m0: list[float | None], m1: list[float | None], value: float | None) -> None:
    """A user's expression over two target groups gives one number (CloudWatch User Guide, Using math expressions)."""
    metrics = [query("m0"), query("m1"), {"Id": "e", "Expression": expression, "ReturnData": True}]
    assert value_at({"Metrics": metrics}, series(m0=m0, m1=m1), 0, 0) == value


@pytest.mark.parametrize(
    "expression", ["RATE(m0)", "m0 %% 2", "SEARCH('x', 'Sum', 60)", "m9", "m0 % 2", "[m0]", "MAX(m0)"]
)
def test_other_math_is_refused(expression: str) -> None:
    """A user of math that the sandbox does not support reads so in the alarm's reason, instead of a wrong state."""
    watch = alarm(Metrics=[query("m0"), {"Id": "e", "Expression": expression}])
    state, reason = evaluate(watch, series(m0=[1, 1, 1]), 0, "OK")
    assert state == "INSUFFICIENT_DATA"
    assert "The sandbox does not support" in reason


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sum", 10),
        ("SampleCount", 4),
        ("Minimum", 1),
        ("Maximum", 4),
        ("Average", 2.5),
        ("p50", 2.5),
        ("p100", 4),
        ("p0", 1),
    ],
)
def test_statistics(name: str, value: float) -> None:
    """A user's statistic is what CloudWatch calls it (CloudWatch User Guide, Statistics definitions)."""
    assert statistic([4, 1, 2, 3], name) == value
    assert statistic([], name) is None


def test_an_unknown_statistic_is_refused() -> None:
    """A user of a trimmed mean is told that the sandbox does not support it."""
    with pytest.raises(NotUnderstoodError, match="tm90"):
        statistic([1], "tm90")
