"""Services to build templates of, and ways to look into the templates."""

import json
from collections.abc import Iterator
from typing import Any

from templates.params.base import Scope
from templates.params.data import Bucket, Data, Database, Table
from templates.params.service import HealthCheck, Pause, Rollout, ServiceParams, ServiceSpec, Uses
from templates.service import build

DATA = Data(database=Database(), tables={"order-lines": Table()}, buckets={"assets": Bucket()})
EVERYTHING = ServiceSpec(
    port=80,
    secrets={"TOKEN": "vault", "CARD_KEY": "stripe:api-key"},
    environment={"LOG_LEVEL": "info"},
    command=("serve",),
    uses=Uses(database=True, tables=("order-lines",), buckets=("assets",)),
    health_check=HealthCheck(command=("CMD", "/bin/check")),
    rollout=Rollout(strategy="canary", pause=Pause()),
    exec=True,
)


def params(spec: ServiceSpec | None = None, name: str = "app", **more: Any) -> ServiceParams:
    """A service of the production environment."""
    scope = Scope(
        platform="slipway",
        environment="prod",
        account="111122223333",
        region="eu-west-1",
        owner="team",
        cost_center="platform",
        stack=f"service-{name}",
        service=name,
        tags={"tier": "gold"},
    )
    fields: dict[str, Any] = {"hosts": (f"{name}.example.com",), "paths": (), "has_spot": True, "has_ec2": True}
    return ServiceParams(
        scope=scope, name=name, spec=spec or ServiceSpec(port=8080), priority=100, data=DATA, **{**fields, **more}
    )


def template(spec: ServiceSpec | None = None, **more: Any) -> dict[str, Any]:
    """The template as people get it."""
    body: dict[str, Any] = json.loads(build(params(spec, **more)).to_json())
    return body


def properties(body: dict[str, Any], resource: str) -> dict[str, Any]:
    """Properties of one resource."""
    found: dict[str, Any] = body["Resources"][resource]["Properties"]
    return found


def container(body: dict[str, Any]) -> dict[str, Any]:
    """The one container of the task."""
    (only,) = properties(body, "TaskDefinition")["ContainerDefinitions"]
    found: dict[str, Any] = only
    return found


def statements(body: dict[str, Any], role: str) -> dict[str, dict[str, Any]]:
    """Statements of a role's policies by Sid."""
    policies = properties(body, role).get("Policies", [])
    return {s["Sid"]: s for policy in policies for s in policy["PolicyDocument"]["Statement"]}


def walk(node: Any) -> Iterator[dict[str, Any]]:
    """Every object inside."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from walk(child)
