"""The graph of stacks as pictures: Mermaid text for documents, SVG for everything else."""

from collections.abc import Mapping, Sequence
from html import escape

from generator.build.graph import Edge, Graph

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 188, 44, 96, 22, 28
_TITLE = 40
# Fill and stroke per kind of group, readable in light and dark through the CSS of the picture.
_STYLE = """
  svg { color-scheme: light dark; font: 13px system-ui, sans-serif; }
  .paper { fill: #ffffff } .name { fill: #1b2733; font-weight: 600 } .group { fill: #5b6b7b; font-size: 11px }
  .title { fill: #1b2733; font-size: 16px; font-weight: 600 }
  .box { fill: #eef4fb; stroke: #3b78b5; stroke-width: 1.2 } .outside .box { fill: #f4f1ea; stroke: #a08a54 }
  .edge { fill: none; stroke: #8a99a8; stroke-width: 1.3 } .head { fill: #8a99a8 } .edge:hover { stroke: #d9480f; stroke-width: 2.4 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #10161d } .name, .title { fill: #e6edf3 } .group { fill: #9fb0c0 }
    .box { fill: #16283a; stroke: #5b9bd5 } .outside .box { fill: #2a2518; stroke: #c8ab62 } .edge { stroke: #6b7a89 } .head { fill: #6b7a89 }
  }
"""


def of_group(graph: Graph, group: str) -> Graph:
    """The stacks of one group, and the ones of other groups that feed them."""
    edges = tuple(e for e in graph.edges if e.consumer.startswith(f"{group}/"))
    drawn = {e.producer for e in edges} | {key for key in graph.order if key.startswith(f"{group}/")}
    return Graph(tuple(key for key in graph.order if key in drawn), edges)


def mermaid(graph: Graph, group: str) -> str:
    """A Mermaid flowchart; GitHub draws it in Markdown."""
    lines = ["flowchart LR"]
    lines += [f'  {_id(key)}["{_label(key, group)}"]' for key in graph.order]
    lines += [f'  {_id(e.producer)} -->|"{_short(e.names)}"| {_id(e.consumer)}' for e in graph.edges]
    outside = [_id(key) for key in graph.order if not key.startswith(f"{group}/")]
    if outside:
        lines += ["  classDef outside stroke-dasharray: 4 3", f"  class {','.join(outside)} outside"]
    return "\n".join(lines) + "\n"


def svg(graph: Graph, group: str) -> str:
    """An SVG picture: producers on the left, consumers on the right; an edge's tooltip names the outputs."""
    places = _places(graph)
    right = max((x for x, _ in places.values()), default=0) + _WIDTH + _MARGIN
    bottom = max((y for _, y in places.values()), default=0) + _HEIGHT + _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right} {bottom}" width="{right}" height="{bottom}" role="img">'
        f"<title>Stacks of {escape(group)} and what feeds them</title><style>{_STYLE}</style>"
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path class="head" d="M0,0 L8,4 L0,8 z"/></marker></defs>'
        f'<rect class="paper" width="{right}" height="{bottom}"/>'
        f'<text class="title" x="{_MARGIN}" y="{_MARGIN + 4}">{escape(group)}</text>'
    )
    parts = [head, *(_edge(e, places) for e in graph.edges), *(_box(k, group, places[k]) for k in graph.order)]
    return "\n".join(parts) + "\n</svg>\n"


def _places(graph: Graph) -> dict[str, tuple[int, int]]:
    """Top left corner of each stack: columns by longest path from a stack that needs nothing."""
    feeds: dict[str, list[str]] = {key: [] for key in graph.order}
    for edge in graph.edges:
        feeds[edge.consumer].append(edge.producer)
    column: dict[str, int] = {}
    for key in graph.order:
        column[key] = 1 + max((column[p] for p in feeds[key]), default=-1)
    columns: list[list[str]] = [[] for _ in range(1 + max(column.values(), default=0))]
    for key in graph.order:
        columns[column[key]].append(key)
    _untangle(columns, feeds)
    tallest = max(len(c) for c in columns)
    places = {}
    for i, keys in enumerate(columns):
        top = _TITLE + _MARGIN + (tallest - len(keys)) * (_HEIGHT + _GAP_Y) // 2
        for j, key in enumerate(keys):
            places[key] = (_MARGIN + i * (_WIDTH + _GAP_X), top + j * (_HEIGHT + _GAP_Y))
    return places


def _untangle(columns: Sequence[list[str]], feeds: Mapping[str, Sequence[str]]) -> None:
    """Order each column by the mean place of its neighbours, forwards and backwards, to cross fewer edges."""
    fed: dict[str, list[str]] = {key: [] for key in feeds}
    for consumer, producers in feeds.items():
        for producer in producers:
            fed[producer].append(consumer)
    rank = {key: i / (len(keys) or 1) for keys in columns for i, key in enumerate(keys)}
    for sweep in range(6):
        near, order = (feeds, columns) if sweep % 2 == 0 else (fed, columns[::-1])
        for keys in order:
            mean = {k: sum(rank[n] for n in near[k]) / len(near[k]) if near[k] else rank[k] for k in keys}
            keys.sort(key=lambda k, mean=mean: (mean[k], k))  # type: ignore[misc]
            rank.update({key: (i + 0.5) / len(keys) for i, key in enumerate(keys)})


def _edge(edge: Edge, places: Mapping[str, tuple[int, int]]) -> str:
    x1, y1 = places[edge.producer]
    x2, y2 = places[edge.consumer]
    x1, y1, y2 = x1 + _WIDTH, y1 + _HEIGHT // 2, y2 + _HEIGHT // 2
    bend = max(40, (x2 - x1) // 2)
    path = f"M{x1},{y1} C{x1 + bend},{y1} {x2 - bend},{y2} {x2},{y2}"
    return (
        f'<path class="edge" d="{path}" marker-end="url(#head)"><title>{escape(", ".join(edge.names))}</title></path>'
    )


def _box(key: str, group: str, place: tuple[int, int]) -> str:
    x, y = place
    owner, _, name = key.partition("/")
    outside = ' class="outside"' if owner != group else ""
    return (
        f'<g{outside}><rect class="box" x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="7"/>'
        f'<text class="name" x="{x + 12}" y="{y + 19}">{escape(name)}</text>'
        f'<text class="group" x="{x + 12}" y="{y + 35}">{escape(owner)}</text></g>'
    )


def _id(key: str) -> str:
    return "s_" + "".join(c if c.isalnum() else "_" for c in key)


def _label(key: str, group: str) -> str:
    owner, _, name = key.partition("/")
    return name if owner == group else f"{name}<br/>{owner}"


def _short(names: Sequence[str]) -> str:
    return ", ".join(names[:2]) + (f" +{len(names) - 2}" if len(names) > 2 else "")
