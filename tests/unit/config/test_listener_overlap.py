"""Which rule of a listener is never asked: patterns against patterns, and both against real requests."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.config.listener_overlap import Claim, Rule, claims, covers, overlaps, shadowed


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        ("*", "/api/*", True),
        ("/api/*", "/api/*", True),
        ("/api/*", "/api/v2/*", True),
        ("/api/*", "/api", False),
        ("/api/v2/*", "/api/*", False),
        ("/api*", "/api", True),
        ("/a?c", "/abc", True),
        ("/a?c", "/a?c", True),
        ("/a?c", "/a*c", False),
        ("/a*c", "/a?c", True),
        ("/a.c", "/abc", False),
        ("/API", "/api", False),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "example.com", False),
    ],
)
def test_which_pattern_covers_which(wide: str, narrow: str, covered: bool) -> None:
    """Both sides of each edge: longer and shorter, one character and any, the dot that is no wildcard."""
    assert covers(wide, narrow) is covered


def matches(pattern: str, text: str) -> bool:
    """Whether a listener takes a text by a pattern."""
    return re.fullmatch("".join({"*": ".*", "?": "."}.get(c) or re.escape(c) for c in pattern), text) is not None


@given(st.text("ab*?", max_size=5), st.text("ab*?", max_size=5), st.text("abc", max_size=6))
def test_what_is_covered_takes_nothing_of_its_own(wide: str, narrow: str, text: str) -> None:
    """No request that the narrow pattern takes is missed by a pattern that covers it."""
    if covers(wide, narrow) and matches(narrow, text):
        assert matches(wide, text)


@given(st.text("ab*?", max_size=4), st.text("ab*?", max_size=4))
def test_patterns_overlap_where_one_text_matches_both(one: str, other: str) -> None:
    """Exactly where there is a request that both take; without wildcards longer than both, none is needed."""
    texts = ("".join(chars) for n in range(len(one) + len(other) + 1) for chars in product("ab", repeat=n))
    assert overlaps(one, other) is any(matches(one, text) and matches(other, text) for text in texts)
    assert overlaps(one, other) is overlaps(other, one)


def rule(service: str, priority: int, *rows: Claim) -> Rule:
    """A rule of these claims."""
    return Rule(service, priority, rows)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule("a", 1, Claim("h", "*")), rule("b", 2, Claim("h", "/x"))], ["b h/x a"]),
        ([rule("a", 2, Claim("h", "*")), rule("b", 1, Claim("h", "/x"))], []),
        ([rule("a", 1, Claim("*", "/x/*")), rule("b", 2, Claim("h", "/x/y"))], ["b h/x/y a"]),
        ([rule("a", 1, Claim("h", "*")), rule("b", 2, Claim("i", "/x"))], []),
        ([rule("a", 1, Claim("h", "/x/*")), rule("b", 2, Claim("h", "/x/y"), Claim("h", "/z"))], ["b h/x/y a"]),
        # The same claim twice is reported by another rule, with another way out.
        ([rule("a", 1, Claim("h", "/x")), rule("b", 2, Claim("h", "/x"))], []),
        ([rule("a", 1, Claim("h", "/x*")), rule("b", 2, Claim("h", "*/x"))], []),
    ],
)
def test_which_claims_are_never_reached(rules: list[Rule], expected: list[str]) -> None:
    """A claim is reported if a rule that is asked before takes all of it, and only then."""
    assert [f"{r.service} {claim} {first.service}" for r, claim, first in shadowed(rules)] == expected


def test_what_a_rule_claims() -> None:
    """Every host with every path; all of them where none is named; hosts without case, `/*` as any path."""
    assert claims(["A.b", "c"], ["/*", "/x"]) == (("a.b", "*"), ("a.b", "/x"), ("c", "*"), ("c", "/x"))
    assert claims([], ["/x"]) == (("*", "/x"),)
    assert str(Claim("*", "/x")) == "every host/x"
