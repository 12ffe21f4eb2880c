"""What is checked before people are asked: nobody should approve what can't work. Pure, over what was observed."""

from collections.abc import Iterator, Sequence
from typing import Literal

from generator.release.model.base import Value
from generator.release.model.observed import Alarm, Deployment, ImageNow, Quota, StackNow
from generator.release.model.release import Check
from generator.release.model.settings import Scans

# What a stack's status means for somebody who wants to change it (CloudFormation User Guide: Stack status codes).
_STUCK = {
    "UPDATE_ROLLBACK_FAILED": "its last rollback failed; continue it with: slipway undo {last}",
    "ROLLBACK_COMPLETE": "its creation failed; ask an administrator to delete it, then try again",
    "ROLLBACK_FAILED": "its creation failed; ask an administrator to delete it, then try again",
    "CREATE_FAILED": "its creation failed; ask an administrator to delete it, then try again",
    "DELETE_FAILED": "its deletion failed; ask an administrator to delete it, then try again",
    "DELETE_IN_PROGRESS": "it is being deleted; wait until it is deleted",
}
# As ECS calls them, and as image indexes do (ECS API Reference: RuntimePlatform; OCI Image Specification).
_ARCHITECTURES = {"X86_64": "amd64", "ARM64": "arm64"}


class Observations(Value):
    """What was looked at. None where there was nothing to look at: a stack that is new has no service yet."""

    stack: StackNow | None
    last: str = ""  # the last release of this stack
    deployments: tuple[Deployment, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    image: ImageNow | None = None
    image_uri: str = ""
    architecture: str = ""
    missing_secrets: tuple[str, ...] = ()
    quotas: tuple[Quota, ...] = ()
    older: tuple[
        str, ...
    ] = ()  # "VpcId of prod/network": values that are older than their source, and stay as they are
    apply: str = ""  # the command that brings them
    restarts: int | None = None  # tasks that a restart starts again
    later: str = ""  # what of the version comes with later releases
    older_than: str = ""  # by how much this version is older than the running one, and that one
    failed_before: str = ""  # the release of this version that was rolled back here last, and why


def checks(seen: Observations, scans: Scans, *, going_back: bool) -> tuple[Check, ...]:
    """Every check with its result. A condition that the release caused does not refuse its rollback."""
    found = [*_stack(seen), *_image(seen, scans), *_service(seen, going_back=going_back), *_quotas(seen.quotas)]
    if seen.older:
        older = ", ".join(seen.older)
        text = f"other stacks have newer outputs, which this release does not bring: {older}; bring them with: {seen.apply}"
        found.append(Check(name="outputs", result="warning", text=text))
    if seen.restarts is not None:
        count = f"{seen.restarts} task{'' if seen.restarts == 1 else 's'}"
        found.append(Check(name="tasks", result="passed", text=f"restarts {count}"))
    if seen.later:
        found.append(
            Check(name="part", result="warning", text=f"this release brings a part of the version: {seen.later}")
        )
    if seen.older_than:
        found.append(Check(name="order", result="warning", text=f"this release goes backwards: {seen.older_than}"))
    if seen.failed_before:
        text = f"this version was released here before and was rolled back: {seen.failed_before}"
        found.append(Check(name="history", result="warning", text=text))
    return tuple(found)


def refusing(found: Sequence[Check]) -> tuple[Check, ...]:
    """The checks that refuse the release."""
    return tuple(check for check in found if check.result == "failed")


def _stack(seen: Observations) -> Iterator[Check]:
    stack = seen.stack
    if stack is None or stack.can_change:
        yield Check(name="stack", result="passed")
        return
    text = _STUCK.get(stack.status, "another operation is changing it; wait until that ends, then try again")
    last = seen.last or "RELEASE"
    yield Check(name="stack", result="failed", text=f"{stack.name} is {stack.status}: {text.format(last=last)}")


def _image(seen: Observations, scans: Scans) -> Iterator[Check]:
    if not seen.image_uri:
        return
    image = seen.image
    if image is None:
        text = f"{seen.image_uri} is not in the registry; publish it again, or choose another version"
        yield Check(name="image", result="failed", text=text)
        return
    yield Check(name="image", result="passed")
    expected = _ARCHITECTURES.get(seen.architecture, "")
    if expected and image.architectures and not {expected, seen.architecture} & set(image.architectures):
        has = ", ".join(image.architectures)
        text = (
            f"the image is built for {has}, and the service runs on {seen.architecture}; build it for linux/{expected}"
        )
        yield Check(name="architecture", result="failed", text=text)
    elif expected and image.architectures:
        yield Check(name="architecture", result="passed")
    yield _scan(image, scans)


def _scan(image: ImageNow, scans: Scans) -> Check:
    if image.findings is None:
        blocks = scans.missing == "block"
        text = (
            "the image was not scanned; start a scan, or set `scans.missing: tell`"
            if blocks
            else "the image was not scanned"
        )
        return Check(name="scan", result="failed" if blocks else "warning", text=text)
    worst: list[str] = []
    blocked = False
    for severity, verdict in (("CRITICAL", scans.critical), ("HIGH", scans.high)):
        names = [f.name for f in image.findings if f.severity == severity]
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            worst.append(f"{len(names)} {severity.lower()} ({', '.join(names[:3])}{more})")
            blocked = blocked or verdict == "block"
    if not worst:
        return Check(name="scan", result="passed")
    fix = "; build it on a newer base image, or use break glass" if blocked else ""
    return Check(
        name="scan", result="failed" if blocked else "warning", text=f"the image scan found {', '.join(worst)}{fix}"
    )


def _service(seen: Observations, *, going_back: bool) -> Iterator[Check]:
    bad: Literal["warning", "failed"] = "warning" if going_back else "failed"
    if seen.missing_secrets:
        names = ", ".join(seen.missing_secrets)
        text = f"tasks can't start without these secrets: {names}; create them in Secrets Manager"
        yield Check(name="secrets", result="failed", text=text)
    running = [d for d in seen.deployments if not d.is_over]
    if running:
        text = f"ECS is already deploying ({running[0].status}, {running[0].stage or 'no stage'}); wait until that ends"
        yield Check(name="deployment", result=bad, text=text)
    elif seen.deployments:
        yield Check(name="deployment", result="passed")
    firing = [alarm for alarm in seen.alarms if alarm.state == "ALARM"]
    if firing:
        names = ", ".join(f"{a.name} ({a.reason})" if a.reason else a.name for a in firing)
        # ECS Developer Guide, "How CloudWatch alarms detect ECS deployment failures": one that is in ALARM already
        # when a deployment starts is ignored for all of it.
        text = f"alarms are in ALARM already, and ECS would ignore them: {names}; resolve them first"
        yield Check(name="alarms", result=bad, text=text)
    elif seen.alarms:
        yield Check(name="alarms", result="passed")


def _quotas(quotas: Sequence[Quota]) -> Iterator[Check]:
    for quota in quotas:
        if quota.free is not None and quota.free < quota.needed:
            text = (
                f"{quota.what} has {quota.free} left, and the rollout needs {quota.needed}; free some, or "
                "request a higher quota"
            )
            yield Check(name="room", result="failed", text=text)
