"""What a person must know after Ctrl-C when a request was sent: it continues, and how to stop it."""

from typing import assert_never

from generator.release.model.requests import (
    Decide,
    DeleteStack,
    Lock,
    Logs,
    Opened,
    Propose,
    RestartService,
    RollBack,
    Unlock,
    Wake,
)
from generator.wiring.application import Application


def goes_on(application: Application) -> str:  # noqa: PLR0911 - one for each kind of request
    """Lines about the last request of this command; "" if none was sent."""
    request = application.client.asked
    line = application.command_line
    match request:
        case None | Logs() | Wake():
            return ""
        case Propose() | RollBack() | RestartService() | DeleteStack():
            answer = application.client.log.answered(request.id)
            if isinstance(answer, Opened):
                return _release(application, f"{answer.release} continues", answer.release)
            environment = request.stack.partition("/")[0]
            return (
                f"the request was sent and continues without you; see the result with: "
                f"{line(f'status {environment}')}\n"
                f"Stop it with: {line('undo RELEASE')}, or while nothing has started: {line('cancel RELEASE')}"
            )
        case Decide(verdict="approve" | "continue" as verdict, release=release):
            return _release(
                application, f"your request to {verdict} was sent, and {release} continues without you", release
            )
        case Decide(verdict=verdict, release=release):
            return (
                f"your request to {verdict} {release} was sent and continues without you; follow it with: "
                f"{line(f'follow {release}')}\nWhat was decided can't be taken back; release again with: slipway deploy"
            )
        case Lock(scope=scope):
            return f"the lock was sent and holds without you; remove it with: {line(f'unlock {_place(scope)}')}"
        case Unlock(scope=scope):
            return f"the request was sent and continues without you; lock again with: {line(f'lock {_place(scope)}')}"
        case _:
            assert_never(request)


def _release(application: Application, what: str, release: str) -> str:
    return (
        f"{what}; follow it with: {application.command_line(f'follow {release}')}\n"
        f"Stop it with: {application.command_line(f'undo {release}')}"
    )


def _place(scope: str) -> str:
    """``prod app`` or ``prod``, as the commands take it."""
    environment, _, stack = scope.partition("/")
    return environment if stack in {"", "*"} else f"{environment} {stack.removeprefix('service-')}"
