"""The property diff: values before and after, and the properties of what is added."""

import json
from typing import Any

import msgspec
import pytest

from bot.blocks.changes import added
from generator.preview.property_diff import diff
from generator.release.model.change import ChangeSet, Detail, ResourceChange
from generator.release.steps.request_approval import slim
from tests.release.fake_platform import FakePlatform

DETAILS: list[tuple[dict[str, Any], list[str]]] = [
    ({"before": '"a"', "after": '"b"', "change_type": "Modify"}, ["- a", "+ b"]),
    ({"after": '{"b":1,"a":[2]}', "change_type": "Add"}, ['+ {"a": [2], "b": 1}']),
    ({"before": '"a"', "change_type": "Remove"}, ["- a"]),
    (
        {"before": '"a"', "after": '"{{changeSet:KNOWN_AFTER_APPLY}}"', "change_type": "Modify"},
        ["- a", "+ (known after creation)"],
    ),
    (
        {"after": json.dumps("x{{changeSet:KNOWN_AFTER_APPLY}}"), "change_type": "Add"},
        ['+ "x(known after creation)"'],
    ),
    ({"after": '"(Truncated-Signature):8892"', "change_type": "Add"}, ["+ (too long: AWS shows only its digest)"]),
    ({"change_type": "Modify"}, ["- (not shown by AWS)", "+ (not shown by AWS)"]),
    ({"after": json.dumps("x" * 2000), "change_type": "Add"}, ["+ " + "x" * 2000]),
    ({"after": json.dumps("x" * 2100), "change_type": "Add"}, ["+ " + "x" * 2000 + "… (100 more characters)"]),
    (
        {"after": json.dumps("x" * 1990 + " i@sha256:" + "a" * 64 + " y"), "change_type": "Add"},
        ["+ " + "x" * 1990 + f" … (75 more characters, with i@sha256:{'a' * 64})"],
    ),
    (
        {"after": json.dumps("x" * 3000 + " sha256:" + "b" * 64), "change_type": "Add"},
        ["+ " + "x" * 2000 + f"… (1072 more characters, with sha256:{'b' * 64})"],
    ),
]


@pytest.mark.parametrize(("detail", "expected"), DETAILS, ids=range(len(DETAILS)))
def test_property_lines(detail: dict[str, Any], expected: list[str]) -> None:
    """Each property shows its value before and after, as far as AWS tells."""
    row = Detail(
        attribute="Properties", name="P", path="/Properties/P/0", cause="Param", source="ParameterReference", **detail
    )
    change = ResourceChange(
        logical_id="It", type="AWS::A::B", action="Modify", replacement="Conditional", details=(row,)
    )
    found = diff(ChangeSet(arn="a", name="n", stack_id="s", stack_name="app", kind="UPDATE", changes=(change,)))
    assert [line.text for line in found[:2]] == ["~ It AWS::A::B (may be replaced)", "    P/0  because of Param"]
    assert [line.text.strip() for line in found[2:]] == expected
    assert [line.kind for line in found[2:]] == ["new" if text.startswith("+") else "old" for text in expected]


def test_new_and_removed_resources_in_full() -> None:
    """`diff` shows the properties of what comes, `diff --verbose` also of what goes."""
    context = '{"Properties":{"Name":"a"}}'
    rows = (
        ResourceChange(logical_id="New", type="AWS::A::B", action="Add", after=context),
        ResourceChange(logical_id="Old", type="AWS::A::B", action="Remove", before=context),
        ResourceChange(logical_id="Odd", type="AWS::A::B", action="Add", after="not json"),
    )
    found = ChangeSet(arn="a", name="n", stack_id="s", stack_name="app", kind="UPDATE", changes=rows)
    assert [line.text.strip() for line in diff(found, verbose=True)] == [
        "+ New AWS::A::B",
        "+ Name: a",
        "+ Odd AWS::A::B",
        "- Old AWS::A::B",
        "- Name: a",
    ]
    assert [line.text.strip() for line in diff(found)] == [
        "+ New AWS::A::B",
        "+ Name: a",
        "+ Odd AWS::A::B",
        "- Old AWS::A::B",
    ]


def test_what_the_log_could_not_keep_is_said() -> None:
    """An added resource without its properties says where they are to be seen."""
    row = ResourceChange(logical_id="New", type="AWS::A::B", action="Add")
    found = diff(ChangeSet(arn="a", name="n", stack_id="s", stack_name="app", kind="UPDATE", changes=(row,)))
    assert "slipway diff ENV STACK" in found[1].text


@pytest.mark.parametrize(("length", "kept"), [(59_000, True), (61_000, False)])
def test_the_log_keeps_what_is_added(length: int, kept: bool) -> None:
    """An added resource is kept whole in the log as far as there is room; a changed one is kept by its details."""
    rows = (
        ResourceChange(logical_id="New", type="AWS::A::B", action="Add", after="x" * length),
        ResourceChange(logical_id="Old", type="AWS::A::B", action="Modify", after="x"),
    )
    found = slim(ChangeSet(arn="a", name="n", stack_id="s", stack_name="app", kind="UPDATE", changes=rows))
    assert [change.after is not None for change in found.changes] == [kept, False]


def test_the_card_shows_what_is_added() -> None:
    """A new resource's properties are on the card, whole lines only, with the command that shows the rest."""
    image = "i@sha256:" + "a" * 64
    body = json.dumps({"Properties": {"Image": image, "Long": "x" * 1900, "Role": "arn:aws:iam::1:role/worker"}})
    row = ResourceChange(logical_id="Td", type="AWS::ECS::TaskDefinition", action="Add", after=body)
    found = ChangeSet(arn="a", name="n", stack_id="s", stack_name="app", kind="UPDATE", changes=(row,))
    platform = FakePlatform()
    platform.created()
    platform.publish(2)
    release = platform.release(platform.deploy())
    text = added(msgspec.structs.replace(release, change_set=found))
    assert image in text
    assert "role/worker" in text
    assert "1 more line: slipway diff" in text
    assert added(msgspec.structs.replace(release, change_set=None)) == ""
