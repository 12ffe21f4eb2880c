"""Roles of an earlier version: found by their path and by the start of their names."""

from typing import Any

import pytest

from generator.apply.former_roles import former_roles
from templates.params.account import PermissionsParams
from tests.unit.templates.iam_judge import scope


class Iam:
    """Two roles on the former path, one on each environment's own."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def pages(self, action: str, member: str, **said: Any) -> list[dict[str, str]]:
        self.asked = {"action": action, "member": member, **said}
        return [
            {"RoleName": "slipway-prod-app-TaskRole-1", "Path": "/workload/slipway/"},
            {"RoleName": "slipway-staging-app-TaskRole-1", "Path": "/workload/slipway/"},
            {"RoleName": "slipway-prod-app-TaskRole-2", "Path": "/workload/slipway/prod/"},
        ]


def params(name: str, environment: str, platform: str = "slipway") -> PermissionsParams:
    where = scope("account", f"permissions-{name}", platform=platform)
    return PermissionsParams(scope=where, name=name, environment=environment, region="eu-west-1")


@pytest.mark.parametrize(
    ("name", "environment", "found"),
    [
        ("prod", "prod", ["slipway-prod-app-TaskRole-1"]),
        ("bot", "prod", ["slipway-prod-app-TaskRole-1"]),
        ("staging", "staging", ["slipway-staging-app-TaskRole-1"]),
        ("dev", "dev", []),
    ],
)
def test_what_an_upgrade_has_to_replace_still(name: str, environment: str, found: list[str]) -> None:
    """The roles of an environment that are on the shared path, and none that has its own path already."""
    iam = Iam()
    assert former_roles(iam, params(name, environment)) == found
    assert iam.asked["PathPrefix"] == "/workload/slipway/"


def test_long_names_are_found_by_their_first_24_characters() -> None:
    """CloudFormation shortens a stack's name in the name of its role."""
    assert params("e" * 20, "e" * 20, "p" * 20).former_prefix == f"{'p' * 20}-eee"
