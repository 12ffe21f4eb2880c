"""Changed outputs: which fed values of a stack are older than their source, and which outputs a change affects."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from generator.preview.replacement_schemas import schema
from generator.release.exports import names
from generator.release.fed_values import given, stale
from generator.release.model.observed import StackNow
from generator.release.model.people import ENGINE
from generator.release.model.preview import ResourceEffect
from generator.release.model.version import Version
from generator.wiring.application import Application

_MOVES = frozenset({"Add", "Remove", "Replace"})


class Outputs:
    """The current outputs of a platform's stacks. Each stack is described once, until it is released."""

    def __init__(self, application: Application, version: Version) -> None:
        self._application = application
        self._version = version
        self._known: dict[str, StackNow | None] = {}

    def forget(self, key: str) -> None:
        """Describe a stack again at the next read, because it was released."""
        self._known.pop(key, None)

    def older(self, key: str) -> tuple[str, ...]:
        """Values of a stack that are older than their source, sorted (``LoadBalancerArn of dev/cluster``).

        Raises:
            ReleaseError: AWS does not answer, or does not let us.
        """
        stack, sources = self._stack(key), self._version.stacks[key].sources
        values, _ = given(sources, self._stack)
        return tuple(f"{name} of {sources[name]}" for name in stale(stack, values)) if stack is not None else ()

    def _stack(self, key: str) -> StackNow | None:
        if key not in self._known:
            ref = self._application.facts.stacks[key].ref
            self._known[key] = self._application.clouds.at(ref, ENGINE).stacks.describe(ref.name)
        return self._known[key]


class CurrentStacks:
    """Stacks that have the template of a version already, with the commit that each runs.

    One that other stacks feed is released all the same where a value of it is older than its source. A caller without
    access to AWS leaves that question to the worker.
    """

    def __init__(self, application: Application, version: Version) -> None:
        self.commits: dict[str, str] = {}
        self.gone: set[str] = set()  # stacks that nothing asks for any more
        self._outputs = Outputs(application, version) if application.work is not None else None

    def older(self, key: str) -> tuple[str, ...] | None:
        """The values of a stack that are older than their source. None if only a worker can find out."""
        return self._outputs.older(key) if self._outputs is not None else None

    def released(self, key: str) -> None:
        """Record that a stack was released."""
        if self._outputs is not None:
            self._outputs.forget(key)


def moving(before: Mapping[str, Any], after: Mapping[str, Any], effects: Iterable[ResourceEffect]) -> frozenset[str]:
    """Names of the outputs that a change affects: with another definition, or of a resource that is replaced."""
    gone = {row.logical_id for row in effects if row.action in _MOVES}
    had, has = before.get("Outputs") or {}, after.get("Outputs") or {}
    found = set()
    for name, row in has.items():
        if (had.get(name) or {}).get("Value") != row.get("Value") or names(row.get("Value")) & gone:
            found.add(name)
    return frozenset(found)


def redefined(before: Mapping[str, Any], after: Mapping[str, Any]) -> frozenset[str]:
    """Names of the outputs that are other ones after a change of which only the templates are known.

    A resource counts as replaced where a property changes that AWS's schema of the type creates it with.
    """
    had, has = before.get("Resources") or {}, after.get("Resources") or {}
    return moving(before, after, ()) | carried(after, [n for n, row in has.items() if _is_another(had.get(n), row)])


def _is_another(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> bool:
    if old is None or old["Type"] != new["Type"]:
        return True
    before, after = old.get("Properties") or {}, new.get("Properties") or {}
    return any(_creates(new["Type"], n) for n in {*before, *after} if before.get(n) != after.get(n))


def _creates(kind: str, name: str) -> bool:
    known = schema(kind)
    return known is not None and known.recreation((name,)) == "Always"


def carried(template: Mapping[str, Any], others: Iterable[str]) -> frozenset[str]:
    """Names of the outputs that are other ones once these parameters and resources are, by the resources that they replace."""
    moved, resources = set(others), template.get("Resources") or {}
    while more := {
        name
        for name, row in resources.items()
        if name not in moved
        and any(_creates(row["Type"], n) and names(v) & moved for n, v in (row.get("Properties") or {}).items())
    }:
        moved |= more
    outputs = template.get("Outputs") or {}
    return frozenset(name for name, row in outputs.items() if names(row.get("Value")) & moved)


def followers(
    order: Iterable[str], sources: Mapping[str, Mapping[str, str]], moves: Mapping[str, frozenset[str]],
    template: Callable[[str], Mapping[str, Any]],
) -> dict[str, list[str]]:  # fmt: skip
    """The stacks that are fed by outputs that move, near and far: ``ListenerArn of dev/cluster`` for each such value.

    Args:
        order: the stacks, those that feed others first.
        sources: of each stack, parameter to the stack whose output of that name feeds it.
        moves: of each stack, the outputs that its own change moves.
        template: the template that a stack gets.
    """
    moved = dict(moves)
    found: dict[str, list[str]] = {}
    for key in order:
        fed = {name: source for name, source in sorted(sources.get(key, {}).items()) if name in moved.get(source, ())}
        if fed:
            found[key] = [f"{name} of {source}" for name, source in fed.items()]
            moved[key] = moved.get(key, frozenset()) | carried(template(key), fed)
    return found
