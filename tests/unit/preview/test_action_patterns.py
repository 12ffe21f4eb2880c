"""Sets of actions, and patterns of actions, resources and principals: what holds what, at both sides of each rule."""

from datetime import date
from typing import Any

import pytest

from generator.preview.iam import actions
from generator.preview.iam.action_set import ActionSet
from generator.preview.iam.patterns import contains, matcher, overlap
from generator.preview.iam.statements import ANY, PatternSet, principals, statements, within

GET, PUT, ODD = "s3:getobject", "s3:putobject", "odd:thing"
SOME = ActionSet({GET, ODD})


def test_sets_of_actions_are_sets() -> None:
    """With another of their kind or with a plain one: the same answers, and texts that the table has not count as well."""
    for other in ({GET, "odd:other"}, ActionSet({GET, "odd:other"})):
        assert set(SOME & other) == {GET}
        assert set(SOME | other) == {GET, ODD, "odd:other"}
        assert set(SOME - other) == {ODD}
    for part, whole in (({GET}, True), ({GET, ODD}, True), ({GET, PUT}, False), ({"odd:other"}, False)):
        assert SOME.__ge__(part) is SOME.__ge__(ActionSet(part)) is whole
        assert (ActionSet(part) <= SOME) is (ActionSet(part) <= set(SOME)) is whole
    assert ActionSet() <= SOME
    assert SOME == {GET, ODD} == ActionSet([ODD, GET])
    assert ActionSet({GET}) != SOME
    assert hash(SOME) == hash(ActionSet([ODD, GET])) != hash(ActionSet({GET}))
    assert (len(SOME), bool(SOME), bool(ActionSet()), bool(ActionSet({ODD})), bool(ActionSet({GET}))) == (
        2,
        True,
        False,
        True,
        True,
    )
    assert [name in SOME for name in (GET, PUT, ODD, "odd:other", 3)] == [True, False, True, False, False]
    assert list(ActionSet({"odd:b", "odd:a"})) == ["odd:a", "odd:b"]
    assert repr(ActionSet({ODD})) == "ActionSet(['odd:thing'])"
    assert set(actions.everything()) >= {GET, "*", "s3:*"}


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("s3:GetObject", ("s3:GetObject",)),
        ("sts:AssumeRole*", ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")),
        ("st?:AssumeRole", ("sts:AssumeRole",)),
        ("sts:AssumeRol?", ("sts:AssumeRole",)),
        ("odd:Thing", ("odd:thing",)),
        ("odd:*", ("odd:*",)),
        ("odd:Th*", ("odd:th*",)),
        ("zz*:x", ("zz*:x",)),
        ("*", ("*",)),
        ("*:*", ("*",)),
        ("s3:*", ("s3:*",)),
    ],
)
def test_what_a_pattern_of_actions_means(pattern: str, names: tuple[str, ...]) -> None:
    """All of a service in one word, otherwise each action as AWS writes it; what the table has not stays as it is written."""
    assert actions.action_names(actions.expand(pattern)) == names


def test_actions_are_named_as_they_were_written() -> None:
    """By the widest patterns that fit whole; all but a few services by what is left out."""
    both = actions.union(["sqs:Send*", "sqs:SendMessage", "s3:GetObject"])
    assert actions.action_names(both, ["sqs:SendMessage", "sqs:Send*", "s3:*"]) == ("s3:GetObject", "sqs:Send*")
    assert actions.action_names(ActionSet({"s3:getobject"})) == ("s3:GetObject",)
    less = actions.everything() - actions.union(["iam:*", "s3:*"])
    assert actions.action_names(less) == ("* but iam:*, s3:*",)
    assert actions.action_names(less, ["*"]) == ("*",)


