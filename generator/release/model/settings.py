"""How an environment releases, as ``stacks/`` defines it: people and teams, approvals, freezes, checks."""

from typing import Annotated, Literal

from msgspec import Meta

from generator.release.model.base import Setting

_Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*([._-][a-z0-9]+)*$", max_length=64)]
_Names = tuple[_Name, ...]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Moment = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$",
        description="Local time in `zone`.",
        examples=["2026-12-20T18:00"],
    ),
]
WeekSpan = Annotated[
    str,
    Meta(
        pattern=r"^(mon|tue|wed|thu|fri|sat|sun) ([01][0-9]|2[0-3]):[0-5][0-9] to (mon|tue|wed|thu|fri|sat|sun) ([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="Every week from one day and time to another one.",
        examples=["fri 16:00 to mon 08:00"],
    ),
]
TimeOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["16:00"])]


class Person(Setting):
    """One person, and the ids by which AWS and Slack know them. A person without ids can be named, but can't act."""

    aws: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^A(ID|RO)A[A-Z0-9]{12,28}(:[A-Za-z0-9_+=,.@-]{2,64})?$")], ...],
        Meta(
            description="What AWS attests as the sender: `AIDA…` of an IAM user, `AROA…:SESSION` of a role's session "
            "(`aws sts get-caller-identity --query UserId`)."
        ),
    ] = ()
    slack: Annotated[str, Meta(pattern=r"^[UW][A-Z0-9]{6,20}$", description="Slack user id.")] | None = None


# What keeps anyone who assumes a role from choosing the name of the session: Identity Center, which alone assumes it and
# writes the user's name, or a trust policy that takes only the caller's own name.
SessionName = Literal["identity_center", "trust_policy"]
RoleId = Annotated[str, Meta(pattern=r"^AROA[A-Z0-9]{12,28}$", description="Id of a role, without a session.")]


class Team(Setting):
    """People who may be asked together: named here, by a Slack user group, or both."""

    people: _Names = ()
    slack_group: Annotated[str, Meta(pattern=r"^S[A-Z0-9]{6,20}$", description="Slack user group id.")] | None = None


class Approvers(Setting):
    """How many people must approve a class of change, and which people may."""

    people: Annotated[int, Meta(ge=0, le=10, description="Number of people; 0 requires no approval.")] = 1
    by: Annotated[_Names, Meta(description="Teams or people. Default: everybody under `people:`.")] = ()
    requester: Annotated[bool, Meta(description="Whether the person who requested the release may approve it.")] = False
    attested: Annotated[
        int,
        Meta(
            ge=0,
            le=10,
            description="How many of the approvals must come with an identity that AWS attests: from a terminal, "
            "`slipway approve RELEASE`. Slack attests nobody to AWS.",
        ),
    ] = 0


class Approvals(Setting):
    """The approvers for each class of change.

    The strictest class that applies decides. A class left out uses ``default``.
    """

    default: Approvers | None = None
    image: Annotated[Approvers | None, Meta(description="Only the image and the commit change.")] = None
    template: Annotated[Approvers | None, Meta(description="Anything else in the template changes.")] = None
    stateful: Annotated[
        Approvers | None,
        Meta(description="A resource that holds data is replaced or deleted, or the effect is not known."),
    ] = None
    iam: Annotated[Approvers | None, Meta(description="Permissions are added.")] = None
    exposure: Annotated[Approvers | None, Meta(description="Network or public access is added.")] = None
    cost: Annotated[
        Approvers | None, Meta(description="The monthly cost rises by more than `cost_limit_usd`, or is not known.")
    ] = None
    create: Annotated[Approvers | None, Meta(description="The stack is created for the first time.")] = None
    rollback: Annotated[
        Approvers | None, Meta(description="Rollback to the last good version, when a person requests it.")
    ] = None
    restart: Annotated[
        Approvers | None, Meta(description="New tasks of the version that runs, when a person requests them.")
    ] = None
    delete: Annotated[
        Approvers | None, Meta(description="A stack that `stacks/` does not ask for any more is emptied and deleted.")
    ] = None


