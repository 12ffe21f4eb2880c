"""Whatever somebody writes into a template, reading it takes bounded work, and what goes past a bound is refused."""

from typing import Any

import pytest

from generator.preview import bounds
from generator.preview.iam.action_set import ActionSet
from generator.preview.iam.actions import everything
from generator.preview.iam.patterns import contains, matcher
from generator.preview.meaning import meaning
from generator.preview.template_resolution import Template
from generator.release.errors import TooLarge
from generator.release.model.change import ChangeSet, ResourceChange
from generator.release.model.preview import Meaning
from tests.unit.preview.hostile_templates import FAMILIES, STACK, Hostile, hostile


def read(change: Hostile) -> Meaning:
    return meaning(change.change_set, change.before, change.after, region="eu-west-1")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_largest_template_of_each_family_ends(family: str) -> None:
    """Work, text, depth and the size of what is told stay within their bounds; past one, a sentence says which."""
    change = hostile(family, FAMILIES[family][0])
    try:
        found = read(change)
    except TooLarge as error:
        assert str(error)[0].islower()
        assert any(
            word in str(error)
            for word in ("levels deep", "values", "characters", "steps", "description of its changes")
        ), error
    else:
        assert found.effects


@pytest.mark.parametrize("family", FAMILIES)
def test_a_small_template_of_each_family_is_read(family: str) -> None:
    """The bounds refuse size, not shape: the same constructs in honest numbers have a reading."""
    assert read(hostile(family, 4)).effects


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ({"a": "x" * (bounds.TEXT - 1)}, ""),
        ({"a": "x" * bounds.TEXT}, "more than 4,000,000 characters"),
        ([0] * (bounds.NODES - 1), ""),
        ([0] * bounds.NODES, "more than 100,000 values"),
    ],
)
def test_size_is_held_to_its_limits(template: Any, why: str) -> None:
    """Both sides of the limits of characters and values."""
    if not why:
        bounds.check_template(template, "it")
        return
    with pytest.raises(TooLarge, match=why):
        bounds.check_template(template, "it")


@pytest.mark.parametrize(("depth", "taken"), [(bounds.DEPTH, True), (bounds.DEPTH + 1, False)])
def test_depth_is_held_to_its_limit(depth: int, taken: bool) -> None:
    """A template of 64 levels is read, one of 65 is refused."""
    node: Any = "x"
    for _ in range(depth - 1):
        node = [node]
    if taken:
        bounds.check_template(node, "it")
        return
    with pytest.raises(TooLarge, match="64 levels"):
        bounds.check_template(node, "it")


def test_work_is_held_to_its_limit() -> None:
    """The step at the limit counts, the next one is refused; outside of a reading nothing is counted."""
    bounds.spend(10 * bounds.STEPS)
    with bounds.bounded_reading():
        bounds.spend(bounds.STEPS)
        assert bounds.spent() == bounds.STEPS
        with pytest.raises(TooLarge, match="500,000 steps"):
            bounds.spend(1)
    with bounds.bounded_reading():
        bounds.spend_characters(bounds.TEXT)
        with pytest.raises(TooLarge, match="4,000,000 characters"):
            bounds.spend_characters(1)


def test_reading_grows_with_its_input() -> None:
    """Thirty Fn::Base64 and eight Fn::If in each other make text that is as long as they are, not doubled by each level."""
    deep = {f"{n}": hostile("base64 in base64", n).after["Resources"]["A"]["Properties"]["UserData"] for n in (15, 30)}
    texts = {n: Template({}, {}, region="eu-west-1").value(node) for n, node in deep.items()}
    assert len(texts["30"]) < 2.5 * len(texts["15"])
    assert read(hostile("base64 in base64", 30)).effects
    assert read(hostile("if in if", 8)).effects


def test_what_is_reported_fits_the_log() -> None:
    """A change of so many rights that their sentences don't fit an item of the log is refused, not written."""
    with pytest.raises(TooLarge, match=r"the description of its changes has|steps"):
        read(hostile("many roles", 200))


def test_a_text_that_nests_too_deep_is_refused_where_it_is_parsed() -> None:
    """JSON inside a string has the bounds of a template; what is not JSON stays a ValueError."""
    with pytest.raises(TooLarge, match="64 levels"):
        bounds.parse_json("[" * 100 + "]" * 100)
    with pytest.raises(TooLarge, match="64 levels"):
        bounds.parse_json("[" * 100_000)
    with pytest.raises(ValueError, match="Expecting"):
        bounds.parse_json("[")
    change = ResourceChange(logical_id="A", type="AWS::X::Y", action="Add", after="[" * 5000)
    found = ChangeSet(arn="a", name="n", stack_id=STACK, stack_name="app", kind="UPDATE", changes=(change,))
    with pytest.raises(TooLarge, match="64 levels"):
        meaning(found, None, {"Resources": {}}, region="eu-west-1")


@pytest.mark.parametrize("one", [("s3:getobject",), ("s3:getobject", "x:odd"), (), ("*", "s3:*")])
@pytest.mark.parametrize("other", [("s3:getobject", "iam:passrole"), ("x:odd",), (), ("s3:*",)])
def test_action_sets_are_sets(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    """Bits and names of their own together behave as sets of texts do."""
    a, b, plain_a, plain_b = ActionSet(one), ActionSet(other), set(one), set(other)
    assert set(a & b) == plain_a & plain_b
    assert set(a | b) == plain_a | plain_b
    assert set(a - b) == plain_a - plain_b
    assert (a <= b) == (plain_a <= plain_b)
    assert (a == b) == (plain_a == plain_b)
    assert (hash(a) == hash(b)) >= (plain_a == plain_b)
    assert len(a) == len(plain_a)
    assert bool(a) == bool(plain_a)
    assert all(name in a for name in one)
    assert "nothing" not in a
    assert a == frozenset(one)


def test_every_action_is_itself() -> None:
    """The set of all actions has each once, in an order that is the same everywhere."""
    names = list(everything())
    assert len(names) == len(set(names)) == len(everything())
    assert names[-1] == "*"


@pytest.mark.parametrize(
    "pattern", ["get*", "*object", "g*t*t", "*", "g*", "*e*o*", "getobject", "get?bject", "**", "o*o"]
)
@pytest.mark.parametrize("text", ["getobject", "get", "o", "oo", "putobjectacl", ""])
def test_a_quick_matcher_says_what_patterns_say(pattern: str, text: str) -> None:
    """The matcher for many texts and the comparison of two patterns agree."""
    assert matcher(pattern)(text) == contains(pattern, text)
