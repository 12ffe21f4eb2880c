"""Carries out what `rollout.step` decides: starts and stops tasks, begins, moves, undoes and ends deployments."""

from __future__ import annotations

import math
import secrets
import time
from typing import TYPE_CHECKING, Any, assert_never

from generator.sandbox.ecs import beats, lifecycle, running
from generator.sandbox.ecs import rollout as decide
from generator.sandbox.ecs.images import TABLE, Fails, Leaks, choose
from generator.sandbox.ecs.model import Home, Hook, Revision, Rollout, Service, Task
from generator.sandbox.ecs.rollout import Action, Seen, View
from generator.sandbox.ecs.world import digits

if TYPE_CHECKING:
    from generator.sandbox.ecs.world import World

# CloudFormation's handler of an ECS service waits three hours (resource schema, "handlers"), bakes beside (assumed).
PATIENCE = 3 * 3600.0
SCRIPTED = 3600.0


def patience(rollout: Rollout) -> float:
    """How long a deployment may take, without pauses, until nobody waits for it any more; in AWS's seconds."""
    return PATIENCE + sum(beat.minutes * 60 for beat in beats.beats(rollout.config, first=not rollout.sources))


def view_of(world: World, service: Service, rollout: Rollout) -> View:
    """The decision's view of a service."""
    seen: dict[bool, list[Seen]] = {True: [], False: []}
    for task in world.tasks_of(service):
        row = Seen(task.id, running.is_healthy(task), task.status == "RUNNING", task.desired == "STOPPED")
        seen[task.revision == rollout.goal].append(row)
    names = set((rollout.config.get("alarms") or {}).get("alarmNames") or [])
    firing = (
        tuple(a.name for a in world.outside.alarms(service.home) if a.name in names and a.state == "ALARM")
        if names
        else ()
    )
    return View(rollout, service.desired, tuple(seen[True]), tuple(seen[False]), firing, world.seconds)


def settle(world: World, service: Service) -> float:
    """Do everything that a service can do now; the engine's time when to look again (infinity if only tasks move it)."""
    if service.status == "INACTIVE":
        return math.inf
    rollout = service.rollout
    if rollout is None or service.status == "DRAINING":
        return _steady(world, service)
    for _ in range(100):
        again = math.inf
        moved = False
        for action in decide.step(view_of(world, service, rollout)):
            if isinstance(action, decide.Wake):
                again = min(again, action.at)
            else:
                moved = True
                carry_out(world, service, rollout, action)
        if not rollout.active:
            return world.seconds
        if not moved:
            return again
    raise RuntimeError(f"{service.name}: the deployment does not come to rest")


def _steady(world: World, service: Service) -> float:
    """No deployment moves: keep the desired count of the current revision."""
    tasks = world.tasks_of(service)
    if service.status == "DRAINING":
        for task in tasks:
            running.end(world, task, _scheduled(service), failed=False)
        if not world.tasks_of(service):
            service.status = "INACTIVE"
        return math.inf
    rows = {t.id: Seen(t.id, running.is_healthy(t), t.status == "RUNNING", t.desired == "STOPPED") for t in tasks}
    goal = tuple(rows[t.id] for t in tasks if t.revision == service.current)
    others = tuple(rows[t.id] for t in tasks if t.revision != service.current)
    start, stop = decide.roll({}, service.desired, goal, others)
    for task in tasks:
        if task.id in stop:
            running.end(world, task, _scheduled(service), failed=False)
    if start and not service.halted:
        if world.seconds < service.retry:
            return service.retry
        launch(world, service, service.revisions[service.current], start)
    elif not stop and not service.steady and sum(r.healthy for r in goal) == service.desired and not service.halted:
        service.steady = True
        world.note(service, "has reached a steady state.")
        world.emit(service.home, "ECS Service Action", [service.arn], _action(service, "SERVICE_STEADY_STATE"))
    return math.inf


def carry_out(world: World, service: Service, rollout: Rollout, action: Action) -> None:
    """Do one thing."""
    rollout.updated = time.time()
    match action:
        case decide.Start():
            launch(world, service, service.revisions[rollout.goal], action.tasks)
        case decide.Stop():
            for task in world.tasks_of(service):
                if task.id in action.ids:
                    running.end(world, task, _scheduled(service), failed=False)
        case decide.Enter():
            rollout.beat, rollout.since, rollout.shifted = action.beat, world.seconds, False
        case decide.Shift():
            rollout.shifted, rollout.weight, rollout.since = True, action.weight, world.seconds
            _weigh(world, service, rollout)
        case decide.Await():
            wait = action.minutes * 60
            hook = Hook(
                id=secrets.token_hex(8), stage=action.stage, beat=rollout.beat, expires=world.seconds + wait,
                expires_at=time.time() + world.real(wait), timeout_action=action.action,
            )  # fmt: skip
            rollout.hooks.append(hook)
            world.note(service, f"(deployment {rollout.id}) is paused at lifecycle stage {action.stage}.")
        case decide.Expire():
            for hook in rollout.hooks:
                if hook.id == action.hook:
                    hook.status = "TIMED_OUT"
                    if hook.timeout_action == "ROLLBACK":
                        carry_out(world, service, rollout, decide.Rollback(decide.HOOK))
        case decide.Rollback():
            _undo(world, service, rollout, action)
        case decide.Finish():
            _finish(world, service, rollout, action)
        case decide.Wake():
            pass
        case other:
            assert_never(other)


