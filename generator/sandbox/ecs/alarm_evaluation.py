"""Decides what state a CloudWatch alarm is in, pure: statistics, missing data, M out of N, and metric math.

Sources: Amazon CloudWatch User Guide, "Using Amazon CloudWatch alarms" (Evaluating an alarm, Configuring how alarms
treat missing data) and "Using math expressions with CloudWatch metrics".
"""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    # (metric, from, until) -> the samples of that time, from exclusive, until inclusive.
    Lookup = Callable[["Metric", float, float], Sequence[float]]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_BINARY: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip


_WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to the threshold",
    "GreaterThanThreshold": "greater than the threshold",
    "LessThanThreshold": "less than the threshold",
    "LessThanOrEqualToThreshold": "less than or equal to the threshold",
}


class Metric(NamedTuple):
    """What a metric is known by. Its dimensions are sorted by name."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


def metric_of(row: Mapping[str, Any]) -> Metric:
    """The metric that an alarm, or a query of one, names."""
    dimensions = sorted((str(d["Name"]), str(d["Value"])) for d in row.get("Dimensions") or [])
    return Metric(str(row.get("Namespace")), str(row.get("MetricName")), tuple(dimensions))


class NotUnderstoodError(Exception):
    """The expression uses metric math that the sandbox does not support."""


def statistic(samples: Sequence[float], name: str) -> float | None:  # noqa: PLR0911 - one for each statistic
    """A statistic of a period's samples, or None without samples. `p99` interpolates between the nearest ranks."""
    if not samples:
        return None
    match name:
        case "Sum":
            return float(sum(samples))
        case "SampleCount":
            return float(len(samples))
        case "Minimum":
            return float(min(samples))
        case "Maximum":
            return float(max(samples))
        case "Average":
            return sum(samples) / len(samples)
    if name.startswith("p"):
        ordered = sorted(samples)
        rank = float(name[1:]) / 100 * (len(ordered) - 1)
        low = int(rank)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (rank - low) * (ordered[high] - ordered[low])
    raise NotUnderstoodError(f"the statistic {name}")


def evaluate(alarm: Mapping[str, Any], lookup: Lookup, now: float, before: str) -> tuple[str, str]:  # noqa: PLR0911 - one for each way to treat missing data
    """(State, reason) of an alarm at a time; `before` is the state that it is in."""
    periods = int(alarm.get("EvaluationPeriods") or 1)
    needed = int(alarm.get("DatapointsToAlarm") or periods)
    if "AlarmRule" in alarm:
        # A composite alarm follows its children, which ministack sees to.
        return before, ""
    compare = _COMPARE.get(str(alarm.get("ComparisonOperator")))
    if compare is None:
        return before, "Unchecked: The sandbox does not support anomaly detection; use a threshold."
    limit = float(alarm.get("Threshold") or 0)
    try:
        values = [value_at(alarm, lookup, now, back) for back in range(periods)]
    except NotUnderstoodError as error:
        return (
            "INSUFFICIENT_DATA",
            f"Unchecked: The sandbox does not support {error}; write the expression another way.",
        )
    known = [v for v in values if v is not None]
    missing = periods - len(known)
    treat = str(alarm.get("TreatMissingData") or "missing")
    breaching = sum(compare(v, limit) for v in known)
    if missing and treat == "breaching":
        breaching += missing
    shown = ", ".join(f"{v:g}" for v in known)
    if not known and treat == "missing":
        return "INSUFFICIENT_DATA", f"Insufficient Data: {missing} datapoints were unknown."
    if not known and treat == "ignore":
        return before, "Unchecked: no datapoint arrived."
    if not known:
        kind = "Breaching" if treat == "breaching" else "NonBreaching"
        text = f"no datapoints were received for {missing} periods and {missing} missing datapoints were treated as [{kind}]."
        return ("ALARM" if breaching >= needed else "OK"), f"Threshold Crossed: {text}"
    sign = _WORDS[str(alarm["ComparisonOperator"])]
    if breaching >= needed:
        return (
            "ALARM",
            f"Threshold Crossed: {breaching} out of the last {periods} datapoints [{shown}] was {sign} ({limit:g}).",
        )
    if treat == "ignore" and missing and before == "ALARM":
        return before, "Unchecked: datapoints are missing."
    return (
        "OK",
        f"Threshold Crossed: {periods - breaching} out of the last {periods} datapoints [{shown}] was not {sign} ({limit:g}).",
    )


def value_at(alarm: Mapping[str, Any], lookup: Lookup, now: float, back: int) -> float | None:
    """The value that an alarm compares, so many periods ago."""
    queries = alarm.get("Metrics")
    if not queries:
        period = float(alarm.get("Period") or 60)
        stat = str(alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average")
        return statistic(lookup(metric_of(alarm), now - (back + 1) * period, now - back * period), stat)
    # Every metric of an expression has the same period here, as in the alarms of our templates.
    period = max([float(q["MetricStat"].get("Period") or 60) for q in queries if q.get("MetricStat")], default=60.0)
    window = (now - (back + 1) * period, now - back * period)
    rows = {str(q["Id"]): q for q in queries}
    # CloudWatch watches the one query whose data is returned; ReturnData is true unless it says otherwise.
    chosen = next((q for q in queries if q.get("ReturnData", True)), queries[-1])
    return _query(chosen, rows, lookup, window)


def _query(
    query: Mapping[str, Any], rows: Mapping[str, Any], lookup: Lookup, window: tuple[float, float]
) -> float | None:
    stat = query.get("MetricStat")
    if stat:
        return statistic(lookup(metric_of(stat["Metric"]), *window), str(stat["Stat"]))
    try:
        tree = ast.parse(str(query.get("Expression") or ""), mode="eval").body
    except SyntaxError as error:
        raise NotUnderstoodError(f"the expression {query.get('Expression')!r}") from error
    return _math(tree, lambda name: _query(rows[name], rows, lookup, window) if name in rows else _unknown(name))


def _unknown(what: str) -> float | None:
    raise NotUnderstoodError(f"{what!r} in metric math")


def _math(node: ast.AST, value: Callable[[str], float | None]) -> float | None:  # noqa: PLR0911 - one for each kind of node
    """One period's value of an expression; a missing datapoint makes everything but FILL and the lists missing."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return value(name)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            found = _math(inner, value)
            return None if found is None else -found
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            a, b = _math(left, value), _math(right, value)
            return None if a is None or not b else a / b
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            a, b = _math(left, value), _math(right, value)
            if type(op) not in _BINARY:
                return _unknown(type(op).__name__)
            return None if a is None or b is None else float(_BINARY[type(op)](a, b))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name.upper(), arguments, value)
        case _:
            return _unknown(ast.dump(node)[:40])


def _call(name: str, arguments: list[ast.expr], value: Callable[[str], float | None]) -> float | None:
    match name, arguments:
        case "FILL", [series, filler]:
            found = _math(series, value)
            return found if found is not None else _math(filler, value)
        case "IF", [condition, yes, no]:
            chosen = _math(condition, value)
            return None if chosen is None else _math(yes if chosen else no, value)
        case (("MAX" | "MIN" | "SUM" | "AVG"), [ast.List() as several]):
            known = [row for item in several.elts if (row := _math(item, value)) is not None]
            return _combined(name, known) if known else None
        case _:
            return _unknown(name)


def _combined(name: str, known: list[float]) -> float:
    match name:
        case "MAX":
            return max(known)
        case "MIN":
            return min(known)
        case "SUM":
            return sum(known)
        case _:
            return sum(known) / len(known)
