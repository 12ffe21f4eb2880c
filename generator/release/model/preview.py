"""What a change set means for people: the half an approval is bound to, and the half that is only shown.

``Meaning`` follows from the change set and the two templates alone, so that it is the same whenever it is computed: an
approval holds its digest. ``Shown`` was looked up (prices, drift, scans, earlier releases) and may differ a minute later.
"""

from typing import Literal, get_args

from generator.release.model.base import Value

# From harmless to final, and what AWS refuses, so that nothing of the change happens. "unknown" stands above "none" and
# is never taken for safe.
Effect = Literal["none", "restart", "interruption", "unknown", "downtime", "data-loss", "irreversible", "refused"]
EFFECTS: tuple[Effect, ...] = get_args(Effect)
Level = Literal["none", "low", "medium", "high", "critical"]
LEVELS: tuple[Level, ...] = ("none", "low", "medium", "high", "critical")


class ResourceEffect(Value):
    """What happens to one resource. ``source`` names the AWS page; ``assumed`` marks what no page settles.

    ``weakens``: protection against a later mistake or failure is removed. ``fix``: what to do instead of a change that
    AWS refuses.
    """

    logical_id: str
    type: str
    action: str  # Add, Modify, Remove, Replace, ...
    effect: Effect
    why: str
    source: str = ""
    properties: tuple[str, ...] = ()
    cause: str = ""  # ImageUri, for example: the parameter or resource that the change comes from
    stateful: bool = False
    assumed: bool = False
    weakens: bool = False
    fix: str = ""


class Gain(Value):
    """Rights that somebody has after the change and did not have before. ``sentence`` describes them for people."""

    who: str  # "app's task role"
    logical_id: str
    sentence: str  # "app's task role gains s3:DeleteObject on bucket X"
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    escalation: str = ""  # "iam:PassRole lets it act as any role that it may pass", if it is a known way up
    certain: bool = True  # False: the policies could not be resolved, so it may be a gain


class Exposure(Value):
    """Somebody can reach something that they could not reach before."""

    who: str  # "everybody on the internet (0.0.0.0/0)"
    what: str  # "tcp 5432 of DatabaseSecurityGroup"
    logical_id: str
    sentence: str
    public: bool = False
    certain: bool = True


class MutableInput(Value):
    """Something that a change takes by a name whose content may change after people agreed, so that it is not bound.

    ``name`` is what an environment may allow (``releases.allow``) for the kinds that have no pinned form; ``fix`` what
    to write instead.
    """

    kind: Literal["reference", "import", "transform", "nested template", "custom resource", "image", "object"]
    name: str
    sentence: str
    fix: str
    logical_id: str = ""

    @property
    def may_be_allowed(self) -> bool:
        """Whether an environment can allow it: what can be pinned has to be."""
        return self.kind in {"transform", "custom resource", "nested template"}


class Money(Value):
    """USD a month, for the lowest, a typical and the highest number of tasks or requests."""

    min: float
    typical: float
    max: float


class CostLine(Value):
    """One resource's monthly cost before and after. None means unknown, not zero."""

    logical_id: str
    type: str
    before: Money | None
    after: Money | None
    verified: bool = True
    note: str = ""


class Cost(Value):
    """Monthly cost of the stack before and after, and once: what a rollout adds while it lasts (USD)."""

    before: Money
    after: Money
    lines: tuple[CostLine, ...] = ()
    unknown: tuple[str, ...] = ()
    rollout_usd: float = 0.0  # doubled tasks of a blue/green phase
    region: str = ""
    date: str = ""  # of the price table
    source: str = ""

    @property
    def more(self) -> float:
        """How much more a typical month costs."""
        return self.after.typical - self.before.typical


class Drifted(Value):
    """A property that somebody changed outside of CloudFormation. ``overwritten`` says whether this change set puts it back."""

    logical_id: str
    type: str
    path: str
    expected: str
    actual: str
    who: str = ""
    when: str = ""
    overwritten: bool | None = None


class Finding(Value):
    """One vulnerability that a scan found."""

    name: str
    severity: str
    package: str = ""


class ImageDiff(Value):
    """From one image to another; sizes in bytes, ``subjects`` the commits between, newest first.

    ``base_image`` is what the new one was built from, "" if it is not known; its age is that of its newest layer when
    the change was read.
    """

    before: str
    after: str
    before_commit: str = ""
    after_commit: str = ""
    compare_url: str = ""
    subjects: tuple[str, ...] = ()
    size_before: int | None = None
    size_after: int | None = None
    new_findings: tuple[Finding, ...] = ()
    fixed_findings: tuple[Finding, ...] = ()
    base_image: str = ""
    base_digest: str = ""
    base_age_days: int | None = None


class Phase(Value):
    """A part of a rollout: tasks wanted on each side, and the new version's share of traffic.

    ``seconds`` is 0 where it waits for people, for an unlimited time.
    """

    name: str
    seconds: float
    old_tasks: int
    new_tasks: int
    new_traffic_percent: float


class Expected(Value):
    """How long it takes. ``source`` says what it follows from: rollout parameters, or the last releases."""

    seconds: float
    source: str
    phases: tuple[Phase, ...] = ()


class Meaning(Value):
    """The deterministic half of a reading, to which an approval is bound."""

    level: Level
    sentence: str
    effects: tuple[ResourceEffect, ...] = ()
    gains: tuple[Gain, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    mutable: tuple[MutableInput, ...] = ()

    @property
    def worst(self) -> Effect:
        """The worst effect on any resource."""
        return max((row.effect for row in self.effects), key=EFFECTS.index, default="none")

    @property
    def refused(self) -> tuple[ResourceEffect, ...]:
        """The changes that AWS refuses: with one of them, the change set fails and is rolled back."""
        return tuple(row for row in self.effects if row.effect == "refused")


class Shown(Value):
    """The looked-up half. A value is None or empty if it could not be looked up; ``unavailable`` says why.

    ``checked`` says what AWS's own policy check (Access Analyzer, ``CheckNoNewAccess``) found beside our gains.
    """

    cost: Cost | None = None
    drift: tuple[Drifted, ...] = ()
    image: ImageDiff | None = None
    expected: Expected | None = None
    checked: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()


class Reading(Value):
    """A change set as it is shown to people."""

    meaning: Meaning
    shown: Shown = Shown()
