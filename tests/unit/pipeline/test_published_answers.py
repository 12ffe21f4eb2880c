"""What GitHub really answered, as its maintainers published it: our client reads it, and the fake answers in the same shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.pipeline import deployments
from generator.pipeline.github import Comment, GitHub, GitHubError, Issue
from tests.fakes.github_server import REPOSITORY, TOKEN, FakeGitHub, Refusal, served

PUBLISHED: dict[str, Any] = json.loads((Path(__file__).parents[2] / "fixtures" / "github" / "answers.json").read_text())


def body(name: str) -> dict[str, Any]:
    """The body of a published answer."""
    found: dict[str, Any] = PUBLISHED[name]["body"]
    return found


@pytest.fixture
def fake() -> FakeGitHub:
    """A repository without anything in it."""
    return FakeGitHub()


@pytest.fixture
def github(fake: FakeGitHub) -> Iterator[GitHub]:
    """The client of that repository."""
    with served(fake) as address:
        yield GitHub(address, REPOSITORY, TOKEN, sleep=lambda _: None)


@pytest.mark.parametrize(
    ("name", "ask", "found"),
    [
        ("issue list", lambda g: list(g.open_issues("drift")), [Issue(1, "Issue without a label", "", "octokit-fixture-user-a")]),
        ("issue", lambda g: g.open_issue("t", "b", "drift"), 1),
        (
            "comment list", lambda g: list(g.comments(1)),
            [Comment(492700400, "You are totally right! I'll get this fixed right away.", "Codertocat")],
        ),
        ("comment", lambda g: g.add_comment(1, "text"), None),
        ("deployment list", lambda g: [row["id"] for row in g.deployments("deploy")], [145988746]),
        ("deployment", lambda g: g.open_deployment({"ref": "master"}), 145988746),
        ("deployment_status list", lambda g: [row["state"] for row in g.statuses(145988746)], ["success"]),
        ("deployment_status", lambda g: g.set_status(145988746, {"state": "success"}), None),
    ],
)  # fmt: skip
def test_the_client_reads_what_github_answered(
    github: GitHub, fake: FakeGitHub, name: str, ask: Callable[[GitHub], Any], found: Any
) -> None:
    """Issues with a body that is null, comments, deployments and statuses: each is taken as GitHub gives it."""
    kind, _, is_listed = name.partition(" ")
    answer = Refusal(200, {}, [body(kind)]) if is_listed else Refusal(201, {}, body(kind))  # type: ignore[arg-type]
    fake.refusals.append(answer)
    assert ask(github) == found


def test_a_refusal_of_github_is_told(github: GitHub, fake: FakeGitHub) -> None:
    """With GitHub's own words."""
    fake.refusals.append(Refusal(PUBLISHED["refusal"]["status"], {}, body("refusal")))
    with pytest.raises(GitHubError, match="422 Validation Failed"):
        github.open_issue("t", "b", "drift")


def test_a_deployment_of_somebody_else_is_left_alone(github: GitHub, fake: FakeGitHub) -> None:
    """One whose payload names no release is not ours: ours is opened beside it."""
    fake.refusals.append(Refusal(200, {}, [body("deployment")]))  # type: ignore[arg-type]
    fake.commits.add("a" * 40)
    one = deployments.Deployed("prod-app-1", "a" * 40, "production", "deploy", "success", "succeeded")
    assert deployments.report(github, [one]).written == ("prod-app-1",)
    assert [row["payload"] for row in fake.deployments] == [{"release": "prod-app-1"}]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("issue", ("number", "title", "body", "state", "user.login", "labels")),
        ("comment", ("id", "body", "user.login")),
        ("deployment", ("id", "sha", "ref", "task", "environment", "payload")),
        ("deployment_status", ("state", "description")),
    ],
)
def test_the_fake_answers_as_github_does(fake: FakeGitHub, name: str, read: tuple[str, ...]) -> None:
    """Each field that our code reads has the type that GitHub gave it; a text that GitHub left out is null there."""
    fake.commits.add("a" * 40)
    repository = f"/repos/{REPOSITORY}"
    opened = {"ref": "a" * 40, "task": "deploy", "environment": "prod", "payload": {}, "description": "d"}
    deployed: dict[str, Any] = fake.answer("POST", f"{repository}/deployments", {}, opened)[1]
    answers: dict[str, Any] = {
        "issue": fake.answer("POST", f"{repository}/issues", {}, {"title": "t", "body": "b", "labels": []})[1],
        "comment": fake.answer("POST", f"{repository}/issues/1/comments", {}, {"body": "b"})[1],
        "deployment": deployed,
        "deployment_status": fake.answer(
            "POST", f"{repository}/deployments/{deployed['id']}/statuses", {}, {"state": "success", "description": "d"}
        )[1],
    }
    for field in read:
        ours, theirs = answers[name], body(name)
        for part in field.split("."):
            ours, theirs = ours.get(part), theirs[part]
        assert theirs is None or type(ours) is type(theirs), field


def test_every_answer_names_where_it_was_published() -> None:
    """A repository of GitHub's maintainers, its commit and the file."""
    for name, one in PUBLISHED.items():
        if name != "about":
            repository, _, rest = one["source"].partition("@")
            assert repository.startswith("octokit/"), name
            assert len(rest.partition(":")[0]) == 40, name
