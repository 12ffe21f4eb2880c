"""Which versions a service's tasks run, by the release log: sides are named by release, whatever ECS calls them."""

from collections.abc import Mapping, Sequence

from generator.release import messages
from generator.release.client import Client
from generator.release.model.observed import Deployment
from generator.release.model.release import Release
from generator.release.sides import destination, digest, goes_back


def versions(client: Client, key: str) -> dict[str, str]:
    """Versions of a stack by the digest of their image, as people call them: what runs, and what was released lately."""
    slot, found = client.log.slot(key)[0], dict[str, str]()
    for one in client.history(key, 12):
        if one.image:
            found.setdefault(one.image.partition("@")[2], f"{messages.short(one.commit)} ({one.subject})")
    for running in (slot.running, slot.good):
        if running is not None and digest(running):
            found[digest(running)] = messages.call_running(running)
    return found


def call(called: Mapping[str, str], images: Sequence[str]) -> str:
    """The version of a revision with these images; a digest where the log does not know it."""
    return next(
        (called[image] for image in images if image in called), images[0].partition(":")[2][:12] if images else ""
    )


def traffic(target: str, source: str, percent: float) -> tuple[tuple[str, float], ...]:
    """The share of each version; going back, both sides of a deployment may run the same."""
    shares = {source: 100.0 - percent} if source else {}
    shares[target] = shares.get(target, 0.0) + percent
    return tuple(sorted(shares.items()))


def goes_back_to(release: Release | None, last: Deployment | None, target: str, source: str) -> str:
    """The version that AWS or a release goes back to, or that AWS has just gone back to; "" on the way forward."""
    if release is not None and goes_back(release):
        return messages.call_running(destination(release))
    if release is not None and release.before is not None and last is not None and not last.is_over:
        # AWS may be a look ahead of the log: what it brings after the go-ahead is the version from before.
        before = messages.call_running(release.before)
        if 0 < release.began <= last.started and target == before != messages.call_running(release.after):
            return before
    return source if last is not None and last.status.startswith("ROLLBACK") else ""
