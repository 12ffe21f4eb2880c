"""What ``apply`` would do, without a release: ``gh-*`` change sets that are described, read and deleted."""

from collections.abc import Callable, Collection, Mapping, Sequence
from secrets import token_hex
from typing import Any, Literal, NamedTuple, assert_never

import msgspec

from generator.apply.conflicts import would_be_refused
from generator.apply.listener_order import priority_moves, sentences
from generator.apply.moved_outputs import followers, moving, redefined
from generator.apply.orphans import Orphan, renamed_services
from generator.release.deferred import index_changes, one_index_each, with_deferred
from generator.release.deferred import text as deferred_text
from generator.release.digests import canonical, template_digest
from generator.release.errors import Denied, ReleaseError
from generator.release.exports import in_use
from generator.release.fed_values import given
from generator.release.model.change import ChangeSet
from generator.release.model.observed import Broken, Gone, NewChangeSet, NoChanges, Pending, Ready, StackNow
from generator.release.model.people import ENGINE
from generator.release.model.preview import LEVELS, Reading
from generator.release.model.release import StackRef
from generator.release.model.version import Body, Version
from generator.release.restarts import kept_nonce
from generator.release.tombstone import TOMBSTONE, TOMBSTONE_BODY, TOMBSTONE_DIGEST
from generator.release.version_selection import call, lacks, target
from generator.wiring.application import Application

# made: there is no such stack yet; gone: nothing asks for it any more; follows: it gets other values once a stack before
# it was released; blocked: CloudFormation refuses, or what feeds it is missing.
Kind = Literal["changed", "made", "gone", "follows", "unchanged", "blocked"]
_LONGEST = 300.0


class Planned(NamedTuple):
    """What a release would do to one stack. ``moves`` names the outputs that it affects.

    ``moves`` names the outputs that are other ones after it; ``brings`` is the version whose image or code comes along,
    ``9c3ef13 (Serve items)``, "" if the stack has it already.
    """

    stack: StackRef
    kind: Kind
    why: str = ""
    resources: int = 0
    change_set: ChangeSet | None = None
    reading: Reading | None = None
    moves: frozenset[str] = frozenset()
    brings: str = ""

    @property
    def rank(self) -> int:
        """How urgently somebody has to read it. The highest number comes first."""
        if self.kind == "blocked":
            return len(LEVELS)
        if self.kind == "follows":
            return LEVELS.index("low")
        return LEVELS.index(self.reading.meaning.level) if self.reading is not None else 0


class _Asked(NamedTuple):
    ref: StackRef
    name: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    brings: str
    why: str = ""


def plan(  # noqa: PLR0913, PLR0917 - all that an environment is compared with
    application: Application, keys: Sequence[str], stacks: Mapping[str, Body], bodies: Mapping[str, bytes],
    say: Callable[[str], None], gone: Sequence[Orphan] = (), *, look_up: bool = True,
) -> list[Planned]:  # fmt: skip
    """Plan these stacks, and those in ``gone``, which nothing asks for. All change sets are requested first.

    Where the template changes, the newest published version's image or code comes along, as in ``apply``.

    Raises:
        ReleaseError: AWS does not answer, or does not let us.
    """
    found: dict[str, Planned | _Asked] = {}
    now: dict[str, StackNow | None] = {}
    newest = _newest(application, say)
    for key in keys:
        made = {p.stack.key for p in found.values() if isinstance(p, Planned) and p.kind == "made"}
        found[key] = _ask(application, key, stacks[key], bodies[key], now, newest, made)
        if isinstance(found[key], _Asked):
            say(f"{key}: creating a change set to read what would change")
    for orphan in gone:
        say(f"{orphan.ref.key}: creating a change set to read what would go")
        found[orphan.ref.key] = _ask_what_goes(application, orphan)
    moves = priority_moves({key: (p.before, p.after) for key, p in found.items() if isinstance(p, _Asked)})
    freed = frozenset(number for move in moves.values() for number in move.has - move.wants)
    planned = [p if isinstance(p, Planned) else _read(application, p, freed, look_up=look_up) for p in found.values()]
    exchanged = sentences(moves)
    planned = [p._replace(why=p.why or exchanged.get(p.stack.key, "")) for p in planned]
    created = {p.stack.key: bodies[p.stack.key] for p in planned if p.kind == "made"}
    renamed = renamed_services(application, gone, created, newest)
    return _following([p._replace(why=renamed.get(p.stack.key, p.why)) for p in planned], stacks, bodies)


