"""Acting on a graph in order: each node on a thread of its own, as soon as what it needs is done."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_AT_ONCE = 24  # more threads would only wait for each other


class WalkResult(NamedTuple):
    """How a walk ended: which nodes failed, and which were never begun."""

    failed: list[str]
    left: list[str]


def reverse(graph: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """The graph with every arrow turned round; arrows to nodes outside it are dropped."""
    turned: dict[str, list[str]] = {name: [] for name in graph}
    for name, before in graph.items():
        for other in before:
            if other in turned:
                turned[other].append(name)
    return turned


def walk(
    graph: Mapping[str, Iterable[str]],
    act: Callable[[str], bool],
    *,
    halted: Callable[[], bool] = lambda: False,
    halt: Callable[[], None] | None = None,
) -> WalkResult:
    """Act on every node after the nodes it needs.

    Args:
        graph: Each node with what must be done before it.
        act: Does it, on any thread; False if it failed. What needs a failed node is not started.
        halted: Asked before each node: nothing new begins once it says so.
        halt: Called at the first failure; without it, what is independent of the failed node continues.
    """
    wait = threading.Condition()
    left = {name: {other for other in before if other in graph} for name, before in graph.items()}
    running: set[str] = set()
    failed: list[str] = []

    def run(name: str) -> None:
        fine = False
        try:
            fine = act(name)
        finally:
            with wait:
                running.discard(name)
                if fine:
                    for before in left.values():
                        before.discard(name)
                else:
                    failed.append(name)
                    if halt is not None:
                        halt()
                wait.notify_all()

    with wait:
        while True:
            ready = [name for name, before in left.items() if not before]
            if halted() or (failed and halt is not None):
                ready = []
            for name in ready[: max(0, _AT_ONCE - len(running))]:
                del left[name]
                running.add(name)
                threading.Thread(target=run, args=(name,), name=f"cloudformation {name}", daemon=True).start()
            if not running:
                return WalkResult(failed, list(left))
            wait.wait()
