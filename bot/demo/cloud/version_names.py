"""Names the versions that a service's tasks run, by the release log."""

from collections.abc import Mapping, Sequence

from generator.release import messages
from generator.release.client import Client
from generator.release.model.observed import Deployment
from generator.release.model.release import Release
from generator.release.sides import destination, digest, goes_back


def versions(client: Client, key: str) -> dict[str, str]:
    """Names of a stack's versions by the digest of their image: the running one, and recently released ones."""
    slot, found = client.log.slot(key)[0], dict[str, str]()
    for one in client.history(key, 12):
        if one.image:
            found.setdefault(one.image.partition("@")[2], f"{messages.short(one.commit)} ({one.subject})")
    for running in (slot.running, slot.good):
        if running is not None and digest(running):
            found[digest(running)] = messages.call_running(running)
    return found


def call(called: Mapping[str, str], images: Sequence[str]) -> str:
    """The version of a task definition revision with these images. A digest if the log does not know it."""
    return next(
        (called[image] for image in images if image in called), images[0].partition(":")[2][:12] if images else ""
    )


def traffic(target: str, source: str, percent: float) -> tuple[tuple[str, float], ...]:
    """The share of each version. During a rollback, both sides of a deployment may run the same one."""
    shares = {source: 100.0 - percent} if source else {}
    shares[target] = shares.get(target, 0.0) + percent
    return tuple(sorted(shares.items()))


def goes_back_to(release: Release | None, last: Deployment | None, target: str, source: str) -> str:
    """The version to which AWS or a release is rolling back, or has just rolled back. "" without a rollback."""
    if release is not None and goes_back(release):
        return messages.call_running(destination(release))
    if release is not None and release.before is not None and last is not None and not last.is_over:
        # AWS may be a look ahead of the log: what it brings after the go-ahead is the version from before.
        before = messages.call_running(release.before)
        if 0 < release.began <= last.started and target == before != messages.call_running(release.after):
            return before
    return source if last is not None and last.status.startswith("ROLLBACK") else ""
