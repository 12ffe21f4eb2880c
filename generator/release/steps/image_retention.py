"""Keeps the images that a release needs in the registry, by tags that its lifecycle policy does not expire."""

from contextlib import suppress

from generator.release.context import Context
from generator.release.errors import Denied, Invalid
from generator.release.model.release import Release

# So many versions of a service can be brought back; older ones may be forgotten by the registry.
KEPT = 10


def retain_images(context: Context, release: Release) -> None:
    """Tag the image of a release ``keep-RELEASE`` before it runs.

    Raises:
        Invalid: the image is gone.
    """
    repository, digest = _place(release.after.image)
    if digest:
        context.images.keep(repository, digest, f"keep-{release.id}")


def release_images(context: Context, release: Release) -> None:
    """Remove the tag from the image that is no longer needed: :data:`KEPT` newer releases have succeeded since."""
    past = [s for s in context.log.history(release.stack.key, limit=KEPT * 3) if s.state == "succeeded" and s.image]
    for old in past[KEPT : KEPT + 2]:
        repository, digest = _place(old.image)
        # A name too many does no harm.
        with suppress(Denied, Invalid):
            if digest:
                context.images.drop(repository, f"keep-{old.id}")


def _place(uri: str) -> tuple[str, str]:
    address, _, digest = uri.partition("@")
    return address.partition("/")[2], digest
