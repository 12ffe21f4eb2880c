"""Reads the cloud as its own root, so that people see what AWS reports, and not what the bot says. Reads only."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from msgspec.structs import replace

from bot.demo.cloud.version_names import call, goes_back_to, traffic, versions
from generator.release import messages
from generator.release.audit import Entry
from generator.release.audit_verification import Verified, verified
from generator.release.errors import ReleaseError
from generator.release.model.log_records import Summary
from generator.release.model.observed import Alarm, StackEvent, Target
from generator.release.model.platform import StackFacts
from generator.wiring.application import Application

EVENTS, RELEASES, TASKS = 14, 12, 40
_AT_ONCE = 4

T = TypeVar("T")


class Stack(NamedTuple):
    """A stack. ``status`` is CloudFormation's status, "" if the stack does not exist."""

    key: str
    name: str
    status: str
    updated: float


class Task(NamedTuple):
    """A task of ECS. ``version`` is the version of its image by the release log, or the digest if the log has none."""

    id: str
    status: str
    health: str
    image: str
    version: str
    why: str


class Group(NamedTuple):
    """A target group: how much of the production traffic it gets, and its targets."""

    name: str
    percent: float
    targets: tuple[Target, ...]


class Service(NamedTuple):
    """A service with its tasks and target groups. ``traffic`` is the share of each version in percent during a rollout.

    ``back`` is the version to which AWS or a release is rolling back, or has just rolled back; "" without a rollback.
    """

    name: str
    desired: int
    rollout: str
    stage: str
    traffic: tuple[tuple[str, float], ...]
    back: str
    reason: str
    tasks: tuple[Task, ...]
    groups: tuple[Group, ...]


class LogSnapshot(NamedTuple):
    """The release log: the last releases, the chain of the newest, and whether all chains are valid."""

    releases: tuple[Summary, ...]
    chain: tuple[Entry, ...]
    audit: Verified | None


class EnvironmentSnapshot(NamedTuple):
    """An environment at one moment."""

    environment: str
    stacks: tuple[Stack, ...]
    events: tuple[tuple[str, StackEvent], ...]  # with the stack's name in short
    services: tuple[Service, ...]
    alarms: tuple[Alarm, ...]
    written: LogSnapshot