def launch(world: World, service: Service, revision: Revision, count: int) -> None:
    """Start tasks of a revision."""
    for _ in range(count):
        given = revision.given
        providers = given.get("capacityProviderStrategy") or []
        task = new_task(
            world, service.home, service.cluster, revision.definition, given.get("networkConfiguration") or {},
            group=f"service:{service.name}", started_by=_starter(service, revision),
        )  # fmt: skip
        task.service, task.revision = service.arn, revision.arn
        task.provider = _provider(world, service, providers)
        task.given = {"enableExecuteCommand": given.get("enableExecuteCommand", False)}
        source = given.get("propagateTags")
        task.tags = list(
            service.tags if source == "SERVICE" else world.definition(revision.definition).tags
            if source == "TASK_DEFINITION" else []
        )  # fmt: skip
        for image in revision.images:
            if image.get("imageDigest"):
                task.images[image["image"]] = image["imageDigest"]
        running.enter(world, task, "PROVISIONING")
    service.steady = False
    world.note(service, f"has started {count} tasks: {_names(world, service, count)}.")


def new_task(
    world: World, home: Home, cluster: str, definition: str, network: dict[str, Any], *, group: str, started_by: str
) -> Task:
    """A task that is about to start, entered into the state."""
    shape = world.definition(definition).shape
    subnet, zone, ip = world.place(home, network)
    arn = f"arn:aws:ecs:{home.region}:{home.account}:task/{cluster.rpartition('/')[2]}/{secrets.token_hex(16)}"
    task = Task(
        arn=arn, home=home, cluster=cluster, definition=definition, group=group, created=time.time(),
        started_by=started_by, subnet=subnet, zone=zone, ip=ip,
    )  # fmt: skip
    for number, container in enumerate(shape["containerDefinitions"]):
        found = world.outside.image(home, container["image"])
        task.images[container["image"]] = found.digest
        # What the table says about an image holds whether or not the registry has it.
        if found.error and TABLE.find(container["image"]) is None:
            task.pull_error = task.pull_error or found.error
        if not number or (container.get("essential", True) and not task.pull_error and number == 0):
            task.behaviour = choose(container["image"], container.get("dockerLabels") or {}, found.annotation)
    if any(c.get("healthCheck") for c in shape["containerDefinitions"]):
        task.health = "UNKNOWN"
    world.state.tasks[arn] = task
    return task


def begin(world: World, service: Service, revision: Revision) -> Rollout:
    """Begin a deployment of a revision; one that is under way is superseded."""
    previous = service.rollout
    if previous is not None:
        previous.status, previous.reason = "STOPPED", "Service deployment was superseded by a new service deployment."
        previous.finished = previous.stopped = previous.updated = time.time()
    # ECS rolls back to the last deployment that completed.
    done = next((r for r in reversed(service.rollouts) if r.status in {"SUCCESSFUL", "ROLLBACK_SUCCESSFUL"}), None)
    config = service.given.get("deploymentConfiguration") or {}
    breaker = config.get("deploymentCircuitBreaker") or {}
    names = set((config.get("alarms") or {}).get("alarmNames") or [])
    rollout = Rollout(
        arn=f"{service.arn.replace(':service/', ':service-deployment/')}/{secrets.token_urlsafe(15)}",
        id=f"ecs-svc/{digits()}", created=time.time(), target=revision.arn, config=config,
        sources=[done.goal] if done else [], began=world.seconds, since=world.seconds,
        threshold=decide.threshold(config, service.desired),
        breaker="MONITORING" if breaker.get("enable") and beats.strategy(config) == "ROLLING" else "DISABLED",
        alarms_before=sorted(
            a.name for a in world.outside.alarms(service.home) if a.name in names and a.state == "ALARM"
        ) if names else [],
    )  # fmt: skip
    service.rollouts.append(rollout)
    service.revisions[revision.arn] = revision
    service.current, service.halted, service.steady = revision.arn, False, False
    world.hurry()
    _announce(world, service, rollout, "SERVICE_DEPLOYMENT_IN_PROGRESS", f"ECS deployment {rollout.id} in progress.")
    return rollout


def _undo(world: World, service: Service, rollout: Rollout, action: decide.Rollback) -> None:
    if not rollout.sources:
        _finish(world, service, rollout, decide.Finish("STOPPED", action.reason))
        return
    rollout.status, rollout.rollback_reason, rollout.reason = "ROLLBACK_IN_PROGRESS", action.reason, action.reason
    rollout.rollback_at = rollout.updated = time.time()
    rollout.rollback_id = f"ecs-svc/{digits()}"
    rollout.triggered = list(action.alarms)
    rollout.retry = 0.0
    service.current = rollout.sources[0]
    world.note(service, f"(deployment {rollout.id}) deployment failed: {_cause(rollout)}.")
    world.note(service, f"rolling back to deployment {rollout.rollback_id}.")
    _announce(world, service, rollout, "SERVICE_DEPLOYMENT_FAILED", action.reason)


