"""What the pages tell of a log that workers wrote: overview, releases, one release, timeline, tables."""

import csv
import hashlib
import io
import re

import pytest

from generator.release.client import request_id
from generator.release.daily_heads import DayRecord, put_record
from generator.release.daily_verification import VERIFICATIONS, Verification
from generator.release.drift_watch import DRIFT, DriftedStack, DriftRecord
from generator.release.log_items import item
from generator.release.model.preview import Drifted
from generator.release.model.requests import Lock
from generator.release.ports import Put
from tests.app.stage import ANA, GUEST, Stage, without_log


@pytest.fixture(scope="module")
def stage() -> Stage:
    """App runs in prod at version 1; version 2 waits for approval there, and prod's network is locked."""
    stage = Stage(visible={"prod": ("releasers",)})
    platform = stage.platform
    platform.created()
    platform.publish(2)
    assert platform.deploy(reason="=cmd()") == "prod-app-2"
    platform.ask(Lock(id=request_id(), scope="prod/network", reason="moving house"), "cleo")
    platform.clock.sleep(60)
    stage.look()
    return stage


def test_overview_says_what_runs_and_what_waits(stage: Stage) -> None:
    """Each stack of each environment with its version; the release that waits says for whom; the lock is there."""
    found = stage.get("/api/overview")
    assert [env["name"] for env in found["environments"]] == list(stage.platform.facts.environments)
    prod = next(env for env in found["environments"] if env["name"] == "prod")
    app = next(place for place in prod["places"] if place["service"] == "app")
    assert (app["version"]["commit"], app["release"], app["open"]["id"]) == ("1" * 40, "prod-app-1", "prod-app-2")
    assert (app["last_outcome"], app["good_commit"], app["locked"]) == ("succeeded", "1" * 40, False)
    assert [(lock["scope"], lock["person"]) for lock in prod["locks"]] == [("prod/network", "cleo")]
    assert next(place for place in prod["places"] if place["stack"] == "prod/network")["locked"] is True
    [waits] = found["waiting"]
    assert waits["state"] == "waiting for approval"
    assert "1 approval by" in waits["waits_for"]
    assert waits["approvals_needed"] == 1
    assert found["releases"] == 3


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, ["prod-app-2", "prod-app-1", "prod-network-1"]),
        ({"env": "dev"}, []),
        ({"env": ["dev", "prod"], "service": "app"}, ["prod-app-2", "prod-app-1"]),
        ({"service": "network"}, ["prod-network-1"]),
        ({"state": "succeeded"}, ["prod-app-1", "prod-network-1"]),
        ({"state": ["waiting for approval"]}, ["prod-app-2"]),
        ({"person": "ANA"}, ["prod-app-2", "prod-app-1", "prod-network-1"]),
        ({"person": "an"}, []),
        ({"q": "change NUMBER 2"}, ["prod-app-2"]),
        ({"q": "2222222"}, ["prod-app-2"]),
        ({"q": "nothing like it"}, []),
        ({"to": "1970-01-02T00:00:00Z"}, []),
        ({"from": "2200-01-01T00:00:00"}, []),
    ],
)
def test_filters(stage: Stage, query: dict[str, object], ids: list[str]) -> None:
    """By environment, service, state, person, text and time, together."""
    found = stage.get("/api/releases", **query)
    assert [one["id"] for one in found["releases"]] == ids
    assert found["total"] == len(ids)


def test_pages_follow_each_other(stage: Stage) -> None:
    """A cursor continues where the page before ended, until there is none; another's cursor is refused."""
    ids, cursor = [], ""
    while True:
        found = stage.get("/api/releases", size=1, cursor=cursor)
        ids += [one["id"] for one in found["releases"]]
        cursor = found["cursor"]
        if cursor is None:
            break
    assert ids == ["prod-app-2", "prod-app-1", "prod-network-1"]
    assert "begin with the newest" in stage.get("/api/releases", 400, cursor="abc")["error"]
    stage.get("/api/releases", 422, size=201)


