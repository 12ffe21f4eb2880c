"""``manifest.json``: what a deployment must know about each stack. Written stack by stack, because there may be thousands."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from generator.build.artifact import Artifact
from generator.build.graph import Edge, Graph
from generator.catalog.stack_spec import StackSpec

NAME = "manifest.json"


def lines(specs: Iterable[StackSpec], artifacts: Mapping[str, Artifact], graph: Graph) -> Iterator[bytes]:
    """The document in pieces, with one line for each stack. ``order`` is an order in which they can be deployed.

    ``parameters`` says for each where its value comes from: ``{"stack": "prod/network", "output": "VpcId"}``, or
    ``{"release": true}``.
    """
    feeding: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        feeding.setdefault(edge.consumer, []).append(edge)
    encoder = msgspec.json.Encoder(order="sorted")
    yield b'{"version": 1,\n"order": '
    yield encoder.encode([key for key in graph.order if key in artifacts])
    yield b',\n"stacks": {'
    comma = b""
    for spec in specs:
        artifact = artifacts.get(spec.key)
        if artifact:
            entry = _entry(spec, artifact, feeding.get(spec.key, ()))
            yield b"%b\n%b: %b" % (comma, encoder.encode(spec.key), encoder.encode(entry))
            comma = b","
    yield b"\n}}\n"


def _entry(spec: StackSpec, artifact: Artifact, edges: Iterable[Edge]) -> dict[str, Any]:
    scope = spec.scope
    fed = {name: edge.producer for edge in edges for name in edge.names}
    parameters: dict[str, Any] = {name: {"output": name, "stack": producer} for name, producer in fed.items()}
    parameters.update((name, {"release": True}) for name in artifact.interface.released)
    return {
        "account": scope.account,
        "capabilities": artifact.capabilities,
        "depends_on": sorted(set(fed.values())),
        "digest": artifact.digest,
        "parameters": parameters,
        "region": scope.region,
        "resources": artifact.resources,
        "size": artifact.size,
        "stack_name": scope.stack_name,
    }