class Freeze(Setting):
    """A time in which nothing is released: once, from `start` to `end`, or every week.

    Every week it is `weekly`, over days, or on each of `days` between two times.
    """

    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    zone: Annotated[str, Meta(description="Time zone by its IANA name.", examples=["Europe/Berlin"])] = "UTC"
    start: Moment | None = None
    end: Moment | None = None
    weekly: WeekSpan | None = None
    days: tuple[Weekday, ...] = ()
    after: TimeOfDay | None = None
    before: TimeOfDay | None = None


class Smoke(Setting):
    """An HTTPS request that must succeed before a release counts as good."""

    path: Annotated[str, Meta(pattern=r"^/[^\s]*$", max_length=512)] = "/health"
    status: Annotated[int, Meta(ge=100, le=599)] = 200
    contains: Annotated[str, Meta(max_length=200)] | None = None


class Scans(Setting):
    """How image scan findings affect a release."""

    critical: Literal["block", "tell"] = "block"
    high: Literal["block", "tell"] = "tell"
    missing: Annotated[Literal["block", "tell"], Meta(description="The image was not scanned.")] = "tell"


class Releases(Setting):
    """How an environment releases. Default: releases to a protected environment need approval, others do not."""

    approvals: Approvals = Approvals()
    cost_limit_usd: Annotated[float, Meta(ge=0, description="US dollars a month.")] = 50.0
    expires_minutes: Annotated[int, Meta(ge=5, le=10080, description="How long a release waits for approval.")] = 240
    nudge_minutes: Annotated[int, Meta(ge=1, le=10080, description="When the approvers are reminded, once.")] = 30
    promote_from: Annotated[
        _Name | None, Meta(description="Environment in which the same version must have succeeded before.")
    ] = None
    promote_after_minutes: Annotated[int, Meta(ge=0, le=43200, description="How long it must have run there.")] = 0
    bake_minutes: Annotated[
        int,
        Meta(
            ge=0,
            le=1440,
            description=(
                "How long the service must stay healthy, with no alarm in ALARM, before a release counts as good."
            ),
        ),
    ] = 2
    smoke: tuple[Smoke, ...] = ()
    scans: Scans = Scans()
    roll_back: Annotated[
        bool, Meta(description="Roll back automatically to the last good version when verification fails.")
    ] = True
    freezes: tuple[Freeze, ...] = ()
    automatic: Annotated[
        bool,
        Meta(
            description=(
                "Let a deployment workflow (the role `PLATFORM-open`) release here what needs no approval. Without it "
                "such "
                "a release is refused."
            )
        ),
    ] = False
    break_glass: Annotated[
        _Names,
        Meta(
            description=(
                "Teams or people who may use break glass, which skips locks, freezes and approvals. It needs a "
                "reason, and each use is recorded and shown."
            )
        ),
    ] = ()
    allow: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9:_@-]{1,128}$")], ...],
        Meta(
            description=(
                "Transforms, custom resources and nested templates that a release may contain, by name or type. What "
                "they do is decided by code outside the template, so each release that contains one counts as `iam`."
            ),
            examples=[["Custom::Certificate"]],
        ),
    ] = ()


_Channel = Annotated[str, Meta(pattern=r"^[CG][A-Z0-9]{6,20}$", examples=["C0EXAMPLEPROD"])]
_Place = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class Slack(Setting):
    """The Slack workspace that the bot belongs to, and the channels in which each environment may be released."""

    team_id: Annotated[str, Meta(pattern=r"^T[A-Z0-9]{6,20}$", description="Workspace id.")]
    app_id: Annotated[str, Meta(pattern=r"^A[A-Z0-9]{6,20}$", description="App id; every event carries it.")]
    enterprise_id: Annotated[
        str | None, Meta(description="Enterprise organization id, where the workspace belongs to one.")
    ] = None
    channels: Annotated[
        dict[_Place, tuple[_Channel, ...]],
        Meta(
            description=(
                "By environment, the channels in which people may request and decide releases; cards are "
                "posted in the first. Default: the channels of `default`, or none."
            )
        ),
    ] = {}
    default: Annotated[
        tuple[_Channel, ...], Meta(description="Channels of the environments that `channels` does not name.")
    ] = ()
    notify: Annotated[
        dict[_Place, _Channel],
        Meta(description="By environment, another channel in which the results of releases are posted."),
    ] = {}

    def allowed(self, environment: str) -> tuple[str, ...]:
        """Channels in which an environment may be released. None means that it can't be released from Slack."""
        return self.channels.get(environment, self.default)
