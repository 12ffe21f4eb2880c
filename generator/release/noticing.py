"""What happened to stacks without a release: an administrator deleted one."""

import msgspec

from generator.release.context import Context
from generator.release.model.log_records import Slot
from generator.release.model.people import ENGINE


def deleted(context: Context, key: str, slot: Slot, rev: int) -> None:
    """Note that nothing runs there any more, if that is so; history stays, and so do the version's good marks.

    Events are a hint from anywhere: what counts is what CloudFormation says. Lost to another write, it is not repeated;
    the next release of the stack finds out by itself.
    """
    if slot.running is None and slot.good is None:
        return
    ref = context.facts.stacks[key].ref
    if context.clouds.at(ref, ENGINE).stacks.describe(ref.name) is None:
        context.log.table.write(context.log.put_slot(key, rev, msgspec.structs.replace(slot, running=None, good=None)))
