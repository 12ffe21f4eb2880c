"""Whether a release brings what its version says: the card shows the commit, and the change set has its digests."""

import msgspec

from generator.release import deferred, version_selection
from generator.release.context import Context
from generator.release.digests import template_digest
from generator.release.errors import AmbiguousVersion, Invalid, NotPublished, Tampered
from generator.release.model.change import ChangeSet
from generator.release.model.release import Delete, Release
from generator.release.model.version import Running
from generator.release.restarts import is_restart
from generator.release.tombstone import emptied
from generator.release.version_parts import published, staged


def unlike_version(context: Context, release: Release, found: ChangeSet) -> str:
    """Why the change is not what was published and signed for the commit that people see. "" if it is.

    What people read of the version, its commit and message, and what runs, its template and digests, are compared with
    the signed version, the digests in the change set too.
    """
    ref, after = release.stack, release.after
    try:
        version = context.versions.get(after.commit)
    except (NotPublished, AmbiguousVersion, Tampered) as error:
        return str(error)
    if isinstance(release.purpose, Delete):
        return _asked_for_again(context, release)
    reason = version_selection.lacks(version, ref.key, ref.service)
    if reason:
        return f"{version_selection.call(version)} {reason}"
    signed = version_selection.target(version, ref.key, ref.service)
    if after.deferred:
        wrong = _unlike_deferred(context, release, signed)
        if wrong:
            return wrong
        signed = msgspec.structs.replace(signed, template=after.template, deferred=after.deferred)
    if signed != after:
        what = next(name for name in after.__struct_fields__ if getattr(signed, name) != getattr(after, name))
        another = "other parameters" if what == "parameters" else f"another {what}"
        return f"this release has {another} than the signed version {version.short}"
    carried = next((key for key, value in signed.parameters.items() if found.parameters.get(key) != value), "")
    return f"the change set has another {carried} than the signed version {version.short}" if carried else ""


def _unlike_deferred(context: Context, release: Release, signed: Running) -> str:
    """Why what a release defers does not follow from the stack's template and the signed one. "" if it does."""
    body = published(context, signed)
    if body is None or template_digest(body) != signed.template:
        return f"the template of {release.after.commit[:12]} is not what was published; publish that commit again"
    stacks = context.cloud(release).stacks
    stack = stacks.describe(release.stack.name)
    before = stacks.template(stack.id) if stack is not None and not stack.is_new else None
    overlay = release.after.deferred
    try:
        wrong = "" if is_restart(release) else deferred.unlike(before, body, overlay)
        same = staged(signed, body, overlay) == release.after
    except Invalid as error:
        return str(error)
    return wrong or ("" if same else "this release has another template than what it defers leaves of the signed one")


def _asked_for_again(context: Context, release: Release) -> str:
    """Why a stack may not be deleted: the newest version asks for it, or the release does not bring a tombstone."""
    newest = version_selection.newest_of_branch(context.versions.newest(), context.facts.default_branch)
    if newest is None or release.stack.key in newest.stacks:
        what = version_selection.call(newest) if newest is not None else "no version"
        return f"{what} is the newest version now, and {release.stack.key} is asked for by it"
    named = context.versions.get(release.after.commit)
    return "" if release.after == emptied(named) else "this release brings something other than an empty template"
