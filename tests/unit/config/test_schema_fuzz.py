"""Whatever the schemas allow, `build` builds it or names the file and line: never a traceback, never a late refusal."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.configurations import BASE, Json, built, configurations, patterns


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One folder for all cases; each writes every file."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def test_the_base_builds(folder: Path) -> None:
    """What the cases start from is right as it is, so that what they find is their own."""
    assert built(folder, {file: document for file, (_, document) in BASE.items()}) == "built"


# The same cases in every run; `make fuzz` tries 20,000 others.
@pytest.mark.no_cover
@settings(max_examples=500, derandomize=True, suppress_health_check=list(HealthCheck))
@given(configurations())
def test_any_configuration_of_the_schemas(folder: Path, documents: dict[str, Json]) -> None:
    """500 of them: built as a whole, or refused with file, line and what to write."""
    assert built(folder, documents) in {"built", "refused"}


def test_an_environment_that_is_alone_can_not_be_promoted_to(folder: Path) -> None:
    """What the fuzzer found: with no other environment to name, what to write was missing."""
    documents = {file: dict(document) for file, (_, document) in BASE.items()}
    documents["environments/dev.yaml"]["releases"] = {"promote_from": "qa"}
    assert built(folder, documents) == "refused"


# Keys of tags may have letters of any language (Tagging AWS Resources User Guide, "Tag naming limits").
LETTERS = {r"^(?!aws:)[\w .:/=+@-]{1,128}$"}


@pytest.mark.parametrize("pattern", sorted(patterns() - LETTERS))
def test_patterns_mean_the_same_in_editors(pattern: str) -> None:
    r"""Python takes digits and letters of all scripts for `\d` and `\w`, JSON Schema those of ASCII: neither is written."""
    assert not re.search(r"\\[dw]", pattern)
