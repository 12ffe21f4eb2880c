"""Parameters of the cluster stack: ECS cluster, capacity, load balancer, WAF."""

from typing import Annotated, Literal

from msgspec import Meta

from templates.params.base import Cidr, Scope, Section

# Every policy without TLS 1.0 and 1.1 and with forward secrecy only (Elastic Load Balancing: Security policies for your
# Application Load Balancer, 2026-10). cfn-lint does not check these names.
TlsPolicy = Literal[
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
]


class Share(Section):
    """One entry of a capacity provider strategy."""

    base: Annotated[int, Meta(ge=0, le=100000, description="Tasks that always run on this provider.")] = 0
    weight: Annotated[int, Meta(ge=0, le=1000, description="Relative share of the tasks beyond the base.")] = 1


class Ec2Capacity(Section):
    """An Auto Scaling group behind a capacity provider, for what Fargate cannot run.

    With a weight in ``share`` the cluster's default strategy is this group alone: a strategy holds Fargate providers
    or Auto Scaling groups, never both (Amazon ECS Developer Guide: Capacity providers).
    """

    instance_type: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9]+$")] = "t4g.medium"
    min: Annotated[int, Meta(ge=0, le=1000)] = 0
    max: Annotated[int, Meta(ge=1, le=1000)] = 4
    share: Share = Share(weight=0)


class Cluster(Section):
    """The ECS cluster. Without Spot every task runs on Fargate on demand."""

    fargate: Share = Share()
    spot: Share | None = None
    ec2: Ec2Capacity | None = None
    insights: Literal["disabled", "enabled", "enhanced"] = "disabled"


class Waf(Section):
    """WAFv2 in front of the load balancer; about 10 USD a month and 0.60 USD a million requests."""

    rate_limit: Annotated[int, Meta(ge=10, le=2_000_000_000, description="Requests per 5 minutes and IP address.")] = (
        2000
    )
    count_only: Annotated[bool, Meta(description="Count instead of block, to try the rules out.")] = False


class LoadBalancer(Section):
    """The Application Load Balancer; HTTPS only, HTTP redirects."""

    # The default is what AWS recommends: forward secrecy, and post-quantum key exchange for those who can (Elastic Load
    # Balancing: Security policies for your Application Load Balancer). CloudFormation's own default takes TLS 1.0.
    tls_policy: TlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    idle_timeout: Annotated[int, Meta(ge=1, le=4000, description="Seconds.")] = 60
    access_logs: bool = True
    access_log_days: Annotated[int, Meta(ge=1, le=3650)] = 30
    internal: bool = False
    desync: Annotated[
        Literal["defensive", "strictest"],
        Meta(description="What happens to requests that might smuggle another: `strictest` refuses more of them."),
    ] = "defensive"
    allow_from: Annotated[tuple[Cidr, ...], Meta(min_length=1, description="IPv4 blocks that may reach port 443.")] = (
        "0.0.0.0/0",
    )
    waf: Waf | None = None


class ClusterParams(Section):
    """The cluster stack."""

    scope: Scope
    cluster: Cluster
    load_balancer: LoadBalancer
    # None when the certificate stack of the same environment provides it as an output.
    certificate_arn: str | None
    log_retention_days: int
    # Whether a service of the environment has a login: the load balancer then calls identity providers.
    has_login: bool = False