@pytest.mark.parametrize(
    ("allowed", "asked", "found"),
    [
        (["s3:*"], ["s3:GetObject"], {GET}),
        (["s3:*"], ["s3:Teleport"], {"s3:teleport"}),
        (["s3:Get*"], ["s3:GetTeleport"], set()),
        (["*"], ["odd:Thing"], {ODD}),
        (["s3:*"], ["odd:Thing"], set()),
        (["s3:*"], ["s3:GetObject", "odd:Thing", "s3:a:b"], {GET, "s3:a:b"}),
    ],
)
def test_what_is_allowed_of_what_is_asked(allowed: list[str], asked: list[str], found: set[str]) -> None:
    """All of a service allows actions that the table has not yet; a part of it does not."""
    assert set(actions.intersection(actions.union(allowed), actions.union(asked))) == found


PATTERNS: list[tuple[str, str, bool, bool]] = [
    # One, another, whether the one holds all of the other, and whether they have something in common.
    ("*", "abc", True, True),
    ("abc", "abc", True, True),
    ("abc", "abd", False, False),
    ("a*", "abc", True, True),
    ("a*", "b", False, False),
    ("a*c", "abc", True, True),
    ("a*c", "ac", True, True),
    ("a*c", "abd", False, False),
    ("a*", "*", False, True),
    ("a*", "a*b", True, True),
    ("a*b", "a*", False, True),
    ("a?", "ab", True, True),
    ("a?", "a", False, False),
    ("a?", "abc", False, False),
    ("a?", "a*", False, True),
    ("a*", "a?", True, True),
    ("?b", "ab", True, True),
    ("?b", "ac", False, False),
    ("a**b", "ab", True, True),
    ("a*b*c", "axbxc", True, True),
    ("a*b*c", "axcxb", False, False),
    ("*ab", "aab", True, True),
    ("*aab", "aaab", True, True),
    ("a*x", "b*x", False, False),
    ("a*x", "a*y", False, False),
    ("*x", "a*", False, True),
    ("ab*", "a", False, False),
    ("*b", "b", True, True),
    ("${A}", "${A}", True, True),
    ("${A}", "${B}", False, True),
    ("${A}/*", "${A}/x", True, True),
    ("${A}/*", "${B}/x", False, True),
    ("a${X}", "b${X}", False, False),
    ("?", "${A}", False, True),
    ("x*", "${A}", False, True),
]


@pytest.mark.parametrize(("one", "other", "holds", "meets"), PATTERNS)
def test_two_patterns(one: str, other: str, holds: bool, meets: bool) -> None:
    """Where nobody can tell it, one holds not the other, and the two may meet; long texts are compared like short ones."""
    assert contains(one, other) is holds
    assert overlap(one, other) is overlap(other, one) is meets
    long = "y" * 500
    assert contains(long + one, long + other) is holds
    assert overlap(long + one, long + other) is meets


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("get*", "getobject", True),
        ("get*", "putobject", False),
        ("*object", "getobject", True),
        ("*object", "getobjects", False),
        ("g*o*t", "getobject", True),
        ("g*ob*j*t", "getobject", True),
        ("g*b*o*t", "getobject", False),
        ("g*e*e*t", "geet", True),
        ("g*e*e*t", "get", False),
        ("get*get", "get", False),
        ("get*get", "getget", True),
        ("ge?", "get", True),
        ("ge?", "gett", False),
        ("get", "get", True),
        ("get", "gets", False),
        ("a*?", "ab", True),
        ("a*?", "a", False),
        ("${x}*", "${x}y", True),
        ("${x*}", "${xy}", False),
        ("a*bc*c", "abc", False),
        ("*ge*t", "get", True),
    ],
)  # fmt: skip
def test_a_matcher_says_what_contains_says(pattern: str, text: str, fits: bool) -> None:
    """It is quicker for many texts, and no other answer."""
    assert matcher(pattern)(text) is contains(pattern, text) is fits


def but(*patterns: str) -> PatternSet:
    """All but these."""
    return PatternSet(patterns, inverted=True)


def only(*patterns: str) -> PatternSet:
    """These."""
    return PatternSet(patterns)


