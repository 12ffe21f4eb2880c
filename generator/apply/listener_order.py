"""Stacks that exchange listener priorities: which one goes first, and which one needs a spare number. Pure.

A listener refuses a priority that another rule has (ELB API Reference: SetRulePriorities, PriorityInUse). Where a stack
gets the number of another one, that one is released first. Where they wait for each other, one of them takes a spare
number, and is released once more at the end.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from generator.release.spare_priorities import rule_priorities


class Move(NamedTuple):
    """The priorities that the rules of a stack have, and those that they get."""

    has: frozenset[int]
    wants: frozenset[int]


class Exchange(NamedTuple):
    """``waits``: the stacks that are released before each stack; ``spares``: stacks that take a spare number first.

    A stack in ``spares`` is released a second time after those that it names.
    """

    waits: dict[str, frozenset[str]]
    spares: dict[str, frozenset[str]]


def priority_moves(templates: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]]) -> dict[str, Move]:
    """The stacks whose rules get other priorities, by their templates before and after."""
    found = {
        key: Move(frozenset(rule_priorities(before).values()), frozenset(rule_priorities(after).values()))
        for key, (before, after) in templates.items()
    }
    return {key: move for key, move in found.items() if move.has != move.wants}


def exchange(
    moves: Mapping[str, Move], behind: Callable[[Iterable[str]], Iterable[str]] = lambda keys: keys
) -> Exchange:
    """In which order stacks give their priorities to each other.

    Args:
        moves: the stacks that change, in the order of deployment.
        behind: stacks and all that they feed, which can't be released before them.
    """
    holders = {
        key: {o for o, other in moves.items() if o != key and (move.wants - move.has) & other.has}
        for key, move in moves.items()
    }
    after = {key: {o for o in moves if o != key and key in set(behind([o]))} for key in moves}
    left = dict.fromkeys(moves)
    waits: dict[str, frozenset[str]] = {}
    spares: dict[str, frozenset[str]] = {}
    while left:
        free = next((k for k in left if not (holders[k] | after[k]) & left.keys()), None)
        if free is not None:
            if holders[free]:
                waits[free] = frozenset(holders[free])
        else:
            free = next((k for k in left if not after[k] & left.keys()), next(iter(left)))
            spares[free] = frozenset(holders[free])
        del left[free]
    return Exchange(waits, spares)


def sentences(moves: Mapping[str, Move]) -> dict[str, str]:
    """What a plan says of each stack that waits for another one's number."""
    found = exchange(moves)
    said = {
        k: f"after {', '.join(sorted(others))}, which frees its listener priority" for k, others in found.waits.items()
    }
    for key, others in found.spares.items():
        said[key] = (
            f"in 2 releases: with a spare listener priority first, and with its own once {', '.join(sorted(others))} "
            "has freed it"
        )
    return said
