"""While a rollout waits at a gate: what the load balancer counted for the old and the new version."""

import msgspec

from generator.release.context import Context
from generator.release.errors import Denied, Invalid, Unavailable
from generator.release.model.observed import Deployment
from generator.release.model.release import Progress, Release

# How long figures stand before they are asked for again, in seconds: each time costs money.
AGAIN = 30.0
# How far back they reach at most, in seconds. No further than the rollout: before it, the new version's target group
# may have served another one.
WINDOW = 900.0


def measured(context: Context, release: Release, progress: Progress, deployment: Deployment) -> Progress:
    """``progress`` with the figures of both sides. Recent figures are kept. A failed read stops nothing."""
    now, before = context.clock(), release.progress
    if before.hook == progress.hook and before.measured and now < before.measured + max(AGAIN * context.pace, 1.0):
        return msgspec.structs.replace(
            progress, old_traffic=before.old_traffic, new_traffic=before.new_traffic, measured=before.measured,
            unmeasured=before.unmeasured,
        )  # fmt: skip
    old, new = deployment.old_group, deployment.group
    progress = msgspec.structs.replace(progress, measured=now)
    if not old or not new or old == new:
        why = (
            "both versions use the same target group"
            if old and old == new
            else ("ECS reports no target groups of the two versions")
        )
        return msgspec.structs.replace(progress, unmeasured=why)
    try:
        found = context.cloud(release).services.traffic([old, new], max(deployment.started, now - WINDOW))
    except (Denied, Invalid, Unavailable) as error:
        return msgspec.structs.replace(progress, unmeasured=str(error))
    by_group = {traffic.group: traffic for traffic in found}
    why = "" if len(by_group) == 2 else "their target groups are not attached to a load balancer"
    return msgspec.structs.replace(
        progress, old_traffic=by_group.get(old), new_traffic=by_group.get(new), unmeasured=why
    )
