"""CloudWatch dashboards: the body is a JSON text that CloudFormation passes on unread."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.lint.rules.partial_values import decoded, shown, small
from generator.lint.rules.rule import rule
from generator.lint.rules.values import Unknown, fields, items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

_PAGE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"
_SOURCE = f"Amazon CloudWatch API Reference: Dashboard body structure and syntax, {_PAGE}"
_COLUMNS = 24
_TYPES = ("metric", "text", "log", "alarm", "explorer", "custom")
_NEEDS = {"text": ("markdown",), "log": ("query",), "alarm": ("alarms",), "custom": ("endpoint",)}
# A part that only AWS knows: a number reads well inside a JSON string and outside, and this one stands for nothing else.
_OPEN = re.compile(r"\$\{[^}]*\}")
_MARK = "7355608735"


class _Body(NamedTuple):
    resource: Resource
    body: Any
    error: str | None

    def problem(self, message: str) -> Problem:
        return self.resource.problem("DashboardBody", message=message)

    def widgets(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for index, each in enumerate(items(fields(self.body).get("widgets"))):
            if isinstance(each, dict):
                title = fields(each.get("properties")).get("title")
                yield f"Widget {index + 1}" + (f' ("{title}")' if isinstance(title, str) else ""), each


@lru_cache(maxsize=2)
def _bodies(view: TemplateView) -> tuple[_Body, ...]:
    found = []
    for each in view.of("AWS::CloudWatch::Dashboard"):
        raw = each.get("DashboardBody")
        text = shown(raw)
        if isinstance(raw, dict):
            found.append(_Body(each, raw, None))
        elif text and not (isinstance(raw, Unknown) and text.startswith("${")):
            value, error = decoded(_OPEN.sub(_MARK, text) if isinstance(raw, Unknown) else text)
            # With unknown parts the text may become JSON when AWS fills them in.
            if error is None or isinstance(raw, str):
                found.append(_Body(each, _reopened(value), error))
    return tuple(found)


def _reopened(node: Any) -> Any:
    """Put the unknown back where the mark stands for it."""
    match node:
        case dict():
            return {key: _reopened(item) for key, item in node.items()}
        case list():
            return [_reopened(item) for item in node]
        case str() | int() | float() if _MARK in str(node):
            return Unknown(node)
        case _:
            return node


@rule(
    "E9641",
    severity="error",
    title="A dashboard body that is not a JSON object with widgets",
    why="PutDashboard refuses such a body after the change set was approved.",
    source=_SOURCE,
    fix='Write a JSON object with a list "widgets".',
)
def body(view: TemplateView) -> Iterator[Problem]:
    """Text that is not JSON, JSON that is not an object, or no list of widgets."""
    for each in _bodies(view):
        if each.error is not None:
            yield each.problem(f"The body is not JSON: {each.error}")
        elif not isinstance(each.body, dict | Unknown):
            yield each.problem("The body is JSON, but not an object")
        elif not isinstance(fields(each.body).get("widgets", each.body), list | Unknown):
            yield each.problem('The body has no list "widgets"')


@rule(
    "E9642",
    severity="error",
    title="A widget that leaves the grid",
    why="A dashboard has 24 columns; CloudWatch refuses widgets that are wider, reach further or have no size.",
    source=_SOURCE,
    fix="Keep x + width at 24 or less, and width and height at 1 or more.",
)
def grid(view: TemplateView) -> Iterator[Problem]:
    """Known x, y, width and height outside of what the page allows."""
    for each in _bodies(view):
        for name, widget in each.widgets():
            x, y = small(widget.get("x", 0)), small(widget.get("y", 0))
            width, height = small(widget.get("width", 6)), small(widget.get("height", 6))
            if x is not None and width is not None and (x < 0 or width < 1 or x + width > _COLUMNS):
                yield each.problem(f"{name} reaches from column {x:g} over {width:g} of 24 columns")
            elif y is not None and height is not None and (y < 0 or not 1 <= height <= 1000):
                yield each.problem(f"{name} is {height:g} rows high from row {y:g}")


@rule(
    "E9643",
    severity="error",
    title="A widget without what its type needs",
    why="CloudWatch refuses a widget of unknown type, without properties, or without the fields that its type requires.",
    source=_SOURCE,
    fix="Compare the widget with the page; property names are lower case.",
)
def widget_fields(view: TemplateView) -> Iterator[Problem]:
    """Type, properties and the required properties of each type."""
    for each in _bodies(view):
        for name, widget in each.widgets():
            kind, properties = widget.get("type"), widget.get("properties")
            if kind not in _TYPES and not isinstance(kind, Unknown):
                yield each.problem(f"{name} has the type {kind!r}; there are {', '.join(_TYPES)}")
            elif not isinstance(properties, dict):
                if not isinstance(properties, Unknown):
                    yield each.problem(f'{name} has no object "properties"')
            elif kind == "metric" and not {"metrics", "annotations", "insightRule"} & properties.keys():
                yield each.problem(f'{name} is a metric widget with neither "metrics" nor an alarm in "annotations"')
            elif missing := [key for key in _NEEDS.get(str(kind), ()) if key not in properties]:
                yield each.problem(f'{name} is of type {kind} and lacks "{missing[0]}"')


@rule(
    "E9644",
    severity="error",
    title="A metric of a widget that is not a list",
    why='"metrics" is a list of lists: namespace, name, then pairs of dimension name and value, and one object of options.',
    source=_SOURCE,
    fix='Write each metric as ["Namespace", "Name", "Dimension", "Value", {options}].',
)
def metric_rows(view: TemplateView) -> Iterator[Problem]:
    """Rows that are not a list, or whose dimensions do not come in pairs."""
    for each in _bodies(view):
        for name, widget in each.widgets():
            for row in items(fields(widget.get("properties")).get("metrics")):
                if not isinstance(row, list):
                    if not isinstance(row, Unknown):
                        yield each.problem(
                            f"{name} has the metric {json.dumps(row, default=str)[:60]}, which is not a list"
                        )
                    continue
                texts = [cell for cell in row if not isinstance(cell, dict)]
                if (
                    len(texts) > 1
                    and len(texts) % 2
                    and all(isinstance(cell, str) and cell.strip(".") for cell in texts)
                ):
                    yield each.problem(f"{name} has a metric whose dimension {texts[-1]!r} has no value")


@rule(
    "W9645",
    severity="warning",
    title="Widgets that lie on top of each other",
    why="CloudWatch moves one of them down, so the dashboard looks unlike what was reviewed.",
    source=_SOURCE,
    fix="Move or shrink one of them.",
)
def overlap(view: TemplateView) -> Iterator[Problem]:
    """Two widgets with known places that share a cell."""
    for each in _bodies(view):
        placed: list[tuple[str, float, float, float, float]] = []
        for name, widget in each.widgets():
            if "x" not in widget or "y" not in widget:
                continue
            x, y = small(widget["x"]), small(widget["y"])
            width, height = small(widget.get("width", 6)), small(widget.get("height", 6))
            if x is None or y is None or width is None or height is None:
                continue
            for other, left, top, right, bottom in placed:
                if x < right and left < x + width and y < bottom and top < y + height:
                    yield each.problem(f"{name} lies on {other[0].lower()}{other[1:]}")
                    break
            placed.append((name, x, y, x + width, y + height))
