"""Restarts services after a secret was rotated, because ECS reads secrets only when a task starts.

Secrets Manager says ``RotationSucceeded`` over CloudTrail (AWS Secrets Manager User Guide: AWS CloudTrail entries for
Secrets Manager; Match AWS Secrets Manager events with Amazon EventBridge). The event carries no orders: what counts is
what AWS says of the secret, of the service's task definition and of its deployments.
"""

import re
from collections.abc import Iterator

from generator.release.context import Context
from generator.release.model.log_records import Slot
from generator.release.model.people import ENGINE
from generator.release.model.platform import PlatformFacts, StackFacts
from generator.release.model.release import Release
from generator.release.model.requests import Refusal, Wake
from generator.release.model.states import Proposed
from generator.release.opening import opening, release_id
from generator.release.ports import Cloud
from generator.release.requested_version import RequestedVersion, restart
from generator.release.steps.traces import services_of

SUCCEEDED = "RotationSucceeded"
_ARN = re.compile(r"arn:[a-z-]+:secretsmanager:([a-z0-9-]+):([0-9]{12}):secret:([A-Za-z0-9/_+=.@!-]{1,512})")
# Secrets Manager adds a hyphen and six characters to a name (API Reference: CreateSecret, ARN).
_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}$")
_REMEMBERED = 20


def rotated_secrets(wake: Wake) -> Iterator[str]:
    """ARNs of the secrets that an event reports as rotated. Empty for any other event."""
    if wake.name == SUCCEEDED:
        yield from (arn for arn in wake.resources[:20] if _ARN.fullmatch(arn))


def given(facts: PlatformFacts, secret: str) -> Iterator[StackFacts]:
    """Stacks whose tasks may have a secret (ARN), by the configuration, and that restart after its rotation.

    The password of a database is a secret that RDS names: every service of that account and Region that uses one is
    looked at.
    """
    found = _ARN.fullmatch(secret)
    if found is None:
        return
    for stack in facts.stacks.values():
        here = (stack.ref.region, stack.ref.account) == (found[1], found[2])
        if here and stack.restarts and _called(stack, secret):
            yield stack


def restarts_for(context: Context, secret: str) -> tuple[list[str], list[str]]:
    """Open the restarts that a rotation of a secret (ARN) needs. Returns their ids, and why others were not opened.

    Raises:
        Unavailable: AWS or the log does not answer; anyone who asked asks again.
    """
    came = [restart_for(context, facts, secret) for facts in given(context.facts, secret)]
    return [one.id for one in came if not isinstance(one, str)], [one for one in came if isinstance(one, str) and one]


def restart_for(context: Context, facts: StackFacts, secret: str) -> Release | str:
    """Open the restart of a stack whose tasks are older than the rotation of a secret that they have.

    Returns why not in a sentence; "" if nothing has to be done: the tasks are newer, do not have it, or a restart for
    this rotation was opened before. A stack with an open release is checked again when that release ends
    (:func:`owed`).

    Raises:
        Unavailable: AWS or the log does not answer; anyone who asked asks again.
    """
    rotated = _rotated(context.clouds.at(facts.ref, ENGINE), facts, secret)
    slot, rev = context.log.slot(facts.ref.key)
    if not rotated or slot.open or _was_opened(context, facts, rotated):
        return ""
    requested = restart(context, facts, slot, _called(facts, secret))
    if isinstance(requested, Refusal):
        return f"{_called(facts, secret)} was rotated, and {facts.ref.key} is not restarted: {requested.why}"
    release = _release(context, facts, slot, requested)
    return release if context.log.table.write(*opening(context, release, slot, rev, ENGINE)) else ""


def owed(context: Context, key: str) -> None:
    """After a release has ended, open the restart for a rotation that came while it was open.

    Raises:
        Unavailable: AWS or the log does not answer; anyone who asked asks again.
    """
    facts = context.facts.stacks.get(key)
    if facts is None or not facts.restarts or not (facts.secrets or facts.uses_database):
        return
    services = context.clouds.at(facts.ref, ENGINE)
    for secret in {secret: None for _, secrets in _tasks(services, facts) for secret in secrets}:
        restart_for(context, facts, secret)


def _called(facts: StackFacts, secret: str) -> str:
    """A secret by the name that people know: that of the configuration, or "the database's password". "" for others."""
    found = _ARN.fullmatch(secret)
    name = found[3] if found else ""
    if name.startswith("rds!"):
        return "the database's password" if facts.uses_database else ""
    return next((known for known in facts.secrets if known in {name, _SUFFIX.sub("", name)}), "")


def _tasks(cloud: Cloud, facts: StackFacts) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The services of a stack, each with the secrets that its tasks have."""
    for arn in services_of(cloud.stacks.resources(facts.ref.name)):
        service = cloud.services.service(arn)
        if service is not None:
            yield arn, cloud.services.given_secrets(service.task_definition)


def _rotated(cloud: Cloud, facts: StackFacts, secret: str) -> float:
    """When a secret was rotated that tasks started before have. 0.0 if all tasks are newer, or do not have it."""
    names = {secret, _SUFFIX.sub("", secret)}
    arns = [arn for arn, secrets in _tasks(cloud, facts) if names & set(secrets)]
    rotated = cloud.services.rotated(secret) if arns else 0.0
    return rotated if rotated and any(_started(cloud, arn) < rotated for arn in arns) else 0.0


def _started(cloud: Cloud, service: str) -> float:
    """When the deployment started that created the tasks of a service. 0.0 if ECS does not report it any more."""
    deployments = cloud.services.deployments(service, 0.0)
    return next((d.started for d in deployments if d.status == "SUCCESSFUL"), 0.0)


def _was_opened(context: Context, facts: StackFacts, rotated: float) -> bool:
    past = context.log.history(facts.ref.key, _REMEMBERED)
    return any(one.purpose == "restart" and one.created >= rotated for one in past)


def _release(context: Context, facts: StackFacts, slot: Slot, requested: RequestedVersion) -> Release:
    return Release(
        id=release_id(context, facts, slot.count + 1),
        stack=facts.ref,
        purpose=requested.purpose,
        requester=ENGINE,
        reason="",
        created=context.clock(),
        state=Proposed(),
        after=requested.after,
        before=slot.running,
    )
