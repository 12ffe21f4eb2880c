"""Rules that nobody could satisfy, freezes without a time and promotions that never arrive are refused at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.config.read import read_configuration
from tests.unit.config.conftest import FILES

ROOT = Path(__file__).parents[3]
Read = Callable[[dict[str, str]], list[str]]
PEOPLE = "people: {ana: {slack: U0000000ANA}, ben: {aws: [AIDAEXAMPLEUSERBEN1]}}\nteams: {ops: {people: [ana, ben]}}\n"
PLATFORM = f"{FILES['platform.yaml']}{PEOPLE}"


def prod(releases: str) -> dict[str, str]:
    """A platform with two people and a team, and these rules in prod."""
    return {
        "platform.yaml": PLATFORM,
        "environments/prod.yaml": f"{FILES['environments/prod.yaml']}releases:\n  {releases}\n",
    }


def people(text: str) -> dict[str, str]:
    """A platform whose people and teams are these."""
    return {"platform.yaml": FILES["platform.yaml"] + text}


CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "two people with one Slack id": (
        people("people:\n  ana: {slack: U0000000ANA}\n  ben: {slack: U0000000ANA}\n"),
        ["platform.yaml:11: people.ben.slack: U0000000ANA is ana already, write this person's own id, or remove it"],
    ),
    "two people with one AWS id": (
        people("people:\n  ana: {aws: [AIDAEXAMPLEUSERANA1]}\n  ben: {aws: [AIDAEXAMPLEUSERANA1]}\n"),
        [("platform.yaml:11: people.ben.aws[0]: AIDAEXAMPLEUSERANA1 is ana already, "
         "write this person's own id, or remove it")],
    ),
    "a team named like a person": (
        people("people: {ana: {}}\nteams:\n  ana: {people: [ana]}\n"),
        [("platform.yaml:11: teams.ana: a person has the same name, and rules can't tell them apart, "
         "write another name, such as anas")],
    ),
    "a member that nobody knows": (
        people("people: {ana: {}}\nteams:\n  ops: {people: [anna]}\n"),
        ["platform.yaml:11: teams.ops.people[0]: there is no person 'anna' under people, write ana"],
    ),
    "a team of nobody": (
        people("people: {ana: {}}\nteams:\n  ops: {}\n"),
        ["platform.yaml:11: teams.ops: has no members, write people, or slack_group"],
    ),
    "an id that is none": (
        people("people: {ana: {aws: ['ana@example.com']}}\n"),
        [("platform.yaml:9: people.ana.aws[0]: 'ana@example.com' is not valid here, "
         r"write text that matches ^A(ID|RO)A[A-Z0-9]{12,28}(:[A-Za-z0-9_+=,.@-]{2,64})?$")],
    ),
    "a team that nobody knows": (
        prod("approvals: {image: {by: [opps]}}"),
        ["environments/prod.yaml:9: releases.approvals.image.by[0]: no team and no person is called 'opps', write ops"],
    ),
    "nobody is named at all": (
        {
            "environments/prod.yaml": f"{FILES['environments/prod.yaml']}releases:\n"
            "  approvals: {default: {people: 1}, image: {people: 1, by: [ops]}}\n"
        },
        [
            ("environments/prod.yaml:9: releases.approvals.default.people: asks 1 person, and under people there are "
            "nobody, name them under people in platform.yaml"),
            ("environments/prod.yaml:9: releases.approvals.image.by[0]: no team and no person is called 'ops', "
            "name them under people or teams in platform.yaml"),
        ],
    ),
    "more approvers than people": (
        prod("approvals: {iam: {people: 3, by: [ops, ana]}}"),
        [("environments/prod.yaml:9: releases.approvals.iam.people: asks 3 people, and ops, ana are 2, "
         "write at most 2, or name more people")],
    ),
    "as many as there are, without the one who requests": (
        prod("approvals: {iam: {people: 2, by: [ops]}}"),
        [("environments/prod.yaml:9: releases.approvals.iam.people: asks 2 people of 2, and 1 remains when one of them "
         "requests the release, write at most 1, name more people, or write requester: true")],
    ),
    "the only one there is": (
        prod("approvals: {iam: {people: 1}}")
        | {"platform.yaml": FILES["platform.yaml"] + "people: {ana: {slack: U0000000ANA}}\n"},
        [("environments/prod.yaml:9: releases.approvals.iam.people: asks 1 person of 1, and nobody remains when one of "
         "them requests the release, name more people, or write requester: true")],
    ),
    "more attested approvals than approvals": (
        prod("approvals: {iam: {people: 1, attested: 2}}"),
        [("environments/prod.yaml:9: releases.approvals.iam.attested: asks for 2 attested approvals of 1 approval, "
         "write at most 1")],
    ),
    "more attested approvals than people whom AWS knows": (
        prod("approvals: {iam: {people: 2, requester: true, attested: 2}}"),
        [("environments/prod.yaml:9: releases.approvals.iam.attested: asks for 2 attested approvals, and only ben has "
         "an id of AWS, write aws: of more people in platform.yaml, or ask for fewer")],
    ),
    "an attested approval of nobody whom AWS knows": (
        prod("approvals: {iam: {people: 1, by: [ana], attested: 1}}"),
        [("environments/prod.yaml:9: releases.approvals.iam.attested: asks for 1 attested approval, and none of them has "
         "an id of AWS, write aws: of more people in platform.yaml, or ask for fewer")],
    ),
    "somebody who may break the glass is unknown": (
        prod("break_glass: [bean]"),
        ["environments/prod.yaml:9: releases.break_glass[0]: no team and no person is called 'bean', write ben"],
    ),
    "a time zone that is none": (
        prod("freezes: [{reason: night, zone: Berlin, days: [fri]}]"),
        ["environments/prod.yaml:9: releases.freezes[0].zone: there is no time zone 'Berlin', write Europe/Berlin"],
    ),
    "a time zone that resembles none": (
        prod("freezes: [{reason: night, zone: ../../etc/passwd, days: [fri]}]"),
        [("environments/prod.yaml:9: releases.freezes[0].zone: there is no time zone '../../etc/passwd', "
         "write its IANA name, such as Europe/Berlin or UTC")],
    ),
    "a freeze without a time": (
        prod("freezes: [{reason: for ever}]"),
        [("environments/prod.yaml:9: releases.freezes[0]: has no time, so nothing could ever be released, "
         "write start and end, or days, after and before")],
    ),
    "a freeze that ends before it starts": (
        prod("freezes: [{reason: x, start: 2026-12-24T18:00, end: 2026-12-20T08:00}]"),
        [("environments/prod.yaml:9: releases.freezes[0].end: 2026-12-20T08:00 is not after start (2026-12-24T18:00), "
         "write a later time, or exchange the two")],
    ),
    "a day that no month has": (
        prod("freezes: [{reason: x, start: 2026-02-30T18:00}]"),
        [("environments/prod.yaml:9: releases.freezes[0].start: 2026-02-30T18:00 is not a date and time, "
         "write one such as 2026-12-20T18:00")],
    ),
    "a freeze that is once and every week": (
        prod("freezes: [{reason: x, start: 2026-12-20T18:00, days: [fri]}]"),
        [("environments/prod.yaml:9: releases.freezes[0].days: has no effect beside start: a freeze is once or every week, "
         "write two freezes")],
    ),
    "a freeze that says the weekend and leaves it free": (
        prod('freezes: [{reason: no one is on call on weekends, days: [fri], after: "16:00"}]'),
        [("environments/prod.yaml:9: releases.freezes[0].reason: speaks of the weekend, and Saturday at noon is not frozen, "
         'write weekly: "fri 16:00 to mon 08:00", or another reason')],
    ),
    "a freeze that is a span and days": (
        prod('freezes: [{reason: x, weekly: "fri 16:00 to mon 08:00", days: [fri]}]'),
        [("environments/prod.yaml:9: releases.freezes[0].days: has no effect beside weekly, which says both days and times, "
         "remove it, or write two freezes")],
    ),
    "promotion from nowhere": (
        prod("promote_from: dav"),
        ["environments/prod.yaml:9: releases.promote_from: there is no environment 'dav', write dev"],
    ),
    "promotion from itself": (
        prod("promote_from: prod"),
        [("environments/prod.yaml:9: releases.promote_from: an environment can't be promoted from itself, "
         "write one of dev")],
    ),
    "promotion in a circle": (
        prod("promote_from: dev")
        | {"environments/dev.yaml": f"{FILES['environments/dev.yaml']}releases: {{promote_from: prod}}\n"},
        [
            ("environments/dev.yaml:5: releases.promote_from: environments wait for each other: dev → prod → dev, "
            "remove promote_from of the environment that gets a version first"),
            ("environments/prod.yaml:9: releases.promote_from: environments wait for each other: prod → dev → prod, "
            "remove promote_from of the environment that gets a version first"),
        ],
    ),
    "waiting for no promotion": (
        prod("promote_after_minutes: 5"),
        [("environments/prod.yaml:9: releases.promote_after_minutes: has no effect without promote_from, "
         "write promote_from, or remove it")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "lines"), CASES.values(), ids=CASES.keys())
def test_rules_that_could_never_hold_are_refused(mistakes: Read, files: dict[str, str], lines: list[str]) -> None:
    """People learn that a rule asks nobody, or for ever, when they write it: not when a release waits for it."""
    assert mistakes(files) == lines


@pytest.mark.parametrize(
    "releases",
    [
        "approvals: {default: {people: 1, by: [ops]}, create: {people: 0}}",
        "approvals: {default: {people: 2, by: [ops], requester: true}}",
        "approvals: {default: {people: 1, by: [ben]}}",
        "approvals: {default: {people: 1, by: [ops, ben], attested: 1}}",
        "approvals: {default: {people: 2, by: [chat], attested: 2}}",
        "approvals: {iam: {people: 5, by: [chat]}}",
        'freezes: [{reason: night, zone: Europe/Berlin, days: [fri, sat], after: "16:00", before: "08:00"}]',
        "freezes: [{reason: until it is over, end: 2027-01-04T08:00}]",
        "{promote_from: dev, promote_after_minutes: 60}",
        "break_glass: [ben, ops]",
    ],
)
def test_rules_that_can_hold_are_taken(mistakes: Read, releases: str) -> None:
    """A Slack group may have any number of members, and a freeze may have one end."""
    files = prod(releases)
    files["platform.yaml"] = PLATFORM.replace("teams: {", "teams: {chat: {slack_group: S0000000CHAT}, ")
    assert mistakes(files) == []


def test_a_wrong_person_is_reported_once(mistakes: Read) -> None:
    """Anyone who mistypes `people` hears of that, and not of every rule that names somebody in it."""
    files = prod("approvals: {image: {by: [ops, ana]}}")
    files["platform.yaml"] = FILES["platform.yaml"] + "people: [ana]\n"
    assert mistakes(files) == [
        "platform.yaml:9: people: is a list, write a mapping of names to mappings",
    ]


def test_the_shipped_production_asks_people() -> None:
    """The example in stacks/ shows what a careful production does, and asks nobody in dev."""
    config = read_configuration(ROOT / "stacks")
    assert set(config.platform.teams["releasers"].people) == {"ana", "ben", "cleo"} == set(config.platform.people)
    approvals = config.environments["prod"].releases.approvals
    assert (approvals.default and approvals.default.people, approvals.iam and approvals.iam.people) == (1, 2)
    assert config.environments["dev"].releases.approvals.default is None
