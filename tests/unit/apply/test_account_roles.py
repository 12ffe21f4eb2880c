"""`bootstrap ACCOUNT --check`: whether roles of an earlier version are left, and what is said where a look is not possible."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from generator.apply.account_checks import checks
from generator.catalog.stacks import stacks
from generator.config.read import read_configuration
from generator.release.errors import Denied, Unavailable

ROOT = Path(__file__).parents[3]
DEV, PROD = "111111111111", "333333333333"


class Iam:
    """IAM with these roles; it answers nothing but ListRoles."""

    def __init__(self, *roles: tuple[str, str]) -> None:
        self._rows = [{"RoleName": name, "Path": path, "RoleId": "AROAEXAMPLESSOROLE09"} for name, path in roles]

    def pages(self, operation: str, rows: str, **asked: Any) -> list[dict[str, str]]:
        assert (operation, rows) == ("list_roles", "Roles")
        return [row for row in self._rows if row["Path"].startswith(asked["PathPrefix"])]

    def __call__(self, operation: str, **_: Any) -> Any:
        raise Unavailable(f"iam did not answer {operation}; try again")


def silent(*_: Any, **__: Any) -> Any:
    """A service that does not answer."""
    raise Unavailable("AWS did not answer; try again")


def found(account: str, iam: Any) -> dict[str, tuple[str, str]]:
    """The checks of an account up to that of its roles, by name: the result and the text."""
    config = read_configuration(ROOT / "stacks")
    silent.pages = silent  # type: ignore[attr-defined]
    tools = SimpleNamespace(simulates=False, calls=lambda service, *_: iam if service == "iam" else silent)
    platform = SimpleNamespace(config=config, specs={spec.key: spec for spec in stacks(config)}, tools=tools)
    seen: dict[str, tuple[str, str]] = {}
    for check in checks(platform, SimpleNamespace(stack=silent), account):  # type: ignore[arg-type]
        seen[check.name] = check.result, check.text
        if check.name == "roles":
            break
    return seen


OWN, SHARED = "/workload/slipway/prod/", "/workload/slipway/"
KEPT = "roles of an earlier version are still there (2 of prod: slipway apply prod); then run bootstrap again"


@pytest.mark.parametrize(
    ("account", "roles", "expected"),
    [
        (PROD, [], ("passed", "")),
        (PROD, [("slipway-prod-app-TaskRole-1", OWN)], ("passed", "")),
        (PROD, [("slipway-prod-app-TaskRole-1", SHARED), ("slipway-prod-web-TaskRole-1", SHARED)], ("warning", KEPT)),
        (PROD, [("slipway-dev-app-TaskRole-1", SHARED)], ("passed", "")),
        (DEV, [("slipway-prod-app-TaskRole-1", SHARED)], ("passed", "")),
    ],
    ids=["none", "on their own path", "on the shared path", "of another environment", "of another account"],
)
def test_roles_of_an_earlier_version_are_told(
    account: str, roles: list[tuple[str, str]], expected: tuple[str, str]
) -> None:
    """How many are left of which environment, and what takes them away; the others are nobody's business here."""
    assert found(account, Iam(*roles))["roles"] == expected


def test_what_can_not_be_looked_at_has_failed() -> None:
    """Where IAM does not answer nothing passes."""
    seen = found(PROD, silent)
    assert seen["roles"] == ("failed", "could not be checked: AWS did not answer; try again")
    assert {name for name, (result, _) in seen.items() if result == "passed"} == set()


def test_without_credentials_the_check_fails_once() -> None:
    """Nothing else can be known then, so nothing else is said; with a service that is away, the other checks go on."""

    def nobody(*_: Any, **__: Any) -> Any:
        raise Denied("there are no AWS credentials here for get_caller_identity; sign in")

    config = read_configuration(ROOT / "stacks")
    tools = SimpleNamespace(simulates=False, calls=lambda *_: nobody)
    platform = SimpleNamespace(config=config, specs={spec.key: spec for spec in stacks(config)}, tools=tools)
    (one,) = checks(platform, SimpleNamespace(stack=nobody), PROD)  # type: ignore[arg-type]
    assert (one.name, one.result) == ("credentials", "failed")
    assert one.text == "there are no AWS credentials here for get_caller_identity; sign in"
    assert found(PROD, silent)["credentials"] == ("failed", "could not be checked: AWS did not answer; try again")
