"""What the log knows about an environment: whether it is in use, and which of its stacks exist.

A new stack in an environment that is in use is a change to it. A stack that exists and that no configuration asks for
is found by its note here, without a call to AWS. So is an environment whose file is gone.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from generator.release.context import Context
from generator.release.log import Log
from generator.release.log_items import item, read
from generator.release.model.people import ENGINE
from generator.release.model.release import Release, StackRef
from generator.release.ports import Put

_KEY = "in-use"
_STACK = "stack#"
# One item for each environment that ever had a stack: the names of partitions can't be listed.
_ENVIRONMENTS = "environments"
_NAMED = 6  # stacks of a forgotten environment that are named


class _Note(msgspec.Struct, frozen=True):
    there: bool


def note_stack(context: Context, stack: StackRef, *, there: bool) -> list[Put]:
    """The writes that note whether a stack exists now, and its environment. None if that is noted already."""
    own, all_ = (_partition(stack), f"{_STACK}{stack.stack}"), (_ENVIRONMENTS, stack.environment)
    noted = context.log.table.many([own, all_])
    found = noted.get(own)
    writes = []
    if (found is not None and read(found, _Note).there) is not there:
        writes.append(Put(item(*own, (found.rev if found else 0) + 1, _Note(there))))
    if all_ not in noted:
        writes.append(Put(item(*all_, 1, _Note(there=True))))
    return writes


def note_existing(context: Context, environment: str) -> Iterator[None]:
    """Note the stacks of an environment that exist and were released before there were notes, one call to AWS a step.

    Raises:
        ReleaseError: AWS or the log does not answer, or does not let us.
    """
    noted = {
        row.sk.removeprefix(_STACK) for row in context.log.table.query(f"environment#{environment}", prefix=_STACK)
    }
    yield
    refs = [facts.ref for facts in context.facts.stacks.values() if facts.ref.environment == environment]
    slots = context.log.slots([ref.key for ref in refs if ref.stack not in noted])
    yield
    for ref in refs:
        slot = slots.get(ref.key)
        if slot is None or slot.running is None:
            continue
        there = context.clouds.at(ref, ENGINE).stacks.describe(ref.name) is not None
        yield
        for put in note_stack(context, ref, there=there) if there else ():
            context.log.table.write(put)  # another worker has noted it where this is refused
        yield


def standing(log: Log, environment: str) -> list[str]:
    """Keys of the stacks of an environment that exist according to the notes in the log, sorted."""
    rows = log.table.query(f"environment#{environment}", prefix=_STACK)
    return [f"{environment}/{row.sk.removeprefix(_STACK)}" for row in rows if read(row, _Note).there]


def forgotten(log: Log, environments: Iterable[str]) -> Mapping[str, list[str]]:
    """Environments that none of these is, with the keys of their stacks that exist: their files are gone from ``stacks/``."""
    known = set(environments)
    names = [row.sk for row in log.table.query(_ENVIRONMENTS) if row.sk not in known]
    return {name: keys for name in names if (keys := standing(log, name))}


def forgotten_sentences(found: Mapping[str, list[str]]) -> Iterator[str]:
    """A line for each forgotten environment, with what to do."""
    for name, keys in found.items():
        stacks = [key.partition("/")[2] for key in keys]
        more = f" and {len(stacks) - _NAMED} more" if len(stacks) > _NAMED else ""
        yield (
            f"{name}: stacks/environments/{name}.yaml is gone, and its stacks are still there: {', '.join(stacks[:_NAMED])}"
            f"{more}. Put the file back; to delete the environment, run after that: slipway destroy {name}"
        )


def is_in_use(context: Context, stack: StackRef) -> bool:
    """Whether all stacks of the environment have existed once, or one of them has been updated."""
    return context.log.table.get(_partition(stack), _KEY) is not None


def note_in_use(context: Context, release: Release) -> list[Put]:
    """The write that notes an environment as in use, with the release that succeeded. None if that is noted already.

    A first update ends the creation as well: a service that is configured and never published must not keep it open.
    """
    if is_in_use(context, release.stack) or (release.creates and not _others_succeeded(context, release.stack)):
        return []
    return [Put(item(_partition(release.stack), _KEY, 1, {"release": release.id}))]


def _others_succeeded(context: Context, stack: StackRef) -> bool:
    keys = [
        key
        for key, facts in context.facts.stacks.items()
        if facts.ref.environment == stack.environment and key != stack.key and not facts.administrators
    ]
    slots = context.log.slots(keys)
    return all(key in slots and slots[key].good is not None for key in keys)


def _partition(stack: StackRef) -> str:
    return f"environment#{stack.environment}"
