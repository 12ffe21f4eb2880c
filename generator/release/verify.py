"""Whether a release is healthy. Pure, over what was observed after CloudFormation had finished."""

from collections.abc import Iterator, Sequence

from generator.release.model.base import Value
from generator.release.model.observed import Alarm, Deployment, ServiceNow, Target


class SmokeResult(Value):
    """A smoke check's result: "" for success, else what was received instead."""

    url: str
    wrong: str = ""


class Evidence(Value):
    """What was observed of one service. ``expected`` is the task definition that the stack defines.

    ``going_back`` says that an earlier version came back: alarms that the bad one set off may still fire for a while.
    """

    expected: str
    service: ServiceNow | None
    deployment: Deployment | None
    targets: tuple[Target, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    smoke: tuple[SmokeResult, ...] = ()
    going_back: bool = False


class Healthy(Value):
    """Everything is as it should be."""


class NotYet(Value):
    """Not healthy now, but it may become healthy."""

    reasons: tuple[str, ...]


class Unhealthy(Value):
    """Failed: waiting does not help."""

    reasons: tuple[str, ...]


Verdict = Healthy | NotYet | Unhealthy


def verdict(seen: Sequence[Evidence]) -> Verdict:
    """The verdict on all services of a stack. A stack without services is healthy when CloudFormation has finished."""
    final = tuple(reason for e in seen for reason in _final(e))
    if final:
        return Unhealthy(reasons=final)
    open_ = tuple(reason for e in seen for reason in _passing(e))
    return NotYet(reasons=open_) if open_ else Healthy()


def _final(e: Evidence) -> Iterator[str]:
    """Failures that do not pass by themselves. boto3's ``services_stable`` finds none of them after a rollback."""
    if e.service is None:
        yield "the service no longer exists"
        return
    d = e.deployment
    if d is not None and d.is_over and d.status != "SUCCESSFUL":
        yield f"ECS ended the deployment as {d.status}{': ' + d.reason if d.reason else ''}"
    elif d is not None and d.is_over and d.task_definition and d.task_definition != e.expected:
        yield f"{e.service.name} runs {_short(d.task_definition)}, and the stack defines {_short(e.expected)}"
    if not e.going_back:
        yield from _alarms(e)


def _alarms(e: Evidence) -> Iterator[str]:
    for alarm in e.alarms:
        if alarm.state == "ALARM":
            yield f"the alarm {alarm.name} is in ALARM{': ' + alarm.reason if alarm.reason else ''}"


def _passing(e: Evidence) -> Iterator[str]:
    if e.service is None:
        return
    if e.deployment is not None and not e.deployment.is_over:
        yield f"ECS is still deploying ({e.deployment.stage or e.deployment.status})"
    if e.service.running < e.service.desired:
        yield f"{e.service.running} of {e.service.desired} tasks are running"
    alive = [t for t in e.targets if t.state not in {"draining", "unused"}]
    bad = [t for t in alive if t.state != "healthy"]
    if bad:
        yield f"{len(bad)} of {len(alive)} targets are {bad[0].state}{': ' + bad[0].reason if bad[0].reason else ''}"
    elif e.service.target_groups and e.service.desired and not alive:
        yield "no target is registered with the load balancer"
    yield from (f"{s.url}: {s.wrong}" for s in e.smoke if s.wrong)
    if e.going_back:
        yield from _alarms(e)


def _short(arn: str) -> str:
    return arn.rpartition("/")[2] or arn
