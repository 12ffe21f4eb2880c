"""Requests whose object the log names: "undo app prod", "retry prod-app-4", "app prod #123", "approve". Read after the ack."""

import re
from itertools import islice

from bot.answers import acknowledgement
from bot.authorization import Origin, UserRequest
from bot.blocks.text import code, link, safe
from bot.cards import pk, read
from bot.chat_words import in_chat_words
from bot.front import Front
from bot.intents import Indirect
from bot.listeners.release_again import again, back_from
from bot.replies import ReplyTarget
from generator.release import messages
from generator.release.errors import ReleaseError
from generator.release.model.release import Release
from generator.release.model.requests import Decide, Propose, RollBack
from generator.release.model.states import Approved, Closed, Proposed, RollingBack, Waiting
from generator.release.scope_names import call_scope

_LOOK_BACK = 300  # versions that are searched for a pull request
# GitHub's subjects of a squashed and of a merged pull request:
# https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges
_PULL = r"\(#{0}\)\s*$|^Merge pull request #{0} "


def ask_indirectly(front: Front, asked: Indirect, id_: str, found: Origin, where: ReplyTarget) -> str:
    """Look the request up and send it, after the acknowledgement. Returns what to tell at once if that is refused."""
    why = front.authorization.refuse(found, "look")
    if not why:
        front.background.do(lambda: _ask(front, asked, id_, found, where))
    return f"Refused: {why}." if why else ""


def _ask(front: Front, asked: Indirect, id_: str, found: Origin, where: ReplyTarget) -> None:
    try:
        made = request(front, asked, id_)
    except ReleaseError as error:
        made = f"The release could not be read: {safe(str(error), 500)}. Try again in a moment."
    if not isinstance(made, str):
        made = front.ask(made, id_, found, where, f"{safe(acknowledgement(made))}.")
    if made:
        front.replies.tell_now(where, made)


def request(front: Front, asked: Indirect, id_: str) -> UserRequest | str:  # noqa: PLR0911 - one for each thing that is asked
    """The request, or a sentence in markup that says why there is none and what to do.

    Raises:
        ReleaseError: the log can't be read.
    """
    if asked.pull:
        return _of_pull(front, asked, id_)
    release = _release(front, asked)
    if isinstance(release, str):
        return release
    if release is None:
        return _nothing_open(front, asked, id_)
    match asked.verb:
        case "approve":
            return approval(front, release)
        case "retry":
            return _retry(front, release, asked, id_)
        case "rollback":
            return _roll_back(front, release, asked, id_)
        case "abort":
            waits = isinstance(release.state, Proposed | Waiting | Approved)
            return Decide(id=id_, release=release.id, verdict="cancel" if waits else "undo", reason=asked.reason)
        case "cancel" | "undo" | "continue" | "reject":
            return Decide(id=id_, release=release.id, verdict=asked.verb, reason=asked.reason)
        case _:
            return f"{code(release.id)} can't be requested like this; see `/deploy help`."


def _release(front: Front, asked: Indirect) -> Release | str | None:
    if asked.release:
        found = front.client.release(asked.release)
        return found or f"There is no release {code(asked.release)}; see `/deploy status`."
    if not asked.stack:
        return f"Name the release, for example `/deploy {asked.verb} prod-app-12`.{_waiting(front)}"
    slot, _ = front.log.slot(asked.stack)
    last = slot.open or (slot.last if asked.verb == "retry" else "")
    return front.client.release(last) if last else None


def _waiting(front: Front) -> str:
    """The releases that wait for people, each with its card."""
    rows = [
        f"\n• {_called(front, release)} {safe(messages.standing(release), 200)}" for release in front.client.waiting()
    ]
    return " These wait for approval:" + "".join(rows[:8]) if rows else ""


def _nothing_open(front: Front, asked: Indirect, id_: str) -> UserRequest | str:
    """What to answer where a stack has no open release: to undo it then is to roll back."""
    if asked.verb == "undo":
        return RollBack(id=id_, stack=asked.stack, reason=asked.reason)
    slot, _ = front.log.slot(asked.stack)
    runs = f"It runs {safe(messages.call_running(slot.running), 200)}. " if slot.running is not None else ""
    name = call_scope(asked.stack)
    environment, _, service = name.partition("/")
    return (
        f"No release of {code(name)} is open, so there is nothing to {asked.verb}. {runs}To go back to the version before: "
        f"`/rollback {service} {environment}`."
    )


def approval(front: Front, release: Release) -> str:
    """Where to approve: the card shows what is approved, and an approval counts for that alone."""
    if not messages.awaits_approval(release):
        return f"{code(release.id)} is not waiting for approval: {safe(messages.standing(release), 300)}."
    return (
        f"Approve {_called(front, release)} by the button of its card: an approval counts for the change that is shown there. "
        f"{safe(in_chat_words(_asked(front, release)), 600)}"
    )


def _asked(front: Front, release: Release) -> str:
    missing = messages.outstanding_approvals(release, front.facts)
    return f"It needs {' and '.join(one.sentence for one in missing)}." if missing else ""


def _called(front: Front, release: Release) -> str:
    """A release as a link to its card, if it was posted."""
    found = front.log.table.get(pk(release.id), "card")
    card = read(found) if found is not None else None
    if card is None or not card.ts:
        return code(release.id)
    address = front.web.chat_getPermalink(channel=card.channel, message_ts=card.ts).get("permalink", "")
    return link(str(address), release.id)


def _retry(front: Front, release: Release, asked: Indirect, id_: str) -> UserRequest | str:
    state = release.state
    if isinstance(state, RollingBack) and state.how == "stuck":
        return Decide(id=id_, release=release.id, verdict="undo", reason="retry")
    if not isinstance(state, Closed):
        return f"{code(release.id)} has not ended: {safe(messages.standing(release), 300)}."
    return again(front, release, id_, asked.reason)


def _roll_back(front: Front, release: Release, asked: Indirect, id_: str) -> UserRequest | str:
    """``rollback prod-app-4``: undo it where it is under way, go back from it where it runs; else both meanings are named."""
    if not isinstance(release.state, Closed):
        return Decide(id=id_, release=release.id, verdict="undo", reason=asked.reason)
    slot, _ = front.log.slot(release.stack.key)
    if slot.running is not None and slot.running.release == release.id:
        return back_from(release, id_, asked.reason)
    where = f"{release.stack.label} {release.stack.environment}"
    return (
        f"{code(release.id)} is not what {release.stack.label} in {release.stack.environment} runs: that is "
        f"{safe(messages.call_running(slot.running), 200)}. To bring the version of {release.id} back: "
        f"`/rollback {where} to {release.id}`. To go back from what runs: `/rollback {where}`."
    )


def _of_pull(front: Front, asked: Indirect, id_: str) -> UserRequest | str:
    """The newest version whose commit names the pull request in its subject, as GitHub writes it on a merge."""
    pattern = re.compile(_PULL.format(asked.pull))
    for version in islice(front.versions.newest(), _LOOK_BACK):
        if pattern.search(version.commit.subject):
            return Propose(
                id=id_, stack=asked.stack, version=version.id, reason=asked.reason, break_glass=asked.break_glass
            )
    environment, _, service = call_scope(asked.stack).partition("/")
    return (
        f"None of the newest {_LOOK_BACK} versions is of pull request #{asked.pull}: it is not merged, not published yet, or its "
        f"commit does not name it. Write its commit: `/deploy {service} {environment} 3f2a5b6c7d8e`."
    )
