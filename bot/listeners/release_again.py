"""A release again, and the rollback from one: what a button of a card and a typed verb request."""

from bot.authorization import UserRequest
from bot.front import Front
from generator.release.model.release import Delete, Release, Rollback
from generator.release.model.requests import DeleteStack, Propose, RestartService, RollBack
from generator.release.model.states import Closed, name
from generator.release.restarts import is_restart
from generator.release.scope_names import call_scope

NOT_THERE = "{} no longer runs the version of this release. Use `/rollback` to choose a version."


def runs(front: Front, release: Release) -> bool:
    """Whether the version of this release is what its stack runs now."""
    slot, _ = front.log.slot(release.stack.key)
    return slot.running is not None and slot.running.release == release.id


def back_from(release: Release, id_: str, reason: str = "") -> RollBack:
    """Go back to the version that ran before this release, as its card named it, and to no other."""
    before = release.before.commit if release.before is not None else None
    return RollBack(id=id_, stack=release.stack.key, version=before, reason=reason or f"undoes {release.id}")


def again(front: Front, release: Release, id_: str, reason: str = "") -> UserRequest | str:
    """The same release once more. After a rollback that succeeded: the version that it took away."""
    why = reason or release.reason
    went_back = isinstance(release.purpose, Rollback) and isinstance(release.state, Closed)
    if went_back and name(release.state) == "succeeded" and release.before is not None:
        if not runs(front, release):
            return NOT_THERE.format(call_scope(release.stack.key))
        return Propose(
            id=id_,
            stack=release.stack.key,
            version=release.before.commit,
            reason=reason or f"again, after {release.id}",
        )
    if is_restart(release):
        return RestartService(id=id_, stack=release.stack.key, reason=why)
    if isinstance(release.purpose, Delete):
        return DeleteStack(id=id_, stack=release.stack.key, reason=why)
    if isinstance(release.purpose, Rollback):
        return RollBack(id=id_, stack=release.stack.key, version=release.after.commit, reason=why)
    return Propose(id=id_, stack=release.stack.key, version=release.after.commit, reason=why)
