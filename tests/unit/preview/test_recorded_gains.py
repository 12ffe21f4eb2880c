"""Who gains and loses what, whole: each sentence with its actions, resources and way up, in both directions.

The steps that the reading takes are recorded too: they decide which templates are too large, on each machine the same.

``python -m tests.unit.preview.test_recorded_gains`` writes them again; review the difference as you review golden templates.
"""

import difflib
import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from generator.preview.bounds import bounded_reading, spent
from generator.preview.change_context import ChangeContext
from generator.preview.iam.gains import gains
from generator.preview.iam.losses import losses
from generator.release.model.change import ChangeSet, ResourceChange
from tests.unit.preview.recorded_cases import CASES

RECORDED = Path(__file__).with_name("recorded_gains.txt")
Side = dict[str, Any]


def context(before: Side, after: Side) -> ChangeContext:
    """A change from the one to the other."""
    changes = tuple(
        ResourceChange(
            logical_id=name,
            type=(after.get(name) or before[name])["Type"],
            action="Add" if name not in before else "Remove" if name not in after else "Modify",
        )
        for name in sorted(before | after)
        if before.get(name) != after.get(name)
    )
    stack = "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1"
    found = ChangeSet(arn="a", name="n", stack_id=stack, stack_name="app", kind="UPDATE", changes=changes)
    return ChangeContext(found, {"Resources": before}, {"Resources": after}, region="eu-west-1", before_parameters={})


def told(name: str) -> str:
    """What is said of a case, and of the reverse."""
    lines = [f"# {name}"]
    before, after = CASES[name]
    for way, change in (("", context(before, after)), ("back: ", context(after, before))):
        with bounded_reading():
            for gain in gains(change):
                row = {key: value for key, value in msgspec.to_builtins(gain).items() if key != "sentence"}
                lines += [f"{way}{gain.sentence}", f"    {json.dumps(row, ensure_ascii=False)}"]
            lines += [f"{way}{sentence}" for one in sorted(change.changes) for sentence in losses(change, one)]
            lines.append(f"{way}{spent()} steps")
    return "\n".join(lines) + "\n"


@cache
def recorded() -> dict[str, str]:
    """What was recorded, by the name of its case."""
    parts = RECORDED.read_text().split("\n# ")
    return {part.removeprefix("# ").partition("\n")[0]: f"# {part.removeprefix('# ').rstrip()}\n" for part in parts}


@pytest.mark.parametrize("name", CASES)
def test_gains_and_losses_are_told_whole(name: str) -> None:
    """A card names who, what, where, under which conditions, and what it leads to; an approval is bound to all of it.

    What the reading takes is counted the same whatever was read before it, so that no template is refused by chance.
    """
    before, now = recorded().get(name, ""), told(name)
    if now != before:
        difference = difflib.unified_diff(before.splitlines(), now.splitlines(), "recorded", "now", lineterm="", n=0)
        said = [*difference, "If this is meant: python -m tests.unit.preview.test_recorded_gains"]
        pytest.fail("\n".join(said), pytrace=False)


def test_nothing_else_is_recorded() -> None:
    """No text stays behind when a case goes."""
    assert set(recorded()) == set(CASES)


if __name__ == "__main__":
    RECORDED.write_text("\n".join(told(name) for name in CASES))
