"""The tool that breaks the code: what it changes outside functions, what it runs, and what it says."""

from pathlib import Path

import pytest

from tests.mutants import forks
from tests.mutants.__main__ import EXPLAINED, Explanations, score, survivors, table
from tests.mutants.functions import Chosen
from tests.mutants.groups import GROUPS, PROMISED
from tests.mutants.result import Result
from tests.mutants.session import fails, is_plain
from tests.mutants.tables import depending, mutants

ROOT = Path(__file__).parents[2]
SOURCE = """
from os import path

_ASKED = {"iam", "stateful"}
_LIMIT: float = 5.0


class Standing:
    in_use: bool = True


def answer() -> int:
    return 42


@cache
def known(value: int) -> bool:
    return value < 7 and isinstance(value, int)
"""


def test_tables_and_fields_are_changed_and_functions_are_not() -> None:
    """An element left out, another number, a decorated function: what mutmut passes over. Imports and other functions stay."""
    changed = dict(mutants(SOURCE))
    assert '{"iam", "stateful"} → {"iam", }' in changed
    assert '{"iam", "stateful"} → {"stateful"}' in changed
    assert "5.0 → 6.0" in changed
    assert "True → False" in changed
    assert any("value <= 7" in source for source in changed.values())
    assert not any("isinstance(value, None)" in source for source in changed.values())
    assert all("return 42" in source and "from os import path" in source for source in changed.values())
    assert len({*changed.values()}) == len(changed)


def test_every_source_and_test_of_a_group_exists() -> None:
    """A module that moved is noticed, and the modules that the promise rests on are held to 95 %."""
    for name, group in GROUPS.items():
        assert [p for p in group.sources if not list(ROOT.glob(p))] == [], name
        assert [p for p in group.tests if not (ROOT / p).exists()] == [], name
    assert {name for name, group in GROUPS.items() if group.least == PROMISED} == {"policy", "log", "steps", "iam"}


def test_the_score_and_the_survivors_are_reported() -> None:
    """One line for each module, and each survivor with why it lives, or that nobody said so."""
    found = [Result("a.py", "", killed=True), Result("a.py", "1 → 2", killed=False), Result("b.py", "x", killed=False)]
    explained = 'survivor = [{ path = "a.py", change = "1 → 2", why = "equivalent: the smaller one counts" }]'
    text = table(found, Explanations(explained))
    assert score(found[:2]) == 50.0
    assert score([]) == 100.0
    assert "| `a.py` | 2 | 50.0 % | 1 |" in text
    assert "a.py: 1 → 2\n    equivalent: the smaller one counts" in text
    assert "b.py: x\n    NOT EXPLAINED" in text
    assert survivors(f"## a: 50.0 %\n\n{text}") == {("a.py", "1 → 2"), ("b.py", "x")}


def test_a_sample_or_the_survivors_of_a_run_are_tried() -> None:
    """Each of so many, another sample by passing over some, or those that an earlier run printed."""

    def tried(chosen: Chosen) -> list[int]:
        return [number for number in range(1, 10) if chosen.takes("a.py", str(number))]

    assert tried(Chosen()) == [*range(1, 10)]
    assert tried(Chosen(3)) == [3, 6, 9]
    assert tried(Chosen(3, 1)) == [1, 4, 7]
    assert tried(Chosen(alone={("a.py", "4"), ("b.py", "5")})) == [4]


def test_explanations_name_files_that_exist() -> None:
    """A survivor that is explained belongs to a file of today, by its change or by a pattern for many of one kind."""
    known = Explanations(EXPLAINED.read_text())
    places = [
        *((path, why) for (path, _), why in known.exact.items()),
        *((path, why) for path, _, why in known.patterns),
    ]
    assert all((ROOT / path).exists() and why for path, why in places)
    kinds = Explanations(r"""survivor = [{ path = "a.py", pattern = ".*iam:.*", why = "IAM ignores case" }]""")
    assert kinds.why(Result("a.py", '"iam:x" → "IAM:X"', killed=False)) == "IAM ignores case"
    assert kinds.why(Result("b.py", '"iam:x" → "IAM:X"', killed=False)) is None


def test_what_depends_on_a_changed_module_is_loaded_again() -> None:
    """A module, what imports it however late, and what lies in a package that does: nothing old stays beside a mutant."""
    known = {
        "a": {"a", "json"},
        "b": {"b", "a", "a.NAME"},
        "c": {"c", "b"},
        "d": {"d", "json"},
        "p": {"p", "c"},
        "p.q": {"p.q"},
    }
    assert depending("a", known) == {"a", "b", "c", "p", "p.q"}


def test_a_test_that_takes_nothing_but_its_row_is_called_without_pytest(request: pytest.FixtureRequest) -> None:
    """That is several times as fast; whatever ends it was noticed. One with a fixture or a mark is left to pytest."""
    passing, failing = (
        pytest.Function.from_parent(request.node.parent, name=name, callobj=called)
        for name, called in (("passing", lambda: None), ("failing", lambda: pytest.fail("noticed")))
    )
    assert is_plain(passing)
    assert not fails(passing)
    assert fails(failing)
    assert not is_plain(request.node)
    passing.add_marker(pytest.mark.skipif(condition=False, reason="never"))
    assert not is_plain(passing)


def test_each_job_runs_apart() -> None:
    """What fails, dies or hangs is noticed, and whatever it did stays in its fork."""
    seen: list[int] = []

    def passes() -> int:
        seen.append(1)
        return 0

    def hangs() -> int:
        while True:
            pass

    jobs = {"passes": passes, "fails": lambda: 1, "breaks": lambda: 1 // 0, "hangs": hangs}
    found = dict(
        forks.each([(name, forks.Job(run, 0.2 if name == "hangs" else 60.0)) for name, run in jobs.items()], 2)
    )
    assert found == {"passes": False, "fails": True, "breaks": True, "hangs": True}
    assert seen == []
