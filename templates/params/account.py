"""Parameters of the stacks that stand once: home, foundation (one per account) and registry."""

from typing import Annotated, Literal

from msgspec import Meta

from templates.params.base import Email, Scope, Section


class Repository(Section):
    """A repository whose workflows may assume roles here.

    The numeric ids pin the trust to this repository: a name can be given away, an id can't. Repositories created
    after 2026-07-15 carry the ids in the token's ``sub`` as well (GitHub Docs: OpenID Connect reference).
    """

    repository: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", description="OWNER/NAME.", examples=["acme/slipway"])
    ]
    repository_id: Annotated[int, Meta(ge=1, description="`gh api repos/OWNER/NAME --jq .id`")]
    owner_id: Annotated[int, Meta(ge=1, description="`gh api repos/OWNER/NAME --jq .owner.id`")]
    default_branch: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._/-]+$")] = "main"
    subject: Annotated[
        Literal["names", "ids"],
        Meta(description="Form of the token's `sub`: `ids` for repositories created or renamed after 2026-07-15."),
    ] = "ids"


class GitHub(Repository):
    """The repository of the platform, and the account's identity provider for GitHub."""

    oidc_provider: Annotated[
        Literal["create", "existing"],
        Meta(description="An account holds one provider for GitHub; `existing` uses the one that is there."),
    ] = "create"


class Budget(Section):
    """AWS Budgets: alerts at 50, 80 and 100 % of the monthly cost of one account."""

    monthly_usd: Annotated[int, Meta(ge=1)] = 200
    emails: Annotated[
        tuple[Email, ...], Meta(max_length=10, description="AWS Budgets takes 10 addresses an alert.")
    ] = ()


# The parameter of home that holds who may run the first worker: an `aws:userid`, or `nobody`.
FIRST_WORKER = "FirstWorker"
NOBODY = "nobody"


class HomeParams(Section):
    """The home stack: release table, queue, artifact and audit buckets, signing key, bot and worker roles."""

    scope: Scope
    # Deploy jobs of its default branch may open releases.
    github: GitHub
    # Accounts of all environments: the worker assumes the release role in each of them.
    accounts: tuple[str, ...]
    # The environment whose alerts topic hears of each day's audit head; it is in the same account and Region.
    bot: str
    # Roles of people (ARNs) who may run a worker of their own, `--worker`; they must exist before the stack does.
    operators: tuple[str, ...] = ()
    # Repositories of their own, each with the service that it publishes.
    repositories: tuple[tuple[str, Repository], ...] = ()
    # Accounts whose distributions read the files of static sites; without any there is no bucket for them.
    site_accounts: tuple[str, ...] = ()
    # Object Lock, in days: governance mode for artifacts, compliance mode for the audit chain.
    artifact_days: Annotated[int, Meta(ge=1, le=36500)] = 400
    audit_lock_days: Annotated[int, Meta(ge=1, le=36500)] = 365


class FoundationParams(Section):
    """What each account needs before anything else: GitHub trust, roles, boundary, trail, budget."""

    scope: Scope
    github: GitHub
    # None: nobody wants one, or the Region lacks it.
    budget: Budget | None
    # Regions and environments that live in this account, for the ARNs that the roles may touch.
    regions: tuple[str, ...]
    environments: tuple[str, ...]
    # The build role (push to ECR) stands in the home account alone, where the registry is.
    is_home: bool
    # The environment whose bot stands here, in the home account; "" in others.
    bot: str = ""
    # In the home account: repositories of their own, each with the service whose images it pushes.
    repositories: tuple[tuple[str, Repository], ...] = ()
    trail_days: int = 90


# The parameter of a permissions stack that says whether roles of an earlier version are there: `none` or `kept`.
FORMER_ROLES = "RolesOfEarlierVersion"


class PermissionsParams(Section):
    """What CloudFormation may do with the stacks of one environment, of home (the registries), or with the bot's."""

    scope: Scope
    # An environment, `home` or `bot`; and the environment that the resources are tagged with.
    name: str
    environment: str
    region: str
    # Hosted zones that templates write records into.
    zones: tuple[str, ...] = ()

    @property
    def role_name(self) -> str:
        """``slipway-execution-prod``: at most 51 of the 64 characters that IAM takes."""
        return f"{self.scope.platform}-execution-{self.name}"

    @property
    def names(self) -> str:
        """How the names of the environment's resources begin, those that CloudFormation gives after the stack included."""
        return f"{self.scope.platform}-{self.environment}-*"

    @property
    def role_path(self) -> str:
        """IAM path of the roles that this one may create and pass."""
        return f"{self.scope.workload_path}{self.name}/"

    @property
    def former_prefix(self) -> str:
        """How the names of the environment's roles begin that an earlier version created on the path of all.

        CloudFormation names a role after its stack, and shortens that name where the whole is too long for IAM; that
        its first 24 characters stay is *assumed*.
        """
        return f"{self.scope.platform}-{self.environment}-"[:24]


class RegistryParams(Section):
    """ECR repositories, one per service; the environments' accounts may pull."""

    scope: Scope
    services: tuple[str, ...]
    pull_accounts: tuple[str, ...]
    keep_images: int = 10
