"""Commands of an environment whose file was deleted from ``stacks/environments`` while its stacks stand."""

import json

import pytest

from tests.release.fake_platform import FakePlatform
from tests.release.test_forgotten_environments import without
from tests.unit.cli.conftest import Typed

SAID = (
    "dev: stacks/environments/dev.yaml is gone, and its stacks are still there: network, service-app. Put the file back; "
    "to delete the environment, run after that: slipway destroy dev"
)


@pytest.mark.parametrize(
    "line",
    ["plan dev", "apply dev --yes", "status dev", "drift dev", "destroy dev", "deploy app dev", "history app dev"],
)
def test_a_command_of_it_says_what_stands_and_what_to_do(typed: Typed, platform: FakePlatform, line: str) -> None:
    """Exit 2 with the stacks by name, instead of that there is no such environment."""
    platform.created("dev")
    ran = typed(line, facts=without(platform.facts, "dev"))
    assert ran.code == 2
    assert SAID in ran.err


def test_status_of_everything_names_it(typed: Typed, platform: FakePlatform) -> None:
    """Nobody has to know its name: `slipway status` has a line, and a field of its JSON."""
    platform.created("dev")
    facts = without(platform.facts, "dev")
    assert SAID in typed("status", facts=facts).out
    assert SAID not in typed("status").out
    found = json.loads(typed("status --json", facts=facts).out)["forgotten_environments"]
    assert found == {"dev": ["dev/network", "dev/service-app"]}


def test_another_unknown_name_is_refused_as_before(typed: Typed, platform: FakePlatform) -> None:
    """A typing error gets the nearest name."""
    platform.created("dev")
    assert "did you mean dev?" in typed("status dve").err
