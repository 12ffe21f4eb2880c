"""Conditions of policies: which lets through no more than which, and how people read them.

IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from typing import Any

import pytest

from generator.preview.iam.conditions import condition_text, implies, parse

VPC = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
TWO = {"StringEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}}


def on(operator: str, *values: Any, key: str = "k") -> dict[str, Any]:
    """One condition."""
    return {operator: {key: list(values)}}


NEGATIVE = (
    "StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike", "NotIpAddress", "StringNotEqualsIgnoreCase",
    "NumericNotEquals", "DateNotEquals",
)  # fmt: skip
BELOW = ("NumericLessThan", "NumericLessThanEquals")
ABOVE = ("NumericGreaterThan", "NumericGreaterThanEquals")
EARLY, LATE = "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("narrow", "wide", "verdict"),
    [
        # None, one, and all of several: joined by AND.
        ({}, {}, "yes"),
        (VPC, {}, "yes"),
        ({}, VPC, "no"),
        (VPC, {**VPC, "Bool": {"a": "true"}}, "no"),
        ({**VPC, "Bool": {"a": "true"}}, VPC, "yes"),
        ({"IpAddress": {"a": "1.1.1.1", "b": "x"}}, {"IpAddress": {"a": "1.1.1.0/24", "b": "y"}}, "unknown"),
        ({"IpAddress": {"a": "x", "b": "1.1.1.1"}}, {"IpAddress": {"a": "y", "b": "1.1.1.0/24"}}, "unknown"),
        ({"IpAddress": {"a": "x", "b": "1.1.1.1"}}, {"IpAddress": {"a": "y", "b": "2.2.2.2"}}, "no"),
        ({"IpAddress": {"a": "1.1.1.1", "b": "1.1.1.1"}}, {"IpAddress": {"a": "1.1.1.0/24", "b": "2.2.2.2"}}, "no"),
        ({**on("StringEquals", "a"), **on("NumericEquals", "1")}, on("StringLike", "*"), "yes"),
        # What no template settles equals itself alone.
        ("${Fn::If x}", "${Fn::If x}", "yes"),
        ("${Fn::If x}", "${Fn::If y}", "no"),
        ({"StringEquals": "${Fn::If x}"}, {"StringEquals": "${Fn::If x}"}, "yes"),
        ({"StringEquals": "${Fn::If x}"}, {"StringEquals": "${Fn::If y}"}, "no"),
        # …IfExists lets through what lacks the key.
        (on("StringEquals", "a"), on("StringEqualsIfExists", "a"), "yes"),
        (on("StringEqualsIfExists", "a"), on("StringEquals", "a"), "unknown"),
        (on("StringEqualsIfExists", "a"), on("StringEqualsIfExists", "a", "b"), "yes"),
        (on("StringEqualsIfExists", "a", "b"), on("StringEqualsIfExists", "a"), "no"),
        (on("NumericLessThanIfExists", "5"), on("NumericLessThanIfExists", "9"), "yes"),
        # Keys of several values.
        (on("ForAnyValue:StringEquals", "a"), on("ForAnyValue:StringEquals", "a", "b"), "yes"),
        (on("ForAnyValue:StringEquals", "a", "b"), on("ForAnyValue:StringEquals", "a"), "unknown"),
        (on("ForAnyValue:StringEquals", "a"), on("ForAnyValue:StringLike", "a", "b"), "unknown"),
        (on("ForAllValues:StringEquals", "a"), on("ForAllValues:StringEquals", "a", "b"), "unknown"),
        (on("ForAllValues:StringEquals", "a"), on("ForAllValues:StringEquals", "a"), "yes"),
        (on("StringEquals", "a"), on("ForAnyValue:StringEquals", "a", "b"), "unknown"),
        (on("ForAnyValue:StringEquals", "a"), on("StringEquals", "a", "b"), "unknown"),
        # Whether a key is there, and truth.
        (on("Null", "true"), on("Null", "false"), "no"),
        (on("Bool", "true"), on("Bool", "false"), "no"),
        (on("Bool", "true"), on("Null", "false"), "unknown"),
        (on("StringEquals", "true"), on("Bool", "true"), "unknown"),
        (on("StringEquals", "a"), on("Null", "true"), "unknown"),
        # What is excluded: more is narrower.
        *((on(operator, "a", "b"), on(operator, "a"), "yes") for operator in NEGATIVE),
        *((on(operator, "a"), on(operator, "a", "b"), "unknown" if "Like" in operator else "no") for operator in NEGATIVE),
        (on("StringNotEquals", "${A}"), on("StringNotEquals", "${B}"), "unknown"),
        (on("StringNotEquals", "a"), on("StringNotLike", "a"), "unknown"),
        # Texts and ARNs.
        (on("StringEquals", "a"), on("StringLike", "a*"), "yes"),
        (on("StringEquals", "b"), on("StringLike", "a*"), "no"),
        (on("StringLike", "a*"), on("StringEquals", "a*"), "no"),
        (on("StringLike", "a?"), on("StringEquals", "a?"), "no"),
        (on("StringLike", "a"), on("StringEquals", "a"), "yes"),
        (on("StringEquals", "a*"), on("StringEquals", "a*", "b"), "yes"),
        (on("StringEquals", "ab"), on("StringEquals", "a*", "b"), "no"),
        (on("StringLike", "ab*"), on("StringLike", "a*"), "yes"),
        (on("StringLike", "a*"), on("StringLike", "ab*"), "no"),
        (on("StringEquals", "a", "c"), on("StringEquals", "a", "b"), "no"),
        (on("StringEquals", "${A}"), on("StringEquals", "${B}"), "unknown"),
        (on("ArnEquals", "arn:aws:s3:::a"), on("ArnLike", "arn:aws:s3:::*"), "yes"),
        (on("ArnLike", "arn:aws:s3:::a*"), on("ArnEquals", "arn:aws:s3:::*"), "yes"),
        (on("ArnLike", "arn:aws:s3:::*"), on("ArnLike", "arn:aws:s3:::a"), "no"),
        (on("StringEquals", "a"), on("ArnEquals", "*"), "unknown"),
        # Addresses.
        (on("IpAddress", "10.1.0.0/16"), on("IpAddress", "10.0.0.0/8"), "yes"),
        (on("IpAddress", "10.0.0.0/8"), on("IpAddress", "10.1.0.0/16"), "no"),
        (on("IpAddress", "10.1.2.3/16"), on("IpAddress", "10.9.9.9/8"), "yes"),
        (on("IpAddress", "10.1.0.0/16", "11.0.0.0/16"), on("IpAddress", "10.0.0.0/8"), "no"),
        (on("IpAddress", "10.1.0.0/16", "11.0.0.0/16"), on("IpAddress", "10.0.0.0/8", "11.0.0.0/8"), "yes"),
        (on("IpAddress", "::1"), on("IpAddress", "0.0.0.0/0"), "no"),
        (on("IpAddress", "10.1.0.0/16"), on("IpAddress", "here"), "unknown"),
        (on("IpAddress", "here"), on("IpAddress", "10.1.0.0/16"), "unknown"),
        # Numbers and dates: of several the loosest counts.
        *((on(operator, "5"), on(operator, "10"), "yes") for operator in BELOW),
        *((on(operator, "10"), on(operator, "5"), "no") for operator in BELOW),
        *((on(operator, "10"), on(operator, "5"), "yes") for operator in ABOVE),
        *((on(operator, "5"), on(operator, "10"), "no") for operator in ABOVE),
        (on("NumericLessThan", "1", "20"), on("NumericLessThan", "3", "10"), "no"),
        (on("NumericLessThan", "1", "10"), on("NumericLessThan", "3", "10"), "yes"),
        (on("NumericGreaterThan", "1", "20"), on("NumericGreaterThan", "3", "10"), "no"),
        (on("NumericGreaterThan", "3", "20"), on("NumericGreaterThan", "3", "10"), "yes"),
        (on("NumericLessThan", "5"), on("NumericLessThanEquals", "10"), "unknown"),
        (on("NumericEquals", "5"), on("NumericEquals", "5", "6"), "yes"),
        (on("NumericEquals", "5", "6"), on("NumericEquals", "5"), "unknown"),
        (on("DateLessThan", EARLY), on("DateLessThan", LATE), "yes"),
        (on("DateLessThan", LATE), on("DateLessThan", EARLY), "no"),
        (on("DateLessThan", EARLY, LATE), on("DateLessThan", LATE), "yes"),
        (on("DateLessThan", LATE), on("DateLessThan", EARLY, LATE), "yes"),
        (on("DateLessThanEquals", EARLY), on("DateLessThanEquals", LATE), "yes"),
        (on("DateGreaterThan", LATE), on("DateGreaterThan", EARLY), "yes"),
        (on("DateGreaterThan", EARLY), on("DateGreaterThan", LATE), "no"),
        (on("DateGreaterThanEquals", EARLY, LATE), on("DateGreaterThanEquals", EARLY), "yes"),
        (on("DateGreaterThanEquals", EARLY, LATE), on("DateGreaterThanEquals", LATE), "no"),
        (on("DateLessThan", EARLY), on("DateLessThan", "2027-01-01"), "unknown"),
        (on("DateLessThan", EARLY, "2026-01-01"), on("DateLessThan", LATE), "unknown"),
        (on("DateLessThan", "${A}"), on("DateLessThan", "${B}"), "unknown"),
        # Operators that nobody here knows are compared as sets.
        (on("BinaryEquals", "a"), on("BinaryEquals", "a", "b"), "yes"),
        (on("BinaryEquals", "a", "b"), on("BinaryEquals", "a"), "unknown"),
        (on("BinaryEquals", "a"), on("StringEquals", "a"), "unknown"),
    ],
)  # fmt: skip
def test_whether_what_passes_the_one_passes_the_other(narrow: Any, wide: Any, verdict: str) -> None:
    """It is no only where something surely passes that did not before; what nobody can tell is never taken for narrower."""
    assert implies(parse(narrow), parse(wide)) == verdict


@pytest.mark.parametrize(
    ("node", "conditions"),
    [
        (None, ()),
        ({}, ()),
        ("", ()),
        ("x", ((("unread", '"x"'), ()),)),
        ([1], ((("unread", "[1]"), ()),)),
        ({"b": 1, "a": "x"}, ((("unread", '{"a": "x", "b": 1}'), ()),)),
        ({"a": "x", "b": {1: {2}}}, ((("unread", '{"a": "x", "b": {"1": "{2}"}}'), ()),)),
        (
            {"StringEquals": {"aws:B": ["y", "x"], "aws:A": 1}, "Bool": {"aws:S": True}},
            (
                (("bool", "aws:s"), ("true",)),
                (("stringequals", "aws:a"), ("1",)),
                (("stringequals", "aws:b"), ("x", "y")),
            ),
        ),
        ({"StringEquals": {"a": "x"}, "stringequals": {"A": "y"}}, ((("stringequals", "a"), ("x", "y")),)),
    ],
)
def test_conditions_have_one_shape(node: Any, conditions: Any) -> None:
    """However they are written, cased and ordered; what is not one is kept whole."""
    assert parse(node) == conditions


@pytest.mark.parametrize(
    ("node", "text"),
    [
        ({}, ""),
        (VPC, "aws:sourcevpc is vpc-1"),
        (TWO, "aws:sourcevpc is vpc-1 or vpc-2"),
        (on("StringEquals", "a", "b", "c"), "k is a or b or c"),
        (on("StringEquals", "a", "b", "c", "d"), "k is a or b or c or …"),
        (on("StringNotEquals", "a"), "k is not a"),
        (on("StringLikeIfExists", "a*"), "k is a*"),
        (on("IpAddress", "10.0.0.0/8"), "k is 10.0.0.0/8"),
        (on("Null", "true"), "k is missing: true"),
        (on("Bool", "true"), "k is true"),
        (on("NumericLessThan", "5"), "k numericlessthan 5"),
        ({**VPC, **on("Bool", "true")}, "k is true and aws:sourcevpc is vpc-1"),
        ("${Fn::If x}", "conditions hold that the template does not settle"),
    ],
)  # fmt: skip
def test_people_read_conditions(node: Any, text: str) -> None:
    """Three values at most, and words instead of operators."""
    assert condition_text(parse(node)) == text
