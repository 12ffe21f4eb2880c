"""Every network, edge, identity and registry resource that `build` emits: made, read back, changed, deleted."""

import pytest

from generator.sandbox.process import Control
from tests.sandbox.conftest import Aws
from tests.sandbox.providers.estate import MINE, Estate, prepare
from tests.sandbox.providers.resources import Case, cases, emitted

TYPES = tuple(emitted(*MINE))
CASES = tuple(cases(*TYPES))


@pytest.fixture
def estate(aws: Aws, control: Control) -> Estate:
    """An empty sandbox with the hosted zones that the configurations name."""
    return prepare(aws, control)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.template}.{case.logical_id}")
def test_resource_reads_back_with_the_values_given(case: Case, estate: Estate) -> None:
    """Whatever the template says of a resource is what its own API says afterwards."""
    made = estate.make(case)
    assert made.provider.read(made.ctx, made.created.physical_id, made.props) == made.props
