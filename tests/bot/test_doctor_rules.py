"""The doctor names the rules for two people that anyone who takes over the front could satisfy alone."""

import msgspec
import pytest

from bot.doctor import of_rules
from generator.release.model.platform import EnvironmentRules
from generator.release.model.settings import Approvals, Approvers, Releases
from tests.release.fake_platform import FakePlatform

ATTESTED = Approvers(people=2, attested=1)


@pytest.mark.parametrize(
    ("protected", "approvals", "named"),
    [
        (True, Approvals(), "stateful, iam, exposure"),
        (False, Approvals(), ""),
        (False, Approvals(image=Approvers(people=2)), "image"),
        (True, Approvals(default=ATTESTED), ""),
        (True, Approvals(stateful=ATTESTED, iam=ATTESTED), "exposure"),
        (True, Approvals(default=Approvers(people=1)), ""),
    ],
)
def test_rules_that_rest_on_the_front_are_named(protected: bool, approvals: Approvals, named: str) -> None:
    """Two people or more and nobody attested: a warning with the classes and what to write; else nothing."""
    rules = EnvironmentRules(name="prod", protected=protected, releases=Releases(approvals=approvals))
    facts = msgspec.structs.replace(FakePlatform().facts, environments={"prod": rules})
    found = list(of_rules(facts))
    assert [check.name for check in found] == (["rules of prod"] if named else [])
    if named:
        assert found[0].result == "warning"
        assert f"asked for {named}, and" in found[0].text
        assert "write attested: 1" in found[0].text
