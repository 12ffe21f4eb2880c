"""The list of attacks in docs/security.md can be repeated, row by row."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
CELL = r" ((?:[^|\\\n]|\\.)+) \|"
ROW = re.compile(rf"^\|(?! threat|-){CELL}{CELL}{CELL}$", re.MULTILINE)
NODE = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?(?:\[([^`]+)\])?`")
# A row of the table of cases that one test goes through.
CASE = re.compile(r"`(tests/[\w/]+\.py)::\w+` “([^”]+)”")


def functions(path: str) -> set[str]:
    """The names of a file's tests."""
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def missing(text: str) -> list[str]:
    """What a cell names that is not there: a file, a test, a case."""
    found = []
    for path, name, case in NODE.findall(text):
        if not (ROOT / path).exists() or (name and name not in functions(path)):
            found.append(f"{path}::{name}")
        elif case and f'"{case}"' not in (ROOT / path).read_text():
            found.append(f"{path}::{name}[{case}]")
    found += [case for path, case in CASE.findall(text) if f'"{case}"' not in (ROOT / path).read_text()]
    return found


def test_every_test_of_the_page_exists() -> None:
    """Anyone who copies a test's name from the page runs it."""
    assert missing(PAGE) == []


def test_every_row_has_what_holds_it_and_a_test() -> None:
    """At least 120 attacks, each with a test of its own row; none of them twice."""
    rows = ROW.findall(PAGE)
    assert len(rows) >= 120
    assert [threat for threat, _, tests in rows if not NODE.search(tests)] == []
    threats = [threat for threat, _, _ in rows]
    assert sorted({threat for threat in threats if threats.count(threat) > 1}) == []


def test_a_test_that_is_not_there_is_noticed() -> None:
    """A renamed file, test or case is told by its name."""
    here = "tests/unit/test_security_page.py"
    assert missing(f"`{here}::test_every_test_of_the_page_exists`") == []
    assert missing(f"`{here}::test_gone`") == [f"{here}::test_gone"]
    absent = "no such {}".format("case")
    assert missing(f"`{here}::{'functions'}[{absent}]`") == [f"{here}::functions[{absent}]"]
    assert missing(f"`{here}::functions` “{absent}”") == [absent]
    gone = here.replace("page", "gone")
    assert missing(f"`{gone}`") == [f"{gone}::"]
