"""The one comment of a pull request."""

import pytest

from generator.pipeline import comment
from generator.pipeline.github import Comment
from tests.fakes.github_server import FakeGitHub

PLAN = "## Plan for `prod`: 1 changed\n\n### `slipway-prod-app`: LOW RISK\n\n<details><summary>1 change</summary>\n\n{}\n\n</details>\n"


class Comments:
    """The comments of a fake repository."""

    def __init__(self) -> None:
        self.fake = FakeGitHub()

    def comments(self, number: int) -> list[Comment]:
        """As GitHub gives them back: with the line ends of a form."""
        rows = self.fake.comments.get(number, [])
        return [Comment(row["id"], row["body"].replace("\n", "\r\n"), row["user"]["login"]) for row in rows]

    def add_comment(self, number: int, body: str) -> None:
        """One more."""
        self.fake.comment(number, body)

    def edit_comment(self, comment: int, body: str) -> None:
        """Another text."""
        self.fake.answer("PATCH", f"/repos/acme/shop/issues/comments/{comment}", {}, {"body": body})


def test_a_pull_request_has_one_comment() -> None:
    """Created once, changed with each push, left alone where nothing changed."""
    github = Comments()
    first, second = (comment.text([PLAN.format(n)], commit="c" * 40) for n in "ab")
    assert comment.keep(github, 7, first) == "created"
    assert comment.keep(github, 7, first) == "unchanged"
    assert comment.keep(github, 7, second) == "updated"
    assert [row["body"] for row in github.fake.comments[7]] == [second]


def test_a_comment_of_somebody_else_is_never_changed() -> None:
    """Anybody can write the mark: only what the workflow wrote is its own."""
    github = Comments()
    github.fake.comment(7, f"{comment.MARKER}\nlooks like it", login="mallory")
    assert comment.keep(github, 7, comment.text([PLAN], commit="c" * 40)) == "created"
    assert github.fake.comments[7][0]["body"].endswith("looks like it")


def test_a_comment_says_what_it_is_made_of() -> None:
    """All plans in the order given, the commit, the run, and what happens after the merge."""
    text = comment.text([PLAN.format("x"), PLAN.format("y")], commit="0123456789abcdef" * 2, run="https://github.com/r")
    assert text.startswith(comment.MARKER)
    assert text.index("\nx\n") < text.index("\ny\n")
    assert "From 0123456789ab by [this run](https://github.com/r)." in text
    assert "a release that people approve in chat" in text
    assert "No environment was planned" in comment.text([], commit="c" * 40)


@pytest.mark.parametrize("size", [30_000, 65_000, 66_700, 200_000])
def test_a_long_plan_is_cut_between_stacks(size: int) -> None:
    """Never longer than GitHub takes; what is folded stays closed, and the cut is told."""
    stack = PLAN.format("x" * 1000)
    text = comment.text([stack * (size // len(stack))], commit="c" * 40)
    assert len(text) <= comment.MAX
    assert text.count("<details>") == text.count("</details>")
    assert ("The rest is cut" in text) == (size > 65_000)
    assert "people approve in chat" in text