@pytest.mark.parametrize(
    ("one", "other", "covers", "meets"),
    [
        (only("a*"), only("ab", "ac"), True, True),
        (only("a*"), only("ab", "b"), False, True),
        (only("a*"), only("b", "c"), False, False),
        (only("b", "a*"), only("ab"), True, True),
        (but("a"), only("b"), True, True),
        (but("a"), only("a"), False, False),
        (but("a"), only("a", "b"), False, True),
        (but("a*"), only("ab", "b"), False, True),
        (but("a"), but("a", "b"), True, True),
        (but("a", "b"), but("a"), False, True),
        (but("a"), but("*"), True, True),
        (only("*"), but("a"), True, True),
        (only("a"), but("b"), False, True),
        (only("a"), but("a"), False, False),
    ],
)
def test_two_sets_of_patterns(one: PatternSet, other: PatternSet, covers: bool, meets: bool) -> None:
    """These or all but these, on either side."""
    assert one.covers(other) is covers
    assert one.meets(other) is meets


def test_sets_of_patterns_for_people() -> None:
    """One by one, or all but some as a whole; both have a text."""
    assert only("a", "b").pieces() == (only("a"), only("b"))
    assert but("a", "b").pieces() == (but("a", "b"),)
    assert (str(only("a", "b")), str(but("a", "b"))) == ("a, b", "everything but a, b")


@pytest.mark.parametrize(
    ("node", "texts"),
    [
        ("*", ("*",)),
        ({"AWS": "*"}, ("*",)),
        (
            {"AWS": ["111122223333", "arn:aws:iam::1:role/a"]},
            ("arn:aws:iam::111122223333:root", "arn:aws:iam::1:role/a"),
        ),
        ({"Service": "ecs.amazonaws.com", "Federated": "x"}, ("federated:x", "service:ecs.amazonaws.com")),
        ({"CanonicalUser": "12"}, ("canonicaluser:12",)),
        (["b", "a"], ("a", "b")),
        (None, ()),
    ],
)
def test_principals_as_texts(node: Any, texts: tuple[str, ...]) -> None:
    """An account is its root's ARN; who is no ARN is named by its kind."""
    assert principals(node) == texts


def test_statements_in_one_shape() -> None:
    """What a statement leaves out is marked; what nobody can read is kept whole, allows perhaps anything, and is not certain."""
    [all_but] = statements({"Statement": {"Effect": "Allow", "NotAction": ["iam:*", "sts:*"]}})
    assert (all_but.patterns, all_but.resources, all_but.principals) == (("!iam:*", "!sts:*"), ANY, ANY)
    [odd] = statements({"Statement": [{"Effect": "Maybe", "On": date(2026, 1, 2)}]})
    text = '{"Effect": "Maybe", "On": "2026-01-02"}'
    assert (odd.effect, odd.patterns, odd.resources, odd.certain) == ("Allow", (text,), only(text), False)
    assert statements(None) == statements({}) == statements({"Version": "2012-10-17"}) == statements(" ") == ()


ROOT = "arn:aws:iam::111122223333:root"


@pytest.mark.parametrize(
    ("principal", "limit", "inside"),
    [
        (only("arn:aws:iam::111122223333:role/a"), only(ROOT), True),
        (only("arn:aws:iam::999988887777:role/a"), only(ROOT), False),
        (only(ROOT), only("arn:aws:iam::111122223333:role/a"), False),
        (only("arn:aws:iam::111122223333:role/a", "x"), only(ROOT), False),
        (only("arn:aws:iam::111122223333:role/a", "x"), only(ROOT, "x"), True),
        (but("x"), only(ROOT), False),
        (only("arn:aws:iam::111122223333:role/a"), but(ROOT), True),
        (only(ROOT), but(ROOT), False),
        (but(ROOT, "x"), but(ROOT), True),
        (but(ROOT), but(ROOT, "x"), False),
    ],
)  # fmt: skip
def test_an_account_stands_for_everybody_in_it(principal: PatternSet, limit: PatternSet, inside: bool) -> None:
    """A role is among its account, and no account among one of its roles."""
    assert within(principal, limit) is inside
