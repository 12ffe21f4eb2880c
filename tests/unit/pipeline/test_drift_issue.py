"""The issue about what somebody changed by hand: one an environment, closed when nothing differs."""

import json
from typing import Any

import pytest

from generator.pipeline import drift_issue
from generator.pipeline.github import Issue
from tests.fakes.github_server import FakeGitHub

DRIFT = {
    "logical_id": "Service", "type": "AWS::ECS::Service", "path": "/DesiredCount", "expected": "2", "actual": "0",
    "who": "eve", "when": "2026-11-30 03:12", "overwritten": None,
}  # fmt: skip


def printed(*rows: dict[str, Any], gone: tuple[str, ...] = ()) -> str:
    """What ``slipway drift prod --json`` prints."""
    drift = [{"stack": "prod/app", "drift": {**DRIFT, **row}} for row in rows]
    return json.dumps({"document": "drift/1", "environment": "prod", "drift": drift, "nothing_asks_for": gone})


class Issues:
    """The issues of a fake repository."""

    def __init__(self) -> None:
        self.fake = FakeGitHub()

    def open_issues(self, label: str) -> list[Issue]:
        """The open ones of a label."""
        found = self.fake.answer("GET", "/repos/acme/shop/issues", {"state": "open", "labels": label}, None)[1]
        return [Issue(row["number"], row["title"], row["body"], row["user"]["login"]) for row in found]

    def open_issue(self, title: str, body: str, label: str) -> int:
        """One more."""
        return int(self.fake.issue(title, body, [label])["number"])

    def add_comment(self, number: int, body: str) -> None:
        """A word about it."""
        self.fake.comment(number, body)

    def edit_issue(self, number: int, **fields: str) -> None:
        """Another text or state."""
        self.fake.answer("PATCH", f"/repos/acme/shop/issues/{number}", {}, fields)


def kept(github: Issues, text: str) -> str:
    """What a nightly run does."""
    rows = drift_issue.rows(text)
    assert rows is not None
    return drift_issue.keep(github, "prod", rows)


def test_an_issue_lives_as_long_as_the_drift() -> None:
    """Opened once, changed when something else differs, closed with a word when nothing does."""
    github = Issues()
    steps = [
        printed(),
        printed({}),
        printed({}),
        printed({}, {"path": "/TaskDefinition"}),
        printed(),
        printed(),
        printed({}),
    ]
    assert [kept(github, step) for step in steps] == [
        "none", "opened", "unchanged", "updated", "closed", "none", "opened",
    ]  # fmt: skip
    assert [(row["title"], row["state"]) for row in github.fake.issues] == [
        ("Drift in prod", "closed"),
        ("Drift in prod", "open"),
    ]
    assert [row["body"] for rows in github.fake.comments.values() for row in rows] == ["Nothing differs any more."]


def test_an_issue_says_whose_hands_it_was() -> None:
    """Where CloudTrail knows, and that it is not known where it does not; nothing in it mentions or links anybody."""
    rows = drift_issue.rows(printed({}, {"who": "", "actual": "@acme/all <img> | `x`"}))
    assert rows is not None
    text = drift_issue.body("prod", rows)
    assert "| prod/app | Service (AWS::ECS::Service) | /DesiredCount | 2 | 0 | eve at 2026-11-30 03:12 |" in text
    assert "| not known |" in text
    assert "@acme" not in text
    assert "<img>" not in text


def test_a_stack_that_nothing_asks_for_is_in_the_issue() -> None:
    """It differs as a whole, so the issue stays open until it is deleted."""
    github = Issues()
    assert [kept(github, step) for step in (printed(gone=("prod/service-old",)), printed())] == ["opened", "closed"]
    assert "| prod/service-old | the stack |  | nothing asks for it | exists |" in github.fake.issues[0]["body"]


def test_a_long_list_is_cut_and_told() -> None:
    """Two hundred rows are enough to act on."""
    rows = drift_issue.rows(printed(*[{}] * 201))
    assert rows is not None
    assert "1 more rows are left out" in drift_issue.body("prod", rows)
    assert "left out" not in drift_issue.body("prod", rows[:200])


def test_an_issue_of_somebody_else_is_left_alone() -> None:
    """The title alone makes no issue the workflow's own."""
    github = Issues()
    github.fake.issue("Drift in prod", "mine", ["drift"], login="mallory")
    assert kept(github, printed({})) == "opened"
    assert github.fake.issues[0]["body"] == "mine"


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"stack": "a"}]', '[{"drift": {}}]', '{"a": ', "[" * 100_000])
def test_other_files_are_no_drift(text: str) -> None:
    """Nothing of them is taken: an issue must not be closed because a file was broken."""
    assert drift_issue.rows(text) is None
