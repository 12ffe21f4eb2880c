"""Parameters of the network, certificate and alerts stacks."""

from typing import Annotated, Literal

from msgspec import Meta

from templates.params.base import Cidr, Domain, Email, LogDays, Scope, Section

InterfaceEndpoint = Literal[
    "ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs", "sns", "kms", "ssm", "ssmmessages", "sts",
    "monitoring", "events", "ecs", "ecs-agent", "ecs-telemetry",
]  # fmt: skip


class FlowLogs(Section):
    """VPC flow logs to CloudWatch Logs."""

    enabled: bool = True
    traffic: Literal["ACCEPT", "REJECT", "ALL"] = "REJECT"
    retention_days: LogDays = 7


class Endpoints(Section):
    """VPC endpoints. Gateway endpoints are free; each interface endpoint costs about 8 USD a month and zone."""

    gateway: tuple[Literal["s3", "dynamodb"], ...] = ("s3", "dynamodb")
    interface: tuple[InterfaceEndpoint, ...] = ()


class Network(Section):
    """The VPC. Subnet lists have one block a zone; what is left out is derived from the VPC's block."""

    cidr: Cidr = "10.0.0.0/16"
    zones: Annotated[int, Meta(ge=2, le=3, description="Availability Zones to span.")] = 2
    public_subnets: Annotated[tuple[Cidr, ...], Meta(max_length=3)] = ()
    private_subnets: Annotated[tuple[Cidr, ...], Meta(max_length=3)] = ()
    nat: Literal["per-zone", "one", "none"] = "one"
    flow_logs: FlowLogs = FlowLogs()
    endpoints: Endpoints = Endpoints()


class NetworkParams(Section):
    """The network stack. ``public`` and ``private`` hold exactly one block a zone."""

    scope: Scope
    cidr: str
    public: tuple[str, ...]
    private: tuple[str, ...]
    nat: Literal["per-zone", "one", "none"]
    flow_logs: FlowLogs
    endpoints: Endpoints


class CertificateParams(Section):
    """The certificate stack: ACM validates ``domain`` and ``*.domain`` through the hosted zone."""

    scope: Scope
    domain: Domain
    hosted_zone_id: str


class Alerts(Section):
    """Who gets the notifications. Each address must confirm the subscription that SNS sends."""

    emails: tuple[Email, ...] = ()


class AlertsParams(Section):
    """The alerts stack: the topic, and the environment's own KMS key, which every later stack encrypts with."""

    scope: Scope
    emails: tuple[str, ...]
    # Whether the bot's stack is in this environment: its secret is encrypted with the key too.
    is_bots: bool = False
