"""Releases: as a list shows them, and one with all that the log keeps of it."""

from datetime import datetime
from typing import Literal

from board.models.base import Model, Version


class ReleaseLine(Model):
    """A release as a list shows it. ``state`` is the outcome of one that is over.

    ``took_seconds`` is from the go-ahead to the end, without the time that people took; null where nothing ran.
    ``committed`` is the time of its commit, null for releases from before the log kept it.
    """

    id: str
    environment: str
    service: str
    stack: str
    kind: Literal["deploy", "rollback", "restart"]
    state: str
    open: bool
    requester: str
    approvers: list[str]
    reason: str
    version: Version
    created: datetime
    closed: datetime | None
    committed: datetime | None
    took_seconds: float | None
    undoes: str
    cause: str


class ReleasePage(Model):
    """Releases, newest first. ``cursor`` gives the next page, null on the last one."""

    releases: list[ReleaseLine]
    cursor: str | None
    total: int


class Step(Model):
    """One thing that happened to a release."""

    at: datetime
    what: str
    who: str


class Evidence(Model):
    """The evidence that a person acted: what SQS attests, and whether Slack signed it.

    The text of a Slack message stays in the log; ``slack_sha256`` is its digest.
    """

    digest: str
    sender: str
    message: str
    request: str
    slack_sha256: str
    slack_signed: bool


class Approval(Model):
    """Somebody agreed to exactly what ``binding`` stands for. ``attested`` says whether AWS itself attests who it was."""

    person: str
    channel: str
    attested: bool
    at: datetime
    binding: str
    groups: list[str]
    break_glass: str
    evidence: Evidence | None


class Requirement(Model):
    """One rule of the policy that asks people."""

    rule: str
    people: int
    by: list[str]
    requester_may: bool
    attested: int
    why: str


class CheckResult(Model):
    """A check before people are asked, or of the service afterwards."""

    name: str
    result: Literal["passed", "failed", "warning"]
    text: str


class Effect(Model):
    """What happens to one resource, and the page of AWS that says so."""

    logical_id: str
    type: str
    action: str
    effect: str
    why: str
    source: str
    properties: list[str]
    stateful: bool
    assumed: bool


class RightGain(Model):
    """Rights that somebody has afterwards and had not before."""

    who: str
    sentence: str
    escalation: str
    certain: bool


class NewExposure(Model):
    """Somebody can reach something that they could not before."""

    who: str
    what: str
    sentence: str
    public: bool
    certain: bool


class CostChange(Model):
    """US dollars of a typical month, before and after; ``unknown`` names what has no price."""

    before_usd: float
    after_usd: float
    unknown: list[str]
    rollout_usd: float
    price_date: str


class DriftedProperty(Model):
    """A property that somebody changed outside of CloudFormation."""

    logical_id: str
    type: str
    path: str
    expected: str
    actual: str
    who: str
    when: str
    overwritten: bool | None


class Vulnerability(Model):
    """One finding of an image scan."""

    name: str
    severity: str
    package: str


class ImageChange(Model):
    """From one image to another. ``subjects`` are the commits between, newest first."""

    before: str
    after: str
    compare_url: str
    subjects: list[str]
    size_before: int | None
    size_after: int | None
    new_findings: list[Vulnerability]
    fixed_findings: list[Vulnerability]
    base_image: str
    base_age_days: int | None


class RolloutPhase(Model):
    """A stretch of the rollout as it was planned: tasks on each side and the new version's share of traffic."""

    name: str
    seconds: float
    old_tasks: int
    new_tasks: int
    new_traffic_percent: float


class Preview(Model):
    """The change as people were asked about it. ``unavailable`` says what could not be looked up."""

    level: str
    sentence: str
    effects: list[Effect]
    gains: list[RightGain]
    exposures: list[NewExposure]
    unpinned: list[str]
    cost: CostChange | None
    drift: list[DriftedProperty]
    image: ImageChange | None
    expected_seconds: float | None
    phases: list[RolloutPhase]
    access_checks: list[str]
    unavailable: list[str]


class RolloutTraffic(Model):
    """What the load balancer counted for one side while a gate waited; null where it counted nothing."""

    seconds: float
    requests: int | None
    errors: int | None
    latency_p99_seconds: float | None


class Rollout(Model):
    """Where the rollout stands, or how it ended: tasks of both sides, and the new side's share of traffic."""

    stack_status: str
    resource: str
    done: int
    total: int
    strategy: str
    stage: str
    deployment_status: str
    old_tasks: int
    new_tasks: int
    failed_tasks: int
    healthy: int
    targets: int
    traffic_percent: float
    gate_stage: str
    gate_expires: datetime | None
    old_traffic: RolloutTraffic | None
    new_traffic: RolloutTraffic | None
    note: str


class CauseOfFailure(Model):
    """Why a release ended otherwise than wanted.

    ``evidence`` and ``log`` hold lines that tasks printed, for people of the platform alone; ``log_hidden`` says that
    there are some which you may not read.
    """

    stage: str
    sentence: str
    fix: str
    evidence: list[str]
    log: list[str]
    log_hidden: bool


class ReleaseDetail(Model):
    """One release with all that the log keeps of it. ``rollout_image`` is the address of its picture, null for none."""

    release: ReleaseLine
    before: Version | None
    creates: bool
    break_glass: str
    classes: list[str]
    requirements: list[Requirement]
    refusal: str
    waits_for: str
    expires: datetime | None
    binding: str
    checks: list[CheckResult]
    preview: Preview | None
    approvals: list[Approval]
    steps: list[Step]
    rollout: Rollout
    rollout_image: str | None
    cause: CauseOfFailure | None
    left_behind: list[str]
    successor: str
    chain_entries: int
    chain_signed: int
