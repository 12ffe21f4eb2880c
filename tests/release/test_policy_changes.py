"""A release of the bot brings a release policy with its image: each difference is a sentence, and asks like added rights."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from generator.release.digests import template_digest
from generator.release.model.platform import EnvironmentRules, PlatformFacts
from generator.release.model.release import NeedsApproval
from generator.release.model.requests import Done
from generator.release.model.settings import Approvals, Approvers, Freeze, Person, Releases, Team
from generator.release.model.states import Waiting
from generator.release.model.version import Body
from generator.release.policy_changes import changes, document
from tests.release.fake_platform import FakePlatform

TWO = Approvals(template=Approvers(people=2, by=("owners",)))
FACTS = PlatformFacts(
    name="slipway",
    default_branch="main",
    repository="acme/slipway",
    environments={
        "dev": EnvironmentRules(name="dev", protected=False),
        "prod": EnvironmentRules(name="prod", protected=True, releases=Releases(approvals=TWO)),
        "home": EnvironmentRules(name="home", protected=True, releases=Releases(approvals=TWO)),
        "333333333333": EnvironmentRules(name="333333333333", protected=True, releases=Releases(approvals=TWO)),
    },
    stacks={},
    people={"ana": Person(slack="U0000ANA"), "ben": Person(aws=("AIDABENBENBENBENBEN1",))},
    teams={"owners": Team(people=("ana", "ben"))},
)


def everywhere(protected: bool = True, **releases: Any) -> dict[str, Any]:
    """Prod, home and its account with these rules, beside dev."""
    rules = Releases(**{"approvals": TWO, **releases})
    names = ("prod", "home", "333333333333")
    found = {name: EnvironmentRules(name=name, protected=protected, releases=rules) for name in names}
    return {"environments": {"dev": FACTS.environments["dev"], **found}}


def approvals(**rules: Approvers) -> dict[str, Any]:
    """These rules for classes of change, the others as they are."""
    return everywhere(approvals=msgspec.structs.replace(TWO, **rules))


PEOPLE = FACTS.people
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, []),
    "nobody is asked any more": (
        approvals(template=Approvers(people=0)),
        [
            "prod asks 0 people for template changes, 2 before",
            "prod asks anybody among the people for template changes, owners before",
        ],
    ),
    "a rule is left out, and the implied one asks fewer": (
        everywhere(approvals=Approvals()),
        [
            "prod asks 1 person for template changes, 2 before",
            "prod asks anybody among the people for template changes, owners before",
        ],
    ),
    "the implied rule is written down": (approvals(image=Approvers(people=1)), []),
    "a default is written": (approvals(default=Approvers(people=1)), [
        "prod asks 1 person for changes to data, 2 before",
        "prod asks 1 person for added permissions, 2 before",
        "prod asks 1 person for added exposure, 2 before",
    ]),
    "the requester may approve": (
        approvals(template=Approvers(people=2, by=("owners",), requester=True)),
        ["in prod, who requests a release may approve it (template changes)"],
    ),
    "an attested approval": (
        approvals(template=Approvers(people=2, by=("owners",), attested=1)),
        ["prod asks 1 attested approval for template changes, 0 before"],
    ),
    "nobody asks any more, for the environment is not protected": (
        everywhere(protected=False, approvals=TWO),
        [
            "prod is no longer protected",
            *(f"prod asks 0 people for {what}, {n} before" for what, n in (("image changes", 1), ("changes to data", 2),
              ("added permissions", 2), ("added exposure", 2), ("higher cost", 1), ("rollbacks", 1))),
            "in prod, who requests a release may no longer approve it (rollbacks)",
            "prod asks 0 people for restarts, 1 before",
            "in prod, who requests a release may no longer approve it (restarts)",
            "prod asks 0 people for deleted stacks, 1 before",
        ],
    ),
    "somebody joins a team": (
        {"people": PEOPLE | {"mallory": Person(slack="U00MALLORY")}, "teams": {"owners": Team(people=("ana", "ben", "mallory"))}},
        ["mallory is a new person, known as U00MALLORY", "mallory joins owners"],
    ),
    "somebody leaves": (
        {"people": {"ana": PEOPLE["ana"]}, "teams": {"owners": Team(people=("ana",))}},
        ["ben is no longer among the people", "ben leaves owners"],
    ),
    "somebody else speaks as ana": (
        {"people": PEOPLE | {"ana": Person(slack="U00MALLORY")}},
        ["ana is known as U00MALLORY, as U0000ANA before"],
    ),
    "a team and its Slack group": (
        {"teams": {"owners": Team(people=("ana", "ben"), slack_group="S0000ALL"), "all": Team(people=("ana",))}},
        ["the team all is new", "ana joins all", "owners takes the members of the Slack group S0000ALL, no Slack group before"],
    ),
    "break glass": (everywhere(break_glass=("ana",)), ["ana may use break glass in prod"]),
    "a template is allowed to hold what cannot be bound": (
        everywhere(allow=("AWS::Serverless-2016-10-31",)),
        ['in prod, releases.allow is ["AWS::Serverless-2016-10-31"], nothing before'],
    ),
    "a freeze ends and verification is shortened": (
        everywhere(bake_minutes=0, freezes=(Freeze(reason="x", end="2027-01-04T08:00"),)),
        [
            "in prod, releases.bake_minutes is 0, 2 before",
            ('in prod, releases.freezes is [{"after": null, "before": null, "days": [], "end": "2027-01-04T08:00", '
             '"reason": "x", "start": null, "weekly": null, "zone": "UTC"}], nothing before'),
        ],
    ),
    "an environment": (
        {"environments": {k: v for k, v in FACTS.environments.items() if k != "dev"}
         | {"qa": EnvironmentRules(name="qa", protected=False)}},
        ["dev no longer exists", "qa is new, and not protected"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "sentences"), CASES.values(), ids=CASES.keys())
def test_each_difference_is_a_sentence(changed: dict[str, Any], sentences: list[str]) -> None:
    """Who approves the bot's release reads what the new policy asks and what the old one asked; home says it once."""
    after = msgspec.structs.replace(FACTS, **changed)
    assert changes(document(FACTS), document(after)) == sentences
    assert bool(changes(document(after), document(FACTS))) is bool(sentences), "a change back is told, too"


