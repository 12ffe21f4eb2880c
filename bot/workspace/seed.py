"""Who and what is in a workspace before anything happens: a frozen value, with a default for the demo.

Ids follow from the names, so that the same seed gives the same people. Tokens and the signing secret are random for
each seed, because a guessable one would let any page of this machine speak to the workspace.
"""

from __future__ import annotations

import base64
import hashlib
import secrets

import msgspec

TEAM = "T"

# What a deploy bot asks for. Slack's names: https://docs.slack.dev/reference/scopes
SCOPES = (
    "app_mentions:read",
    "bookmarks:read",
    "bookmarks:write",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "pins:read",
    "pins:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users:read",
    "users:read.email",
)
EVENTS = ("app_home_opened", "app_mention", "member_joined_channel", "message.im")


def identifier(letter: str, name: str) -> str:
    """Slack's form of an id: a letter that says the kind, then ten capitals and digits made from the name."""
    digest = base64.b32encode(hashlib.sha256(f"{letter}:{name}".encode()).digest()).decode()
    return letter + "0" + digest[:9]


def _bot_token() -> str:
    return f"xoxb-{secrets.randbelow(10**12):012}-{secrets.randbelow(10**12):012}-{secrets.token_hex(12)}"


def _app_token() -> str:
    return f"xapp-1-{secrets.token_hex(6).upper()}-{secrets.randbelow(10**12):012}-{secrets.token_hex(32)}"


class PersonSeed(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with a seat.

    Attributes:
        handle: What people type after @; also the key of `Workspace.person`.
        team: The name of another workspace if the person comes from there through a shared channel.
        is_restricted: A guest (several channels); `is_ultra_restricted` is a guest of one channel.
        deleted: Deactivated: the account still shows in old messages and acts no more.
        seconds_east: The offset of the person's time zone from UTC.
    """

    handle: str
    name: str
    title: str = ""
    team: str = ""
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_admin: bool = False
    deleted: bool = False
    zone: str = "Europe/Lisbon"
    seconds_east: int = 0

    @property
    def id(self) -> str:
        """The user id, `U…`."""
        return identifier("U", self.handle)

    @property
    def email(self) -> str:
        """The address that `users.lookupByEmail` finds."""
        return f"{self.handle}@{self.team or 'example'}.example"


class ChannelSeed(msgspec.Struct, frozen=True, kw_only=True):
    """A channel. `members` are handles; `bot` says whether the app's bot user is in it from the start."""

    name: str
    members: tuple[str, ...] = ()
    topic: str = ""
    purpose: str = ""
    private: bool = False
    archived: bool = False
    shared_with: str = ""
    bot: bool = True

    @property
    def id(self) -> str:
        """The channel id, `C…`."""
        return identifier("C", self.name)


class GroupSeed(msgspec.Struct, frozen=True, kw_only=True):
    """A user group. `members` are handles."""

    handle: str
    name: str
    members: tuple[str, ...] = ()
    description: str = ""

    @property
    def id(self) -> str:
        """The user group id, `S…`."""
        return identifier("S", self.handle)


class CommandSeed(msgspec.Struct, frozen=True, kw_only=True):
    """A slash command; `escape` is the switch "Escape channels, users, and links sent to your app"."""

    name: str
    description: str = ""
    hint: str = ""
    escape: bool = True


class AppSeed(msgspec.Struct, frozen=True, kw_only=True):
    """The app installed in the workspace, as its manifest would say it.

    Attributes:
        refused_blocks: Block types this workspace answers `invalid_blocks` to, as Slack does before a new block
            reaches a surface or a plan; for trying what an app falls back to.
    """

    name: str = "Slipway"
    handle: str = "slipway"
    description: str = "Preview, approve, deploy and roll back."
    scopes: tuple[str, ...] = SCOPES
    events: tuple[str, ...] = EVENTS
    commands: tuple[CommandSeed, ...] = ()
    app_scopes: tuple[str, ...] = ("connections:write",)
    refused_blocks: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The app id, `A…`."""
        return identifier("A", self.handle)

    @property
    def bot_id(self) -> str:
        """The bot id, `B…`, that messages of the app carry."""
        return identifier("B", self.handle)

    @property
    def user_id(self) -> str:
        """The user id of the bot, `U…`: what people mention."""
        return identifier("U", f"bot:{self.handle}")


class Seed(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace before its first message."""

    name: str = "Harbour"
    domain: str = "harbour"
    people: tuple[PersonSeed, ...] = ()
    channels: tuple[ChannelSeed, ...] = ()
    groups: tuple[GroupSeed, ...] = ()
    app: AppSeed = AppSeed()
    bot_token: str = msgspec.field(default_factory=_bot_token)
    app_token: str = msgspec.field(default_factory=_app_token)
    signing_secret: str = msgspec.field(default_factory=lambda: secrets.token_hex(16))
    verification_token: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(18))

    @property
    def team_id(self) -> str:
        """The workspace id, `T…`."""
        return identifier(TEAM, self.domain)

    def team_of(self, person: PersonSeed) -> str:
        """The workspace id that a person belongs to."""
        return identifier(TEAM, person.team) if person.team else self.team_id


COMMANDS = (
    CommandSeed(name="/deploy", description="Deploy a service", hint="app prod [version]"),
    CommandSeed(name="/rollback", description="Go back to an earlier release", hint="app prod [release]"),
)


def default_seed() -> Seed:
    """The demo's workspace: a requester, two approvers, a guest, a deactivated account, a person from elsewhere."""
    everyone = ("ana", "ben", "cleo")
    return Seed(
        people=(
            PersonSeed(handle="ana", name="Ana Duarte", title="Backend engineer"),
            PersonSeed(handle="ben", name="Ben Okafor", title="Platform engineer", is_admin=True),
            PersonSeed(handle="cleo", name="Cleo Lindqvist", title="Release engineer"),
            PersonSeed(handle="gus", name="Gus Farrow", title="Contractor", is_restricted=True),
            PersonSeed(handle="olga", name="Olga Petrova", title="Left in spring", deleted=True),
            PersonSeed(handle="pia", name="Pia Moreau", title="Partner engineer", team="lighthouse"),
        ),
        channels=(
            ChannelSeed(name="deploys", members=(*everyone, "gus"), topic="Releases, approvals and their progress"),
            ChannelSeed(name="general", members=(*everyone, "gus", "olga"), purpose="Everybody", bot=False),
            ChannelSeed(name="partners", members=(*everyone, "pia"), shared_with="lighthouse", topic="With Lighthouse"),
            ChannelSeed(name="platform", members=("ben", "cleo"), private=True, topic="Platform team", bot=False),
            ChannelSeed(name="old-deploys", members=everyone, archived=True),
        ),
        groups=(
            GroupSeed(handle="deployers", name="Deployers", members=everyone),
            GroupSeed(handle="approvers", name="Release approvers", members=("ben", "cleo")),
        ),
        app=AppSeed(commands=COMMANDS),
    )
