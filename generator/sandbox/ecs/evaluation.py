"""Decides what state a CloudWatch alarm is in, pure: statistics, missing data, M out of N, and metric math.

Sources: Amazon CloudWatch User Guide, "Using Amazon CloudWatch alarms" (Evaluating an alarm, Configuring how alarms
treat missing data) and "Using math expressions with CloudWatch metrics".
"""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    # (namespace, name, dimensions, from, until) -> the samples of that time, from exclusive, until inclusive.
    Lookup = Callable[[str, str, Mapping[str, str], float, float], Sequence[float]]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_BINARY: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Pow: operator.pow,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip


class NotUnderstoodError(Exception):
    """The expression uses metric math that the sandbox does not do."""


def statistic(samples: Sequence[float], name: str) -> float | None:
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


def evaluate(alarm: Mapping[str, Any], lookup: Lookup, now: float, before: str) -> tuple[str, str]:
    """(State, reason) of an alarm at a time; `before` is the state that it is in."""
    periods = int(alarm.get("EvaluationPeriods") or 1)
    needed = int(alarm.get("DatapointsToAlarm") or periods)
    compare = _COMPARE.get(str(alarm.get("ComparisonOperator")))
    if compare is None:
        return before, "Unchecked: The sandbox does not do anomaly detection; use a threshold."
    limit = float(alarm.get("Threshold") or 0)
    try:
        values = [value_at(alarm, lookup, now, back) for back in range(periods)]
    except NotUnderstoodError as error:
        return "INSUFFICIENT_DATA", f"Unchecked: The sandbox does not do {error}; write the expression another way."
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
    sign = str(alarm["ComparisonOperator"])
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
        return _metric(lookup, str(alarm.get("Namespace")), str(alarm.get("MetricName")), alarm.get("Dimensions"), stat, (now - (back + 1) * period, now - back * period))  # fmt: skip
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
        metric = stat["Metric"]
        return _metric(lookup, str(metric.get("Namespace")), str(metric.get("MetricName")), metric.get("Dimensions"), str(stat["Stat"]), window)  # fmt: skip
    try:
        tree = ast.parse(str(query.get("Expression") or ""), mode="eval").body
    except SyntaxError as error:
        raise NotUnderstoodError(f"the expression {query.get('Expression')!r}") from error
    found = _math(tree, lambda name: _query(rows[name], rows, lookup, window) if name in rows else _unknown(name))
    return found if not isinstance(found, list) else _unknown("an expression that gives several time series")


def _unknown(what: str) -> float | None:
    raise NotUnderstoodError(f"{what!r} in metric math")


def _metric(
    lookup: Lookup, namespace: str, name: str, dimensions: Any, stat: str, window: tuple[float, float]
) -> float | None:
    named = {str(row["Name"]): str(row["Value"]) for row in dimensions or []}
    return statistic(lookup(namespace, name, named, *window), stat)


def _math(node: ast.AST, value: Callable[[str], float | None]) -> float | list[float | None] | None:
    """One period's value of an expression; a missing datapoint makes everything but FILL and the lists missing."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return value(name)
        case ast.List(elts=items):
            return [_one(item, value) for item in items]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            found = _one(inner, value)
            return None if found is None else -found
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            a, b = _one(left, value), _one(right, value)
            return None if a is None or not b else a / b
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            a, b = _one(left, value), _one(right, value)
            if type(op) not in _BINARY:
                return _unknown(type(op).__name__)
            return None if a is None or b is None else float(_BINARY[type(op)](a, b))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name.upper(), arguments, value)
        case _:
            return _unknown(ast.dump(node)[:40])


def _one(node: ast.AST, value: Callable[[str], float | None]) -> float | None:
    found = _math(node, value)
    return found if not isinstance(found, list) else _unknown("a list")


def _call(name: str, arguments: list[ast.expr], value: Callable[[str], float | None]) -> float | None:
    if name == "FILL" and len(arguments) == 2:
        found = _one(arguments[0], value)
        return found if found is not None else _one(arguments[1], value)
    if name == "IF" and len(arguments) == 3:
        chosen = _one(arguments[0], value)
        return None if chosen is None else _one(arguments[1 if chosen else 2], value)
    if name == "ABS" and len(arguments) == 1:
        found = _one(arguments[0], value)
        return None if found is None else abs(found)
    if len(arguments) == 1 and name in {"MAX", "MIN", "SUM", "AVG"}:
        rows = _math(arguments[0], value)
        if isinstance(rows, list):
            known = [row for row in rows if row is not None]
            if not known:
                return None
            match name:
                case "MAX":
                    return max(known)
                case "MIN":
                    return min(known)
                case "SUM":
                    return sum(known)
                case _:
                    return sum(known) / len(known)
    return _unknown(name)
