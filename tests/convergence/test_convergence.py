"""For any two configurations A and B: apply A, then B, ends where B on an empty account ends, or nothing is touched and it says why.

The account is in memory, with CloudFormation's names and replacements (:mod:`tests.convergence.named_stacks`); the
configurations are those of ``tests/unit/build/test_combinations.py``, built as they are; what applies them is the code of
`slipway apply` with a worker. ``make converge`` runs ten times as many pairs.
"""

import pytest

from tests.convergence.named_stacks import Replaces
from tests.convergence.pairs import run
from tests.fakes import change_set_diff

# In CI the same pairs each time: another seed is for `make converge`.
SEED, PAIRS, CONFIGURATIONS = 19, 300, 24
# `plan` takes as long as `apply`, so that it is compared for every fourth pair here, and for each one by `make converge`.
COMPARED = 4


@pytest.mark.no_cover
def test_any_configuration_replaces_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of A is left that B does not say, nothing of B is missing, and what can't be is said before it is tried."""
    monkeypatch.setattr(change_set_diff, "REPLACES", Replaces())
    found = list(run(PAIRS, CONFIGURATIONS, SEED, compare=COMPARED))
    assert [pair.problem for pair in found if pair.problem] == []
    # The pairs say something: most of them change something, and few of them are refused.
    assert sum(pair.first != pair.second for pair in found) > PAIRS * 0.9
    assert sum(pair.is_refused for pair in found) < PAIRS * 0.3
