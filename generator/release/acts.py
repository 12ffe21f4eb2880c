"""Checks that an audit entry that names a person has evidence of that person's act. Pure."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from generator.release.audit import Entry, Event, Fault
from generator.release.digests import hex_digest
from generator.release.model.evidence import Evidence, SlackAct
from generator.release.model.requests import ReceivedDecision
from generator.release.slack_payloads import payload

# In the detail of an entry: the digest of the evidence that is stored under it.
EVIDENCE = "evidence"
# Longer bodies of Slack are kept as their digest alone; a click carries its whole message, 60 KiB as a form.
MAX_BODY = 96 * 1024


def evidence_digest(evidence: Evidence) -> str:
    """64 hex digits of the whole evidence."""
    return hex_digest(msgspec.to_builtins(evidence))


def speaker(act: SlackAct) -> str:
    """The Slack user id of the sender in a payload of Slack.

    "" if the payload names none or its body was not stored.
    """
    found = payload(act)
    user, event = found.get("user"), found.get("event")
    inner = user.get("id") if isinstance(user, dict) else found.get("user_id")
    return str(inner or (event.get("user") if isinstance(event, dict) else "") or "")


def evidence_faults(chain: str, entries: Sequence[Entry], stored: Mapping[str, Evidence]) -> Iterator[Fault]:
    """Entries that name a person without evidence of that person's act. ``stored`` maps digests to the stored texts."""
    for entry in entries:
        if entry.actor.channel == "worker":
            continue
        found = stored.get(entry.detail.get(EVIDENCE, ""))
        if found is None:
            # Who undoes a release opens its rollback by that: the evidence lies with the release.
            if EVIDENCE in entry.detail or "of" not in entry.detail:
                yield Fault(chain, entry.number, f"names {entry.actor.name}, and no evidence of that act is stored")
        elif evidence_digest(found) != entry.detail[EVIDENCE]:
            yield Fault(chain, entry.number, f"names {entry.actor.name}, and the evidence of that act was changed")
        elif contradicts(found, entry.actor.channel, entry.actor.id):
            yield Fault(chain, entry.number, f"names {entry.actor.name}, and the evidence is of somebody else's act")


def contradicts(found: Evidence, channel: str, id_: str) -> bool:
    """Whether the evidence names another person than this actor."""
    if channel != "slack":
        return found.sender != id_
    return found.slack is None or (bool(found.slack.body) and speaker(found.slack) != id_)


def with_evidence(event: Event, ask: ReceivedDecision) -> Event:
    """A person's decision, with the digest of the evidence of it."""
    if event.actor != ask.actor or not ask.evidence:
        return event
    return event._replace(detail={**event.detail, EVIDENCE: ask.evidence})
