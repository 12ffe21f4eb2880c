"""A listener rule's priority: specific before general, moved by nobody else, and never exchanged."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.config.listener_overlap import covers
from generator.config.listener_priority import LONGEST, PLACES, listener_priority

Routed = tuple[tuple[str, ...], tuple[str, ...], int | None]
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)

# Each row is asked before all that follow, whatever the services are called.
ORDER: list[Routed] = [
    ((), ("/*",), 1),
    (("*.example.com",), (), 2),
    ((), ("/x",), PLACES),
    (("a.example.com",), ("/" + "a" * (LONGEST - 1),), None),
    (("a.example.com",), ("/" + "a" * (LONGEST - 1) + "*",), None),
    (("a.example.com",), ("/api/v1/*",), None),
    (("a.example.com",), ("/api/*", "/api/v1/*"), None),
    (("a.example.com",), ("/api",), None),
    (("a.example.com",), ("/api*",), None),
    (("a.example.com",), ("/",), None),
    (("a.example.com",), (), None),
    (("*.x.y.example.com",), ("/a",), None),
    (("*.x.y.example.com",), (), None),
    (("*.x.example.com",), (), None),
    (("a.example.com", "*.example.com"), ("/a",), None),
    (("?.example.com",), (), None),
    (("*.com",), ("/*",), None),
    ((), ("/api/*",), None),
    ((), ("/*.ph",), None),
    ((), ("/*",), None),
]


def number(name: str, routed: Routed) -> int:
    """The priority of a service with these hosts, paths and place."""
    hosts, paths, place = routed
    return listener_priority(name, hosts, paths, place)


@given(st.lists(NAMES, min_size=len(ORDER), max_size=len(ORDER)))
def test_specific_rules_are_asked_first(names: list[str]) -> None:
    """Hosts before paths, exact before wildcard, longer before shorter: by the route alone, for any names."""
    found = [number(name, routed) for name, routed in zip(names, ORDER, strict=True)]
    assert found == sorted(found)
    assert found[0] >= 1
    assert found[-1] <= 50_000
    for first, second in pairwise(found):
        assert first < second


@pytest.mark.parametrize("first", [*ORDER])
def test_services_that_exchange_their_routes_exchange_no_number(first: Routed) -> None:
    """Whatever place a service takes over from another one, its number there is one that the other did not have."""
    for second in ORDER:
        before = {number("app", first), number("web", second)}
        after = {number("app", second), number("web", first)}
        assert first == second or not before & after


@st.composite
def pairs(draw: st.DrawFn, alphabet: str, begin: str = "", end: str = "") -> tuple[str, str]:
    """A pattern, and one that it covers: what stands for its wildcards is written down, or narrower."""
    wide = draw(st.text(alphabet + "*?", max_size=5))
    narrow = "".join(
        draw(st.text(alphabet + "*?", max_size=3))
        if c == "*"
        else draw(st.sampled_from(alphabet + "?"))
        if c == "?"
        else c
        for c in wide
    )
    return begin + wide + end, begin + narrow + end


@given(pairs("ab.", end=".b.com"), pairs("ab", begin="/"), NAMES)
def test_a_route_that_takes_all_of_another_is_asked_after_it(
    hosts: tuple[str, str], paths: tuple[str, str], name: str
) -> None:
    """Never before it, for the same name; within one class of equally long patterns `build` compares them."""
    assert all(covers(wide, narrow) for wide, narrow in (hosts, paths))
    wide, narrow = (((host,), (path,), None) for host, path in zip(hosts, paths, strict=True))
    assert number(name, narrow) <= number(name, wide)
