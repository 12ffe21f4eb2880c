"""Selects the next stack of an environment to release. Pure: from a graph and the outcome of each stack so far."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Literal

from generator.release.model.log_records import Slot
from generator.release.model.version import Version
from generator.release.version_selection import target

# done: as it should be; held: waits for people; failed: ended otherwise; skipped: nothing of it was published yet.
End = Literal["done", "unchanged", "skipped", "held", "failed"]


class Order:
    """Stacks in an order in which they can be released, independent ones in parallel.

    ``feeds`` maps each stack to those that feed it. After a failure no new stack starts. A stack that depends on a held
    or skipped one waits; the others continue.
    """

    def __init__(self, order: Iterable[str], feeds: Mapping[str, Iterable[str]]) -> None:
        self.order = tuple(order)
        among = set(self.order)
        self._feeds = {key: frozenset(feeds.get(key, ())) & among for key in self.order}
        self.begun: set[str] = set()
        self.ended: dict[str, End] = {}
        # Stacks that are released a second time, after the stacks that they name.
        self.partly: dict[str, frozenset[str]] = {}

    def wait(self, key: str, others: Iterable[str]) -> None:
        """Let a stack start only after these stacks."""
        self._feeds[key] |= frozenset(others) & set(self.order)

    def waits_for(self, key: str) -> tuple[str, ...]:
        """The stacks that must be released before a stack that has not started, and are not."""
        fine = {other for other, how in self.ended.items() if how in {"done", "unchanged"}}
        return tuple(other for other in self.order if other in self._feeds[key] - fine)

    def again(self) -> None:
        """Let the stacks start again whose second release waits for nothing any more."""
        if self.has_failed:
            return
        fine = {key for key, how in self.ended.items() if how in {"done", "unchanged"}}
        for key in [k for k, others in self.partly.items() if k in fine and others <= fine]:
            del self.partly[key], self.ended[key]
            self.begun.discard(key)

    def begin(self, key: str) -> None:
        """Record that a stack is being released."""
        self.begun.add(key)

    def end(self, key: str, how: End) -> None:
        """Record the outcome of a stack."""
        self.begun.add(key)
        self.ended[key] = how

    @property
    def has_failed(self) -> bool:
        """Whether no new stack starts any more."""
        return "failed" in self.ended.values()

    def ready(self) -> tuple[str, ...]:
        """Stacks that can start now."""
        if self.has_failed:
            return ()
        fine = {key for key, how in self.ended.items() if how in {"done", "unchanged"}}
        return tuple(key for key in self.order if key not in self.begun and self._feeds[key] <= fine)

    @property
    def running(self) -> tuple[str, ...]:
        """Stacks that have started and not ended."""
        return tuple(key for key in self.order if key in self.begun and key not in self.ended)

    @property
    def left(self) -> tuple[str, ...]:
        """Stacks that have not started."""
        return tuple(key for key in self.order if key not in self.begun)

    def behind(self, keys: Iterable[str]) -> frozenset[str]:
        """These stacks and all that they feed, directly or indirectly."""
        found = set(keys)
        for key in self.order:
            if self._feeds[key] & found:
                found.add(key)
        return frozenset(found)


def hold_edges(order: Order, running: AbstractSet[str], gone: AbstractSet[str]) -> None:
    """Let an edge start only after the services that run nothing yet: it contains their host names.

    A service that was skipped or that waits for approval keeps the edge back. ``running`` are stacks that have a
    version, ``gone`` those that are deleted in this run.
    """
    new = [k for k in order.order if k.partition("/")[2].startswith("service-") and k not in running and k not in gone]
    for key in order.left:
        if key.partition("/")[2].startswith("edge") and key not in gone:
            order.wait(key, new)


def needed(stacks: Iterable[str], feeds: Mapping[str, Iterable[str]]) -> set[str]:
    """These stacks and all that feed them, directly or indirectly."""
    found: set[str] = set()
    waiting = list(stacks)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += feeds.get(key, ())
    return found


def is_current(slot: Slot, version: Version, key: str, service: str, *, images: bool = False) -> bool:
    """Whether a stack has the version's template already; with ``images`` also its image, code, files and AMI.

    The commit alone is no difference: other services' commits are versions too.
    """
    now, then = slot.running, target(version, key, service)
    if now is None or now.template != then.template:
        return False
    return not images or _without_commit(now.parameters) == _without_commit(then.parameters)


def _without_commit(parameters: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if name != "Release"}
