"""What the engine asks of the world. ``generator.aws`` implements these; the tests' fakes share their contract tests.

Every call may raise :class:`generator.release.errors.Unavailable` (throttled, timed out, a 5xx after retries): the step
is tried again later. Calls with effects are idempotent: by name, by token, or by a condition.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, NamedTuple, Protocol

from generator.release.audit import SealedHead
from generator.release.model.change import ChangeSet
from generator.release.model.observed import (
    Alarm,
    Deployment,
    Described,
    ImageNow,
    ListenerRule,
    LogLine,
    NewChangeSet,
    Quota,
    ServiceNow,
    StackEvent,
    StackNow,
    StackResource,
    StoppedTask,
    Target,
    Traffic,
)
from generator.release.model.people import Actor
from generator.release.model.preview import Drifted, Reading
from generator.release.model.release import StackRef
from generator.release.model.version import Version
from generator.release.stack_lists import StackLists
from generator.release.task_secrets import TaskSecrets

Clock = Callable[[], float]  # epoch seconds
OPEN = "open"  # ``Item.open`` of what is open: the first partition of the index


class Item(NamedTuple):
    """An item of the release table. ``open`` and ``due`` put it into the index of what is to be done."""

    pk: str
    sk: str
    rev: int  # counts its writes, from 1
    body: bytes  # JSON
    open: str = ""
    due: str = ""
    expires: int = 0  # epoch seconds: then it may be forgotten


class OpenItem(NamedTuple):
    """What the index tells of an open item."""

    pk: str
    sk: str
    due: str


class Put(NamedTuple):
    """Write ``item`` if what is there has revision ``item.rev - 1``; 0 is nothing. So nobody overwrites unseen."""

    item: Item


class Check(NamedTuple):
    """Write the rest only if this item has this revision; 0 is not there."""

    pk: str
    sk: str
    rev: int


class Table(Protocol):
    """The release log: one DynamoDB table. Reads are consistent, but for ``due``."""

    def get(self, pk: str, sk: str) -> Item | None:
        """One item."""

    def many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        """Those of these items that are there; 100 a call."""

    def query(
        self, pk: str, *, prefix: str = "", newest: bool = False, limit: int = 0, before: str = ""
    ) -> Iterator[Item]:
        """Items of one partition in order of ``sk`` (or backwards), lazily; ``limit`` 0 is all, ``before`` an ``sk``."""

    def write(self, *writes: Put | Check) -> bool:
        """All of them, or none and False if a condition does not hold. At most 100, no item twice."""

    def due(self, before: str, limit: int, where: str = OPEN) -> list[OpenItem]:
        """Items open ``where`` whose ``due`` is at most ``before``, earliest first (eventually consistent)."""


class Message(NamedTuple):
    """A message of the queue. ``sender`` is what SQS attests (SenderId); ``receipt`` deletes it."""

    id: str
    sender: str
    body: str
    receipt: str


class Queue(Protocol):
    """The release queue: requests and wake-ups. At least once, in any order."""

    def send(self, body: str) -> None:
        """Put a message in."""

    def receive(self, wait: float, limit: int = 10) -> list[Message]:
        """Up to ``limit`` messages (10 at most), waiting at most ``wait`` seconds (20 at most) for the first."""

    def done(self, *receipts: str) -> None:
        """Take messages out, ten a call."""


class Versions(Protocol):
    """What CI published, newest first. Raises :class:`errors.NotPublished` where something is not there."""

    def newest(self, passed: Callable[[str], None] = ...) -> Iterator[Version]:
        """All versions, newest first, read as they are asked for; ``passed`` hears of each entry that is none."""

    def get(self, commit: str) -> Version:
        """The version of a commit, given whole or by at least seven digits; AmbiguousVersion if several fit."""

    def body(self, key: str) -> str:
        """A built template as it was published; its digest is checked by the caller."""


class Stacks(StackLists, Protocol):
    """CloudFormation in one account and Region, with the release role's rights."""

    def describe(self, name: str) -> StackNow | None:
        """A stack by name or id; None if there is none (or only a deleted one)."""

    def template(self, stack_id: str) -> Mapping[str, Any]:
        """The template of a stack, parsed."""

    def change_set_template(self, change_set_arn: str, stack_id: str) -> Mapping[str, Any]:
        """The template that a change set carries, parsed."""

    def create(self, new: NewChangeSet) -> None:
        """Begin to make a change set; one of this name that is there already is left alone."""

    def change_set(self, stack_name: str, name: str, arn: str = "") -> Described:
        """A change set, by its ARN where it is known: all pages, with property values."""

    def resolve(self, stack_id: str, name: str) -> str:
        """The ARN that a change set's name stands for now, "" for none."""

    def execute(self, stack_id: str, name: str, token: str) -> None:
        """Execute; returns at once. Raises CannotExecute if it was executed, is gone or the stack is busy."""

    def delete(self, stack_name: str, name: str) -> None:
        """Delete a change set; no error if it is gone. A stack in REVIEW_IN_PROGRESS stays."""

    def cancel_update(self, stack_id: str, token: str) -> None:
        """CancelUpdateStack. Raises CannotUndo if no update runs."""

    def continue_rollback(self, stack_id: str, skip: Sequence[str], token: str) -> None:
        """ContinueUpdateRollback, leaving the resources in ``skip`` behind. Raises CannotUndo."""

    def events(self, stack_id: str, token: str) -> list[StackEvent]:
        """Events of the operation that carries this token, oldest first."""

    def resources(self, stack_id: str) -> list[StackResource]:
        """The stack's resources."""


