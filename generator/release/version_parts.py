"""A version that AWS takes only in several updates: a release brings a part of it, and later ones bring the rest.

What a part is follows from the stack's own template and the published one, so that a request after a crash continues from
where the stack is. Each part is a release of its own, which is read and approved like any other.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from generator.release import deferred
from generator.release.context import Context
from generator.release.digests import template_digest
from generator.release.errors import Denied, Invalid, NotPublished, Tampered
from generator.release.model.log_records import Slot
from generator.release.model.people import ENGINE
from generator.release.model.platform import StackFacts
from generator.release.model.requests import Refusal
from generator.release.model.version import Running
from generator.release.requested_version import RequestedVersion
from generator.release.spare_priorities import spare_priorities


def part(  # noqa: PLR0911 - one for each version that comes whole
    context: Context, facts: StackFacts, slot: Slot, requested: RequestedVersion, *, spare: bool
) -> RequestedVersion | Refusal:
    """What a release of a version brings now: all of it, or what AWS takes in one update.

    ``spare`` lets a listener rule take a spare priority while another stack of the same apply has the one that it gets.

    Raises:
        Unavailable: AWS does not answer.
    """
    after = requested.after
    # Tables stand in stacks without services, rules in those of services.
    if facts.ref.service and not spare:
        return requested
    stacks = context.clouds.at(facts.ref, ENGINE).stacks
    stack = stacks.describe(facts.ref.name)
    if stack is None or stack.is_new or not stack.can_change:
        return requested
    before = stacks.template(stack.id)
    if template_digest(before) == after.template:
        return requested
    body = published(context, after)
    if body is None:
        return requested
    if facts.ref.service:
        try:
            found = spare_priorities(context, facts, slot, after, body, stack)
        except Denied:
            return requested
        if isinstance(found, Refusal):
            return found
    else:
        found = deferred.one_index_each(before, body)
    return msgspec.structs.replace(requested, after=staged(after, body, deferred.text(found))) if found else requested


def staged(after: Running, body: Mapping[str, Any], overlay: str) -> Running:
    """What a stack runs that has a version without what an overlay defers.

    Raises:
        Invalid: the overlay defers something that AWS takes at once.
    """
    template = template_digest(deferred.with_deferred(body, overlay))
    return msgspec.structs.replace(after, template=template, deferred=overlay)


def published(context: Context, after: Running) -> Mapping[str, Any] | None:
    """The published template of what a release brings. None where it can't be read: the release says so itself."""
    try:
        return msgspec.json.decode(context.versions.body(after.body), type=dict)
    except (NotPublished, Tampered, Invalid, msgspec.DecodeError, RecursionError):
        return None


def deferred_sentence(context: Context, after: Running) -> str:
    """What of the version comes with later releases. "" if nothing is deferred."""
    body = published(context, after) if after.deferred else None
    return deferred.sentence(body, after.deferred) if body is not None else ""
