"""Images that a release needs stay in the registry, under names of their own that its lifecycle policy spares."""

from contextlib import suppress

from generator.release.context import Context
from generator.release.errors import Denied, Invalid
from generator.release.model.release import Release

# So many versions of a service can be brought back; older ones may be forgotten by the registry.
KEPT = 10


def retain_images(context: Context, release: Release) -> None:
    """Name the image of a release ``keep-RELEASE`` before it runs.

    Raises:
        Invalid: the image is gone.
    """
    repository, digest = _place(release.after.image)
    if digest:
        context.images.keep(repository, digest, f"keep-{release.id}")


def release_images(context: Context, release: Release) -> None:
    """Take the name away from the image that nobody needs any more: :data:`KEPT` newer releases succeeded since."""
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