class Services(TaskSecrets, Protocol):
    """ECS, load balancing, alarms and logs in one account and Region."""

    def service(self, arn: str) -> ServiceNow | None:
        """A service by ARN."""

    def deployment(self, service_arn: str) -> Deployment | None:
        """The newest service deployment, None if there is none."""

    def deployments(self, service_arn: str, since: float) -> list[Deployment]:
        """Service deployments that began since then, newest first, ten at most: a rollback is one of its own."""

    def stop(self, deployment_arn: str) -> None:
        """StopServiceDeployment, rolling back. Raises CannotUndo if it is over."""

    def continue_deployment(self, deployment_arn: str, hook: str, *, continue_rollout: bool) -> None:
        """ContinueServiceDeployment: go on, or roll back. Raises CannotUndo if the gate no longer waits."""

    def stopped_tasks(self, service: ServiceNow) -> list[StoppedTask]:
        """Tasks that ended lately, newest first."""

    def targets(self, groups: Sequence[str]) -> list[Target]:
        """Health of every target in these target groups."""

    def rules(self, listener: str) -> list[ListenerRule]:
        """The rules of a listener (ARN) without its default rule; [] if there is no such listener."""

    def traffic(self, groups: Sequence[str], since: float) -> list[Traffic]:
        """What the load balancer counted since then for each of these groups that one serves; each call costs money."""

    def database_version(self, instance: str) -> str:
        """The version that a database instance of RDS runs, such as ``17.11``; "" if there is none of this name."""

    def alarms(self, names: Sequence[str]) -> list[Alarm]:
        """These alarms' states, composite ones too."""

    def logs(self, group: str, since: float, limit: int) -> list[LogLine]:
        """The last lines of a log group, oldest first; [] if there is none."""

    def missing_secrets(self, names: Sequence[str]) -> list[str]:
        """Those of these secrets (name or ARN) that are not there."""

    def quotas(self, subnets: Sequence[str], tasks: int, *, vcpu: float = 0.25) -> list[Quota]:
        """Whether there are addresses and quota for that many more tasks of ``vcpu`` each."""


class Images(Protocol):
    """The registry in the home account."""

    def image(self, repository: str, digest: str) -> ImageNow | None:
        """An image by digest; None if it is not there."""

    def keep(self, repository: str, digest: str, tag: str) -> None:
        """Name an image ``tag``, so that the lifecycle policy keeps it; no error if it has that name."""

    def drop(self, repository: str, tag: str) -> None:
        """Take a name away that ``keep`` gave; no error if no image has it."""


class PreviewLookups(Protocol):
    """What people are shown beside a change set. It takes AWS a while, and nothing that runs depends on it."""

    def begin(self, stack_id: str) -> None:
        """Begin to look for what was changed by hand, so that it is known when people are asked."""

    def drifted(self, stack_id: str) -> tuple[Drifted, ...]:
        """What somebody changed outside of CloudFormation, and who as far as AWS tells. Raises Unavailable if that takes too long."""

    def new_access(self, existing: str, new: str, kind: str) -> bool:
        """Access Analyzer's word: whether a policy allows what another does not (IDENTITY_POLICY, RESOURCE_POLICY)."""


class Cloud(NamedTuple):
    """One environment's AWS."""

    stacks: Stacks
    services: Services
    lookups: PreviewLookups | None = None


class Clouds(Protocol):
    """AWS by environment: the worker assumes each account's release role, with the actor as SourceIdentity."""

    def at(self, stack: StackRef, actor: Actor) -> Cloud:
        """The account and Region of a stack."""

    def execution_role(self, stack: StackRef) -> str:
        """ARN of the role that CloudFormation works with there."""


class Reader(Protocol):
    """Reads a change set: pure meaning, and what could be looked up."""

    def read(
        self, stack: StackRef, change_set: ChangeSet, before: Mapping[str, Any] | None, after: Mapping[str, Any], *,
        look_up: bool,
    ) -> Reading:  # fmt: skip
        """The reading; without ``look_up`` its deterministic half alone.

        Raises:
            TooLarge: the change is more than what is read.
        """


class Seal(Protocol):
    """KMS signs heads of the audit chain; S3 keeps them under Object Lock."""

    def seal(self, chain: str, number: int, hash_: str, at: float) -> None:
        """Sign and store; once for each chain and number."""

    def heads(self, pool: Executor | None = None, chosen: Callable[[str], bool] = bool) -> Iterator[SealedHead]:
        """Every head of the ``chosen`` chains that was ever stored, the first version of each; read by ``pool``."""

    def public_key(self) -> bytes:
        """The public half of the key that signs: a DER SubjectPublicKeyInfo."""


class Probe(Protocol):
    """Requests to the service, as its users make them."""

    def get(self, url: str) -> tuple[int, str]:
        """Status and the first 64 KiB of the body. Raises Unavailable where nothing answers in 10 s."""