class Cloud:
    """What the page shows, read again each time. One for a process; safe to use from many threads."""

    def __init__(self, application: Application) -> None:
        self._engine = application
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="cloud")
        self._audited: tuple[str, Verified | None] = ("", None)

    @property
    def environments(self) -> tuple[str, ...]:
        """Environments that have services, protected ones first."""
        rules = self._engine.facts.environments
        names = {f.ref.environment for f in self._engine.facts.stacks.values() if f.ref.service}
        return tuple(sorted(names & set(rules), key=lambda name: (not rules[name].protected, name)))

    def look(self, environment: str) -> EnvironmentSnapshot:
        """An environment now.

        Raises:
            ReleaseError: AWS does not answer.
        """
        facts = [f for f in self._engine.facts.stacks.values() if f.ref.environment == environment]
        stacks = tuple(self._pool.map(self._stack, facts))
        services = tuple(filter(None, self._pool.map(self._service, [f for f in facts if f.ref.service])))
        recent = sorted((s for s in stacks if s.status), key=lambda s: (not s.status.endswith("PROGRESS"), -s.updated))[
            :3
        ]
        events = sorted(self._events(facts, recent), key=lambda pair: -pair[1].at)[:EVENTS]
        return EnvironmentSnapshot(
            environment, stacks, tuple(events), services, self._alarms(facts), self._written(facts)
        )

    def close(self) -> None:
        """Stop the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    # --- CloudFormation

    def _calls(self, service: str, facts: StackFacts) -> Any:
        if self._engine.tools is None:
            raise ReleaseError("this command has no AWS access of its own; run it with the sandbox")
        return self._engine.tools.calls(service, facts.ref.account, facts.ref.region)

    def _stacks(self, facts: StackFacts) -> Any:
        from generator.aws.cloudformation import CloudFormationStacks

        return CloudFormationStacks(self._calls("cloudformation", facts))

    def _stack(self, facts: StackFacts) -> Stack:
        found = self._stacks(facts).describe(facts.ref.name)
        return Stack(facts.ref.key, facts.ref.name, found.status if found else "", found.updated if found else 0.0)

    def _events(self, facts: Sequence[StackFacts], stacks: Iterable[Stack]) -> Iterable[tuple[str, StackEvent]]:
        known = {f.ref.key: f for f in facts}
        for stack in stacks:
            calls = self._calls("cloudformation", known[stack.key])
            for row in calls("describe_stack_events", StackName=stack.name)["StackEvents"][:EVENTS]:
                yield (
                    known[stack.key].ref.stack,
                    StackEvent(
                        id=row["EventId"],
                        at=row["Timestamp"].timestamp(),
                        logical_id=row["LogicalResourceId"],
                        type=row["ResourceType"],
                        status=row["ResourceStatus"],
                        reason=row.get("ResourceStatusReason") or "",
                    ),
                )

    # --- ECS and the load balancer

    def _service(self, facts: StackFacts) -> Service | None:
        from generator.aws.ecs_services import EcsServices
        from generator.release.steps.traces import services_of

        arns = _or(list[str](), lambda: services_of(self._stacks(facts).resources(facts.ref.name)))
        if not arns:
            return None
        services = EcsServices(lambda name: self._calls(name, facts))
        now = services.service(arns[0])
        if now is None:
            return None
        last = services.deployment(arns[0])
        called = versions(self._engine.client, facts.ref.key)
        target, source = (call(called, images) for images in (last.images, last.old_images)) if last else ("", "")
        moving = last is not None and not last.is_over
        slot, _ = self._engine.client.log.slot(facts.ref.key)
        release = self._engine.client.release(slot.open) if slot.open else None
        percents = self._weights(facts, now.target_groups)
        targets = services.targets(now.target_groups)
        groups = tuple(
            Group(arn.split("/")[-2], percents.get(arn, 0.0), tuple(t for t in targets if t.group == arn))
            for arn in now.target_groups
        )
        return Service(
            name=facts.ref.label,
            desired=now.desired,
            rollout=last.status if last else "",
            stage=last.stage if last and not last.is_over else "",
            traffic=traffic(target, source, last.traffic_percent) if last and moving else (),
            back=goes_back_to(release, last, target, source),
            reason=last.reason if last else "",
            tasks=tuple(self._tasks(facts, now.cluster, now.name, called)),
            groups=groups if any(g.percent or g.targets for g in groups) else (),
        )

    def _tasks(self, facts: StackFacts, cluster: str, service: str, called: Mapping[str, str]) -> Iterable[Task]:
        ecs = self._calls("ecs", facts)
        arns: list[str] = []
        for status in ("RUNNING", "STOPPED"):
            found = ecs("list_tasks", cluster=cluster, serviceName=service, desiredStatus=status, maxResults=TASKS)
            arns += found["taskArns"]
        rows = ecs("describe_tasks", cluster=cluster, tasks=arns[:100])["tasks"] if arns else []
        ordered = sorted(rows, key=lambda row: (row["lastStatus"] == "STOPPED", -row["createdAt"].timestamp()))
        stopped = 0
        for row in ordered:
            over = row["lastStatus"] == "STOPPED"
            stopped += over
            if over and stopped > 4:
                break
            image = next((c.get("imageDigest") or c.get("image", "").partition("@")[2] for c in row["containers"]), "")
            why = next((c["reason"] for c in row["containers"] if c.get("reason")), row.get("stoppedReason") or "")
            code = next((c["exitCode"] for c in row["containers"] if c.get("exitCode")), None)
            yield Task(
                id=row["taskArn"].rpartition("/")[2],
                status=row["lastStatus"],
                health=row.get("healthStatus") or "",
                image=image,
                version=called.get(image, image.removeprefix("sha256:")[:12]),
                why=(f"exit code {code}: {why}" if code is not None else why) if over else "",
            )

    def _weights(self, facts: StackFacts, groups: Sequence[str]) -> dict[str, float]:
        """The share of traffic that the rules give to each target group."""
        elb = self._calls("elbv2", facts)
        found: dict[str, float] = {}
        for group in groups:
            row = elb("describe_target_groups", TargetGroupArns=[group])["TargetGroups"][0]
            for balancer in row.get("LoadBalancerArns") or ():
                for listener in elb("describe_listeners", LoadBalancerArn=balancer)["Listeners"]:
                    for rule in elb("describe_rules", ListenerArn=listener["ListenerArn"])["Rules"]:
                        found |= _shares(rule, groups)
            if found:
                return found
        return found

    def _alarms(self, facts: Sequence[StackFacts]) -> tuple[Alarm, ...]:
        """Alarms of services, those that fire first; what has never had data is left out."""
        first = next(f for f in facts)
        prefix = first.ref.name.removesuffix(first.ref.stack)
        rows = self._calls("cloudwatch", first)("describe_alarms", AlarmNamePrefix=prefix, MaxRecords=100)
        found = [
            Alarm(
                name=row["AlarmName"].removeprefix(prefix),
                state=row["StateValue"],
                reason=row.get("StateReason") or "",
                since=row["StateUpdatedTimestamp"].timestamp() if row.get("StateUpdatedTimestamp") else 0.0,
            )
            for row in rows.get("MetricAlarms", ())
        ]
        return tuple(sorted(found, key=lambda alarm: (alarm.state != "ALARM", alarm.state != "OK", alarm.name)))

    # --- the release log

    def _written(self, facts: Sequence[StackFacts]) -> LogSnapshot:
        log = self._engine.client.log
        slots = log.slots([f.ref.key for f in facts])
        keys = sorted(slots, key=lambda key: -slots[key].at)[:6]
        keys += [key for key in slots if slots[key].open and key not in keys]
        found = [one for key in keys for one in log.history(key, 6)]
        newest = sorted(found, key=lambda one: -one.created)[:RELEASES]
        releases = tuple(one if one.closed else self._now(one) for one in newest)
        chain = tuple(log.entries(f"release/{releases[0].id}")) if releases else ()
        return LogSnapshot(releases, chain, self._audit(releases))

    def _now(self, one: Summary) -> Summary:
        """The state of an open release comes from the release itself: its line in the history has only the start."""
        found = self._engine.client.release(one.id)
        if found is None:
            return one
        people = tuple(dict.fromkeys(a.actor.name for a in found.approvals))
        return replace(one, state=messages.word(found), approvers=people)

    def _audit(self, releases: Sequence[Summary]) -> Verified | None:
        """All chains are verified again when a release has opened or closed, because that reads the whole log."""
        mark = " ".join(f"{one.id}={one.state}" for one in releases)
        if self._audited[0] != mark:
            application = self._engine
            self._audited = (
                mark,
                _or(None, lambda: verified(application.client.log, application.seal, application.facts)),
            )
        return self._audited[1]


def _shares(rule: Any, groups: Sequence[str]) -> dict[str, float]:
    for action in rule.get("Actions") or ():
        forward = (action.get("ForwardConfig") or {}).get("TargetGroups") or ()
        rows = [(row["TargetGroupArn"], float(row.get("Weight", 1))) for row in forward]
        if not rows and action.get("TargetGroupArn"):
            rows = [(action["TargetGroupArn"], 1.0)]
        total = sum(weight for _, weight in rows)
        if total and any(arn in groups for arn, _ in rows):
            return {arn: 100.0 * weight / total for arn, weight in rows}
    return {}


def _or(otherwise: T, look: Callable[[], T]) -> T:
    try:
        return look()
    except ReleaseError:
        return otherwise
