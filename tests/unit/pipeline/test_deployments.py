"""Releases as GitHub's deployments: which state each is, what is said, and that a run made twice changes nothing."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import pytest

from generator.pipeline.deployments import Deployed, GitHubState, deployed, report
from generator.pipeline.github import GitHubError
from generator.release.model.people import Actor
from generator.release.model.release import Approval, Release
from generator.release.model.states import (
    OUTCOMES,
    Approved,
    Closed,
    Executing,
    Proposed,
    RollingBack,
    State,
    Verifying,
    Waiting,
    Watching,
)  # fmt: skip
from tests.fakes.github_server import FakeGitHub
from tests.release.fake_platform import FakePlatform


@pytest.fixture(scope="module")
def release() -> Release:
    """A release that succeeded."""
    platform = FakePlatform()
    platform.created()
    return platform.release("prod-app-1")


class Deployments:
    """The deployments of a fake repository; ``broken`` calls fail before they are done."""

    def __init__(self, *commits: str) -> None:
        self.fake = FakeGitHub()
        self.fake.commits.update(commits)
        self.broken = 0

    def deployments(self, task: str) -> Iterable[Mapping[str, Any]]:
        """Those of a task."""
        return self._asked("GET", "/deployments", {"task": task})

    def open_deployment(self, fields: Mapping[str, Any]) -> int:
        """One more."""
        return int(self._asked("POST", "/deployments", {}, fields)["id"])

    def statuses(self, deployment: int) -> Iterable[Mapping[str, Any]]:
        """Those of one."""
        return self._asked("GET", f"/deployments/{deployment}/statuses", {})

    def set_status(self, deployment: int, fields: Mapping[str, Any]) -> None:
        """One more."""
        if self.broken:
            self.broken -= 1
            raise GitHubError("GitHub did not answer", 502)
        self._asked("POST", f"/deployments/{deployment}/statuses", {}, fields)

    def _asked(self, method: str, path: str, query: dict[str, str], body: Any = None) -> Any:
        status, answer = self.fake.answer(method, f"/repos/acme/shop{path}", query, body)
        if status >= 400:
            raise GitHubError(answer["message"], status)
        return answer


def one(number: int, state: GitHubState = "success", text: str = "succeeded") -> Deployed:
    """A release of app in prod."""
    return Deployed(f"prod-app-{number}", str(number) * 40, "prod", "deploy:prod/app", state, text)


ENDED: dict[str, GitHubState] = {
    "succeeded": "success", "rolled back": "failure", "failed": "failure", "rejected": "inactive",
    "cancelled": "inactive", "expired": "inactive", "superseded": "inactive",
}  # fmt: skip


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (Proposed(), "queued"),
        (Waiting(since=0, expires=9), "pending"),
        (Approved(since=0, expires=9), "queued"),
        (Executing(since=0, token="t" * 8), "in_progress"),
        (Watching(since=0, token="t" * 8), "in_progress"),
        (Verifying(since=0, until=9), "in_progress"),
        (RollingBack(since=0, how="operation"), "in_progress"),
        *[(Closed(outcome=outcome, at=9), ENDED[outcome]) for outcome in OUTCOMES],
    ],
)
def test_each_state_has_one_on_github(release: Release, state: State, shown: str) -> None:
    """What waits is pending, what runs is in progress, and only what serves users is a success."""
    now = msgspec.structs.replace(release, state=state)
    assert deployed(now, 100, current=True).state == shown
    assert deployed(now, 100, current=False).state == ("inactive" if shown == "success" else shown)


def test_a_deployment_says_how_long_and_who_agreed(release: Release) -> None:
    """In at most the 140 characters that GitHub takes."""
    approvals = tuple(
        Approval(actor=Actor(channel="slack", id=name, person=name), at=1.0, binding="b") for name in ("kim", "ben")
    )
    found = deployed(msgspec.structs.replace(release, approvals=approvals), 100, current=True, protected=True)
    assert found.description.startswith("succeeded in ")
    assert found.description.endswith(", approved by ben and kim")
    assert (found.environment, found.commit, found.protected) == ("prod", release.after.commit, True)
    many = tuple(
        Approval(actor=Actor(channel="slack", id=f"U{i}", person=f"person-{i}"), at=1.0, binding="b") for i in range(20)
    )
    long = deployed(msgspec.structs.replace(release, approvals=many), 100, current=True).description
    assert (len(long), long[-1]) == (140, "…")


def test_a_report_made_twice_writes_once() -> None:
    """Each release has one deployment; a status is added where it changed, and the others stay."""
    github = Deployments("1" * 40, "2" * 40)
    first = [one(1, "inactive", "superseded"), one(2, "in_progress", "watching")]
    assert report(github, first).written == ("prod-app-1", "prod-app-2")
    assert report(github, first).unchanged == ("prod-app-1", "prod-app-2")
    after = report(github, [first[0], one(2)])
    assert (after.written, after.unchanged) == (("prod-app-2",), ("prod-app-1",))
    assert len(github.fake.deployments) == 2
    told = [[s["state"] for s in rows] for rows in github.fake.statuses.values()]
    assert told == [["inactive"], ["in_progress", "success"]]
    assert all(not s["auto_inactive"] for rows in github.fake.statuses.values() for s in rows)


def test_a_report_that_broke_off_is_made_good() -> None:
    """A deployment without its status gets it from the next run, and no second deployment stands beside it."""
    github = Deployments("1" * 40)
    github.broken = 1
    with pytest.raises(GitHubError):
        report(github, [one(1)])
    assert report(github, [one(1)]).written == ("prod-app-1",)
    assert len(github.fake.deployments) == 1


def test_a_commit_of_another_repository_is_left_to_it() -> None:
    """A service may live elsewhere: GitHub knows no such commit here, and the others are reported all the same."""
    github = Deployments("2" * 40)
    found = report(github, [one(1), one(2)])
    assert (found.foreign, found.written) == (("prod-app-1",), ("prod-app-2",))
