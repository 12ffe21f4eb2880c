"""Texts that people read use the plain words of AWS's own documentation, one word for one thing.

`BANNED` is the list: a phrase, and what to write instead. Texts are the strings of the code that hold a space, but for
docstrings, the first lines of docstrings of public names, and the pages of the documentation. A new riddle that a reader
stumbles over is one line more here.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("bot", "generator", "templates")
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
# A phrase as a regular expression without regard to case, and what to write instead.
BANNED = {
    r"begins? anew|\banew\b": "again, starts again",
    r"roll-backs?\b": "rollback",
    r"\bnobody works\b": "no worker is running",
    r"\bnobody knows\b": "is not known, is not a known person",
    r"\bnobody is asked\b|\basks nobody\b": "needs no approval",
    r"\bit is told\b|\bare told\b|\bis told\b": "is reported, is shown",
    r"\bsay no\b|\bsays no\b": "reject, refuse",
    r"\bthe way back\b|\bon the way back\b|\bno way back\b": "the rollback",
    r"\bstays open\b": "stays allowed",
    r"\bgoes? ahead\b": "starts",
    r"\bgo on\?|\bgoes on without\b": "continue, continues",
    r"\bgoes? back by itself\b": "is rolled back automatically",
    r"\bglass broken\b|\bbreaking the glass\b": "break glass",
    r"\bput (?:it|that|this|them|one of them|one) right\b|\bput right what\b": "correct",
    r"\btake (?:it|that|a lock) away\b": "remove",
    r"\bis made for the first time\b|\bbeing made\b|\bwas never made\b": "created",
    r"\bgains rights\b": "permissions are added",
    r"\bset aside\b": "moved to a dead-letter queue",
    r"\bdoes not stand in the way\b": "is allowed",
    r"\blost to another write\b": "another write came first",
    r"\bsomebody else was faster\b": "another person changed it at the same time",
    r"\bis the administrators' alone\b": "can be changed by administrators only",
    r"\bbrings? (?:the last good|an earlier) version back\b": "restores, rolls back to",
}


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Strings that hold a space, with their lines: no docstrings, and of an f-string what is written in it."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
            and " " in node.value
        ):
            yield node.lineno, " ".join(node.value.split())


def headlines(source: str) -> Iterator[tuple[int, str]]:
    """First lines of the docstrings of a module and of its public classes, functions and methods, with their lines."""
    open_: list[ast.AST] = [ast.parse(source)]
    while open_:
        node = open_.pop()
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring:
                yield node.body[0].lineno, docstring.partition("\n")[0]
        if isinstance(node, ast.Module | ast.ClassDef):
            open_ += [one for one in node.body if not getattr(one, "name", "_").startswith("_")]


def riddles(text: str) -> list[str]:
    """What a text holds of the banned phrases, each with what to write instead."""
    return [f"{m[0]!r}: write {BANNED[p]}" for p in BANNED for m in re.finditer(p, text, re.IGNORECASE)]


def found() -> list[str]:
    """Every banned phrase in a text for people, with its place."""
    rows = []
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            where = path.relative_to(ROOT)
            source = path.read_text()
            read = [*texts(source), *headlines(source)]
            rows += [f"{where}:{line}: {one}" for line, text in read for one in riddles(text)]
    for path in PAGES:
        lines = enumerate(path.read_text().splitlines(), 1)
        rows += [f"{path.relative_to(ROOT)}:{number}: {one}" for number, line in lines for one in riddles(line)]
    return rows


def test_no_text_for_people_holds_a_riddle() -> None:
    """A reader of any mother tongue meets no phrase that AWS's documentation would not use."""
    assert found() == []


@pytest.mark.parametrize(
    ("source", "banned"),
    [
        ('print("The demo begins anew.")', True),
        ('print(f"{a}: nobody knows {b}")', True),
        ('print("a gate that " "stays open")', True),
        ('"""Nobody knows why."""', False),
        ('def f():\n    """It begins anew."""', False),
        ('print("The demo starts again.")', False),
    ],
)
def test_strings_are_judged_and_docstrings_are_not(source: str, *, banned: bool) -> None:
    """Plain strings, f-strings and joined ones count; docstrings have a rule of their own."""
    assert any(riddles(text) for _, text in texts(source)) is banned


@pytest.mark.parametrize(
    ("source", "banned"),
    [
        ('"""Nobody knows why."""', True),
        ('def f():\n    """It begins anew."""', True),
        ('class C:\n    def f(self):\n        """It begins anew."""', True),
        ('def f():\n    """It starts again.\n\n    It begins anew."""', False),
        ('def _f():\n    """It begins anew."""', False),
        ('class _C:\n    def f(self):\n        """It begins anew."""', False),
    ],
)
def test_first_lines_of_public_docstrings_are_judged(source: str, *, banned: bool) -> None:
    """Who looks a name up reads a plain sentence; private names and further lines are left to their authors."""
    assert any(riddles(text) for _, text in headlines(source)) is banned
