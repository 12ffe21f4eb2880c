"""The list of attacks in docs/security.md can be repeated, row by row."""

import ast
import re
from pathlib import Path

from tests.attack_rows import AttackRow, attack_rows, chosen

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
NODE = re.compile(r"`(tests/[\w/]+\.py)(?:::([\w:]+))?(?:\[([^`]+)\])?`")
# A row of the table of cases that one test goes through.
CASE = re.compile(r"`(tests/[\w/]+\.py)::\w+` “([^”]+)”")


def functions(path: str) -> set[str]:
    """The names of a file's tests, as pytest takes them: those of a class begin with it."""
    tree = ast.parse((ROOT / path).read_text())
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return found | {f"{c.name}::{node.name}" for c in classes for node in c.body if isinstance(node, ast.FunctionDef)}


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
    rows = attack_rows(PAGE)
    assert len(rows) >= 120
    assert [row.threat for row in rows if not row.tests] == []
    threats = [row.threat for row in rows]
    assert sorted({threat for threat in threats if threats.count(threat) > 1}) == []


def test_what_make_attacks_runs_is_what_the_rows_show() -> None:
    """Every name in backticks that begins with tests/, and no other; a sample has the asked number of rows, in order."""
    rows = attack_rows(PAGE)
    shown = [f"{path}{f'::{name}' * bool(name)}{f'[{case}]' * bool(case)}" for path, name, case in NODE.findall(PAGE)]
    named = {name for row in rows for name in row.tests}
    assert named <= set(shown)
    assert {name for name in shown if name not in named} <= {
        "tests/unit/test_security_page.py",
        "tests/mutants/groups.py",
    }
    assert chosen(rows, 0, 1) == rows
    some = chosen(rows, 40, 1)
    assert len(some) == 40
    assert some == chosen(rows, 40, 1) == sorted(some, key=rows.index)
    assert some != chosen(rows, 40, 2)
    here = "tests/unit/test_security_page.py"
    assert AttackRow("a", "b", f"`{here}::y[z | w]`, `python -m tests.benchmarks`").tests == [f"{here}::y[z | w]"]


def test_a_test_that_is_not_there_is_noticed() -> None:
    """A renamed file, test or case is told by its name; so is a test of a class without its class."""
    here = "tests/unit/test_security_page.py"
    assert missing(f"`{here}::test_every_test_of_the_page_exists`") == []
    assert missing(f"`{here}::test_gone`") == [f"{here}::test_gone"]
    absent = "no such {}".format("case")
    assert missing(f"`{here}::{'functions'}[{absent}]`") == [f"{here}::functions[{absent}]"]
    assert missing(f"`{here}::functions` “{absent}”") == [absent]
    gone = here.replace("page", "gone")
    assert missing(f"`{gone}`") == [f"{gone}::"]
    needs = "tests/sandbox/test_audit_needs.py"
    assert missing(f"`{needs}::TestObjectLock::test_a_head_is_written_once`") == []
    assert missing(f"`{needs}::test_a_head_is_written_once`") == [f"{needs}::test_a_head_is_written_once"]
