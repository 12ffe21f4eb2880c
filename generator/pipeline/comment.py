"""The one comment of a pull request, kept up to date: what it would change in each environment."""

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

from generator.pipeline.github import ACTIONS, Comment

# How the comment is found again. Only what a workflow wrote is edited: anybody can write these characters.
MARKER = "<!-- slipway: plan -->"
MAX = 65_536  # characters that GitHub takes in a comment
_CUT = "\n\n> The rest is cut: GitHub takes 65,536 characters. All of it: `slipway plan ENV` in a checkout"


class Comments(Protocol):
    """The comments: :class:`generator.pipeline.github.GitHub`."""

    def comments(self, number: int) -> Iterable[Comment]:
        """The comments of a pull request."""

    def add_comment(self, number: int, body: str) -> None:
        """Write a new comment."""

    def edit_comment(self, comment: int, body: str) -> None:
        """Change a comment."""


def text(plans: Sequence[str], *, commit: str, run: str = "") -> str:
    """Marker, plans in Markdown (``slipway plan ENV --markdown``) and what they were made of; cut to what GitHub takes.

    ``commit`` is the pull request's newest commit, ``run`` the address of the workflow's run, "" for none.
    """
    by = f"From {commit[:12]}{f' by [this run]({run})' if run else ''}."
    foot = f"\n\n{by} Nothing was changed. After the merge each change is a release that people approve in chat."
    body = "\n\n".join(plan.strip() for plan in plans) or "No environment was planned."
    room = MAX - len(MARKER) - len(foot) - len(_CUT) - 2
    if len(body) > room:
        # What is folded or fenced must not swallow the rest: cut before the stack that does not fit.
        kept = body[:room]
        cut = max(kept.rfind("\n### "), kept.rfind("\n## "))
        body = (kept[:cut] if cut > 0 else kept[: kept.rfind("\n")]) + _CUT
    return f"{MARKER}\n{body}{foot}\n"


def keep(github: Comments, number: int, body: str) -> Literal["created", "updated", "unchanged"]:
    """Set the pull request's one comment to ``body``."""
    for comment in github.comments(number):
        if comment.login == ACTIONS and comment.body.startswith(MARKER):
            # GitHub gives texts back with the line ends of a form.
            if comment.body.replace("\r\n", "\n").strip() == body.strip():
                return "unchanged"
            github.edit_comment(comment.id, body)
            return "updated"
    github.add_comment(number, body)
    return "created"