def _newest(application: Application, say: Callable[[str], None]) -> Version | None:
    """The version whose images are deployed too. None if there is none, or if it can't be read.

    The role of pull requests (``PLATFORM-plan``) reads stacks and not versions: what it may see, anybody sees who can
    open a pull request.
    """
    branches = {application.facts.default_branch, ""}
    try:
        return next((v for v in application.versions.newest() if v.commit.branch in branches), None)
    except Denied:
        say("published versions can't be read with these credentials, so the plan does not show their images")
        return None


def _following(planned: Sequence[Planned], stacks: Mapping[str, Body], bodies: Mapping[str, bytes]) -> list[Planned]:
    """The same plans, and those of the stacks that changed outputs feed, near and far."""
    feeds = {key: body.sources for key, body in stacks.items()}
    order = [p.stack.key for p in planned if p.kind in {"unchanged", "changed", "follows"}]
    moves = {p.stack.key: p.moves for p in planned}
    names = followers(order, feeds, moves, lambda key: msgspec.json.decode(bodies[key], type=dict))
    found = []
    for p in planned:
        if p.stack.key in names and (p.kind == "changed" or not p.why):
            kind: Kind = "changed" if p.kind == "changed" else "follows"
            why = f"{', '.join(names[p.stack.key])} changes first, and then reaches this stack"
            found.append(p._replace(kind=kind, why="; ".join(filter(None, [p.why, why]))))
        else:
            found.append(p)
    return found


def _ask_what_goes(application: Application, orphan: Orphan) -> Planned | _Asked:
    """A change set to the empty template that a release would bring."""
    ref, stack = orphan.ref, orphan.stack
    if stack is None or stack.is_new:
        return Planned(ref, "gone", "nothing asks for this stack, and nothing of it was ever created")
    if not stack.can_change:
        return Planned(ref, "blocked", f"nothing asks for this stack, and it is {stack.status}")
    stacks = application.clouds.at(ref, ENGINE).stacks
    before = stacks.template(stack.id)
    if template_digest(before) == TOMBSTONE_DIGEST:
        return Planned(ref, "gone", "nothing asks for this stack, and it is empty already")
    name = f"gh-{token_hex(8)}"
    new = NewChangeSet(
        name=name, stack_name=ref.name, kind="UPDATE", template=TOMBSTONE_BODY, parameters={}, tags=stack.tags,
        capabilities=stack.capabilities, role=application.clouds.execution_role(ref),
        description="a plan; it is never executed",
    )  # fmt: skip
    try:
        stacks.create(new)
    except ReleaseError as error:
        return Planned(ref, "blocked", str(error))
    return _Asked(ref, name, before, TOMBSTONE, "")


