"""Which outputs of a stack a change moves: what reads them has to follow."""

from __future__ import annotations

from typing import Any

import pytest

from generator.apply.moved_outputs import moving
from generator.release.model.preview import ResourceEffect


def row(name: str, action: str) -> ResourceEffect:
    """What happens to a resource."""
    return ResourceEffect(logical_id=name, type="T", action=action, effect="none", why="")


CASES: list[tuple[str, Any, Any, list[ResourceEffect], set[str]]] = [
    ("nothing changes", {"Ref": "A"}, {"Ref": "A"}, [], set()),
    ("its resource changes in place", {"Ref": "A"}, {"Ref": "A"}, [row("A", "Modify")], set()),
    ("another is replaced", {"Ref": "A"}, {"Ref": "A"}, [row("B", "Replace")], set()),
    ("named by Ref", {"Ref": "A"}, {"Ref": "A"}, [row("A", "Replace")], {"Out"}),
    ("named by GetAtt", {"Fn::GetAtt": ["A", "Arn"]}, {"Fn::GetAtt": ["A", "Arn"]}, [row("A", "Replace")], {"Out"}),
    ("named by GetAtt as text", {"Fn::GetAtt": "A.Arn"}, {"Fn::GetAtt": "A.Arn"}, [row("A", "Replace")], {"Out"}),
    ("named by Sub", {"Fn::Sub": "x/${A}"}, {"Fn::Sub": "x/${A}"}, [row("A", "Replace")], {"Out"}),
    ("named deep inside", {"Fn::Join": [",", [{"Ref": "B"}, {"Ref": "A"}]]}, {"Fn::Join": [",", [{"Ref": "B"}, {"Ref": "A"}]]}, [row("A", "Replace")], {"Out"}),
    ("a longer name", {"Ref": "AB"}, {"Ref": "AB"}, [row("A", "Replace")], set()),
    ("written otherwise", {"Ref": "A"}, {"Ref": "B"}, [], {"Out"}),
    ("new", None, {"Ref": "A"}, [row("A", "Add")], {"Out"}),
    ("gone", {"Ref": "A"}, None, [row("A", "Remove")], set()),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_outputs_move_with_what_they_name(case: tuple[str, Any, Any, list[ResourceEffect], set[str]]) -> None:
    """An output is another one if it is written otherwise, or if a resource that it names is replaced."""
    _, before, after, effects, expected = case
    sides = [{"Outputs": {"Out": {"Value": value}} if value is not None else {}} for value in (before, after)]
    assert moving(sides[0], sides[1], effects) == expected
