"""What ``stacks/*.yaml`` may say. Field by field the JSON Schema that editors use is made from this."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from generator.release.model.settings import Person, Releases, RoleId, SessionName, Slack, Team
from templates.params.account import Budget, GitHub, Repository
from templates.params.base import AccountId, Domain, LogDays, Name, Region, Section, Text
from templates.params.cluster import Cluster, LoadBalancer
from templates.params.data import Data
from templates.params.function import FunctionSpec
from templates.params.network import Alerts, Network
from templates.params.operations import Bot, Chaos, Edge, Observability
from templates.params.service import ServiceSpec
from templates.params.static_site import Site

Tags = dict[Annotated[str, Meta(pattern=r"^(?!aws:)[\w .:/=+@-]{1,128}$")], Annotated[str, Meta(max_length=256)]]

RoleArn = Annotated[str, Meta(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,128}$")]

PersonName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9]*([._-][a-z0-9]+)*$",
        max_length=64,
        description="Lower-case letters and digits, with single dots, hyphens or underscores inside.",
    ),
]


class Platform(Section):
    """``platform.yaml``: what is true everywhere."""

    # Not `Name`: msgspec refuses a second `max_length` on one type.
    name: Annotated[
        str,
        Meta(
            pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
            max_length=12,
            description="Start of every stack and resource name: lower-case letters, digits, single hyphens; at most 12 characters.",
        ),
    ]
    owner: Text
    github: GitHub
    bot: Bot
    cost_center: Text = "platform"
    budget: Annotated[Budget | None, Meta(description="A budget of each account; `null` creates none.")] = Budget()
    operators: Annotated[
        tuple[RoleArn, ...],
        Meta(description="IAM roles of people who may run a worker themselves, for example from a terminal."),
    ] = ()
    people: Annotated[
        dict[PersonName, Person], Meta(description="The people who may request and approve releases, by name.")
    ] = {}
    teams: Annotated[dict[PersonName, Team], Meta(description="Groups of people who may approve, by name.")] = {}
    session_roles: Annotated[
        dict[RoleId, SessionName],
        Meta(
            description="Roles whose sessions count as people, by id, and what keeps callers from choosing the session name."
        ),
    ] = {}
    repositories: Annotated[
        dict[Name, Repository],
        Meta(
            description="Services that live in a repository of their own, by name. Its default branch may push images of that service, and nothing else."
        ),
    ] = {}
    slack: Slack | None = None
    tags: Tags = {}


class Environment(Section):
    """``environments/NAME.yaml``: one environment. Costly parts are off unless they are asked for."""

    account: AccountId
    region: Region
    domain: Domain
    hosted_zone_id: (
        Annotated[str, Meta(pattern=r"^Z[A-Z0-9]{4,31}$", description="Route 53 zone that holds `domain`.")] | None
    ) = None
    certificate_arn: (
        Annotated[str, Meta(pattern=r"^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]+$")] | None
    ) = None
    protected: Annotated[
        bool | None,
        Meta(
            description="Deletion protection, Multi-AZ data, and no `destroy`. Set it for production. Default: no. Where "
            "one account holds the whole platform, write `false` explicitly to leave an environment unprotected."
        ),
    ] = None
    log_retention_days: LogDays = 7
    network: Network = Network()
    cluster: Cluster = Cluster()
    load_balancer: LoadBalancer = LoadBalancer()
    data: Data = Data()
    alerts: Alerts = Alerts()
    observability: Observability = Observability()
    edge: Edge = Edge()
    sites: Annotated[
        dict[Name, Site],
        Meta(description="Static sites, by name: files that `publish --site` uploads, behind CloudFront."),
    ] = {}
    chaos: Chaos | None = None
    releases: Releases = Releases()
    tags: Tags = {}


class Service(ServiceSpec):
    """``services/NAME.yaml``: one service; ``environments`` overrides any field above it per environment."""

    deploy_to: Annotated[tuple[Name, ...] | None, Meta(description="Environments in which it runs. Default: all.")] = (
        None
    )
    environments: Annotated[
        dict[Name, dict[str, Any]], Meta(description="The fields that differ in an environment, by its name.")
    ] = {}


class Function(FunctionSpec):
    """``functions/NAME.yaml``: one Lambda function, with overrides as for services."""

    deploy_to: tuple[Name, ...] | None = None
    environments: dict[Name, dict[str, Any]] = {}


class Configuration(Struct, frozen=True):
    """All of ``stacks/``, valid: names to values, overrides applied.

    ``services[environment][name]`` and ``functions[environment][name]`` hold what runs in that environment;
    ``sources[name]`` is the text of a function's inline code.
    """

    platform: Platform
    environments: dict[str, Environment]
    services: dict[str, dict[str, ServiceSpec]]
    functions: dict[str, dict[str, FunctionSpec]]
    sources: dict[str, str]
