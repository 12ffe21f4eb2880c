"""The card says first how the release stands, then the worst, and each thing once."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from bot.blocks import modals, notes
from bot.blocks.card import card
from bot.blocks.changes import in_place
from bot.blocks.mentions import asked
from generator.preview.risk.sentence import risk_sentence
from generator.release.model.change import Detail, ResourceChange
from generator.release.model.preview import Exposure, Gain
from generator.release.model.release import Cause, Check, Need, NeedsApproval, Progress, Release
from generator.release.model.states import (
    Approved,
    Closed,
    Executing,
    Proposed,
    RollingBack,
    Verifying,
    Waiting,
    Watching,
)
from tests.release.fake_platform import FakePlatform
from tests.release.values import change_set, effect, reading, release

FACTS = FakePlatform().facts
NOW = 1500.0
ATTEMPT = "prod-app-7-1"
IMAGE = Need(rule="image", people=1, by=("releasers",), requester=False, why="the image changes")
RIGHTS = Need(rule="iam", people=1, by=("owners",), requester=False, why="permissions are added")
WATCHING = Progress(deployment="arn", new_tasks=1, old_tasks=2, desired_tasks=2, healthy=3, targets=4)


def shown(of: Release, **more: Any) -> list[str]:
    """The texts of a card's blocks, in order."""
    found = []
    for block in card(of, FACTS, NOW, **more).rendered():
        text = block.get("text", {})
        found.append(text.get("text", "") if isinstance(text, dict) else str(text))
        found += [field["text"] for field in block.get("fields", ())]
    return found


STATES: list[tuple[dict[str, Any], str]] = [
    ({"state": Proposed()}, "*In preparation:* pre-flight checks"),
    ({"gate": NeedsApproval(rules=(IMAGE,))}, "*Waits for 1 of releasers* until <!date^2000^"),
    ({"gate": NeedsApproval(rules=(IMAGE, RIGHTS))}, "*Waits for 1 of releasers and 1 of owners* until"),
    ({"state": Approved(since=1, expires=2)}, "*Approved:* the change is compared once more"),
    (
        {"state": Approved(since=1, expires=2, held="all of prod has been frozen by ben for 5 min: fair")},
        "*Held back:* all of prod has been frozen by ben for 5 min: fair",
    ),
    ({"state": Executing(since=1, token=ATTEMPT)}, "*Starting:* sent to CloudFormation"),
    ({"state": Watching(since=1, token=ATTEMPT), "progress": WATCHING}, "*Going out:* 1 of 2 new tasks are running, 3 of 4 targets"),
    ({"state": Watching(since=1, token=ATTEMPT), "progress": Progress(done=3, total=9)}, "*Going out:* 3 of 9 resources"),
    (
        {"state": Watching(since=1, token=ATTEMPT), "progress": msgspec.structs.replace(WATCHING, hook="h", hook_stage="POST_TEST", hook_expires=1800.0)},
        "*Waits at its gate* `POST_TEST` until <!date^1800^",
    ),
    ({"state": Verifying(since=1, until=NOW + 90)}, "*Being verified:* must stay healthy for 1:30 more"),
    ({"state": RollingBack(since=1, how="operation", token=ATTEMPT)}, "*Going back to nothing"),
    (
        {"state": Closed(outcome="rolled back", changed=True, at=1400.0), "cause": Cause(stage="rollout", sentence="KeyError: 'DATABASE_URL'")},
        "*Rolled back: KeyError: 'DATABASE_URL'*",
    ),
    ({"state": Closed(outcome="succeeded", changed=True, at=1400.0)}, "*Succeeded in"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "first"), STATES, ids=[first for _, first in STATES])
def test_the_state_comes_first_in_every_state(changes: dict[str, Any], first: str) -> None:
    """Right below the title: the state in a word, what it waits for, and until when."""
    assert shown(release(**changes))[1].startswith(first)


def test_rules_that_ask_two_people_are_one_sentence() -> None:
    """Two rules are joined; two that ask the same people for two reasons are one part of it."""
    both = asked(release(gate=NeedsApproval(rules=(IMAGE, RIGHTS))), FACTS)
    assert both.startswith("Needs *1 of releasers*")
    assert "because the image changes; and *1 of owners* (" in both
    assert "•" not in both
    same = msgspec.structs.replace(RIGHTS, by=("releasers",))
    once = asked(release(gate=NeedsApproval(rules=(IMAGE, same))), FACTS)
    assert once.count("1 of releasers") == 1
    assert once.endswith("because the image changes and permissions are added.")


def test_the_risk_says_the_worst_first() -> None:
    """A gain of all rights stands before a restart; a restart alone is all there is."""
    gain = Gain(who="role", logical_id="Role", sentence="app's task role gains everything", actions=("*",))
    web = Exposure(
        who="everybody", what="tcp 5432 of Db", logical_id="Db", sentence="everybody reaches tcp 5432", public=True
    )
    restart = effect("restart", "Service")
    assert risk_sentence([restart], [gain], []).startswith("app's task role gains everything; Service")
    assert risk_sentence([effect("data-loss", "Table")], [gain], []).startswith("Table: ")
    assert risk_sentence([restart], [], [web]).startswith("everybody reaches")
    assert risk_sentence([restart], [], []) == "Service: because"


