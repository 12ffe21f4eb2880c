"""People on cards: a mention if Slack knows them, else their name."""

from collections.abc import Callable, Sequence

from bot.blocks.text import clip, safe, user
from generator.release import messages
from generator.release.model.people import ENGINE, Actor
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import NeedsApproval, Release


def person(facts: PlatformFacts, name: str) -> str:
    """A mention of somebody under ``people:``, or the name."""
    found = facts.people.get(name)
    return user(found.slack) if found is not None and found.slack else safe(name, 80) or "no known person"


def actor(facts: PlatformFacts, who: Actor) -> str:
    """The actor of a step: a mention, or the engine."""
    if who == ENGINE:
        return "Slipway"
    if who.person:
        return person(facts, who.person)
    return user(who.id) if who.channel == "slack" and who.id.isalnum() else safe(who.id, 80)


def asked(release: Release, facts: PlatformFacts) -> str:
    """Which rules need whose approval, and who has approved, as one sentence. Rules that ask the same are one part of it."""
    parts: dict[str, list[str]] = {}
    for item in messages.outstanding_approvals(release, facts):
        who = " or ".join(safe(by, 40) for by in item.by) or "anybody under `people:`"
        names = ", ".join(person(facts, name) for name in item.people[:8])
        agreed = f"; {', '.join(person(facts, name) for name in item.agreed[:8])} agreed" if item.agreed else ""
        terminal = safe(item.terminal, 160)
        asks = f"*{item.more} of {who}*{f' ({names})' if names else ''}{terminal}{agreed}"
        parts.setdefault(asks, []).append(safe(item.need.why, 120))
    rows = [f"{asks}, because {' and '.join(dict.fromkeys(whys))}" for asks, whys in parts.items()]
    return clip(f"Needs {'; and '.join(rows)}.", 1500) if rows else "No approval is needed."


def agreed(release: Release, facts: PlatformFacts) -> str:
    """Who approved the current change. "" for nobody."""
    rows = []
    there = [approval for approval in release.approvals if approval.binding == release.binding]
    attested = {a.actor.person for a in there if a.actor.attested}
    asks = isinstance(release.gate, NeedsApproval) and any(need.attested for need in release.gate.rules)
    for approval in there[:10]:
        glass = f" (break glass: {safe(approval.break_glass, 150)})" if approval.break_glass else ""
        seal = " (attested by AWS)" if asks and approval.actor.person in attested else ""
        rows.append(f"{actor(facts, approval.actor)}{seal}{glass}")
    if rows:
        return "Approved by " + ", ".join(dict.fromkeys(rows))
    if release.gate is not None and not isinstance(release.gate, NeedsApproval):
        return safe(release.gate.why, 300)
    return ""


def people(release: Release, facts: PlatformFacts, members: Callable[[str], Sequence[str]]) -> list[str]:
    """People who can satisfy an open rule and have a Slack account."""
    found: dict[str, None] = {}
    for asked in messages.outstanding_approvals(release, facts):
        names = [n for by in asked.by for n in members(by)] if asked.by else list(facts.people)
        for person in names:
            if person in asked.agreed or (not asked.need.requester and person == release.requester.person):
                continue
            if facts.people.get(person) is not None and facts.people[person].slack:
                found[person] = None
    return list(found)[:20]
