"""A release: one version for one stack, from proposal to close."""

from typing import Literal

from generator.release.model.base import Value
from generator.release.model.change import ChangeSet
from generator.release.model.observed import Traffic
from generator.release.model.people import Actor
from generator.release.model.preview import Reading
from generator.release.model.states import State
from generator.release.model.version import Running

# What a change set may do decides who is asked (settings.Approvals); "cost" and the others may come together.
ChangeClass = Literal[
    "image", "template", "stateful", "iam", "exposure", "cost", "create", "rollback", "restart", "delete"
]  # fmt: skip


class StackRef(Value):
    """A stack of this platform.

    ``key`` is its path below ``build/`` (``prod/network``), ``name`` its CloudFormation name.
    """

    key: str
    name: str
    account: str
    region: str
    service: str = ""  # the deployable service or function in it, "" for infrastructure

    @property
    def environment(self) -> str:
        """The environment, ``home``, or the account id: the first part of the key."""
        return self.key.partition("/")[0]

    @property
    def stack(self) -> str:
        """``network``, ``service-app``."""
        return self.key.partition("/")[2]

    @property
    def label(self) -> str:
        """The name that people use: the service's name, or the stack's."""
        return self.service or self.stack


class Deploy(Value, tag="deploy"):
    """Bring a version. ``promoted_from`` names the environment that it succeeded in.

    ``refresh`` takes the current outputs of other stacks, also where the template stays.
    """

    promoted_from: str = ""
    refresh: bool = False


class Rollback(Value, tag="rollback"):
    """Roll back to an earlier version.

    ``of`` is the release that it undoes; verification opens one automatically when it fails.
    """

    of: str = ""
    automatic: bool = False


class Restart(Value, tag="restart"):
    """Start new tasks of the version that runs.

    ``secret`` is the one whose rotation asks for it, "" if a person requested it.

    A restart brings no version: what the stack runs, and the release that brought it, stay as they are.
    """

    secret: str = ""


class Delete(Value, tag="delete"):
    """Empty a stack that nothing asks for any more, and delete it."""


Purpose = Deploy | Rollback | Restart | Delete


class Need(Value):
    """One rule of the policy that asks people: how many of whom, and why.

    ``attested`` of the approvals must come with an identity that AWS attests.
    """

    rule: ChangeClass
    people: int
    by: tuple[str, ...]  # teams or people, () for anybody who is known
    requester: bool
    why: str
    attested: int = 0


class Allowed(Value, tag="allowed"):
    """No approval is needed. ``why`` names the rule."""

    why: str


class NeedsApproval(Value, tag="needs-approval"):
    """Approvals are needed. Every rule must be satisfied; one person may count for several rules, once for each."""

    rules: tuple[Need, ...]


class Refused(Value, tag="refused"):
    """The request is refused.

    ``rule`` is a short name, ``why`` a sentence that ends with what to do, ``until`` epoch seconds.
    """

    rule: str
    why: str
    until: float = 0.0


Gate = Allowed | NeedsApproval | Refused


class Approval(Value):
    """A person's approval of exactly what ``binding`` stands for."""

    actor: Actor
    at: float
    binding: str
    groups: tuple[str, ...] = ()  # teams that the person belonged to when they agreed
    break_glass: str = ""  # the reason, if rules were passed with it


class Check(Value):
    """One pre-flight or verification check: passed, or why not and what to do. A warning does not refuse a release."""

    name: str
    result: Literal["passed", "failed", "warning"]
    text: str = ""


class Cause(Value):
    """Why a release did not succeed: one sentence with the root cause, the fix, and the evidence."""

    stage: Literal["preflight", "change-set", "policy", "execution", "rollout", "verification", "people", "stack"]
    sentence: str
    evidence: tuple[str, ...] = ()
    fix: str = ""
    log: tuple[str, ...] = ()  # last lines of the tasks that failed, with time and task: too long for a sentence


class Debt(Value):
    """What a forced rollback left behind: resources whose real state no longer matches the stack."""

    resources: tuple[str, ...]
    at: float
    actor: Actor


class Progress(Value):
    """What people see while a release runs: short facts, newest state only. Counts are tasks, times epoch seconds."""

    stack_status: str = ""
    resource: str = ""  # the resource that CloudFormation works on
    done: int = 0
    total: int = 0
    deployment: str = ""  # ARN
    deployment_status: str = ""
    strategy: str = ""  # ROLLING, BLUE_GREEN, CANARY, LINEAR
    stage: str = ""
    old_tasks: int = 0
    new_tasks: int = 0
    # The versions that those tasks run: ECS's target is what ran before while CloudFormation goes back.
    old_runs: Literal["before", "after"] = "before"
    new_runs: Literal["before", "after"] = "after"
    desired_tasks: int = 0
    failed_tasks: int = 0
    traffic_percent: float = 0.0
    healthy: int = 0
    targets: int = 0
    hook: str = ""  # id of a gate that waits for somebody
    hook_stage: str = ""
    hook_expires: float = 0.0
    hook_silence: str = ""  # what ECS does when that time is over: CONTINUE or ROLLBACK
    old_traffic: Traffic | None = None  # while a gate waits: None where nobody can tell
    new_traffic: Traffic | None = None
    measured: float = 0.0  # when that was asked
    unmeasured: str = ""  # why it is not known
    note: str = ""


class Moment(Value):
    """One entry in the history of a release."""

    at: float
    what: str
    who: str = ""


class Release(Value):
    """Everything about one release. ``id`` is ``prod-app-12``; times are epoch seconds.

    ``before`` is what the stack ran when it was proposed, ``after`` what it shall run. ``binding`` is the digest that
    approvals hold; ``successor`` the release that rolls this one back, ``answered`` the numbers of decisions that were handled.
    """

    id: str
    stack: StackRef
    purpose: Purpose
    requester: Actor
    reason: str
    created: float
    state: State
    after: Running
    before: Running | None = None
    creates: bool = False
    image_only: bool = False
    checks: tuple[Check, ...] = ()
    change_set: ChangeSet | None = None
    reading: Reading | None = None
    classes: tuple[ChangeClass, ...] = ()
    gate: Gate | None = None
    binding: str = ""
    approvals: tuple[Approval, ...] = ()
    progress: Progress = Progress()
    moments: tuple[Moment, ...] = ()
    cause: Cause | None = None
    debt: Debt | None = None
    left: tuple[str, ...] = ()  # resources that AWS took out of the stack and could not delete
    successor: str = ""
    break_glass: str = ""
    groups: tuple[str, ...] = ()  # teams of the requester when they asked
    passed_over: tuple[str, ...] = ()
    answered: int = 0
    chain: int = 0  # number of audit entries
    head: str = ""  # hash of the last one
    closed: float = 0.0
    sealed: int = 0  # audit entries under the last signed head

    @property
    def stack_id(self) -> str:
        """ARN of the stack once the change set is known, else its name: by name AWS finds no stack that was deleted."""
        return self.change_set.stack_id if self.change_set is not None else self.stack.name

    @property
    def began(self) -> float:
        """When the rollout started, 0 before that. Time that people took to decide is not part of the rollout."""
        return next((m.at for m in self.moments if m.what.startswith("execution started")), 0.0)
