"""Whether a stack may be deleted: the newest version must not ask for it, and nothing may monitor it any more."""

from generator.release import version_selection
from generator.release.context import Context
from generator.release.environment_state import standing
from generator.release.errors import Tampered
from generator.release.model.people import ENGINE
from generator.release.model.platform import StackFacts
from generator.release.model.release import Delete, StackRef
from generator.release.model.requests import Refusal, Skipped
from generator.release.model.version import Version
from generator.release.requested_version import RequestedVersion
from generator.release.tombstone import emptied


def deletion(context: Context, facts: StackFacts) -> RequestedVersion | Refusal | Skipped:
    """What a deletion brings to a stack.

    The newest version of the default branch must not ask for the stack any more.
    """
    ref = facts.ref
    wrong: list[str] = []
    try:
        version = version_selection.newest_of_branch(
            context.versions.newest(wrong.append), context.facts.default_branch
        )
    except Tampered as error:
        return Refusal(rule="no version", why=str(error))
    if version is None or wrong:
        why = wrong[0] if wrong else "no version has been published yet"
        return Refusal(rule="no version", why=f"{why}, so nothing says that {ref.key} is not needed; publish a version")
    if ref.key in version.stacks:
        return Refusal(
            rule="needed",
            why=f"{version_selection.call(version)}, the newest version, asks for {ref.key}; remove it from stacks/, "
            "publish that, then try again",
        )
    if context.clouds.at(ref, ENGINE).stacks.describe(ref.name) is None:
        return Skipped(why=f"there is no stack {ref.name} any more", current=True)
    watching = _watching(context, ref, version)
    if watching:
        names = " ".join(key.partition("/")[2] for key in watching)
        return Refusal(
            rule="watched",
            why=f"{', '.join(watching)} may name alarms of {ref.key}, and AWS deletes no alarm that a composite alarm "
            "names; run "
            f"first: slipway apply {ref.environment} {names}",
        )
    return RequestedVersion(emptied(version), Delete())


def _watching(context: Context, ref: StackRef, version: Version) -> list[str]:
    """Stacks with composite alarms that may name alarms of a service. What they have may differ from the version."""
    if not ref.service:
        return []
    asked = [key for key in version.stacks if key.startswith(f"{ref.environment}/observability")]
    gone = [k for k in standing(context.log, ref.environment) if k.startswith(f"{ref.environment}/observability")]
    slots = context.log.slots(sorted({*asked, *gone}))
    return sorted(
        key
        for key, slot in slots.items()
        if slot.running is not None
        and (key not in version.stacks or slot.running.template != version.stacks[key].digest)
    )
