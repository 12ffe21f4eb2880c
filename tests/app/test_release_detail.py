"""One release: everything that its preview said is shown, and lines of tasks to people of the platform alone."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from board.services.release_lines import waits_for
from generator.release.log_items import item
from generator.release.model.observed import Traffic
from generator.release.model.preview import (
    Cost,
    Drifted,
    Expected,
    Exposure,
    Finding,
    Gain,
    ImageDiff,
    Meaning,
    Money,
    MutableInput,
    Phase,
    Reading,
    ResourceEffect,
    Shown,
)
from generator.release.model.release import Cause, Progress, Refused, Release
from generator.release.model.states import (
    Approved,
    Closed,
    Executing,
    Proposed,
    RollingBack,
    State,
    Verifying,
    Waiting,
    Watching,
)
from generator.release.ports import Put
from tests.app.stage import ANA, GUEST, Stage
from tests.release.values import release

READING = Reading(
    meaning=Meaning(
        level="high",
        sentence="The table is replaced.",
        effects=(
            ResourceEffect(
                logical_id="Table", type="AWS::DynamoDB::Table", action="Replace", effect="data-loss", why="its key changes",
                source="https://docs.aws.amazon.com/x", properties=("KeySchema",), stateful=True,
            ),
        ),
        gains=(Gain(who="app's task role", logical_id="R", sentence="gains s3:GetObject", escalation="", certain=False),),
        exposures=(Exposure(who="everybody", what="tcp 443", logical_id="S", sentence="is reachable", public=True),),
        mutable=(MutableInput(kind="image", name="x", sentence="takes x by a tag", fix="write its digest"),),
    ),
    shown=Shown(
        cost=Cost(
            before=Money(min=1, typical=2, max=3), after=Money(min=1, typical=5, max=9), unknown=("Key",), date="2026-11-01"
        ),
        drift=(Drifted(logical_id="Q", type="AWS::SQS::Queue", path="/A", expected="1", actual="2", who="eve"),),
        image=ImageDiff(
            before="a", after="b", subjects=("One", "Two"), new_findings=(Finding(name="CVE-1", severity="HIGH"),)
        ),
        expected=Expected(
            seconds=600,
            source="the last releases",
            phases=(Phase(name="canary", seconds=600, old_tasks=2, new_tasks=1, new_traffic_percent=10),),
        ),
        checked=("AWS found no new access",),
        unavailable=("scans are not known",),
    ),
)  # fmt: skip
FAILED = release(
    state=Closed(outcome="failed", at=3000.0),
    closed=3000.0,
    reading=READING,
    progress=Progress(
        strategy="CANARY", failed_tasks=2, new_traffic=Traffic(group="g", seconds=60, requests=9, errors=3)
    ),
    cause=Cause(
        stage="rollout", sentence="2 tasks failed", fix="see the log", evidence=("KeyError: 1",), log=("Traceback",)
    ),
)


def shown(who: Any) -> tuple[Stage, dict[str, Any]]:
    """A board over a log that holds :data:`FAILED` alone, and the release as somebody sees it."""
    stage = Stage()
    stage.platform.table.write(Put(item(f"release#{FAILED.id}", "state", 1, FAILED)))
    stage.door.now = who
    return stage, stage.get(f"/api/releases/{FAILED.id}")


def test_all_that_the_preview_said_is_shown() -> None:
    """Effects with their source, rights, reach, what is not pinned, cost, drift, image, phases, and what is not known."""
    _, found = shown(ANA)
    preview = found["preview"]
    assert (preview["level"], preview["sentence"]) == ("high", "The table is replaced.")
    assert preview["effects"][0]["source"] == "https://docs.aws.amazon.com/x"
    assert (preview["effects"][0]["effect"], preview["effects"][0]["stateful"]) == ("data-loss", True)
    assert (preview["gains"][0]["certain"], preview["exposures"][0]["public"]) == (False, True)
    assert preview["unpinned"] == ["takes x by a tag"]
    cost = preview["cost"]
    assert (cost["before_usd"], cost["after_usd"], cost["unknown"], cost["price_date"]) == (2, 5, ["Key"], "2026-11-01")
    assert (preview["drift"][0]["who"], preview["drift"][0]["overwritten"]) == ("eve", None)
    assert (preview["image"]["subjects"], preview["image"]["new_findings"][0]["name"]) == (["One", "Two"], "CVE-1")
    assert (preview["expected_seconds"], preview["phases"][0]["new_traffic_percent"]) == (600, 10)
    assert (preview["access_checks"], preview["unavailable"]) == (["AWS found no new access"], ["scans are not known"])
    rollout = found["rollout"]
    assert (rollout["failed_tasks"], rollout["new_traffic"]["errors"], rollout["old_traffic"]) == (2, 3, None)


def test_the_picture_of_the_rollout_is_drawn_from_the_log() -> None:
    """It is the card's: a PNG of the phases that the preview expected."""
    stage, found = shown(ANA)
    answer = stage.web.get(found["rollout_image"])
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")


def test_lines_of_tasks_are_for_people_of_the_platform() -> None:
    """A person reads them; who is only signed in hears that there are some, and reads the sentence and the fix."""
    _, mine = shown(ANA)
    assert (mine["cause"]["log"], mine["cause"]["log_hidden"]) == (["Traceback"], False)
    stage, guests = shown(GUEST)
    assert (guests["cause"]["log"], guests["cause"]["log_hidden"]) == ([], True)
    assert guests["cause"]["fix"] == "see the log"
    text = stage.web.get(f"/api/releases/{FAILED.id}").text
    assert "Traceback" not in text
    assert "KeyError" not in text


@pytest.mark.parametrize(
    ("state", "more", "says"),
    [
        (Proposed(), {}, ""),
        (Waiting(since=1, expires=2), {"gate": None}, "people who may approve it"),
        (Waiting(since=1, expires=2), {"gate": Refused(rule="frozen", why="a freeze holds")}, "a freeze holds"),
        (Approved(since=1, expires=2, held="a freeze began"), {}, "a freeze began"),
        (Executing(since=1, token=FAILED.id), {}, ""),
        (Watching(since=1, token=FAILED.id), {}, "CloudFormation and ECS"),
        (
            Watching(since=1, token=FAILED.id),
            {"progress": Progress(hook="h", hook_stage="X")},
            "continue the rollout at X",
        ),
        (Verifying(since=1, until=2), {}, "prove itself healthy"),
        (RollingBack(since=1, how="operation"), {}, "AWS to roll back"),
        (RollingBack(since=1, how="release", release="prod-app-8"), {}, "prod-app-8, which brings back"),
        (RollingBack(since=1, how="stuck"), {}, "which resources the rollback may leave behind"),
    ],
)
def test_an_open_release_says_what_it_waits_for(state: State, more: dict[str, Any], says: str) -> None:
    """For whom or what, in words, in each state."""
    found: Release = msgspec.structs.replace(release(state=state), **more)
    assert says in waits_for(found)
    assert bool(says) == bool(waits_for(found))
