"""Whether a release brings what its version says: the card shows the commit, and the change set has its digests."""

from generator.release import version_selection
from generator.release.context import Context
from generator.release.errors import AmbiguousVersion, NotPublished, Tampered
from generator.release.model.change import ChangeSet
from generator.release.model.release import Delete, Release
from generator.release.tombstone import emptied


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
    if signed != after:
        what = next(name for name in after.__struct_fields__ if getattr(signed, name) != getattr(after, name))
        another = "other parameters" if what == "parameters" else f"another {what}"
        return f"this release has {another} than the signed version {version.short}"
    carried = next((key for key, value in signed.parameters.items() if found.parameters.get(key) != value), "")
    return f"the change set has another {carried} than the signed version {version.short}" if carried else ""


def _asked_for_again(context: Context, release: Release) -> str:
    """Why a stack may not be deleted: the newest version asks for it, or the release does not bring a tombstone."""
    newest = version_selection.newest_of_branch(context.versions.newest(), context.facts.default_branch)
    if newest is None or release.stack.key in newest.stacks:
        what = version_selection.call(newest) if newest is not None else "no version"
        return f"{what} is the newest version now, and {release.stack.key} is asked for by it"
    named = context.versions.get(release.after.commit)
    return "" if release.after == emptied(named) else "this release brings something other than an empty template"
