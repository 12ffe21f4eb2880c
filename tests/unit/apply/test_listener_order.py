"""Which stack gives its listener priority to another one first, and which one needs a spare number."""

import pytest

from generator.apply.listener_order import Exchange, Move, exchange, priority_moves, sentences
from generator.apply.order import Order


def move(has: int, wants: int) -> Move:
    """A stack with one rule."""
    return Move(frozenset({has}), frozenset({wants}))


@pytest.mark.parametrize(
    ("moves", "waits", "spares"),
    [
        ({"a": (1, 2), "b": (3, 4)}, {}, {}),
        ({"a": (1, 2), "b": (2, 3)}, {"a": {"b"}}, {}),
        ({"a": (1, 2), "b": (2, 3), "c": (3, 4)}, {"a": {"b"}, "b": {"c"}}, {}),
        ({"a": (1, 2), "b": (2, 1)}, {"b": {"a"}}, {"a": {"b"}}),
        ({"a": (1, 2), "b": (2, 3), "c": (3, 1)}, {"b": {"c"}, "c": {"a"}}, {"a": {"b"}}),
        ({"a": (1, 2), "b": (2, 1), "c": (7, 8), "d": (8, 7)}, {"b": {"a"}, "d": {"c"}}, {"a": {"b"}, "c": {"d"}}),
    ],
)
def test_who_goes_first(
    moves: dict[str, tuple[int, int]], waits: dict[str, set[str]], spares: dict[str, set[str]]
) -> None:
    """The holder of a number goes first; a circle is opened at its first stack, which takes a spare number."""
    assert exchange({key: move(*both) for key, both in moves.items()}) == Exchange(waits, spares)  # type: ignore[arg-type]


def test_a_stack_that_feeds_the_other_one_goes_first() -> None:
    """It can't wait for what it feeds, so that it is the one that takes a spare number."""
    order = Order(["a", "b"], {"b": ["a"]})
    found = exchange({"a": move(1, 2), "b": move(2, 3)}, order.behind)
    assert found == Exchange({}, {"a": frozenset({"b"})})


def test_only_rules_with_another_number_move() -> None:
    """A template without rules, or with the same priority, gives and takes none."""

    def rule(number: int) -> dict[str, object]:
        kind = "AWS::ElasticLoadBalancingV2::ListenerRule"
        return {"Resources": {"Rule": {"Type": kind, "Properties": {"Priority": number}}}}

    empty: dict[str, object] = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    found = priority_moves({"a": (rule(1), rule(2)), "b": (rule(3), rule(3)), "c": (empty, empty)})
    assert found == {"a": move(1, 2)}


def test_a_plan_says_how_many_releases_it_takes() -> None:
    """Both stacks of an exchange are named with what they wait for."""
    assert sentences({"dev/service-a": move(1, 2), "dev/service-b": move(2, 1)}) == {
        "dev/service-a": "in 2 releases: with a spare listener priority first, and with its own once dev/service-b has "
        "freed it",
        "dev/service-b": "after dev/service-a, which frees its listener priority",
    }


def test_a_stack_starts_a_second_time_after_those_that_it_waits_for() -> None:
    """Its second release begins when the others are released, and not after a failure."""
    order = Order(["a", "b"], {"b": ["a"]})
    order.partly["a"] = frozenset({"b"})
    order.end("a", "done")
    order.again()
    assert order.ready() == ("b",)
    order.end("b", "done")
    order.again()
    assert (order.ready(), order.partly) == (("a",), {})
    failed = Order(["a", "b"], {"b": ["a"]})
    failed.partly["a"] = frozenset({"b"})
    failed.end("a", "done")
    failed.end("b", "failed")
    failed.again()
    assert (failed.ready(), failed.partly) == ((), {"a": frozenset({"b"})})