def test_a_policy_of_another_engine_is_compared() -> None:
    """Keys that an older engine lacks are like their empty values, and what is no policy at all is no error."""
    newer: dict[str, Any] = document(FACTS)
    newer["environments"]["prod"]["releases"] |= {"invented": None, "strict": False, "most": 3}
    assert changes(document(FACTS), newer) == ["in prod, releases.most is 3, nothing before"]
    for broken in ({}, {"environments": 3, "people": []}, {"environments": {"prod": "x"}}):
        assert changes(document(FACTS), broken)


def carrying(policy: Any, digest: str = "") -> tuple[FakePlatform, str]:
    """Prod runs version 1; its app stands for the bot, and version 2 of it carries this policy. Answers the release."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)})
    platform.created()
    facts = platform.facts.stacks["prod/service-app"]
    platform.facts.stacks["prod/service-app"] = msgspec.structs.replace(facts, carries_policy=True)
    version = platform.publish(2)
    if policy is not None:
        body = Body(digest=digest or template_digest(policy), key="versions/bodies/policy.json")
        platform.versions.bodies[body.key] = json.dumps(policy)
        platform.versions._versions[version.id] = msgspec.structs.replace(version, policy=body)
    return platform, platform.deploy()


def asked(platform: FakePlatform, release: str) -> list[tuple[str, int]]:
    """Who is asked, by class."""
    gate = platform.release(release).gate
    return [(need.rule, need.people) for need in gate.rules] if isinstance(gate, NeedsApproval) else []


def gains(platform: FakePlatform, release: str) -> list[str]:
    """What the card says is gained."""
    reading = platform.release(release).reading
    return [gain.sentence for gain in reading.meaning.gains] if reading is not None else []


def weaker(platform: FakePlatform) -> dict[str, Any]:
    """A policy under which mallory is an owner and prod asks nobody."""
    policy = document(platform.facts)
    policy["people"]["mallory"] = {"aws": [], "slack": "U00MALLORY"}
    policy["environments"]["prod"]["protected"] = False
    return policy


def test_a_weaker_policy_in_the_image_asks_two_by_the_rules_in_force() -> None:
    """An image change that weakens the rules is class `iam` and says so; one approval, enough for an image, is not enough."""
    platform, release = carrying(weaker(FakePlatform()))
    assert platform.release(release).classes == ("image", "iam")
    assert asked(platform, release) == [("image", 1), ("iam", 2)]
    assert "mallory is a new person, known as U00MALLORY" in gains(platform, release)
    assert "prod is no longer protected" in gains(platform, release)
    reading = platform.release(release).reading
    assert reading is not None
    assert (reading.meaning.level, "the release policy changes" in reading.meaning.sentence) == ("high", True)
    platform.decide(release, "approve", "ben")
    platform.later(60)
    assert isinstance(platform.release(release).state, Waiting)
    assert isinstance(platform.decide(release, "approve", "cleo"), Done)
    assert platform.end(release) == "succeeded"


def test_an_image_with_the_same_policy_is_an_image() -> None:
    """Nothing of the policy changes: one approval, as before."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)})
    platform, release = carrying(document(platform.facts))
    assert asked(platform, release) == [("image", 1)]
    assert gains(platform, release) == []


@pytest.mark.parametrize(
    ("policy", "digest", "says"),
    [
        (None, "", "does not say which release policy it carries"),
        ({"people": {}}, "sha256:0", "is not what its digest says"),
    ],
)
def test_a_policy_that_is_not_known_counts_as_changed(policy: Any, digest: str, says: str) -> None:
    """A version without a policy, or with one that somebody changed, asks as if it widened rights."""
    platform, release = carrying(policy, digest)
    assert asked(platform, release) == [("image", 1), ("iam", 2)]
    (sentence,) = gains(platform, release)
    assert says in sentence


@pytest.mark.parametrize(("many", "told"), [(60, 60), (61, 61), (100, 61)])
def test_many_differences_are_bound_by_the_digest(many: int, told: int) -> None:
    """A card takes sixty sentences; what it leaves out is counted, and the policy's digest is in what is approved."""
    policy = document(FakePlatform(settings={"prod": Releases(bake_minutes=0)}).facts)
    policy["people"] |= {f"p{number}": {"slack": f"U{number:08}"} for number in range(many)}
    platform, release = carrying(policy)
    found = gains(platform, release)
    assert len(found) == told
    counted = f"the release policy changes in {many - 60} more places ({template_digest(policy)})"
    assert (found[-1] == counted) is (many > 60)
