"""The interfaces through which the engine reads and changes AWS.

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
    """One row of the index of open items."""

    pk: str
    sk: str
    due: str


class Put(NamedTuple):
    """Write ``item`` if the stored revision is ``item.rev - 1`` (0: none), so that no write overwrites another unnoticed."""

    item: Item


class Check(NamedTuple):
    """Write the rest only if this item has this revision; 0 means that it does not exist."""

    pk: str
    sk: str
    rev: int


class Table(Protocol):
    """The release log: one DynamoDB table. Reads are consistent, except for ``due``."""

    def get(self, pk: str, sk: str) -> Item | None:
        """Read one item."""

    def many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        """Those of these items that exist; 100 a call."""

    def query(
        self, pk: str, *, prefix: str = "", newest: bool = False, limit: int = 0, before: str = ""
    ) -> Iterator[Item]:
        """Items of one partition by ``sk`` (or backwards), lazily. ``limit`` 0 means all, ``before`` is an ``sk``."""

    def write(self, *writes: Put | Check) -> bool:
        """Write all of them, or none and return False if a condition does not hold. At most 100, no item twice."""

    def due(self, before: str, limit: int, where: str = OPEN) -> list[OpenItem]:
        """Items open ``where`` whose ``due`` is at most ``before``, earliest first (eventually consistent)."""


class Message(NamedTuple):
    """A message of the queue. ``sender`` is what SQS attests (SenderId); ``receipt`` deletes it."""

    id: str
    sender: str
    body: str
    receipt: str


class Queue(Protocol):
    """The release queue, with requests and wake-ups. Delivery is at least once, in any order."""

    def send(self, body: str) -> None:
        """Send a message."""

    def receive(self, wait: float, limit: int = 10) -> list[Message]:
        """Receive up to ``limit`` messages (10 at most), and wait at most ``wait`` seconds (20 at most) for the first."""

    def done(self, *receipts: str) -> None:
        """Delete messages, ten a call."""


class Versions(Protocol):
    """What CI published, newest first. Raises :class:`errors.NotPublished` if something does not exist."""

    def newest(self, passed: Callable[[str], None] = ...) -> Iterator[Version]:
        """All versions, newest first, read lazily. ``passed`` is called with each entry that is not a version."""

    def get(self, commit: str) -> Version:
        """The version of a commit, given by seven digits or more. Raises AmbiguousVersion if several match."""

    def body(self, key: str) -> str:
        """A built template as it was published. The caller checks its digest."""


class Stacks(StackLists, Protocol):
    """CloudFormation in one account and Region, with the release role's rights."""

    def describe(self, name: str) -> StackNow | None:
        """A stack by name or id; None if there is none (or only a deleted one)."""

    def template(self, stack_id: str) -> Mapping[str, Any]:
        """The parsed template of a stack."""

    def change_set_template(self, change_set_arn: str, stack_id: str) -> Mapping[str, Any]:
        """The parsed template of a change set."""

    def create(self, new: NewChangeSet) -> None:
        """Start to create a change set. One of this name that exists already is left as it is."""

    def change_set(self, stack_name: str, name: str, arn: str = "") -> Described:
        """A change set, by its ARN where it is known: all pages, with property values."""

    def resolve(self, stack_id: str, name: str) -> str:
        """The ARN that a change set's name refers to now. "" for none."""

    def execute(self, stack_id: str, name: str, token: str) -> None:
        """Execute; returns at once. Raises CannotExecute if it was executed, is gone or the stack is busy."""

    def delete(self, stack_name: str, name: str) -> None:
        """Delete a change set. No error if it does not exist. A stack in REVIEW_IN_PROGRESS stays."""

    def cancel_update(self, stack_id: str, token: str) -> None:
        """Call CancelUpdateStack. Raises CannotUndo if no update is running."""

    def continue_rollback(self, stack_id: str, skip: Sequence[str], token: str) -> None:
        """Call ContinueUpdateRollback and skip the resources in ``skip``. Raises CannotUndo."""

    def events(self, stack_id: str, token: str) -> list[StackEvent]:
        """Events of the operation with this token, oldest first."""

    def resources(self, stack_id: str) -> list[StackResource]:
        """The stack's resources."""


