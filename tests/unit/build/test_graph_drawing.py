"""The pictures of the graph say what the graph says, in forms that other programs read."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from generator.build.graph import Edge, Graph
from generator.build.graph_drawing import mermaid, of_group, svg

Slipway = Callable[..., int]
GRAPH = Graph(
    order=("home/home", "dev/network", "dev/cluster", "dev/<x>", "prod/network"),
    edges=(
        Edge("dev/network", "dev/<x>", ("A", "B", "C")),
        Edge("dev/network", "dev/cluster", ("VpcId",)),
        Edge("home/home", "dev/cluster", ("Queue",)),
    ),
)


def test_an_environment_shows_what_feeds_it_and_nothing_else() -> None:
    """Stacks of other environments stay out; home is in because it feeds one."""
    part = of_group(GRAPH, "dev")
    assert part.order == ("home/home", "dev/network", "dev/cluster", "dev/<x>")
    assert part.edges == GRAPH.edges
    assert of_group(GRAPH, "prod") == Graph(("prod/network",), ())


def test_mermaid_names_stacks_and_what_flows() -> None:
    """Text that GitHub draws: nodes, labelled arrows, and a mark on stacks from outside."""
    lines = mermaid(of_group(GRAPH, "dev"), "dev").splitlines()
    assert lines[0] == "flowchart LR"
    assert '  s_home_home["home<br/>home"]' in lines
    assert '  s_dev_network -->|"VpcId"| s_dev_cluster' in lines
    assert '  s_dev_network -->|"A, B +1"| s_dev__x_' in lines
    assert lines[-1] == "  class s_home_home outside"


def test_svg_is_a_picture_that_parses() -> None:
    """A box a stack, an arrow an edge with a tooltip, names escaped, nothing on top of anything else."""
    part = of_group(GRAPH, "dev")
    root = ET.fromstring(svg(part, "dev"))  # noqa: S314 - our own text
    ns = "{http://www.w3.org/2000/svg}"
    names = [e.text for e in root.iter(f"{ns}text") if e.get("class") == "name"]
    assert sorted(names) == sorted(["home", "network", "cluster", "<x>"])
    arrows = [e for e in root.iter(f"{ns}path") if e.get("class") == "edge"]
    assert sorted(e[0].text or "" for e in arrows) == ["A, B, C", "Queue", "VpcId"]
    boxes = {(e.get("x"), e.get("y")) for e in root.iter(f"{ns}rect") if e.get("class") == "box"}
    assert len(boxes) == len(part.order)


@pytest.mark.parametrize("argv", [[], ["--format", "svg"], ["--json"]])
def test_the_command_draws_a_real_platform(
    slipway: Slipway, capsys: pytest.CaptureFixture[str], here: Path, argv: list[str]
) -> None:
    """`graph dev` works without a build before it, and writes nothing."""
    assert slipway("graph", "dev", *argv) == 0
    assert "network" in capsys.readouterr().out
    assert not (here / "build").exists()


def test_an_empty_graph_draws() -> None:
    """A group without stacks is an empty picture, not an error."""
    empty = Graph((), ())
    assert ET.fromstring(svg(empty, "x")).tag.endswith("svg")  # noqa: S314 - our own text
    assert mermaid(empty, "x") == "flowchart LR\n"
