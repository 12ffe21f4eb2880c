"""People on cards: mentioned where Slack knows them, named where it does not."""

from bot.blocks.text import lines, safe, user
from generator.release import messages
from generator.release.model.people import ENGINE, Actor
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import NeedsApproval, Release


def person(facts: PlatformFacts, name: str) -> str:
    """A mention of somebody under ``people:``, or the name."""
    found = facts.people.get(name)
    return user(found.slack) if found is not None and found.slack else safe(name, 80) or "no known person"


def actor(facts: PlatformFacts, who: Actor) -> str:
    """Whoever acted."""
    if who == ENGINE:
        return "Slipway"
    if who.person:
        return person(facts, who.person)
    return user(who.id) if who.channel == "slack" and who.id.isalnum() else safe(who.id, 80)


def asked(release: Release, facts: PlatformFacts) -> str:
    """Which rule asks whom, and who has agreed: a line for each rule."""
    rows = []
    for item in messages.asked(release, facts):
        who = " or ".join(safe(by, 40) for by in item.by) or "anybody under `people:`"
        names = ", ".join(person(facts, name) for name in item.people[:8])
        agreed = f"; {', '.join(person(facts, name) for name in item.agreed[:8])} agreed" if item.agreed else ""
        rows.append(f"• *{item.more} of {who}*{f' ({names})' if names else ''}: {safe(item.need.why, 120)}{agreed}")
    return lines(rows, 1500, "No approval is needed.")


def agreed(release: Release, facts: PlatformFacts) -> str:
    """Who approved what is there now, "" for nobody."""
    rows = []
    for approval in release.approvals[:10]:
        if approval.binding == release.binding:
            glass = f" (break glass: {safe(approval.break_glass, 150)})" if approval.break_glass else ""
            rows.append(f"{actor(facts, approval.actor)}{glass}")
    if rows:
        return "Approved by " + ", ".join(dict.fromkeys(rows))
    if release.gate is not None and not isinstance(release.gate, NeedsApproval):
        return safe(release.gate.why, 300)
    return ""
