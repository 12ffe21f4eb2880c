"""A spare listener priority for a rule whose number another service's rule has until that service is released.

Two services that exchange their places need it where their names share a slot (generator/config/listener_priority.py):
the first takes a number beside the one that it gets, the second one its own, and then the first one its own.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from generator.release import deferred
from generator.release.context import Context
from generator.release.errors import NotPublished, Tampered
from generator.release.fed_values import inputs
from generator.release.model.log_records import Slot
from generator.release.model.observed import ListenerRule, StackNow
from generator.release.model.people import ENGINE
from generator.release.model.platform import StackFacts
from generator.release.model.requests import Refusal
from generator.release.model.version import Running
from generator.release.steps.listener_conflicts import ChangeTarget, resolved, resources, stack_of

# ELB API Reference, CreateRule: Priority.
_LOWEST, _HIGHEST = 1, 50_000


def spare_priorities(  # noqa: PLR0913, PLR0917 - a version and where it is to go
    context: Context, facts: StackFacts, slot: Slot, after: Running, body: Mapping[str, Any], stack: StackNow
) -> dict[str, dict[str, Any]] | Refusal:
    """The spare number of each rule of a template whose own one is taken by a service that is about to give it up.

    Empty where no rule needs one, or where nobody gives it up: then the release says what to do. A refusal where the
    rule has its spare number already.

    Raises:
        Unavailable, Denied: AWS does not answer, or refuses.
    """
    target = ChangeTarget(facts.ref, context.clouds.at(facts.ref, ENGINE), context.clouds, context.facts)
    wanted = rule_priorities(body)
    if not wanted:
        return {}
    values, _ = inputs(context, context.versions.get(after.commit).stacks[facts.ref.key].sources, ENGINE)
    parameters = stack.parameters | {name: value for name, value in values.items() if value is not None}
    physical = resources(target)
    found: dict[str, dict[str, Any]] = {}
    for name, number in wanted.items():
        listener = resolved(body["Resources"][name]["Properties"].get("ListenerArn"), parameters)
        if not listener.startswith("arn:"):
            continue
        rules = target.cloud.services.rules(listener)
        own = next((rule for rule in rules if rule.arn == physical.get(name)), None)
        holder = next((rule for rule in rules if rule.priority == number and rule != own), None)
        if holder is None:
            continue
        key = stack_of(target, holder)
        leaves = _wanted_by(context, after.commit, key) if key else set()
        if not leaves or number in leaves:
            return {}
        if own is not None and deferred.is_spare(own.priority, number) and name in _deferred(slot):
            why = f"{name} has listener priority {own.priority} until {key} is released, which frees {number}"
            return Refusal(rule="priority", why=f"{why}; release that first: slipway apply {facts.ref.environment}")
        spare = _spare(number, rules, set(wanted.values()), before=max(leaves) > number)
        if spare is None:
            return {}
        found[name] = {"Priority": spare}
    return found


def rule_priorities(template: Mapping[str, Any]) -> dict[str, int]:
    """The priority of each listener rule of a template, by logical id, as far as the template says it."""
    rules = deferred.properties_of(template, deferred.RULE)
    return {name: number for name, row in sorted(rules.items()) if isinstance(number := row.get("Priority"), int)}


def _wanted_by(context: Context, commit: str, key: str) -> set[int]:
    """The priorities that a stack has by a version."""
    try:
        published = context.versions.get(commit).stacks.get(key)
        body = context.versions.body(published.key) if published is not None else "{}"
    except (NotPublished, Tampered):
        return set()
    return set(rule_priorities(msgspec.json.decode(body, type=dict)).values())


def _deferred(slot: Slot) -> dict[str, dict[str, Any]]:
    return deferred.read(slot.running.deferred) if slot.running is not None else {}


def _spare(number: int, rules: list[ListenerRule], wanted: set[int], *, before: bool) -> int | None:
    """The free number beside one, on the side on which the rule stays. None if both are taken."""
    taken = {rule.priority for rule in rules} | wanted
    sides = (number - 1, number + 1) if before else (number + 1, number - 1)
    return next((n for n in sides if _LOWEST <= n <= _HIGHEST and n not in taken), None)