def _finish(world: World, service: Service, rollout: Rollout, action: decide.Finish) -> None:
    rollout.status, rollout.reason = action.status, action.reason or rollout.reason
    rollout.finished = rollout.updated = time.time()
    scripted = [t for t in world.tasks_of(service) if isinstance(t.behaviour, Fails | Leaks)]
    world.hurry(SCRIPTED if scripted else 900)
    match action.status:
        case "SUCCESSFUL" | "ROLLBACK_SUCCESSFUL":
            if rollout.breaker == "MONITORING":
                rollout.breaker = "MONITORING_COMPLETE"
            name = rollout.rollback_id or rollout.id
            world.note(service, f"(deployment {name}) deployment completed.")
            if action.status == "SUCCESSFUL":
                _announce(world, service, rollout, "SERVICE_DEPLOYMENT_COMPLETED", f"ECS deployment {name} completed.")
        case _:
            rollout.stopped = rollout.finished
            service.halted = True
            fired = view_of(world, service, rollout).alarms
            rollout.triggered = [n for n in fired if n not in rollout.alarms_before]
            world.note(service, f"(deployment {rollout.id}) deployment failed: {_cause(rollout)}.")
            _announce(world, service, rollout, "SERVICE_DEPLOYMENT_FAILED", rollout.reason)


def _weigh(world: World, service: Service, rollout: Rollout) -> None:
    """Write the weights into the listener rule, so that whoever reads it sees where traffic goes."""
    target = service.revisions[rollout.target]
    source = service.revisions.get(rollout.sources[0]) if rollout.sources else None
    if not target.rule:
        return
    share = round(rollout.weight)
    weights = {target.target_group: share}
    other = source.target_group if source and source.target_group != target.target_group else alternate(target)
    if other:
        weights[other] = 100 - share
    world.outside.weigh(service.home, target.rule, weights)


def alternate(revision: Revision) -> str:
    """The other target group of a revision's load balancer."""
    balancer = (revision.given.get("loadBalancers") or [{}])[0]
    both = [
        balancer.get("targetGroupArn", ""),
        (balancer.get("advancedConfiguration") or {}).get("alternateTargetGroupArn", ""),
    ]
    return next((arn for arn in both if arn and arn != revision.target_group), "")


def _announce(world: World, service: Service, rollout: Rollout, name: str, reason: str) -> None:
    """The event "ECS Deployment State Change" (Developer Guide, "Amazon ECS service deployment state change events")."""
    detail = {
        "eventType": "ERROR" if name.endswith("FAILED") else "INFO",
        "eventName": name,
        "deploymentId": rollout.id,
        "updatedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "reason": reason,
    }
    world.emit(service.home, "ECS Deployment State Change", [service.arn], detail)


def _action(service: Service, name: str) -> dict[str, Any]:
    return {
        "eventType": "INFO",
        "eventName": name,
        "clusterArn": service.cluster,
        "createdAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _cause(rollout: Rollout) -> str:
    if rollout.triggered:
        return "alarm detected"
    return "tasks failed to start" if rollout.breaker == "TRIGGERED" else "it was rolled back"


def _scheduled(service: Service) -> lifecycle.Ending:
    rollout = service.rollout
    name = rollout.id if rollout else service.rollouts[-1].id if service.rollouts else service.name
    return lifecycle.Ending("ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {name})", 0)


def _starter(service: Service, revision: Revision) -> str:
    owner = next((r for r in reversed(service.rollouts) if r.target == revision.arn), None)
    rollout = service.rollout
    if rollout and rollout.rollback_at is not None and rollout.goal == revision.arn:
        return rollout.rollback_id
    return owner.id if owner else ""


def _provider(world: World, service: Service, strategy: list[dict[str, Any]]) -> str:
    cluster = world.state.clusters.get(service.cluster)
    chosen = strategy or (cluster.given.get("defaultCapacityProviderStrategy") if cluster else []) or []
    own: dict[str, int] = {}
    for task in world.tasks_of(service):
        own[task.provider] = own.get(task.provider, 0) + 1
    for item in chosen:
        if own.get(item["capacityProvider"], 0) < item.get("base", 0):
            return str(item["capacityProvider"])
    rows = [item for item in chosen if item.get("weight", 0)]
    if not rows:
        return str(chosen[0]["capacityProvider"]) if chosen else ""
    return str(min(rows, key=lambda i: own.get(i["capacityProvider"], 0) / i["weight"])["capacityProvider"])


def _names(world: World, service: Service, count: int) -> str:
    return " ".join(f"(task {t.id})" for t in world.tasks_of(service)[-count:])
