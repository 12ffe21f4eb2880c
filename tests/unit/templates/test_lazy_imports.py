"""Imports that cost nothing until they are used."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from templates.lazy_imports import with_late_patterns


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package with a pattern that works and one that does not compile."""
    name = "library_with_patterns"
    (tmp_path / f"{name}.py").write_text("import re\nGOOD = re.compile('a+', re.I)\nBAD = re.compile('(')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    sys.modules.pop(name, None)


def test_a_librarys_patterns_are_compiled_when_they_are_used(package: str) -> None:
    """Importing it compiles none, so that a wrong one is no error yet; what is used works, flags included."""
    before = re.compile
    with_late_patterns(package)
    library = sys.modules[package]
    assert re.compile is before
    assert library.GOOD.match("AAA").group() == "AAA"
    assert library.GOOD.match is library.GOOD.match
    with pytest.raises(re.error):
        library.BAD.match("")


def test_patterns_of_others_are_compiled_at_once(package: str) -> None:
    """A library that is there already is left alone, and everybody else gets real patterns."""
    sys.modules[package] = re
    with_late_patterns(package)
    assert isinstance(re.compile("a"), re.Pattern)
