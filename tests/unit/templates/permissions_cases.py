"""Permissions stacks to look into."""

from typing import Any

from templates.params.account import PermissionsParams
from templates.permissions import build
from tests.unit.templates.environment_cases import plain
from tests.unit.templates.iam_judge import ACCOUNT, Json, role_statements, scope

ZONE = "Z0123456789ABCDEFGHIJ"


def permissions(name: str = "prod", **more: Any) -> Json:
    """The template for an environment, for ``home`` or for ``bot``, whose bot stands in prod."""
    environment = more.pop("environment", "prod" if name == "bot" else name)
    zones = more.pop("zones", () if name in {"home", "bot"} else (ZONE,))
    return plain(
        build(
            PermissionsParams(
                scope=scope("account", f"permissions-{name}", **more.pop("scope", {})),
                name=name,
                environment=environment,
                region="eu-west-1",
                zones=zones,
                **more,
            )
        )
    )


def rights(name: str = "prod", **more: Any) -> list[Json]:
    """Every statement of its execution role."""
    return role_statements(permissions(name, **more), "ExecutionRole")


def execution_role(name: str) -> str:
    """The ARN of an execution role."""
    return f"arn:aws:iam::{ACCOUNT}:role/slipway-execution-{name}"