def _ask(  # noqa: PLR0911, PLR0913, PLR0917 - one stack and what it is compared with
    application: Application, key: str, body: Body, text: bytes, now: dict[str, StackNow | None], newest: Version | None,
    made: Collection[str],
) -> Planned | _Asked:  # fmt: skip
    ref = application.facts.stacks[key].ref
    there = _describe(application, key, now)
    template = msgspec.json.decode(text, type=dict)
    count = len(template["Resources"])
    if there is None or there.is_new:
        return Planned(ref, "made", resources=count)
    if not there.can_change:
        return Planned(ref, "blocked", f"the stack is {there.status}")
    cloud = application.clouds.at(ref, ENGINE)
    before = cloud.stacks.template(there.id)
    values, missing = _inputs(application, body, there, now)
    same = template_digest(before) == body.digest
    if same and all(there.parameters.get(name) == value for name, value in values.items() if value is not None):
        return Planned(ref, "unchanged", resources=count)
    unmade = {f"{name} of {source}" for name, source in body.sources.items() if source in made}
    if missing and unmade >= set(missing):
        why = f"it gets {', '.join(missing)}, which is created first"
        return Planned(ref, "follows", why, moves=redefined(before, template))
    if missing:
        return Planned(ref, "blocked", f"needs {', '.join(missing)}; run the plan again after that is deployed")
    brings = ""
    released: Mapping[str, str] = {}
    if newest is not None and not same and key in newest.stacks and not lacks(newest, key, ref.service):
        released = target(newest, key, ref.service).parameters
    unset = [name for name in body.released if name not in there.parameters and name not in released]
    if unset:
        why = f"it gets {', '.join(unset)}, which the next version that is published names"
        return Planned(ref, "follows", why, moves=redefined(before, template))
    if newest is not None and released:
        brought = {name: value for name, value in released.items() if name in body.released}
        # The commit alone is no reason to tell: an image or code that the stack does not have is.
        new_ones = {n for n, v in brought.items() if n != "Release" and there.parameters.get(n) != v}
        brings = call(newest) if new_ones else ""
        values |= brought
    values |= kept_nonce(there, template)
    several = index_changes(before, template)
    first = with_deferred(template, deferred_text(one_index_each(before, template)))
    name = f"gh-{token_hex(8)}"
    new = NewChangeSet(
        name=name,
        stack_name=ref.name,
        kind="UPDATE",
        template=text.decode() if first == template else canonical(first).decode(),
        parameters=values,
        tags=there.tags,
        capabilities=body.capabilities,
        role=application.clouds.execution_role(ref),
        description="a plan; it is never executed",
    )
    try:
        cloud.stacks.create(new)
    except ReleaseError as error:
        return Planned(ref, "blocked", str(error))
    return _Asked(ref, name, before, first, brings, _in_releases(several))


def _in_releases(several: Sequence[str]) -> str:
    """The releases of a change of several indexes, in order. "" for one."""
    if len(several) < 2:
        return ""
    return f"in {len(several)} releases, because DynamoDB takes one index in an update: {', then '.join(several)}"


def _inputs(
    application: Application, body: Body, there: StackNow, now: dict[str, StackNow | None]
) -> tuple[dict[str, str | None], list[str]]:
    """Current outputs for fed parameters. Parameters that a release sets stay as they are."""
    values: dict[str, str | None] = {name: None for name in body.released if name in there.parameters}
    fed, missing = given(body.sources, lambda key: _describe(application, key, now))
    return values | fed, missing


def _describe(application: Application, key: str, now: dict[str, StackNow | None]) -> StackNow | None:
    if key not in now:
        ref = application.facts.stacks[key].ref
        now[key] = application.clouds.at(ref, ENGINE).stacks.describe(ref.name)
    return now[key]


def _read(application: Application, asked: _Asked, freed: frozenset[int], *, look_up: bool) -> Planned:
    stacks = application.clouds.at(asked.ref, ENGINE).stacks
    end = application.clock() + _LONGEST
    try:
        while isinstance(described := stacks.change_set(asked.ref.name, asked.name), Pending):
            if application.clock() > end:
                return Planned(asked.ref, "blocked", "CloudFormation did not create a change set within five minutes")
            application.sleep(max(0.05, 1.0 * application.pace))
        match described:
            case Ready(change_set=change_set):
                reading = application.reader.read(asked.ref, change_set, asked.before, asked.after, look_up=look_up)
                there = stacks.describe(asked.ref.name)
                used = in_use(stacks, there, asked.before, asked.after, change_set)
                if used:
                    return Planned(asked.ref, "blocked", f"AWS refuses it: {'; '.join(used)}")
                moves = moving(asked.before, asked.after, reading.meaning.effects)
                gone = asked.after is TOMBSTONE
                return Planned(
                    asked.ref,
                    "gone" if gone else "changed",
                    ""
                    if gone
                    else would_be_refused(application, asked.ref, change_set, asked.after, freed) or asked.why,
                    change_set=change_set,
                    reading=reading,
                    moves=moves,
                    brings=asked.brings,
                )
            case NoChanges():
                return Planned(asked.ref, "unchanged")
            case Broken(problems=problems):
                return Planned(asked.ref, "blocked", "; ".join(problems))
            case Gone(reason=reason):
                return Planned(asked.ref, "blocked", f"the change set was deleted ({reason})")
            case _:
                assert_never(described)
    finally:
        stacks.delete(asked.ref.name, asked.name)
