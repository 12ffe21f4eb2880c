"""Releases as GitHub's deployments of their commits: state, duration and approvers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from generator.release import messages
from generator.release.model.release import Release
from generator.release.model.states import Approved, Closed, Proposed, Waiting

# GitHub Docs: REST API, "Create a deployment status".
GitHubState = Literal["error", "failure", "inactive", "in_progress", "queued", "pending", "success"]
_LONGEST = 140
_CLOSED: Mapping[str, GitHubState] = {
    "succeeded": "success", "rolled back": "failure", "failed": "failure", "rejected": "inactive",
    "cancelled": "inactive", "expired": "inactive", "superseded": "inactive",
}  # fmt: skip
_UNKNOWN_COMMIT = 422


class Deployments(Protocol):
    """The deployments: :class:`generator.pipeline.github.GitHub`."""

    def deployments(self, task: str) -> Iterable[Mapping[str, Any]]:
        """Those with this task, the newest first."""

    def open_deployment(self, fields: Mapping[str, Any]) -> int:
        """Create one. Returns its id."""

    def statuses(self, deployment: int) -> Iterable[Mapping[str, Any]]:
        """The statuses of a deployment, the newest first."""

    def set_status(self, deployment: int, fields: Mapping[str, Any]) -> None:
        """Add a status."""


class Deployed(NamedTuple):
    """A release as GitHub shows it. ``task`` tells stacks of one environment apart, ``url`` is where more is shown."""

    release: str
    commit: str
    environment: str
    task: str
    state: GitHubState
    description: str
    protected: bool = False
    url: str = ""


class Reported(NamedTuple):
    """The result of a run: releases whose status was written, unchanged ones, and commits of other repositories."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    foreign: tuple[str, ...]


def deployed(release: Release, now: float, *, current: bool, protected: bool = False, url: str = "") -> Deployed:
    """How GitHub shows a release. ``current``: no newer release of its stack has succeeded since."""
    state: GitHubState
    match release.state:
        case Proposed() | Approved():
            state = "queued"
        case Waiting():
            state = "pending"
        case Closed(outcome=outcome):
            state = _CLOSED[outcome] if outcome != "succeeded" or current else "inactive"
        case _:
            state = "in_progress"
    return Deployed(
        release.id, release.after.commit, release.stack.environment, f"deploy:{release.stack.key}", state,
        _description(release, now), protected, url,
    )  # fmt: skip


def _description(release: Release, now: float) -> str:
    """``succeeded in 4 min 10 s, approved by ben and kim``; at most 140 characters, as GitHub takes them."""
    said = messages.word(release)
    if release.began:
        said += f" in {messages.duration(messages.spent(release, now))}"
    names = sorted({approval.actor.name for approval in release.approvals})
    text = ", ".join([said, *([f"approved by {' and '.join(names)}"] if names else [])])
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def report(github: Deployments, releases: Sequence[Deployed]) -> Reported:
    """Bring GitHub's deployments up to date. A run that was interrupted is completed by the next one.

    A commit that GitHub does not have is another repository's: its own workflow reports it.
    """
    written, unchanged, foreign = [], [], []
    known: dict[str, dict[str, int]] = {}
    for one in releases:
        if one.task not in known:
            known[one.task] = {
                str(row["payload"].get("release")): row["id"]
                for row in reversed(list(github.deployments(one.task)))
                if isinstance(row.get("payload"), dict)
            }
        found = known[one.task].get(one.release)
        if found is None:
            found = _opened(github, one)
        if found is None:
            foreign.append(one.release)
            continue
        last = next(iter(github.statuses(found)), {})
        if (last.get("state"), last.get("description")) == (one.state, one.description):
            unchanged.append(one.release)
            continue
        # auto_inactive would end what else runs in the environment: other services.
        status = {
            "state": one.state, "description": one.description, "auto_inactive": False,
            **({"log_url": one.url} if one.url else {}),
        }  # fmt: skip
        github.set_status(found, status)
        written.append(one.release)
    return Reported(tuple(written), tuple(unchanged), tuple(foreign))


def _opened(github: Deployments, one: Deployed) -> int | None:
    from generator.pipeline.github import GitHubError

    try:
        return github.open_deployment(
            {
                "ref": one.commit,
                "task": one.task,
                "environment": one.environment,
                "payload": {"release": one.release},
                "description": f"{one.release}, released by people in chat",
                "production_environment": one.protected,
                "transient_environment": False,
            }
        )
    except GitHubError as error:
        if error.status == _UNKNOWN_COMMIT:
            return None
        raise
