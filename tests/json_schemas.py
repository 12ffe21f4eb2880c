"""The JSON Schemas of the documents, and the page and the files in docs/ that are written from them.

``python -m tests.json_schemas`` writes them, ``--check`` names those that are not up to date. A document
is never written again in a way that breaks who reads it: then its number has to be raised first.
"""

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from generator.cli import COMMANDS, module_of

_MODULES = tuple(
    f"generator.cli.documents.{name}_documents" for name in ("release", "environment", "platform", "sandbox")
)
FOLDER = Path("docs/schemas")
PAGE = Path("docs/json.md")
_OPEN, _CLOSE = "<!-- documents -->\n", "<!-- /documents -->"


def documents() -> dict[str, type[msgspec.Struct]]:
    """Name and version to struct, ``release/1``; lines of a log, which carry no name, are ``log-line/1``."""
    from generator.cli.documents import Document
    from generator.release.model.observed import LogLine

    # A document that only one command prints may stand in its module.
    for module in (*_MODULES, *map(module_of, COMMANDS)):
        import_module(module)
    from generator.lint.formats.json_document import LintDocument

    found: list[type[msgspec.Struct]] = [LintDocument, *Document.__subclasses__()]
    named: dict[str, type[msgspec.Struct]] = {str(kind.__struct_config__.tag): kind for kind in found}
    return {**named, "log-line/1": LogLine}


def schema(name: str, kind: type) -> dict[str, Any]:
    """The JSON Schema of one document (draft 2020-12)."""
    [top], parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    own = str(top["$ref"]).rpartition("/")[2]
    body = parts.pop(own)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        **{key: value for key, value in body.items() if key != "title"},
        "$defs": dict(sorted(parts.items())),
    }


def file_of(name: str) -> Path:
    """``docs/schemas/release-1.json``."""
    return FOLDER / f"{name.replace('/', '-')}.json"


def expected(root: Path) -> Iterator[tuple[Path, str]]:
    """Each file with the text that it must have."""
    kinds = documents()
    for name, kind in kinds.items():
        yield root / file_of(name), json.dumps(schema(name, kind), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    page = root / PAGE
    before, opened, rest = page.read_text().partition(_OPEN)
    yield page, f"{before}{opened}\n{_table(kinds)}\n{_CLOSE}{rest.partition(_CLOSE)[2]}"


def _table(kinds: dict[str, type[msgspec.Struct]]) -> str:
    latest = {name.partition("/")[0]: name for name in sorted(kinds)}
    rows = ["| command | documents |", "|---|---|"]
    for command in COMMANDS:
        names = import_module(module_of(command)).DOCUMENTS
        linked = ", ".join(f"[`{latest[name]}`](schemas/{file_of(latest[name]).name})" for name in names)
        rows.append(f"| `slipway {command}` | {linked} |")
    return "\n".join(rows) + "\n"


def breaks(old: Any, new: Any, where: str = "") -> Iterator[str]:
    """What a reader of the old document would miss in the new one: fields that are gone, optional, or of another type."""
    for name, part in old.get("properties", {}).items():
        now = new.get("properties", {}).get(name)
        if now is None:
            yield f"{where}{name} is gone"
        elif _type(part) != _type(now):
            yield f"{where}{name} is of another type"
    for name in sorted(set(old.get("required", ())) - set(new.get("required", ()))):
        if name in new.get("properties", {}):
            yield f"{where}{name} may be left out now"
    for name, part in old.get("$defs", {}).items():
        if name in new.get("$defs", {}):
            yield from breaks(part, new["$defs"][name], f"{name}.")


def _type(part: Any) -> Any:
    """What decides about a reader's code. Words of an enumeration and members of a union may join."""
    return {key: value for key, value in part.items() if key in {"type", "$ref", "items", "prefixItems"}}


def main(root: Path, *, check: bool) -> int:
    """Write the files, or with ``check`` name those that are not up to date. Return 1 if one is not, or can't be written."""
    stale = [(path, text) for path, text in expected(root) if not path.is_file() or path.read_text() != text]
    broken = [
        f"{path.relative_to(root)}: {why}; raise the number of the document's tag"
        for path, text in stale
        if path.suffix == ".json" and path.is_file()
        for why in breaks(json.loads(path.read_text()), json.loads(text))
    ]
    kept = {path for path, _ in expected(root)}
    extra = [path for path in sorted((root / FOLDER).glob("*.json")) if path not in kept]
    lines = broken or [
        f"{p.relative_to(root)} is not up to date; run `make fresh-write`" for p in [*(p for p, _ in stale), *extra]
    ]
    if check or broken:
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        return 1 if lines else 0
    for path, text in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    for path in extra:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path.cwd(), check="--check" in sys.argv))
