"""Nothing is imported by a private name, of a library or of ours, that has a public one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("generator", "templates", "bot", "app/backend", "tests")
# The private names of libraries that have no public twin, each with its reason.
ALLOWED = {
    "cfnlint.runner.template.runner._run_template": "takes a document with its file; the public ones take one of the two",
    "_sha2.sha256": "CPython's own SHA-256; hashlib loads OpenSSL, which an unchanged build would wait for",
    "_sha256.sha256": "the same in CPython 3.11",
    "_typeshed.SupportsWrite": "argparse's own signature names it; it is there for type checkers alone",
    "os._exit": "public: the library reference of os lists it",
    "functools._lru_cache_wrapper": "the type of a cached function, which functools gives no other name; tests ask for it",
}
# A server, not a library: its state and its operations have private names alone. One kind of module may know them.
EMULATOR = "ministack"
KNOW_IT = "ministack_"


def private(name: str) -> bool:
    return any(part.startswith("_") and not part.startswith("__") for part in name.split("."))


def private_names(tree: ast.AST) -> Iterator[str]:
    """What a module imports by a private name, and the private attributes of modules of others that it imports."""
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name.split(".")[0]: alias.name for alias in node.names}
            yield from (alias.name for alias in node.names if private(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            modules |= {name: full for name, full in names.items() if not ours(full)}
            yield from filter(private, names.values())
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and private(node.attr):
            module = modules.get(node.value.id, "")
            if module and not ours(module):
                yield f"{module}.{node.attr}"


def ours(name: str) -> bool:
    return name.partition(".")[0] in {"generator", "templates", "bot", "board", "tests"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from yaml._yaml import x", ["yaml._yaml.x"]),
        ("from generator.cli.lint import _progress", ["generator.cli.lint._progress"]),
        ("import a._b", ["a._b"]),
        ("import os\nos._exit(1)", ["os._exit"]),
        ("from ministack.services import alb\nalb._rules", ["ministack.services.alb._rules"]),
        ("from __future__ import annotations\nimport os\nos.__name__\nos.environ", []),
        ("from generator.release.model import Row\nRow._make([])", []),
        ("self._own = 1\nrow._replace(a=1)", []),
    ],
)
def test_private_names_are_found(text: str, found: list[str]) -> None:
    """An import of a private name or module is found, and a library's private attribute; a named tuple's methods are not."""
    assert list(private_names(ast.parse(text))) == found


def test_private_names_have_no_public_twin() -> None:
    """A library that is upgraded breaks none of us by what it does not promise, but where no public name says the same."""
    used = {
        (name, str(path.relative_to(ROOT)))
        for part in PARTS
        for path in sorted((ROOT / part).rglob("*.py"))
        for name in private_names(ast.parse(path.read_text()))
    }
    emulator = {(name, place) for name, place in used if name.partition(".")[0] == EMULATOR}
    strange = sorted(f"{place}: {name}" for name, place in used - emulator if name not in ALLOWED)
    assert not strange, "import the public name, or list this one with its reason in ALLOWED:\n" + "\n".join(strange)
    lost = sorted(place for _, place in emulator if KNOW_IT not in place and not place.startswith("tests/"))
    assert not lost, f"only modules named {KNOW_IT}* know how ministack is built inside: {lost}"
    assert sorted(ALLOWED.keys() - {name for name, _ in used}) == [], "nobody imports these any more"