def test_one_release_whole(stage: Stage) -> None:
    """What is asked, of whom and why, what the change does, and each step; its audit chain entry by entry."""
    found = stage.get("/api/releases/prod-app-2")
    assert found["release"]["state"] == "waiting for approval"
    assert found["before"]["commit"] == "1" * 40
    assert found["requirements"][0]["people"] == 1
    assert found["preview"]["sentence"]
    assert found["steps"][0]["what"] == "proposed"
    assert found["rollout_image"] is None
    stage.get("/api/releases/prod-app-2/rollout.png", 404)
    chain = stage.get("/api/audit", chain="release/prod-app-2")
    assert [entry["number"] for entry in chain["entries"]] == list(range(found["chain_entries"], 0, -1))
    assert chain["entries"][-1]["who"] == "ana"
    assert chain["verification"] is None
    assert chain["signed"] == stage.platform.release("prod-app-2").sealed
    locks = stage.get("/api/audit", chain="env/prod")
    assert [(entry["who"], entry["evidence"] != "") for entry in locks["entries"]] == [("cleo", True)]


def test_approvals_come_with_what_bears_them_out() -> None:
    """Who approved, through which channel, and the evidence that is stored with it; the message's text is not shown."""
    stage = Stage()
    stage.platform.created()
    stage.platform.publish(2)
    release = stage.platform.deploy()
    stage.platform.decide(release, "approve", "ben")
    stage.platform.end(release)
    stage.look()
    found = stage.get(f"/api/releases/{release}")
    [approval] = found["approvals"]
    assert (approval["person"], approval["channel"], approval["attested"]) == ("ben", "cli", True)
    assert approval["evidence"]["sender"] == "AIDABENBENBENBENBEN1"
    assert re.fullmatch("[0-9a-f]{64}", approval["evidence"]["digest"])
    assert found["release"]["state"] == "succeeded"
    assert found["release"]["approvers"] == ["ben"]
    assert found["release"]["took_seconds"] > 0


def test_the_heads_of_the_last_days_are_shown_as_recorded() -> None:
    """Day, digest, chains and where the worker posted it, newest first; a day that is still being read is left out."""
    stage = Stage()
    days = {"2026-11-28": "slipway 2026-11-28\nenv/prod 2 ab\n", "2026-11-29": "slipway 2026-11-29\n", "2026-11-30": ""}
    for date, text in days.items():
        stage.platform.table.write(put_record(DayRecord(date=date, text=text, posted=("alerts",)), 0))
    stage.look()
    found = stage.get("/api/audit")
    assert [(day["date"], day["chains"]) for day in found["days"]] == [("2026-11-29", 0), ("2026-11-28", 1)]
    assert found["days"][0]["digest"] == hashlib.sha256(days["2026-11-29"].encode()).hexdigest()
    assert found["entries"] == []
    assert stage.get("/api/overview")["last_audit_day"] == found["days"][0]


def test_tables_are_safe_to_open(stage: Stage) -> None:
    """A reason that a spreadsheet would take for a formula is text there; numbers stay numbers."""
    answer = stage.web.get("/api/releases.csv", params={"service": "app"})
    assert answer.headers["content-disposition"] == 'attachment; filename="releases.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["id"], row["reason"]) for row in rows] == [("prod-app-2", "'=cmd()"), ("prod-app-1", "")]
    rows = list(csv.DictReader(io.StringIO(stage.web.get("/api/measures.csv").text)))
    assert sum(int(row["deployments"]) for row in rows) == 1


def test_timeline_shows_what_ran_and_what_was_under_way(stage: Stage) -> None:
    """Version 1 runs until now; both releases are there as stretches of time, and the open one has no end."""
    found = stage.get("/api/timeline", env="prod", service="app")
    [lane] = found["lanes"]
    assert [(e["kind"], e["release"], e["end"] is None) for e in lane["entries"]] == [
        ("release", "prod-app-1", False), ("runs", "prod-app-1", True), ("release", "prod-app-2", True),
    ]  # fmt: skip
    assert found["cut"] is False


def test_cost_and_drift_are_shown_as_recorded(stage: Stage) -> None:
    """What no release priced or looked at is named as unknown, and is not zero."""
    assert stage.get("/api/costs", env="prod")["unknown"] == ["prod/network", "prod/service-app"]
    assert stage.get("/api/drift", env="prod")["stacks"] == []


