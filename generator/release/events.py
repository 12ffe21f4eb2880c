"""Which stacks an event of AWS is about, and which stack an administrator deleted. An event carries no orders."""

from collections.abc import Iterator

import msgspec

from generator.release.context import Context
from generator.release.environment_state import note_stack
from generator.release.model.log_records import Slot
from generator.release.model.people import ENGINE
from generator.release.model.platform import PlatformFacts
from generator.release.model.requests import Wake

_PARTS = {"service": 3, "task": 3, "service-deployment": 4}


def concerns(facts: PlatformFacts, wake: Wake) -> Iterator[tuple[str, bool]]:
    """Keys of the stacks, each with whether the event says that something has ended, so that it is read at once."""
    by_name = {f.ref.name: key for key, f in facts.stacks.items()}
    services = {
        (f"{facts.name}-{f.ref.environment}", f.ref.service): key for key, f in facts.stacks.items() if f.ref.service
    }
    for arn in wake.resources[:20]:
        kind, _, rest = arn.partition(":stack/")
        if rest and ":cloudformation:" in kind + ":":
            key = by_name.get(rest.partition("/")[0])
            if key:
                yield key, wake.name.endswith(("_COMPLETE", "_FAILED"))
            continue
        parts = arn.rpartition(":")[2].split("/")
        # service/CLUSTER/SERVICE, task/CLUSTER/ID, and service-deployment/CLUSTER/SERVICE/ID where a hook waits (Amazon ECS
        # Developer Guide: hook state change events).
        if len(parts) == _PARTS.get(parts[0]):
            service = wake.group.removeprefix("service:") if parts[0] == "task" else parts[2]
            key = services.get((parts[1], service))
            if key:
                yield key, parts[0] != "task" and not wake.name.endswith("_IN_PROGRESS")


def deleted(context: Context, key: str, slot: Slot, rev: int) -> None:
    """Note that a stack no longer runs anything, if that is true. Its history and its good versions are kept.

    An event can come from anywhere: what counts is what CloudFormation says. If another write comes first, nothing is
    written here; the next release of the stack finds out that nothing runs.
    """
    if slot.running is None and slot.good is None:
        return
    ref = context.facts.stacks[key].ref
    if context.clouds.at(ref, ENGINE).stacks.describe(ref.name) is None:
        empty = msgspec.structs.replace(slot, running=None, good=None)
        context.log.table.write(context.log.put_slot(key, rev, empty), *note_stack(context, ref, there=False))
