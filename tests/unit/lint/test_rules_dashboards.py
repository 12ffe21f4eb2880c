"""Dashboard rules on bodies with unknown parts, as generators write them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.lint.rules.runner import check


def found(body: Any) -> dict[str, str]:
    """The first message of each rule that speaks up about a dashboard with this body."""
    resources = {"Dashboard": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": body}}}
    findings = check({"Resources": resources, "Parameters": {"Service": {"Type": "String"}}})
    return {finding.rule.id: finding.problem.message for finding in reversed(findings)}


def text(x: int = 0, y: int = 0, width: int = 6, height: int = 6, **more: Any) -> dict[str, Any]:
    """A widget of text."""
    place = {"x": x, "y": y, "width": width, "height": height}
    return {"type": "text", **place, "properties": {"markdown": "x"}, **more}


@given(st.integers(1, 24), st.integers(1, 30), st.integers(1, 12))
def test_rows_of_equal_widgets_fit(width: int, height: int, count: int) -> None:
    """Widgets laid out row by row inside the 24 columns give no finding."""
    columns = 24 // width
    widgets = [text(i % columns * width, i // columns * height, width, height) for i in range(count)]
    assert found(json.dumps({"widgets": widgets})) == {}


@given(st.integers(0, 30), st.integers(1, 30))
def test_widget_past_the_last_column_is_found(x: int, width: int) -> None:
    """A widget is refused exactly if it reaches further than column 24."""
    assert ("E9642" in found(json.dumps({"widgets": [text(x, 0, width)]}))) is (x + width > 24)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_overlap_is_found_cell_by_cell(x: int, y: int, left: int, top: int) -> None:
    """Two widgets of 6 by 6 overlap exactly if they share a cell."""
    shared = abs(x - left) < 6 and abs(y - top) < 6
    assert ("W9645" in found(json.dumps({"widgets": [text(x, y), text(left, top)]}))) is shared


@pytest.mark.parametrize(
    "body",
    [
        {"Ref": "Service"},
        {"Fn::Sub": '{"widgets": [{"type": "text", "properties": {"markdown": "${Service}"}}]}'},
        {"Fn::Sub": '{"widgets": [${Service}]}'},
        {"Fn::Sub": '{"widgets": [{"type": "text", "width": ${Service}, "properties": {"markdown": "x"}}]}'},
        {"Fn::Join": ["", ['{"widgets": [', {"Ref": "Service"}, "]", {"Ref": "Service"}, "}"]]},
        {"Fn::ToJsonString": {"widgets": [text()]}},
        json.dumps({"widgets": []}),
    ],
)
def test_unknown_parts_are_left_open(body: Any) -> None:
    """A body whose open parts can still become right gives no finding."""
    assert found(body) == {}


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("{", "E9641"),
        ("[]", "E9641"),
        ('{"start": "-PT1H"}', "E9641"),
        ({"Fn::Sub": '{"title": "${Service}"}'}, "E9641"),
        ({"Fn::Sub": '{"widgets": [{"type": "number", "properties": {"title": "${Service}"}}]}'}, "E9643"),
        (json.dumps({"widgets": [{"type": "metric", "properties": {}}]}), "E9643"),
        (json.dumps({"widgets": [{"type": "text"}]}), "E9643"),
        (json.dumps({"widgets": [text(0, 0, 6, 1001)]}), "E9642"),
        (json.dumps({"widgets": [{"type": "metric", "properties": {"metrics": ["AWS/ECS"]}}]}), "E9644"),
    ],
)
def test_broken_bodies_are_found(body: Any, rule: str) -> None:
    """What CloudWatch would refuse is found before the change set is made."""
    assert set(found(body)) == {rule}


def test_message_names_the_widget() -> None:
    """Among many widgets the message gives number and title of the wrong one."""
    wrong = text(20, properties={"markdown": "x", "title": "Latency"})
    assert found(json.dumps({"widgets": [text(), wrong]}))["E9642"].startswith('Widget 2 ("Latency")')
