"""The graph between stacks follows from parameters and outputs alone."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from troposphere import Output, Parameter, Template

from generator.build.graph import Edge, Interface, interface, link
from generator.errors import BuildError
from templates.stack import RELEASE_PARAMETERS


def face(needs: str = "", gives: str = "") -> Interface:
    return Interface(needs=tuple(needs.split()), released=(), gives=tuple(gives.split()))


def test_a_parameter_is_fed_by_the_output_of_its_name() -> None:
    """A stack that needs VpcId comes after the one that gives it, and the edge names what flows."""
    graph = link({"dev/b": face(needs="VpcId"), "dev/a": face(gives="VpcId")}, {})
    assert graph.order == ("dev/a", "dev/b")
    assert graph.edges == (Edge("dev/a", "dev/b", ("VpcId",)),)
    assert graph.sources("dev/b") == {"VpcId": "dev/a"}


@pytest.mark.parametrize(
    ("interfaces", "producer"),
    [
        ({"dev/a": face(gives="X"), "111122223333/f": face(gives="X"), "home/h": face(gives="X")}, "dev/a"),
        ({"prod/a": face(gives="X"), "111122223333/f": face(gives="X"), "home/h": face(gives="X")}, "111122223333/f"),
        ({"prod/a": face(gives="X"), "home/h": face(gives="X")}, "home/h"),
    ],
    ids=["own environment first", "then the account", "then home"],
)
def test_the_nearest_group_wins(interfaces: dict[str, Interface], producer: str) -> None:
    """An environment's own stack feeds its neighbours before the account's or home's; other environments never do."""
    graph = link({**interfaces, "dev/z": face(needs="X")}, {"dev": "111122223333"})
    assert graph.sources("dev/z") == {"X": producer}


def test_all_missing_and_ambiguous_names_are_reported_at_once() -> None:
    """One error names every parameter that nothing or too much feeds, and what to do."""
    faces = {"dev/a": face(gives="X"), "dev/b": face(gives="X"), "dev/c": face(needs="X Y"), "dev/d": face("Z", "Z")}
    with pytest.raises(BuildError) as caught:
        link(faces, {})
    assert str(caught.value).splitlines() == [
        "dev/c: parameter X is provided by several stacks: dev/a, dev/b; rename one output",
        "dev/c: no stack in dev, home provides Y; add an output or a default",
        "dev/d: no stack in dev, home provides Z; add an output or a default",
    ]


def test_a_circle_is_shown_as_one() -> None:
    """Stacks that feed each other are named in the direction in which they do."""
    faces = {"d/a": face("C", "A"), "d/b": face("A", "B"), "d/c": face("B", "C"), "d/free": face(gives="F")}
    with pytest.raises(BuildError, match="circle") as caught:
        link(faces, {})
    circle = str(caught.value).split(": ")[1].split(";")[0].split(" → ")
    assert circle[0] == circle[-1]
    assert set(circle) == {"d/a", "d/b", "d/c"}
    assert ("d/a", "d/b") in set(pairwise(circle))


@given(st.lists(st.lists(st.integers(0, 30), max_size=4), max_size=30))
def test_every_order_puts_producers_first(needs: list[list[int]]) -> None:
    """Whatever acyclic wiring, each stack stands after all that feed it, and none is lost."""
    faces = {
        f"e/s{i}": face(" ".join(sorted({f"O{n % i}" for n in needed})) if i else "", f"O{i}")
        for i, needed in enumerate(needs)
    }
    graph = link(dict(reversed(faces.items())), {})
    assert sorted(graph.order) == sorted(faces)
    place = {key: i for i, key in enumerate(graph.order)}
    assert all(place[e.producer] < place[e.consumer] for e in graph.edges)


def test_parameters_with_defaults_and_of_releases_need_no_stack() -> None:
    """ImageUri and Release come from a release; a default needs nobody."""
    template = Template()
    for name in ("ImageUri", "Release", "VpcId"):
        template.add_parameter(Parameter(name, Type="String"))
    template.add_parameter(Parameter("Size", Type="String", Default="1"))
    for name in ("B", "A"):
        template.add_output(Output(name, Value="v"))
    assert interface(template) == Interface(needs=("VpcId",), released=("ImageUri", "Release"), gives=("A", "B"))


def test_release_parameters_mean_the_same_to_templates_and_graph() -> None:
    """The list that templates declare is the list that the graph leaves to a release."""
    from generator.build import graph

    assert graph.RELEASE_PARAMETERS == RELEASE_PARAMETERS
