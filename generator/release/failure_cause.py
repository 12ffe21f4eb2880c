"""Why a release failed: one sentence with the root cause and what to do, from everything that was observed. Pure."""

import re
from collections.abc import Iterator
from time import gmtime, strftime

from generator.release.model.base import Value
from generator.release.model.observed import Deployment, LogLine, StackEvent, StoppedTask, Target
from generator.release.model.release import Cause


class Traces(Value):
    """What AWS shows after a failure. Events oldest first, tasks newest first, log lines oldest first."""

    events: tuple[StackEvent, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    tasks: tuple[StoppedTask, ...] = ()
    targets: tuple[Target, ...] = ()
    logs: tuple[LogLine, ...] = ()
    reasons: tuple[str, ...] = ()  # what verification found


_KEPT, _WIDTH = 60, 400  # log lines that are kept whole, characters of one

# What CloudFormation says of resources that only suffered from another's failure.
_FOLLOWS = ("Resource creation cancelled", "Resource update cancelled", "Resource deletion cancelled")
_FIXES = (
    (r"CannotPullContainerError", ("the image can't be pulled: publish it again, and check the permissions of the "
        "execution role")),
    (r"ResourceInitializationError.*(secret|ssm)", ("a secret can't be read: check that it exists and that the "
        "execution role may read it")),
    (r"OutOfMemory", "give the task more memory, or find the leak"),
    (r"ELB health checks|failed container health checks", ("check that the container listens on its port and that "
        "its health check answers in time")),
    (r"AccessDenied|not authorized to perform", ("the execution role has no permission for this: ask an "
        "administrator to check its permissions stack")),
    (r"already exists", "a resource of that name exists outside the stack: delete or rename it"),
    (r"[Ll]imit ?[Ee]xceeded|quota", "request a higher quota from AWS, or free some of it"),
    (r"alarm", "check the metric of the alarm, and what this version changed"),
    (r"exit code (\d+)|EssentialContainerExited", "read the task's last log lines with: slipway logs{where}"),
)  # fmt: skip


def cause(traces: Traces, stage: str = "execution", where: str = "") -> Cause:
    """The root cause in one sentence, the fix, and the other findings as evidence.

    ``where`` is ``app prod``, for commands.
    """
    found = list(dict.fromkeys(_sentences(traces)))
    if not found:
        found = ["CloudFormation ended the update without a reason"]
    first = found[0]
    lines = last_log_lines(printed(traces))
    evidence = [*found[1:], *(line for line in lines if not first.endswith(_short(line)))]
    fix = next((text for said in (first, *evidence) for pattern, text in _FIXES if re.search(pattern, said)), "")
    known = {"execution", "rollout", "verification"}
    at = stage if stage in known else "execution"
    if at == "execution" and (traces.tasks or any(d.reason for d in traces.deployments)):
        at = "rollout"
    return Cause(
        stage=at,  # type: ignore[arg-type]
        sentence=first,
        evidence=tuple(evidence[:12]),
        fix=fix.replace("{where}", f" {where}" if where else "")
        or ("read the evidence, correct the cause and release again"),
        log=tuple(map(_line, printed(traces)[-_KEPT:])),
    )


def printed(traces: Traces) -> tuple[LogLine, ...]:
    """Log lines of the tasks that ended. All lines, if none belongs to these tasks.

    The awslogs driver names a stream ``PREFIX/CONTAINER/TASK-ID`` (ECS Developer Guide: awslogs-stream-prefix).
    """
    ended = {task.id for task in traces.tasks}
    own = tuple(line for line in traces.logs if line.stream.rpartition("/")[2] in ended)
    return own or traces.logs


def last_log_lines(lines: tuple[LogLine, ...]) -> list[str]:
    """The last five lines of the task that wrote last. Other tasks of the service would repeat them."""
    return [line.text for line in lines if line.stream == lines[-1].stream][-5:]


# What a program says of its end: the line that proves the cause is one of these, else the last one.
_PROOF = re.compile(r"error|exception|fatal|panic|denied|refused|cannot|can't|unable|fail", re.IGNORECASE)
_LOOKED_AT, _SHOWN = 20, 200


def _proof(traces: Traces) -> str:
    """The line of the task that wrote last that says why it ended. "" without lines of a task that ended."""
    ended = {task.id for task in traces.tasks}
    lines = [line for line in printed(traces) if line.stream.rpartition("/")[2] in ended and line.text.strip()]
    own = [line.text for line in lines if line.stream == lines[-1].stream][-_LOOKED_AT:]
    return _short(next((text for text in reversed(own) if _PROOF.search(text)), own[-1] if own else ""))


def _short(text: str) -> str:
    return " ".join(text[:_SHOWN].split())


def _line(line: LogLine) -> str:
    """Time (UTC), task and text, cut: a release is one item of the log, whose size is limited."""
    text = " ".join(line.text[:_WIDTH].split())
    return f"{strftime('%H:%M:%S', gmtime(line.at))} {line.stream.rpartition('/')[2][:8]} {text}"


def _sentences(traces: Traces) -> Iterator[str]:
    """Causes from the root outwards: why the tasks ended, what ECS did because of that, what CloudFormation did."""
    proof = _proof(traces)
    for task in traces.tasks[:3]:
        yield _task(task, proof)
    for target in traces.targets:
        if target.state == "unhealthy":
            yield f"target {target.id} is unhealthy: {target.reason or 'its health check fails'}"
    yield from traces.reasons
    for deployment in traces.deployments:
        if deployment.alarms:
            yield f"alarms stopped the deployment: {', '.join(deployment.alarms)}"
        if deployment.reason and deployment.status != "SUCCESSFUL":
            yield f"ECS: {deployment.reason}"
    failed = [e for e in traces.events if e.status.endswith("_FAILED") and not e.reason.startswith(_FOLLOWS)]
    for event in failed:
        if event.type != "AWS::CloudFormation::Stack":
            yield f"{event.logical_id} ({event.type}): {_plain(event.reason) or event.status}"


# What handlers wrap around the reason: of use to AWS's support alone.
_WRAPPED = re.compile(r'^Resource handler returned message: "(.*)" \(RequestToken: [^)]*\)$', re.DOTALL)


def _plain(reason: str) -> str:
    found = _WRAPPED.match(reason)
    return found.group(1) if found else reason


def _task(task: StoppedTask, proof: str) -> str:
    for name, code, reason in task.containers:
        if code not in {None, 0} or reason:
            ended = f"exit code {code}" if code is not None else "no exit code"
            why = f", {reason}" if reason else ""
            return f"the container {name} ended with {ended}{why}: {(code and proof) or task.reason or task.code}"
    return f"a task stopped: {task.reason or task.code}"
