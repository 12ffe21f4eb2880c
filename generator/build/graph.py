"""Which stack feeds which, found from the templates themselves.

A stack that declares parameter ``VpcId`` depends on the stack that has an output ``VpcId``. It is looked for in the
stack's own group (an environment, an account, or home), then in the account's, then in home.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from generator.errors import BuildError

if TYPE_CHECKING:
    from troposphere import Template

# Parameters that a release gives; `templates.stack` declares them, and a test holds the two lists equal.
RELEASE_PARAMETERS = frozenset({"ImageUri", "Release", "CodeBucket", "CodeKey", "CodeVersion", "AmiId", "SitePath"})


class Interface(Struct, frozen=True):
    """What one template needs and provides.

    ``needs``: parameters that another stack's output feeds; ``released``: parameters that a release sets; ``gives``:
    names of its outputs. All sorted.
    """

    needs: tuple[str, ...]
    released: tuple[str, ...]
    gives: tuple[str, ...]


class Edge(Struct, frozen=True, order=True):
    """``producer`` (``prod/network``) feeds ``consumer`` with the outputs ``names``."""

    producer: str
    consumer: str
    names: tuple[str, ...]


class Graph(Struct, frozen=True):
    """Stacks in an order in which they can be deployed, and the edges between them, sorted."""

    order: tuple[str, ...]
    edges: tuple[Edge, ...]

    def sources(self, key: str) -> dict[str, str]:
        """Parameter name to ``GROUP/STACK`` for one stack."""
        return {name: edge.producer for edge in self.edges if edge.consumer == key for name in edge.names}


def interface(template: "Template") -> Interface:
    """Read what a template needs and provides. A parameter with a default needs no other stack."""
    needed = {name for name, parameter in template.parameters.items() if "Default" not in parameter.properties}
    return Interface(
        needs=tuple(sorted(needed - RELEASE_PARAMETERS)),
        released=tuple(sorted(needed & RELEASE_PARAMETERS)),
        gives=tuple(sorted(template.outputs)),
    )


def link(interfaces: Mapping[str, Interface], accounts: Mapping[str, str]) -> Graph:
    """Connect each parameter of a stack with the stack that provides it.

    Args:
        interfaces: ``GROUP/STACK`` to what it takes and gives.
        accounts: environment to its account id, the second group to search.

    Raises:
        BuildError: a parameter that nothing or more than one stack gives, or a cycle; all of them in one text.
    """
    # Of thousands of outputs only those that somebody needs are looked at.
    needed = {name for face in interfaces.values() for name in face.needs}
    givers: dict[tuple[str, str], list[str]] = {}
    for key, face in interfaces.items():
        for name in face.gives:
            if name in needed:
                givers.setdefault((key.partition("/")[0], name), []).append(key)
    problems: list[str] = []
    edges: list[Edge] = []
    # Many stacks take the same from the same few: these names are kept once.
    once: dict[tuple[str, ...], tuple[str, ...]] = {}
    for key, face in interfaces.items():
        group = key.partition("/")[0]
        path = tuple(dict.fromkeys(g for g in (group, accounts.get(group, ""), "home") if g))
        fed: dict[str, list[str]] = {}
        for name in face.needs:
            found = next((givers[g, name] for g in path if (g, name) in givers), [])
            if len(found) == 1 and found[0] != key:
                fed.setdefault(found[0], []).append(name)
            elif len(found) > 1:
                problems.append(
                    f"{key}: parameter {name} is provided by several stacks: {', '.join(sorted(found))}; rename "
                    "one output"
                )
            else:
                problems.append(f"{key}: no stack in {', '.join(path)} provides {name}; add an output or a default")
        edges += [Edge(producer, key, once.setdefault(tuple(n), tuple(n))) for producer, n in fed.items()]
    if problems:
        raise BuildError("\n".join(problems))
    edges.sort()
    return Graph(order=tuple(_sorted(list(interfaces), edges)), edges=tuple(edges))


def _sorted(keys: Sequence[str], edges: Iterable[Edge]) -> list[str]:
    """Topological order. Among stacks without open dependencies the given order decides, so that the result is stable."""
    waiting = dict.fromkeys(keys, 0)
    after: dict[str, list[str]] = {key: [] for key in keys}
    for edge in edges:
        waiting[edge.consumer] += 1
        after[edge.producer].append(edge.consumer)
    ready = [key for key in keys if not waiting[key]]
    order: list[str] = []
    for key in ready:  # grows while it is walked
        order.append(key)
        for consumer in after[key]:
            waiting[consumer] -= 1
            if not waiting[consumer]:
                ready.append(consumer)
    if len(order) < len(keys):
        raise BuildError(
            f"stacks use each other's outputs in a circle: {' → '.join(_cycle(waiting, after))}; remove one of "
            "these outputs"
        )
    return order


def _cycle(waiting: Mapping[str, int], after: Mapping[str, Sequence[str]]) -> list[str]:
    """One cycle among the stacks that are still waiting, first and last the same."""
    blocked = {key for key, count in waiting.items() if count}
    before = {consumer: producer for producer in blocked for consumer in after[producer] if consumer in blocked}
    key = next(iter(sorted(before)))
    seen: list[str] = []
    while key not in seen:
        seen.append(key)
        key = before[key]
    circle = [*seen[seen.index(key) :], key]
    return circle[::-1]
