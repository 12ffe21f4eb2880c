"""What protection implies needs people: `build` says which rules nobody could satisfy."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.config.read import read_configuration
from generator.config.rules.releases import implied_notes
from generator.release.model.settings import Approvals, Approvers, Person, Releases

ROOT = Path(__file__).parents[3]
ONE = Approvers(people=1)


def told(count: int, approvals: Approvals, *, protected: bool) -> list[str]:
    """The notes about one environment where so many people are named."""
    config = read_configuration(ROOT / "stacks")
    people = {f"p{number}": Person(aws=(f"AIDAEXAMPLE{number}",)) for number in range(count)}
    env = replace(config.environments["prod"], protected=protected, releases=Releases(approvals=approvals))
    platform = replace(config.platform, people=people, teams={})
    return list(implied_notes(replace(config, platform=platform, environments={"prod": env})))


@pytest.mark.parametrize(
    ("count", "approvals", "protected", "rules"),
    [
        (0, Approvals(), True, ["image, template, cost, rollback, restart, delete", "stateful, iam, exposure"]),
        (1, Approvals(), True, ["image, template, cost, delete", "stateful, iam, exposure"]),
        (2, Approvals(), True, ["stateful, iam, exposure"]),
        (3, Approvals(), True, []),
        (1, Approvals(), False, []),
        (2, Approvals(default=ONE), True, []),
        (2, Approvals(stateful=ONE, iam=ONE), True, ["exposure"]),
        (2, Approvals(stateful=ONE, iam=ONE, exposure=ONE), True, []),
    ],
)
def test_rules_that_protection_implies_need_people(
    count: int, approvals: Approvals, protected: bool, rules: list[str]
) -> None:
    """Two people who are not the requester need three; what is written is judged as a mistake, and not here."""
    notes = told(count, approvals, protected=protected)
    assert [
        note.partition(" the rule for ")[2].partition(", which protected: true implies")[0] for note in notes
    ] == rules
    assert all("Name more people under people in platform.yaml" in note for note in notes)
