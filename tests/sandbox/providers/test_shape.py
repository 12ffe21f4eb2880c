"""Live values in the shape of the template: only true differences remain."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.providers.live_values import shaped

SCALARS = st.one_of(st.booleans(), st.integers(-(10**9), 10**9), st.text("abcXYZ09-/*", max_size=8))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("ABCdef", min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_as_said_does_not_drift(value: Any) -> None:
    """No value, however nested, drifts from itself."""
    assert shaped("Anything", value, value) == value


@given(st.dictionaries(st.text("ABCdef", min_size=1, max_size=4), VALUES, max_size=3), SCALARS)
def test_a_default_that_an_api_adds_is_no_drift(said: dict[str, Any], default: Any) -> None:
    """Services tell more than anybody asked for; CloudFormation compares what is set explicitly."""
    assert shaped("Setting", said, said | {"ServiceDefault": default}) == said


@given(st.dictionaries(st.text("ABCdef", min_size=1, max_size=4), VALUES, max_size=3), SCALARS)
def test_an_entry_that_somebody_adds_to_a_map_is_drift(said: dict[str, Any], more: Any) -> None:
    """A variable, a statement or a parameter that was added by hand is seen."""
    live = said | {"ADDED": more}
    assert shaped("Variables", said, live) == live


@given(st.dictionaries(st.text("ABCdef", min_size=1, max_size=4), VALUES, max_size=3))
def test_a_document_as_text_is_the_document(said: dict[str, Any]) -> None:
    """Policies come back as text, with other blanks and orders; they are the same policies."""
    text = json.dumps(dict(reversed(said.items())), indent=2)
    assert shaped("PolicyDocument", said, text) == said
    assert shaped("PolicyDocument", json.dumps(said), text) == json.dumps(said)


@given(st.lists(st.text("abc", min_size=1, max_size=3), unique=True, max_size=5), st.randoms())
def test_the_order_of_a_list_of_names_is_no_drift(said: list[str], chance: random.Random) -> None:
    """Subnets and actions come back in the service's order."""
    live = list(said)
    chance.shuffle(live)
    assert shaped("SubnetIds", said, live) == said
    assert shaped("SubnetIds", said, [*live, "another"]) == [*live, "another"]


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.text("xyz", max_size=3), max_size=5), st.randoms())
def test_named_entries_are_compared_by_name(tags: dict[str, str], chance: random.Random) -> None:
    """Tags, rules and targets in another order are the same, and one that changed is the only difference."""
    said = [{"Key": key, "Value": value} for key, value in tags.items()]
    live = [dict(tag) for tag in said]
    chance.shuffle(live)
    assert shaped("Tags", said, live) == said
    if said:
        found = shaped("Tags", said, [*live[:-1], live[-1] | {"Value": "other"}])
        assert sum(one != other for one, other in zip(said, found, strict=True)) == 1


@pytest.mark.parametrize(
    ("said", "live", "expected"),
    [
        ("2", 2, "2"),
        (True, "true", True),
        (0.5, "0.5", 0.5),
        (1, 1.0, 1),
        (7, 8, 8),
        ("text", "other", "other"),
        ({"A": 1}, "not JSON", "not JSON"),
        ({"A": 1}, '{"A": 2}', {"A": 2}),
        ('{"A":1}', '{"A": "1"}', '{"A":1}'),
        ("plain", {"A": 1}, '{"A": 1}'),
        ([{"A": 1}, {"A": 2}], [{"A": 1, "B": 0}, {"A": 3}], [{"A": 1}, {"A": 3}]),
    ],
)
def test_types_that_differ_only_in_writing_are_the_same(said: Any, live: Any, expected: Any) -> None:
    """Numbers and booleans come back as text, documents as objects; true differences stay."""
    assert shaped("Anything", said, live) == expected
