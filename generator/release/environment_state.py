"""Whether an environment is still being created, or is in use: a new stack in one that is in use is a change to it."""

from generator.release.context import Context
from generator.release.log_items import item
from generator.release.model.release import Release, StackRef
from generator.release.ports import Put

_KEY = "in-use"


def is_in_use(context: Context, stack: StackRef) -> bool:
    """Whether all stacks of the environment have been there once, or one of them has been updated."""
    return context.log.table.get(_partition(stack), _KEY) is not None


def note_in_use(context: Context, release: Release) -> list[Put]:
    """The write that notes an environment as in use, with the release that succeeded; none where that is noted.

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
