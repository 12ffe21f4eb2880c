"""What a release changed, in a few words, for people who ask why it failed. Pure text."""

from generator.release.model.release import Release
from generator.release.restarts import is_restart

_FAILED = {"execution", "rollout", "verification"}
_MOST = 3
_SHOWN = 120


def changed(release: Release) -> str:
    """``the image (Serve items; Add orders) and ListenerRule``. "" if the change is not known or did not fail."""
    cause, before = release.cause, release.before
    if cause is None or cause.stage not in _FAILED or before is None or is_restart(release):
        return ""
    parts = []
    if release.after.image != before.image:
        image = release.reading.shown.image if release.reading is not None else None
        subjects = (image.subjects if image is not None else ()) or (release.after.subject,)
        said = "; ".join(subject[:_SHOWN] for subject in subjects[:_MOST] if subject)
        more = f"; and {len(subjects) - _MOST} more" if len(subjects) > _MOST else ""
        parts.append(f"the image ({said}{more})" if said else "the image")
    others = _others(release)
    if others:
        more = f" and {len(others) - _MOST} more" if len(others) > _MOST else ""
        parts.append(f"{', '.join(others[:_MOST])}{more}")
    return " and ".join(parts)


def _others(release: Release) -> list[str]:
    """What changed besides the task definition and the service that runs it."""
    changes = release.change_set.changes if release.change_set is not None else ()
    if release.image_only:
        return []
    return [change.logical_id for change in changes]
