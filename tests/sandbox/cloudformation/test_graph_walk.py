"""Acting on graphs in order, and the graphs of templates."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.cloudformation.graph_walk import reverse, walk
from generator.sandbox.cloudformation.references import acyclic, cycle, needs, ordered

GRAPHS = st.dictionaries(st.integers(0, 12), st.lists(st.integers(0, 12), max_size=3), max_size=12).map(
    lambda raw: {
        str(node): sorted({str(other) for other in before if other < node and other in raw})
        for node, before in raw.items()
    }
)


@given(GRAPHS)
def test_every_node_comes_after_what_it_needs(graph: dict[str, list[str]]) -> None:
    """Creation order holds for any graph, deletion order for its reverse."""
    done: list[str] = []
    lock = threading.Lock()

    def act(name: str) -> bool:
        with lock:
            done.append(name)
        return True

    for turned in (graph, reverse(graph)):
        done.clear()
        assert walk(turned, act) == ([], [])
        assert sorted(done) == sorted(turned)
        assert all(done.index(before) < done.index(name) for name in turned for before in turned[name])
    assert cycle(graph) == []
    order = ordered(graph)
    assert all(order.index(before) < order.index(name) for name in graph for before in graph[name])


def test_a_failure_stops_what_depends_on_it() -> None:
    """Without a halt the independent rest goes on; with one nothing new begins."""
    graph = {"a": [], "b": ["a"], "c": []}
    assert walk(graph, lambda name: name != "a") == (["a"], ["b"])
    stop = threading.Event()
    chain = {"a": [], "b": ["a"], "c": ["b"]}
    assert walk(chain, lambda name: name != "b", halted=stop.is_set, halt=stop.set) == (["b"], ["c"])
    assert stop.is_set()


def test_circles_are_found() -> None:
    """The nodes of the circle, and those behind it, are named."""
    graph = {"a": ["b", "c"], "b": ["a"], "c": []}
    assert cycle(graph) == ["a", "b"]
    assert acyclic(graph) == {"a": ["c"], "b": [], "c": []}


def test_only_active_resources_count() -> None:
    """A reference to a resource that is switched off is no dependency."""
    template = {
        "Resources": {
            "A": {"Type": "x"},
            "B": {"Type": "x", "Properties": {"X": {"Fn::Sub": "${A.Arn}"}}, "DependsOn": ["C"]},
            "C": {"Type": "x"},
        }
    }
    assert needs(template, ["A", "B"]) == {"A": [], "B": ["A"]}
