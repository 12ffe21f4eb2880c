"""One path: what runs in AWS is what runs in the sandbox, so nothing outside of a few rooms knows that there is one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Folders that are about the sandbox, or compose it.
ROOMS = ("generator/sandbox/", "generator/wiring/", "bot/demo/", "bot/workspace/")
# Files outside that may name it, each with the reason.
EXCEPTIONS = {
    "generator/cli/__init__.py": "the list of commands names `sandbox`",
    "generator/cli/parser.py": "declares --sandbox, and hands a command that has it to generator/cli/sandbox.py",
    "generator/cli/candidates.py": "completes the releases of a sandbox that is running, for a command with --sandbox",
    "generator/cli/init.py": "pins Slipway with its extra `sandbox`",
    "generator/config/starter.py": "pins Slipway with its extra `sandbox`",
    "generator/cli/sandbox.py": "the command `slipway sandbox`, and what --sandbox does before a command",
    "generator/cli/documents/sandbox_documents.py": "the documents of the command `slipway sandbox`",
    "generator/cli/sample.py": "`slipway publish --sample` publishes images that are in the sandbox alone",
    "generator/cli/release_command.py": "gives --sandbox to the composition, and refuses options that need it",
    "generator/cli/destroy.py": "declares --yes, which needs --sandbox",
    "bot/__main__.py": "declares --sandbox of the bot",
    "bot/access.py": "gives --sandbox to the composition",
}


def modules() -> list[Path]:
    found = [path for folder in ("generator", "bot", "templates") for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if not str(path.relative_to(ROOT)).startswith(ROOMS)]


def docstrings(tree: ast.AST) -> set[int]:
    """Ids of the nodes that are docstrings."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, owners) and node.body and isinstance(node.body[0], ast.Expr)
    }


def mentions(source: str) -> Iterator[str]:
    """Imports, names and texts of code that name the sandbox, and uses of what tells it things (``Tools.control``)."""
    tree = ast.parse(source)
    texts = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            # A text may name the option to people.
            named = [] if id(node) in texts else [node.value.replace("--sandbox", "")]
        else:
            named = [value for _, value in ast.iter_fields(node) if isinstance(value, str)]
        yield from (name for name in named if "sandbox" in name.lower())
        if isinstance(node, ast.Attribute) and node.attr == "control":
            yield "control"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_code_outside_its_rooms_does_not_know_the_sandbox(path: Path) -> None:
    """`apply` does in the sandbox what it does in AWS: no other file imports it, asks for it or names it."""
    found = list(mentions(path.read_text()))
    if str(path.relative_to(ROOT)) in EXCEPTIONS:
        assert found, "it no longer names the sandbox; take it out of EXCEPTIONS"
    else:
        assert found == [], "move it into generator/sandbox/ or generator/wiring/"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('"""The sandbox."""\n', []),
        ('def f():\n    """The sandbox."""\n', []),
        ('print("begin with: slipway apply prod --sandbox")\n', []),
        ('print("the sandbox")\n', ["the sandbox"]),
        ('f"of this sandbox {x} --sandbox"\n', ["of this sandbox "]),
        ("from generator.sandbox import process\n", ["generator.sandbox"]),
        ("import generator.sandbox.samples as s\n", ["generator.sandbox.samples"]),
        ("from generator.wiring import sandbox_identities\n", ["sandbox_identities"]),
        ("if args.sandbox:\n    pass\n", ["sandbox"]),
        ("def serve(*, sandbox): ...\n", ["sandbox"]),
        ("compose(sandbox=True)\n", ["sandbox"]),
        ("class InSandbox: ...\n", ["InSandbox"]),
        ("tools.control.post()\n", ["control"]),
    ],
)
def test_every_way_to_know_it_is_seen(source: str, found: list[str]) -> None:
    """Imports, names, arguments and texts are found; docstrings and the option's name in a text for people are not."""
    assert list(mentions(source)) == found
