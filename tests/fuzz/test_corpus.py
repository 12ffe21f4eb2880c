"""Every input of the corpus, and inputs that hypothesis makes, is read or refused: no other error, and no hang."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS
from tests.fuzz.trees import SCALARS, mutated

CORPUS = Path(__file__).with_name("corpus")
INPUTS = sorted(CORPUS.glob("*/*"))


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_corpus_is_read_or_refused(path: Path) -> None:
    """What a fuzzer once found, and one seed for each shape, breaks nothing."""
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
@given(
    content=st.one_of(st.binary(max_size=500), st.text(max_size=300).map(lambda text: text.encode(errors="replace")))
)
@example(content=b"")
@example(content=b"[" * 5000)
def test_any_bytes_are_read_or_refused(target: str, content: bytes) -> None:
    """Bytes of anybody, in each place that takes them."""
    TARGETS[target](content)


def test_each_target_has_a_corpus() -> None:
    """A target without a seed would be fuzzed from nothing."""
    assert {path.parent.name for path in INPUTS} == set(TARGETS)


def test_each_change_starts_from_the_same_values() -> None:
    """What one change puts into an empty list is not in the next one's, where it would grow until the memory is gone."""
    before = json.dumps(SCALARS)
    found = [mutated(b"[[]]", 2000, seed, lambda data, _: data) for seed in range(2000)]
    assert json.dumps(SCALARS) == before
    assert len(set(found)) > 100
