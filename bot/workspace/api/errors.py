"""Errors of the Web API, with Slack's own codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.workspace.blocks.checks import Problem


class SlackError(Exception):
    """An error of the Web API: `{"ok": false, "error": …}` and what else the answer carries."""

    def __init__(self, error: str, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra


def missing(*fields: str) -> SlackError:
    """The answer to a call that lacks arguments."""
    return invalid_arguments(*(f"missing required field: {field}" for field in fields))


def invalid_arguments(*messages: str) -> SlackError:
    """The answer to a call whose arguments make no sense."""
    lines = [f"[ERROR] {message}" for message in messages]
    return SlackError("invalid_arguments", response_metadata={"messages": lines})


def refused(error: str, problems: tuple[Problem, ...]) -> SlackError:
    """The answer to blocks or a view that Slack won't take."""
    lines = [problem.line for problem in problems]
    return SlackError(error, errors=lines, response_metadata={"messages": [f"[ERROR] {line}" for line in lines]})
