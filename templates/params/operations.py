"""Parameters of the stacks that watch, route, test and release: observability, edge, chaos, bot."""

from typing import Annotated, Literal

from msgspec import Meta

from templates.params.base import LogDays, Scope, Section, Text

# A template takes 200 parameters and 51,200 bytes: an environment with more services gets several observability stacks.
SERVICES_PER_OBSERVABILITY = 12


class Observability(Section):
    """Dashboard and alarms of an environment."""

    dashboard: Annotated[bool, Meta(description="3 USD a month beyond the account's first three.")] = True
    audit_alarms: Annotated[
        bool,
        Meta(description="Alarms on CloudTrail: root use, console login without MFA, denied calls, policy changes."),
    ] = True


class WatchedService(Section):
    """What the dashboard needs to know of a service."""

    name: str
    strategy: Literal["rolling", "blue-green", "canary", "linear"]
    min_tasks: int
    max_tasks: int


class ObservabilityParams(Section):
    """The observability stack."""

    scope: Scope
    observability: Observability
    services: tuple[WatchedService, ...]
    functions: tuple[str, ...]
    has_database: bool
    has_nat: bool
    # True in one environment of each account and Region: the trail is the account's.
    audit_alarms: bool
    log_retention_days: LogDays = 7
    # The first part alone holds what the environment has once: events, audit alarms, dashboard. Later parts hold the
    # composite alarms of SERVICES_PER_OBSERVABILITY further services each.
    part: Annotated[int, Meta(ge=1)] = 1


class Cdn(Section):
    """CloudFront for static assets from S3; the bucket is private and read through origin access control."""

    paths: Annotated[
        tuple[Text, ...], Meta(description="Paths that go to the load balancer instead of the bucket.")
    ] = ("/api/*",)
    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"] = "PriceClass_100"
    # CloudFront takes certificates from us-east-1 alone.
    certificate_arn: (
        Annotated[str, Meta(pattern=r"^arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/[0-9a-f-]+$")] | None
    ) = None
    alias: Annotated[str | None, Meta(description="Name of the distribution in `domain`; needs `certificate_arn`.")] = (
        None
    )
    host: Annotated[
        Text | None, Meta(description="Host that the load balancer sees for `paths`; left out: the first service's.")
    ] = None


class Failover(Section):
    """Route 53 failover: this environment is one side of a pair."""

    role: Literal["primary", "secondary"]
    record: Annotated[str, Meta(description="Name that both sides answer for, below the hosted zone.")]


class Edge(Section):
    """How the outside world finds the environment."""

    records: Annotated[bool, Meta(description="Alias records for every service's hosts; needs `hosted_zone_id`.")] = (
        True
    )
    health_check: Annotated[
        bool, Meta(description="Route 53 health check of the load balancer; about 1.50 USD a month.")
    ] = False
    failover: Failover | None = None
    cdn: Cdn | None = None
    accelerator: Annotated[bool, Meta(description="Global Accelerator; about 18 USD a month and data transfer.")] = (
        False
    )


class EdgeParams(Section):
    """The edge stack; created only if it would hold something: see :attr:`empty`."""

    scope: Scope
    edge: Edge
    domain: str
    hosted_zone_id: str | None
    hosts: tuple[str, ...]
    health_path: str
    # Host and name of each static site.
    sites: tuple[tuple[str, str], ...] = ()

    @property
    def zone_hosts(self) -> tuple[str, ...]:
        """Hosts that get a record: those in ``domain``, without ``?``, a wildcard of listener rules that DNS lacks."""
        if not self.edge.records or self.hosted_zone_id is None:
            return ()
        below = f".{self.domain}"
        return tuple(h for h in self.hosts if (h == self.domain or h.endswith(below)) and "?" not in h)

    @property
    def site_hosts(self) -> tuple[tuple[str, str], ...]:
        """Hosts of static sites that get records, each with the site's name."""
        return self.sites if self.edge.records and self.hosted_zone_id is not None else ()

    @property
    def empty(self) -> bool:
        """Whether the stack would hold nothing, which CloudFormation refuses."""
        edge = self.edge
        return not (
            self.zone_hosts or self.site_hosts or edge.health_check or edge.failover or edge.cdn or edge.accelerator
        )


Experiment = Literal["kill-tasks", "zone-loss", "database-latency"]


class Chaos(Section):
    """FIS experiment templates. They run only when somebody starts one; stop conditions are the services' alarms."""

    experiments: Annotated[tuple[Experiment, ...], Meta(min_length=1)] = ("kill-tasks",)
    minutes: Annotated[int, Meta(ge=1, le=720)] = 5
    latency_ms: Annotated[int, Meta(ge=1, le=60000)] = 200
    percent_of_tasks: Annotated[int, Meta(ge=1, le=100)] = 50
    agent_image: Annotated[
        Annotated[str, Meta(pattern=r"^[a-z0-9./:_-]+@sha256:[0-9a-f]{64}$")] | None,
        Meta(
            description="SSM agent by digest, for `database-latency`: "
            "public.ecr.aws/amazon-ssm-agent/amazon-ssm-agent@sha256:DIGEST."
        ),
    ] = None


class ChaosParams(Section):
    """The chaos stack; created only if the environment has a ``chaos`` section."""

    scope: Scope
    chaos: Chaos
    services: tuple[str, ...]
    # Services whose network path to the database the latency experiment slows down.
    database_services: tuple[str, ...]
    log_retention_days: LogDays = 30


class Bot(Section):
    """Where the bot lives. The account and Region of that environment are the platform's home."""

    environment: str
    cpu: Literal[256, 512, 1024] = 256
    memory: Annotated[int, Meta(ge=512, le=8192)] = 512
    architecture: Literal["X86_64", "ARM64"] = "ARM64"
    fronts: Annotated[int, Meta(ge=1, le=10)] = 1
    workers: Annotated[int, Meta(ge=1, le=10)] = 1
    spot: Annotated[bool, Meta(description="Run on Fargate Spot: both parts survive an interruption.")] = True


class BotParams(Section):
    """The bot's stack: front and worker over Socket Mode, no inbound port."""

    scope: Scope
    bot: Bot
    log_retention_days: int
