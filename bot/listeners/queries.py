"""Answers that are read from the log after the acknowledgement."""

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

from msgspec.structs import replace

from bot.authorization import Origin
from bot.blocks import lists
from bot.blocks.home import HomeView
from bot.blocks.message import Message, simple
from bot.blocks.text import safe
from bot.chat_words import in_chat_words
from bot.front import Front
from bot.intents import Show
from bot.replies import ReplyTarget
from generator.release import left_behind, messages, policy
from generator.release.client import StackStatus
from generator.release.environment_state import forgotten, forgotten_sentences, standing
from generator.release.errors import ReleaseError
from generator.release.model.log_records import LockNow
from generator.release.model.people import Actor
from generator.release.model.release import NeedsApproval, Release
from generator.release.model.requests import Answer, Lines, Logs, Refusal
from generator.release.tombstone import orphans

_LOOK_BACK = 20


def show(front: Front, intent: Show, found: Origin) -> Message:
    """The answer to a query. A sentence if AWS does not answer."""
    del found
    try:
        return _show(front, intent)
    except ReleaseError as error:
        return simple(f"The answer could not be read: {safe(str(error), 500)}. Try again in a moment.")


def _show(front: Front, intent: Show) -> Message:
    match intent.what:
        case "status":
            return status(front, intent.of)
        case "history":
            return lists.history(intent.of, front.client.history(intent.of, 15), front.clock())
        case "diff":
            return _diff(front, intent.of)
        case "release":
            return release(front, intent.of)
        case _:
            return lists.usage()


def ask_logs(front: Front, key: str, id_: str, where: ReplyTarget) -> str:
    """Let the worker read a service's log, which the front may not. Returns what to tell if the request failed."""
    return front.send(
        Logs(id=id_, stack=key), where, f"Reading the logs of {safe(key)} …", lambda a: logs(front, key, a)
    )


def logs(front: Front, key: str, answer: Answer) -> Message:
    """The lines that the worker read, with the place of the others."""
    facts = front.facts.stacks[key]
    match answer:
        case Lines():
            found = replace(answer, why=in_chat_words(answer.why))
        case Refusal():
            found = Lines(group=facts.log_group, why=in_chat_words(answer.why))
        case _:
            found = Lines(
                group=facts.log_group, why="the worker has another version than the front; deploy the bot again"
            )
    try:
        slot, _ = front.log.slot(key)
        last = front.client.release(slot.open or slot.last) if slot.open or slot.last else None
    except ReleaseError:
        last = None  # what was read is told all the same
    return lists.logs(key, facts.ref.region, found, last)


def status(front: Front, environment: str = "") -> Message:
    """What is running in each environment."""
    keys = [key for key, f in front.facts.stacks.items() if not environment or f.ref.environment == environment]
    keys += gone(front, environment)
    places = front.client.status(keys)
    lost = (*(() if environment else forgotten_environments(front)), *_left(places))
    return lists.status(places, locks(front, environment), front.facts, front.clock(), lost)


def _left(places: Sequence[StackStatus]) -> Iterator[str]:
    """A sentence for each resource that an update left behind."""
    for place in places:
        yield from left_behind.sentences(place.key, place.slot.left)


def gone(front: Front, environment: str = "") -> list[str]:
    """Existing stacks of an environment, or of all, that nothing asks for any more."""
    names = [environment] if environment else list(front.facts.environments)
    return orphans(front.facts, (key for name in names for key in standing(front.log, name)))


def forgotten_environments(front: Front) -> tuple[str, ...]:
    """A sentence for each environment whose file is gone while its stacks stand."""
    return tuple(forgotten_sentences(forgotten(front.log, front.facts.environments)))


def locks(front: Front, environment: str = "") -> list[LockNow]:
    """Locks of an environment, or of all."""
    names = [environment] if environment else list(front.facts.environments)
    return [lock for name in names for lock in front.client.locks(name)]


def release(front: Front, release_id: str) -> Message:
    """The state of one release."""
    found = front.client.release(release_id)
    if found is None:
        return simple(f"There is no release {safe(release_id, 80)}; see `/deploy status`.")
    return simple(f"{safe(messages.title(found), 400)}: {safe(messages.outcome(found), 500)}.")


def _diff(front: Front, key: str) -> Message:
    slot, _ = front.log.slot(key)
    there = slot.running.commit if slot.running is not None else ""
    newer = takewhile(lambda version: version.id != there, front.versions.newest())
    fitting = (v for v in newer if key in v.stacks)
    return lists.diff(key, slot.running, list(islice(fitting, _LOOK_BACK)), front.facts)


def home(front: Front, user: str) -> HomeView:
    """What App Home shows to one person."""
    keys = [*front.facts.stacks, *gone(front)]
    places = front.client.status(keys)
    person = front.facts.person(Actor(channel="slack", id=user))
    waiting = [p.open for p in places if p.open is not None and messages.awaits_approval(p.open)]
    mine = [r for r in waiting if _is_asked(front, r, person)]
    return HomeView(
        places=places, mine=mine, locks=locks(front), links={}, lost=(*forgotten_environments(front), *_left(places))
    )


def _is_asked(front: Front, release_: Release, person: str) -> bool:
    """Whether this person could satisfy an open rule. Groups of Slack are read by the worker, at the click."""
    gate = release_.gate
    if not person or not isinstance(gate, NeedsApproval):
        return False
    groups = set(front.facts.static_groups(person))
    groups |= {name for name, team in front.facts.teams.items() if team.slack_group is not None}
    return any(
        not policy.may_approve(need, release_, person, tuple(groups)) for need in policy.open_needs(gate, release_)
    )
