"""One issue for each environment in which somebody changed AWS by hand; it is closed when nothing differs any more."""

import json
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, Protocol

from generator.pipeline.github import ACTIONS, Issue
from generator.safe_text import markdown as escaped

LABEL = "drift"
_MOST_ROWS = 200
_NEXT = (
    "Write into `stacks/` what you want to keep, and merge it. What you don't keep is set back by the next release of "
    "the stack whose change set contains it. This issue is closed when nothing differs any more."
)


class Issues(Protocol):
    """The issues: :class:`generator.pipeline.github.GitHub`."""

    def open_issues(self, label: str) -> Iterable[Issue]:
        """Open issues with a label."""

    def open_issue(self, title: str, body: str, label: str) -> int:
        """Open an issue. Returns its number."""

    def add_comment(self, number: int, body: str) -> None:
        """Comment on an issue."""

    def edit_issue(self, number: int, **fields: str) -> None:
        """Change or close an issue."""


class Row(NamedTuple):
    """A property that differs: its place, the values in the template and in AWS, and who changed it ("" if not known)."""

    stack: str
    resource: str
    path: str
    expected: str
    actual: str
    who: str


def rows(text: str) -> list[Row] | None:
    """What the document of ``slipway drift ENV --json`` names (``drift/1``): properties, and stacks that nothing asks for.

    None for anything else.
    """
    try:
        found = []
        document = json.loads(text)
        if document["document"] != "drift/1":
            return None
        for row in document["drift"]:
            one = row["drift"]
            who = f"{one['who']} at {one.get('when', '')}" if one.get("who") else ""
            resource = f"{one['logical_id']} ({one['type']})"
            found.append(Row(*map(str, (row["stack"], resource, one["path"], one["expected"], one["actual"], who))))
        found += [
            Row(str(key), "the stack", "", "nothing asks for it", "exists", "") for key in document["nothing_asks_for"]
        ]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return found


def title(environment: str) -> str:
    """``Drift in prod``: the title by which an environment's issue is found again."""
    return f"Drift in {environment}"


def body(environment: str, found: Sequence[Row]) -> str:
    """A table of the differences, who caused them if CloudTrail knows, and what to do."""
    lines = [
        f"`{environment}` differs from its templates. Somebody changed it outside of a release.", "",
        "| Stack | Resource | Property | Template | AWS | Who |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row in found[:_MOST_ROWS]:
        cells = (*row[:-1], row.who or "not known")
        lines.append(f"| {' | '.join(escaped(cell) for cell in cells)} |")
    if len(found) > _MOST_ROWS:
        lines.append(f"\n{len(found) - _MOST_ROWS} more rows are left out.")
    return "\n".join([*lines, "", _NEXT])


def keep(
    github: Issues, environment: str, found: Sequence[Row]
) -> Literal["opened", "updated", "unchanged", "closed", "none"]:
    """Bring the environment's issue up to date: open, change, or close it."""
    name = title(environment)
    issue = next((i for i in github.open_issues(LABEL) if i.title == name and i.login == ACTIONS), None)
    if not found:
        if issue is None:
            return "none"
        github.add_comment(issue.number, "Nothing differs any more.")
        github.edit_issue(issue.number, state="closed")
        return "closed"
    text = body(environment, found)
    if issue is None:
        github.open_issue(name, text, LABEL)
        return "opened"
    if issue.body.replace("\r\n", "\n").strip() == text.strip():
        return "unchanged"
    github.edit_issue(issue.number, body=text)
    return "updated"
