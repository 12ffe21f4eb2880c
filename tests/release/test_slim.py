"""What the log keeps of a change set: values whole where people need them, and never more than an item takes."""

from __future__ import annotations

from typing import Any

import pytest

from generator.release.model.change import Detail, ResourceChange
from generator.release.steps.request_approval import slim
from tests.release.values import change_set


def row(name: str, action: Any = "Add", size: int | None = 10, **more: Any) -> ResourceChange:
    """A change of a resource whose new properties have so many characters."""
    after = None if size is None else "x" * size
    return ResourceChange(logical_id=name, type="AWS::X::Y", action=action, before="old", after=after, **more)


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ((row("A"),), {"A"}),
        ((row("A", "Import"),), {"A"}),
        ((row("A", "Modify"), row("B", "Remove"), row("C", size=None)), set()),
        ((row("A", size=60_000),), {"A"}),
        ((row("A", size=60_001),), set()),
        ((row("A", size=59_990), row("B")), {"A", "B"}),
        ((row("A", size=59_991), row("B")), {"B"}),
        ((row("B", size=60_000), row("A", size=60_000)), {"A"}),
        ((row("A", "Modify", size=60_000), row("B", size=60_000)), {"B"}),
    ],
)
def test_what_is_added_is_kept_whole_while_there_is_room(rows: tuple[ResourceChange, ...], kept: set[str]) -> None:
    """The smallest first; what was is never kept, and what only changes takes no room."""
    found = slim(change_set(*rows)).changes
    assert {change.logical_id for change in found if change.after} == kept
    assert [change.before for change in found] == [None] * len(rows)


@pytest.mark.parametrize(
    ("value", "kept"), [(None, None), ("", ""), ("v" * 1000, "v" * 1000), ("v" * 1001, "v" * 1000 + "…")]
)
def test_long_values_are_cut(value: str | None, kept: str | None) -> None:
    """A thousand characters of a value before and after, of fifty properties."""
    details = tuple(
        Detail(attribute="Properties", path=f"/Properties/P{n}", before=value, after=value) for n in range(51)
    )
    (found,) = slim(change_set(row("A", "Modify", details=details))).changes
    assert len(found.details) == 50
    assert {(detail.before, detail.after) for detail in found.details} == {(kept, kept)}
