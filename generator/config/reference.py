"""Every field of the configuration as a Markdown table, from the same schemas that editors use."""

from collections.abc import Iterator
from typing import Any

from generator.config.schema import KINDS, schema
from generator.config.sources import Kind

OPEN, CLOSE = "<!-- fields -->", "<!-- /fields -->"
_TITLES = {
    "platform": "`platform.yaml`",
    "environment": "`environments/NAME.yaml`",
    "service": "`services/NAME.yaml`",
    "function": "`functions/NAME.yaml`",
}


def into(document: str) -> str:
    """``document`` with the tables between its two marks written again.

    Raises:
        ValueError: a mark is missing.
    """
    before, _, rest = document.partition(OPEN)
    _, mark, after = rest.partition(CLOSE)
    if not mark:
        raise ValueError(f"the document needs {OPEN} and {CLOSE}")
    return f"{before}{OPEN}\n\n{text()}\n{CLOSE}{after}"


def text() -> str:
    """A section for each kind of file."""
    return "\n".join(_section(kind) for kind in KINDS)


def _section(kind: Kind) -> str:
    document = schema(kind)
    rows = "\n".join(_rows(document, document.get("$defs", {}), ""))
    return f"### {_TITLES[kind]}\n\n| field | value | default | what it does |\n|---|---|---|---|\n{rows}\n"


def _rows(node: dict[str, Any], definitions: dict[str, Any], path: str) -> Iterator[str]:
    required = set(node.get("required", ()))
    for name, value in node.get("properties", {}).items():
        here = f"{path}{name}"
        shape, about = _resolved(value, definitions)
        default = "**required**" if name in required else _default(value.get("default"))
        yield f"| `{here}` | {_kind(shape)} | {default} | {about} |"
        if not path.startswith("environments"):
            yield from _rows(shape, definitions, f"{here}.")
        below = shape.get("additionalProperties")
        if isinstance(below, dict) and name != "environments":
            yield from _rows(_resolved(below, definitions)[0], definitions, f"{here}.NAME.")


def _resolved(value: dict[str, Any], definitions: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """What a property looks like behind references and `or null`, and the nearest description."""
    about = value.get("description", "")
    choices = [c for c in value.get("anyOf", ()) if c.get("type") != "null"]
    shape = choices[0] if len(choices) == 1 else value
    about = about or shape.get("description", "")
    if "$ref" in shape:
        shape = definitions[shape["$ref"].rpartition("/")[2]]
        about = about or shape.get("description", "")
    return shape, " ".join(about.replace("``", "`").replace("|", "\\|").split())


def _kind(shape: dict[str, Any]) -> str:
    if "enum" in shape:
        return ", ".join(f"`{choice}`" for choice in shape["enum"][:16])
    kind = shape.get("type", "any")
    if kind == "object":
        return "names to values" if isinstance(shape.get("additionalProperties"), dict) else "section"
    if kind == "array":
        return "list"
    low, high = shape.get("minimum", shape.get("exclusiveMinimum")), shape.get("maximum")
    if low is not None and high is not None:
        return f"{low} to {high}"
    return {"integer": "whole number", "boolean": "`true`, `false`", "string": "text"}.get(kind, str(kind))


def _default(value: Any) -> str:
    if isinstance(value, dict) or value is None or value in ([], ()):
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