def test_what_the_worker_found_is_shown() -> None:
    """Drift by environment with whose hands it was, for those who see it; and what came of the last day's chains."""
    stage = Stage()
    row = Drifted(logical_id="Vpc", type="AWS::EC2::VPC", path="/EnableDns", expected="true", actual="false", who="eve")
    found = (DriftedStack(stack="prod/network", properties=(row,)),)
    records = [
        DriftRecord(
            environment="prod", at=1_800_000_000.0, since=1_799_900_000.0, found=found, unknown=("prod/edge: busy",)
        ),
        DriftRecord(environment="dev", holder="w1", date="2027-01-15"),
    ]
    for record in records:
        stage.platform.table.write(Put(item(DRIFT, record.environment, 1, record)))
    for verified in (
        Verification(
            date="2027-01-14", at=1_799_990_000.0, chains=3, entries=21, faults=("env/prod entry 2 is missing",)
        ),
        Verification(date="2027-01-15", holder="w1", chains=1),
    ):
        stage.platform.table.write(Put(item(VERIFICATIONS, verified.date, 1, verified)))
    [check] = stage.get("/api/drift")["checks"]
    assert (check["environment"], check["since"], check["unknown"]) == (
        "prod", "2027-01-14T04:13:20Z", ["prod/edge: busy"],
    )  # fmt: skip
    assert [(one["stack"], one["resource"], one["actual"], one["who"]) for one in check["found"]] == [
        ("prod/network", "Vpc", "false", "eve")
    ]
    assert stage.get("/api/drift", env="dev")["checks"] == [], "a look that goes on has found nothing yet"
    audit = stage.get("/api/audit")
    assert (audit["verification"]["day"], audit["verification"]["faults"], audit["why"]) == (
        "2027-01-14", ["env/prod entry 2 is missing"], "",
    )  # fmt: skip
    guarded = Stage(stage.platform, visible={"prod": ("releasers",)})
    guarded.door.now = GUEST
    assert guarded.get("/api/drift")["checks"] == []


def test_an_environment_that_somebody_may_not_see_is_not_there(stage: Stage) -> None:
    """No list, count, release, chain or table tells a guest anything of prod."""
    stage.door.now = GUEST
    try:
        assert "prod" not in stage.get("/api/session")["environments"]
        text = stage.web.get("/api/overview").text + stage.web.get("/api/releases.csv").text
        text += stage.web.get("/api/timeline").text + stage.web.get("/api/measures", params={"env": "prod"}).text
        assert "prod" not in text
        assert stage.get("/api/releases", env="prod")["total"] == 0
        for path in ("/api/releases/prod-app-2", "/api/releases/prod-app-2/rollout.png"):
            assert "there is no release" in stage.get(path, 404)["error"]
        stage.get("/api/audit", 404, chain="release/prod-app-2")
        stage.get("/api/audit", 404, chain="env/prod")
    finally:
        stage.door.now = ANA


def test_every_answer_carries_a_request_id(stage: Stage) -> None:
    """One that came along is kept if it is harmless; any other is replaced."""
    assert stage.web.get("/health", headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    for bad in ("a b", "x" * 65, "a\tb", "<script>"):
        assert re.fullmatch(
            "[0-9a-f]{16}", stage.web.get("/nope", headers={"X-Request-Id": bad}).headers["x-request-id"]
        )
    answer = stage.web.get("/nope")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_what_fails_inside_says_nothing_of_it(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """500 with a sentence and the request's id; the reason is in the log alone."""
    label = stage.parts.label

    def broken(_: str) -> str:
        raise RuntimeError("a secret of the inside")

    stage.parts.label = broken  # type: ignore[method-assign]
    answer = stage.web.get("/api/releases", headers={"X-Request-Id": "r-1"})
    stage.parts.label = label  # type: ignore[method-assign]
    assert (answer.status_code, answer.json()["request_id"]) == (500, "r-1")
    assert "secret" not in answer.text
    assert "secret of the inside" in caplog.text


def test_an_environment_without_a_log_is_told() -> None:
    """The board is ready, says that the log is off, and shows nothing."""
    stage = without_log()
    stage.get("/ready")
    assert [off["what"] for off in stage.get("/api/overview")["off"]] == ["release log", "database"]
    assert stage.get("/api/releases")["total"] == 0
    assert "RELEASE_TABLE" in stage.get("/api/releases/prod-app-1", 503)["error"]
    assert "RELEASE_TABLE" in stage.get("/api/audit", 503, chain="env/prod")["error"]
