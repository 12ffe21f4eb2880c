"""From what somebody meant to the one request that is sent for it, with an id made of Slack's own."""

from typing import assert_never

from bot.front import Asked
from bot.intents import Act, Back, Free, Hold, Start
from generator.release.model.requests import Decide, Lock, Propose, RollBack, Unlock

Sendable = Start | Back | Act | Hold | Free


def request(wanted: Sendable, id_: str) -> Asked:
    """The request. An ``Act`` has to name its release."""
    match wanted:
        case Start():
            return Propose(
                id=id_, stack=wanted.key, version=wanted.version, promote_from=wanted.promote_from,
                reason=wanted.reason, break_glass=wanted.break_glass,
            )  # fmt: skip
        case Back():
            return RollBack(
                id=id_, stack=wanted.key, release=wanted.release, version=wanted.version, reason=wanted.reason
            )
        case Act():
            return Decide(id=id_, release=wanted.release, verdict=wanted.verdict, reason=wanted.reason)
        case Hold():
            return Lock(id=id_, scope=wanted.scope, reason=wanted.reason, hours=wanted.hours, freeze=wanted.freeze)
        case Free():
            return Unlock(id=id_, scope=wanted.scope, reason=wanted.reason)
        case _:
            assert_never(wanted)


def described(wanted: Sendable) -> str:
    """What is being asked, in a few words."""
    match wanted:
        case Start():
            what = f"{wanted.version[:12]} to {wanted.key}" if wanted.version else f"the newest version to {wanted.key}"
            return f"Asked for {what}"
        case Back():
            return f"Asked to roll {wanted.key} back"
        case Act():
            return f"Asked to {'let ' + wanted.release + ' go on' if wanted.verdict == 'continue' else wanted.verdict + ' ' + wanted.release}"
        case Hold():
            return f"Asked to {'freeze' if wanted.freeze else 'lock'} {wanted.scope}"
        case Free():
            return f"Asked to unlock {wanted.scope}"
        case _:
            assert_never(wanted)


def environments(wanted: Sendable, of_release: tuple[str, ...]) -> tuple[str, ...]:
    """Environments that it touches; ``of_release`` are those of the release that an ``Act`` names."""
    match wanted:
        case Start(promote_from=None) | Back():
            return (wanted.key.partition("/")[0],)
        case Start():
            return (wanted.key.partition("/")[0],)
        case Hold() | Free():
            return (wanted.scope.partition("/")[0],)
        case Act():
            return of_release
        case _:
            assert_never(wanted)