class Services(TaskSecrets, Protocol):
    """ECS, load balancing, alarms and logs in one account and Region."""

    def service(self, arn: str) -> ServiceNow | None:
        """A service by ARN."""

    def deployment(self, service_arn: str) -> Deployment | None:
        """The newest service deployment. None if there is none."""

    def deployments(self, service_arn: str, since: float) -> list[Deployment]:
        """Service deployments that started since then, newest first, ten at most. A rollback is one of them."""

    def stop(self, deployment_arn: str) -> None:
        """Call StopServiceDeployment with a rollback. Raises CannotUndo if the deployment has ended."""

    def continue_deployment(self, deployment_arn: str, hook: str, *, continue_rollout: bool) -> None:
        """Call ContinueServiceDeployment: continue, or roll back. Raises CannotUndo if the gate no longer waits."""

    def stopped_tasks(self, service: ServiceNow) -> list[StoppedTask]:
        """Tasks that ended recently, newest first."""

    def targets(self, groups: Sequence[str]) -> list[Target]:
        """Health of every target in these target groups."""

    def rules(self, listener: str) -> list[ListenerRule]:
        """The rules of a listener (ARN) without its default rule. [] if there is no such listener."""

    def traffic(self, groups: Sequence[str], since: float) -> list[Traffic]:
        """What the load balancer counted since then for each of these groups. Each call costs money."""

    def database_version(self, instance: str) -> str:
        """The engine version of an RDS database instance, such as ``17.11``. "" if there is no such instance."""

    def alarms(self, names: Sequence[str]) -> list[Alarm]:
        """The states of these alarms, including composite ones."""

    def logs(self, group: str, since: float, limit: int) -> list[LogLine]:
        """The last lines of a log group, oldest first. [] if there is none."""

    def missing_secrets(self, names: Sequence[str]) -> list[str]:
        """Those of these secrets (name or ARN) that do not exist."""

    def quotas(self, subnets: Sequence[str], tasks: int, *, vcpu: float = 0.25) -> list[Quota]:
        """Whether there are addresses and quota for that many more tasks of ``vcpu`` each."""


class Images(Protocol):
    """The registry in the home account."""

    def image(self, repository: str, digest: str) -> ImageNow | None:
        """An image by digest; None if it is not there."""

    def keep(self, repository: str, digest: str, tag: str) -> None:
        """Give an image the tag ``tag``, so that the lifecycle policy keeps it. No error if it has that tag."""

    def drop(self, repository: str, tag: str) -> None:
        """Remove a tag that ``keep`` added. No error if no image has it."""


class PreviewLookups(Protocol):
    """Information for people beside a change set. It takes AWS a while; no running release depends on it."""

    def begin(self, stack_id: str) -> None:
        """Start drift detection, so that its result is there when people are asked."""

    def drifted(self, stack_id: str) -> tuple[Drifted, ...]:
        """What somebody changed outside of CloudFormation, and who, if known. Raises Unavailable on a time-out."""

    def new_access(self, existing: str, new: str, kind: str) -> bool:
        """Access Analyzer's answer: whether a policy allows what another does not (IDENTITY_POLICY, RESOURCE_POLICY)."""


class Cloud(NamedTuple):
    """AWS in one environment's account and Region."""

    stacks: Stacks
    services: Services
    lookups: PreviewLookups | None = None


class Clouds(Protocol):
    """AWS by environment: the worker assumes each account's release role, with the actor as SourceIdentity."""

    def at(self, stack: StackRef, actor: Actor) -> Cloud:
        """The account and Region of a stack."""

    def execution_role(self, stack: StackRef) -> str:
        """ARN of the role that CloudFormation assumes there."""


class Reader(Protocol):
    """Reads a change set: its meaning, which is pure, and what could be looked up."""

    def read(
        self, stack: StackRef, change_set: ChangeSet, before: Mapping[str, Any] | None, after: Mapping[str, Any], *,
        look_up: bool,
    ) -> Reading:  # fmt: skip
        """The reading. Without ``look_up``, its deterministic half alone.

        Raises:
            TooLarge: the change is larger than the limits allow.
        """


class Seal(Protocol):
    """KMS signs heads of the audit chain; S3 keeps them under Object Lock."""

    def seal(self, chain: str, number: int, hash_: str, at: float) -> None:
        """Sign and store; once for each chain and number."""

    def heads(
        self, pool: Executor | None = None, chosen: Callable[[str], bool] = bool, chain: str = "", after: int = 0
    ) -> Iterator[SealedHead]:
        """Every head of the ``chosen`` chains that was ever stored, each in its first version. ``pool`` reads them.

        With ``chain`` only the heads of that chain are listed, and with ``after`` only those after that number.
        """

    def public_key(self) -> bytes:
        """The public half of the signing key: a DER SubjectPublicKeyInfo."""


class Probe(Protocol):
    """Requests to the service, as its users make them."""

    def get(self, url: str) -> tuple[int, str]:
        """Status and the first 64 KiB of the body. Raises Unavailable if there is no answer in 10 s."""