def test_a_gain_is_said_once() -> None:
    """The sentence of the risk has it whole; the row of the role says no word that contradicts it."""
    gain = Gain(who="role", logical_id="R0", sentence="app's task role gains dynamodb:DeleteItem on table Orders")
    found = reading("none")
    meaning = msgspec.structs.replace(found.meaning, gains=(gain,), level="medium", sentence=gain.sentence)
    role = ResourceChange(logical_id="R0", type="AWS::IAM::Policy", action="Modify", replacement="False")
    waits = release(reading=msgspec.structs.replace(found, meaning=meaning), change_set=change_set(role))
    text = json.dumps(card(waits, FACTS, NOW).rendered(classic=True))
    assert text.count("dynamodb:DeleteItem") == 1
    assert "permissions are added" in text


@pytest.mark.parametrize(
    ("name", "level"), [("history", "warning"), ("order", "warning"), ("outputs", "info"), ("", "info")]
)
def test_what_failed_here_or_goes_backwards_is_not_calm(name: str, level: str) -> None:
    """However small the change is; other warnings leave its colour."""
    checks = (Check(name=name, result="warning", text="it failed here"),) if name else ()
    found = card(release(checks=checks, reading=reading("none")), FACTS, NOW).rendered()
    assert next(block["level"] for block in found if block["type"] == "alert") == level


def test_an_approver_reads_every_warning_and_in_the_end_what_came_of_it() -> None:
    """The direct message has what the card has: risk, warnings, reason; in its notification, too."""
    check = Check(name="history", result="warning", text="this version was rolled back here before")
    waits = release(checks=(check,), reading=reading("none"), reason="customers wait")
    message = notes.asking(waits, FACTS, "https://x.slack.com/archives/C1/p1")
    for text in (message.text, json.dumps(message.rendered())):
        assert "this version was rolled back here before" in text
        assert "Risk: low. it changes" in text
    assert "customers wait" in json.dumps(message.rendered())
    ended = release(
        state=Closed(outcome="rolled back", changed=True, at=1400.0), cause=Cause(stage="rollout", sentence="KeyError")
    )
    assert "rolled back" in notes.decided(ended).text
    assert "KeyError" in notes.decided(ended).text
    assert "no longer need to decide" not in notes.decided(ended).text


LEVEL = Detail(
    attribute="Properties", name="ContainerDefinitions", path="/Properties/ContainerDefinitions/0/Environment/1/Value",
    before='"info"', after='"debug"', change_type="Modify",
)  # fmt: skip
TWIN = msgspec.structs.replace(LEVEL, evaluation="Dynamic", before=None, after=None)
IMAGE_ITSELF = Detail(
    attribute="Properties", name="ContainerDefinitions", path="/Properties/ContainerDefinitions/0/Image",
    before=f'"r@sha256:{"a" * 64}"', after=f'"r@sha256:{"b" * 64}"', change_type="Modify", cause="ImageUri",
)  # fmt: skip
AFTER = json.dumps(
    {
        "Properties": {
            "ContainerDefinitions": [
                {
                    "Name": "app",
                    "Environment": [{"Name": "PORT", "Value": "80"}, {"Name": "LOG_LEVEL", "Value": "debug"}],
                }
            ]
        }
    }
)
CHANGED = ResourceChange(
    logical_id="Task",
    type="AWS::ECS::TaskDefinition",
    action="Modify",
    details=(TWIN, LEVEL, IMAGE_ITSELF),
    after=AFTER,
)


def test_details_show_each_property_once_by_name() -> None:
    """Before and after, digests whole; no number of a list stands for a name."""
    view = json.dumps(modals.details(release(change_set=change_set(CHANGED)), 0, "{}").to_dict())
    assert view.count("ContainerDefinitions/app/Environment/LOG_LEVEL") == 1
    assert "- info" in view
    assert "+ debug" in view
    assert "a" * 64 in view
    assert "b" * 64 in view
    assert "/1/" not in view


def test_a_template_change_shows_its_few_lines() -> None:
    """What the version itself brings is left out; a change of the image alone has none."""
    changed = release(change_set=change_set(CHANGED), image_only=False)
    assert in_place(changed) == (
        "*Changes of the template*\n```\nTask ContainerDefinitions/app/Environment/LOG_LEVEL: info → debug\n```"
    )
    assert in_place(msgspec.structs.replace(changed, image_only=True)) == ""
    many = tuple(msgspec.structs.replace(LEVEL, path=f"/Properties/P{n}") for n in range(9))
    rows = in_place(release(change_set=change_set(msgspec.structs.replace(CHANGED, details=many)), image_only=False))
    assert rows.count(" → ") == 8
    assert "… 1 more property: see Details" in rows


def test_a_card_shrinks_to_its_outcome_once_something_newer_runs() -> None:
    """No versions, reasons and moments of what is past: how it ended, and what runs now."""
    over = release(state=Closed(outcome="succeeded", changed=True, at=1400.0), reason="customers wait")
    before, after = shown(over), shown(over, newer="prod-app-9")
    assert len(after) < len(before)
    assert "customers wait" not in str(after)
    assert "*Succeeded in" in str(after)
    assert "prod-app-9" in str(card(over, FACTS, NOW, newer="prod-app-9").rendered())


def test_waiting_is_told_in_the_notification() -> None:
    """A phone and a screen reader get the risk, not a title alone."""
    waits = release(reading=reading("none"), state=Waiting(since=1, expires=2))
    assert card(waits, FACTS, NOW).text.endswith("waits for approval. Risk: low. it changes")
