"""``slipway graph ENV``: which stack feeds which, as a picture."""

import argparse
from pathlib import Path

from generator.build.build import build_graph
from generator.build.graph_drawing import mermaid, of_group, svg
from generator.cli.output import Output
from generator.config.read import read_configuration

EXAMPLES = [
    "slipway graph prod                        # Mermaid, for Markdown",
    "slipway graph prod --format svg > prod.svg",
    "slipway graph prod --json | jq -r .order[]",
]
DOCUMENTS = ("graph",)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("env", metavar="ENV", help="an environment, `home`, or an account id")
    parser.add_argument("--format", choices=("mermaid", "svg"), default="mermaid")


def run(args: argparse.Namespace, out: Output) -> int:
    """Draw the stacks of ENV and what feeds them from outside."""
    graph = of_group(build_graph(read_configuration(Path(args.stacks)), args.env), args.env)
    if out.json:
        from generator.cli.documents.platform_documents import Edge, GraphDocument

        edges = tuple(Edge(producer=e.producer, consumer=e.consumer, names=tuple(e.names)) for e in graph.edges)
        out.data(GraphDocument(order=graph.order, edges=edges))
        return 0
    draw = svg if args.format == "svg" else mermaid
    out.block(draw(graph, args.env).rstrip("\n") + "\n")
    return 0
