"""Parameters that other stacks feed: the current outputs, and which values of a stack are older than those."""

from collections.abc import Callable, Mapping
from functools import cache

from generator.release.context import Context
from generator.release.errors import NotPublished, Tampered
from generator.release.model.observed import StackNow
from generator.release.model.people import ENGINE, Actor
from generator.release.model.release import Deploy, Release, Rollback


def inputs(context: Context, sources: Mapping[str, str], actor: Actor) -> tuple[dict[str, str | None], list[str]]:
    """Current outputs for the parameters that other stacks feed, and the parameters that no stack provides."""

    @cache
    def now(key: str) -> StackNow | None:
        facts = context.facts.stacks.get(key)
        return context.clouds.at(facts.ref, actor).stacks.describe(facts.ref.name) if facts is not None else None

    return given(sources, now)


def given(sources: Mapping[str, str], now: Callable[[str], StackNow | None]) -> tuple[dict[str, str | None], list[str]]:
    """Values for the parameters that other stacks feed, by name, and those that no stack provides.

    The latter read ``VpcId of prod/network``.

    Args:
        sources: parameter to the key of the stack whose output of that name feeds it.
        now: a stack by its key, None if it is not there.
    """
    values: dict[str, str | None] = {}
    missing: list[str] = []
    for name, key in sorted(sources.items()):
        stack = now(key)
        value = stack.outputs.get(name) if stack is not None else None
        if value is None:
            missing.append(f"{name} of {key}")
        else:
            values[name] = value
    return values, missing


def refreshes(release: Release) -> bool:
    """Whether a release is to bring the current outputs of other stacks, also if the template stays."""
    return isinstance(release.purpose, Deploy) and release.purpose.refresh


def kept_older(context: Context, release: Release, stack: StackNow) -> tuple[str, ...]:
    """Fed values that a release of the same template keeps although their source has newer ones.

    Each reads ``VpcId of prod/network``. AWS is asked only where the log says that a source was released after this stack, or the last release recorded it.
    """
    before, after = release.before, release.after
    if (
        before is None
        or before.template != after.template
        or refreshes(release)
        or isinstance(release.purpose, Rollback)
    ):
        return ()
    try:
        sources = context.versions.get(after.commit).stacks[release.stack.key].sources
    except (NotPublished, Tampered):
        return ()
    slots = context.log.slots(sorted(set(sources.values())))
    newer = any(slot.running is not None and slot.running.since > before.since for slot in slots.values())
    if not newer:
        last = context.log.release(before.release)
        newer = last is not None and any(check.name == "outputs" for check in last.checks)
    if not newer:
        return ()
    values, _ = inputs(context, sources, ENGINE)
    return tuple(f"{name} of {sources[name]}" for name in stale(stack, values))


def stale(stack: StackNow, values: Mapping[str, str | None]) -> dict[str, str | None]:
    """The parameters for which a stack has older values."""
    return {
        name: value for name, value in values.items() if name in stack.parameters and stack.parameters[name] != value
    }
