"""The tool that breaks the code: what it changes outside functions, what it runs, and what it says."""

import tomllib
from pathlib import Path

from tests.mutants.__main__ import EXPLAINED, explanations, score, table
from tests.mutants.groups import GROUPS, PROMISED
from tests.mutants.result import Result
from tests.mutants.tables import mutants

ROOT = Path(__file__).parents[2]
SOURCE = """
from os import path

_ASKED = {"iam", "stateful"}
_LIMIT: float = 5.0


class Standing:
    in_use: bool = True


def answer() -> int:
    return 42
"""


def test_tables_and_fields_are_changed_and_functions_are_not() -> None:
    """An element left out, another number, another default: what mutmut passes over. Imports and functions stay."""
    changed = dict(mutants(SOURCE))
    assert '{"iam", "stateful"} → {"iam", }' in changed
    assert '{"iam", "stateful"} → {"stateful"}' in changed
    assert "5.0 → 6.0" in changed
    assert "True → False" in changed
    assert all("return 42" in source and "from os import path" in source for source in changed.values())
    assert len({*changed.values()}) == len(changed)


def test_every_source_and_test_of_a_group_exists() -> None:
    """A module that moved is noticed, and the modules that the promise rests on are held to 95 %."""
    for name, group in GROUPS.items():
        assert [p for p in group.sources if not list(ROOT.glob(p))] == [], name
        assert [p for p in group.tests if not (ROOT / p).exists()] == [], name
    assert {name for name, group in GROUPS.items() if group.least == PROMISED} == {"policy", "log", "steps", "iam"}


def test_the_score_and_the_survivors_are_told() -> None:
    """One line for each module, and each survivor with why it lives, or that nobody said so."""
    found = [Result("a.py", "", killed=True), Result("a.py", "1 → 2", killed=False), Result("b.py", "x", killed=False)]
    text = table(found, {("a.py", "1 → 2"): "equivalent: the smaller one counts"})
    assert score(found[:2]) == 50.0
    assert score([]) == 100.0
    assert "| a.py | 2 | 50.0 % |" in text
    assert "a.py: 1 → 2\n    equivalent: the smaller one counts" in text
    assert "b.py: x\n    NOT EXPLAINED" in text


def test_explanations_name_files_that_exist() -> None:
    """A survivor that is explained belongs to a file of today."""
    assert all((ROOT / path).exists() and why for (path, _), why in explanations().items())
    assert tomllib.loads(EXPLAINED.read_text()).keys() == {"survivor"}
