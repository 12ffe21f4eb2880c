"""``slipway github``: what a workflow calls, with what GitHub sets in its environment."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.github_server import REPOSITORY, TOKEN, FakeGitHub, served
from tests.release.fake_platform import FakePlatform
from tests.unit.cli.conftest import Typed


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    """A repository, and the environment of a job in it."""
    found = FakeGitHub()
    with served(found) as address:
        for name, value in {
            "GITHUB_API_URL": address, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": TOKEN,
            "GITHUB_SHA": "c" * 40, "GITHUB_RUN_ID": "42", "GITHUB_SERVER_URL": "https://github.com",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        yield found


def test_a_plan_becomes_the_comment_of_a_pull_request(typed: Typed, fake: FakeGitHub, tmp_path: Path) -> None:
    """From the files of ``plan --markdown``; a second push changes the same comment."""
    for env in ("dev", "prod"):
        (tmp_path / f"{env}.md").write_text(f"## Plan for `{env}`: 1 changed\n")
    line = f"github comment {tmp_path}/dev.md {tmp_path}/prod.md --pull-request 7"
    assert typed(line).out == "the comment of pull request 7: created\n"
    assert typed(line).out == "the comment of pull request 7: unchanged\n"
    [found] = fake.comments[7]
    assert found["body"].index("`dev`") < found["body"].index("`prod`")
    assert f"https://github.com/{REPOSITORY}/actions/runs/42" in found["body"]


def test_releases_become_deployments_of_their_commits(typed: Typed, fake: FakeGitHub, platform: FakePlatform) -> None:
    """What waits is pending; once somebody agreed and it ran, it is the success, and the one before is inactive."""
    typed("deploy app prod")
    fake.commits.update(platform.release(f"prod-app-{n}").after.commit for n in (1, 2))
    assert typed("github report prod").out == "2 written, 0 unchanged\n"

    def told() -> dict[str, tuple[str, str]]:
        rows = {d["payload"]["release"]: fake.statuses[d["id"]][-1] for d in fake.deployments}
        return {release: (row["state"], row["description"]) for release, row in rows.items()}

    assert told()["prod-app-2"] == ("pending", "waiting for approval")
    assert told()["prod-app-1"][0] == "success"
    typed("approve prod-app-2", who="ben")
    assert typed("github report prod --json").code == 0
    assert told()["prod-app-1"][0] == "inactive"
    state, text = told()["prod-app-2"]
    assert (state, text.startswith("succeeded in "), text.endswith(", approved by ben")) == ("success", True, True)


def test_drift_becomes_an_issue(typed: Typed, fake: FakeGitHub, tmp_path: Path) -> None:
    """From the output of ``drift --json``, and it is closed when that is empty."""
    row = {"logical_id": "Service", "type": "T", "path": "/DesiredCount", "expected": "2", "actual": "0", "who": ""}
    file = tmp_path / "drift.json"
    found = {"document": "drift/1", "environment": "prod", "drift": [], "nothing_asks_for": []}
    file.write_text(json.dumps(found | {"drift": [{"stack": "prod/app", "drift": row}]}))
    assert typed(f"github drift prod --file {file}").out == "the issue 'Drift in prod': opened\n"
    file.write_text(json.dumps(found))
    assert typed(f"github drift prod --file {file}").out == "the issue 'Drift in prod': closed\n"
    assert fake.issues[0]["state"] == "closed"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("github comment", "write: slipway github comment FILE... --pull-request N"),
        ("github comment plan.md --pull-request 0", "write: slipway github comment"),
        ("github comment nowhere.md --pull-request 7", "slipway plan ENV --markdown"),
        ("github drift prod", "write: slipway github drift ENV --file FILE"),
        ("github drift prod --file /dev/null", "is not what `slipway drift prod --json` prints"),
        ("github report prod --since yesterday", "--since takes 12h or 7d"),
        ("github report production", "prod"),
    ],
)
def test_what_is_missing_is_told(typed: Typed, fake: FakeGitHub, line: str, said: str) -> None:
    """One sentence with what to write, exit code 2, and GitHub is told nothing."""
    ran = typed(line)
    assert (ran.code, said in ran.err) == (2, True), ran.err
    assert fake.comments == {}
    assert fake.issues == fake.deployments == []


def test_outside_a_workflow_it_says_what_it_needs(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables by name, and where a token comes from; no token is ever taken as an option."""
    for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    ran = typed("github report prod")
    assert ran.code == 2
    assert "GITHUB_REPOSITORY and GITHUB_TOKEN must be set" in ran.err
