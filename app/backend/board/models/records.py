"""What the worker records beside releases: the audit chain, cost and drift. The board shows them and checks none."""

from datetime import datetime

from board.models.base import Model


class AuditEntry(Model):
    """One entry of an audit chain. ``evidence`` is the digest of the evidence of who acted, "" for an act of the worker."""

    chain: str
    number: int
    at: datetime
    who: str
    channel: str
    attested: bool
    what: str
    detail: dict[str, str]
    evidence: str
    hash: str
    previous: str


class Verification(Model):
    """What the worker found when it last verified the chains of a day, those that changed on it."""

    at: datetime
    day: str
    chains: int
    entries: int
    faults: list[str]


class AuditDay(Model):
    """Where all chains ended on one day (UTC), in one digest, and where the worker posted it.

    Administrators of the account can't change it there; ``slipway audit verify --head DIGEST`` compares it with the log.
    """

    date: str
    digest: str
    chains: int
    posted: list[str]


class Audit(Model):
    """A chain, newest entry first; without one, no entries. ``days`` are the heads of the last days, newest first.

    ``signed`` is how many entries of a release's chain are under a signed head, null for an environment's: the log does
    not say. ``verification`` is null where the worker records none, and ``why`` says so.
    """

    chain: str
    entries: list[AuditEntry]
    cursor: int | None
    signed: int | None
    days: list[AuditDay]
    verification: Verification | None
    why: str


class CostPoint(Model):
    """What a typical month costs from a release on, as its preview priced it."""

    at: datetime
    release: str
    monthly_usd: float


class CostLane(Model):
    """One stack's cost over time, oldest first."""

    environment: str
    service: str
    stack: str
    points: list[CostPoint]


class Costs(Model):
    """Cost by stack over time. ``unknown`` names stacks of which no release was priced."""

    monthly_usd: float
    lanes: list[CostLane]
    unknown: list[str]


class DriftLine(Model):
    """What a stack's last release found changed by hand: ``properties`` is how many, null where nobody could tell."""

    environment: str
    service: str
    stack: str
    release: str
    at: datetime
    properties: int | None


class ChangedByHand(Model):
    """A property that somebody changed outside of CloudFormation; ``who`` and ``when`` are "" where AWS does not tell."""

    stack: str
    service: str
    resource: str
    type: str
    path: str
    expected: str
    actual: str
    who: str
    when: str


class DriftCheck(Model):
    """What the worker found when it compared an environment last. ``since`` is null where nothing differs.

    ``unknown`` are stacks that could not be compared, each with the reason.
    """

    environment: str
    at: datetime
    since: datetime | None
    found: list[ChangedByHand]
    unknown: list[str]


class Drift(Model):
    """Drift as the worker records it each day by environment, and by stack as the releases' previews found it."""

    checks: list[DriftCheck]
    stacks: list[DriftLine]
    unknown: list[str]
