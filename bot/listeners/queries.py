"""Answers that are read from the log after the acknowledgement."""

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

from msgspec.structs import replace

from bot.authorization import Origin
from bot.blocks import lists, overview
from bot.blocks.home import HomeView
from bot.blocks.message import Message, context, simple
from bot.blocks.text import lines, safe
from bot.chat_words import in_chat_words
from bot.front import Front
from bot.intents import Show
from bot.replies import ReplyTarget
from generator.release import gates, left_behind, messages, policy
from generator.release.client import StackStatus
from generator.release.environment_state import forgotten, forgotten_sentences, standing
from generator.release.errors import ReleaseError
from generator.release.model.log_records import LockNow
from generator.release.model.people import Actor
from generator.release.model.release import NeedsApproval, Release
from generator.release.model.requests import Answer, Lines, Logs, Refusal
from generator.release.scope_names import call_scope
from generator.release.tombstone import orphans

_LOOK_BACK = 20
_RECENT = 10  # stacks whose newest releases are read


def show(front: Front, intent: Show, found: Origin) -> Message:
    """The answer to a query. A sentence if AWS does not answer."""
    del found
    try:
        return _noted(_show(front, intent), intent.note)
    except ReleaseError as error:
        return simple(f"The answer could not be read: {safe(str(error), 500)}. Try again in a moment.")


def _noted(message: Message, note: str) -> Message:
    """The same message with a line below."""
    if not note:
        return message
    below = context(note)
    classic = [*message.classic, below] if message.classic is not None else None
    return message._replace(text=f"{message.text}\n{note}", blocks=[*message.blocks, below], classic=classic)


def _show(front: Front, intent: Show) -> Message:  # noqa: C901, PLR0911 - one for each thing that is shown
    match intent.what:
        case "status":
            return status(front, intent.of)
        case "history":
            return _history(front, intent.of)
        case "diff":
            return _diff(front, intent.of)
        case "plan":
            return _plan(front, intent.of)
        case "release":
            return release(front, intent.of)
        case "why":
            slot, _ = front.log.slot(intent.of)
            return release(front, slot.open or slot.last) if slot.open or slot.last else _history(front, intent.of)
        case "where":
            return overview.where(intent.of, front.client.status(list(front.facts.stacks)), front.facts)
        case "locks":
            return overview.locked(locks(front, intent.of), front.clock())
        case "open":
            waits = [r for r in front.client.open() if not intent.of or r.stack.environment == intent.of]
            return overview.open_releases(waits)
        case "environments":
            return overview.environments(front.facts)
        case "thanks":
            return simple("You are welcome.")
        case _:
            return lists.usage(intent.of)


def ask_logs(front: Front, key: str, id_: str, where: ReplyTarget) -> str:
    """Let the worker read a service's log, which the front may not. Returns what to tell if the request failed."""
    return front.send(
        Logs(id=id_, stack=key),
        where,
        f"Reading the logs of {safe(call_scope(key))} …",
        lambda a: logs(front, key, a),
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


def status(front: Front, of: str = "") -> Message:
    """What is running: everywhere, in an environment, of a service (``*/app``), or of one stack (``prod/service-app``)."""
    environment = of.partition("/")[0].replace("*", "")
    keys = _keys(front, of)
    places = front.client.status(keys)
    lost = (*(() if of else forgotten_environments(front)), *_left(places))
    held = locks(front, environment)
    if "/" in of:
        held = [lock for lock in held if any(lock.holds(key, front.clock()) for key in keys)]
    return overview.status(places, held, front.facts, front.clock(), lost)


def _keys(front: Front, of: str) -> list[str]:
    """The stacks that a query is about."""
    environment, _, name = of.partition("/")
    if environment == "*":
        return [key for key, f in front.facts.stacks.items() if name in {f.ref.label, f.ref.stack}]
    if name:
        return [of]
    keys = [key for key, f in front.facts.stacks.items() if not environment or f.ref.environment == environment]
    return keys + gone(front, environment)


def _history(front: Front, of: str) -> Message:
    """Releases of one stack; of several stacks the newest of all."""
    keys = _keys(front, of)
    if len(keys) == 1:
        return lists.history(keys[0], front.client.history(keys[0], 15), front.clock())
    slots = front.log.slots(keys)
    recent = sorted((key for key in keys if key in slots and slots[key].at), key=lambda key: -slots[key].at)[:_RECENT]
    found = sorted((one for key in recent for one in front.client.history(key, 5)), key=lambda one: -one.created)[:15]
    environment, _, name = of.partition("/")
    return lists.recent(f"{name} in each environment" if name else environment or "the platform", found, front.clock())


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
    said = f"{safe(messages.title(found), 400)}: {safe(messages.standing(found), 500)}. Requested by {safe(found.requester.name, 60)}."
    why = lines((f"• {safe(in_chat_words(line), 300)}" for line in messages.reasons(found)), 2000)
    return simple(f"{said}\n{why}" if why else said)


def _diff(front: Front, key: str) -> Message:
    slot, _ = front.log.slot(key)
    there = slot.running.commit if slot.running is not None else ""
    newer = takewhile(lambda version: version.id != there, front.versions.newest())
    fitting = (v for v in newer if key in v.stacks)
    return lists.diff(key, slot.running, list(islice(fitting, _LOOK_BACK)), front.facts)


def _plan(front: Front, key: str) -> Message:
    """What a release of the newest version would bring, as far as the log and what was published tell it. Nothing is requested."""
    slot, _ = front.log.slot(key)
    newest = next((v for v in islice(front.versions.newest(), _LOOK_BACK) if key in v.stacks), None)
    return lists.plan(key, slot.running, newest)


def home(front: Front, user: str) -> HomeView:
    """What App Home shows to one person."""
    keys = [*front.facts.stacks, *gone(front)]
    places = front.client.status(keys)
    person = front.facts.person(Actor(channel="slack", id=user))
    waiting = [p.open for p in places if p.open is not None and messages.awaits_approval(p.open)]
    mine = [r for r in waiting if _is_asked(front, r, person)]
    mine += [p.open for p in places if p.open is not None and person and gates.is_waiting(p.open)]
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
