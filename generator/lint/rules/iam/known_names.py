"""What AWS knows by name: managed policies, condition keys, service principals; no rules of its own.

Each table says in `source` and `date` where it comes from. They are read when a rule first needs one.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from generator.lint.rules.partial_values import nearest

_TABLES = Path(__file__).parents[1] / "tables"


class ManagedPolicies(msgspec.Struct, frozen=True):
    """Names of AWS managed policies by path (`service-role`, or empty), and names that AWS has withdrawn."""

    date: str
    source: str
    paths: dict[str, tuple[str, ...]]
    retired: tuple[str, ...]

    def path_of(self, name: str) -> str | None:
        """The path of a policy, None if there is no such policy."""
        return next((path for path, names in self.paths.items() if name in names), None)

    def near(self, name: str) -> str:
        """A hint at the closest name, or an empty text."""
        return _hint(name, [each for names in self.paths.values() for each in names])


class ConditionKeys(msgspec.Struct, frozen=True, rename={"worldwide": "global"}):
    """Global condition keys without `aws:`, and those of each service in lower case; a final / takes a suffix."""

    date: str
    source: str
    worldwide: tuple[str, ...]
    services: dict[str, tuple[str, ...]]

    def knows(self, key: str) -> bool:
        """Whether the key exists, or belongs to a service whose keys are not known."""
        prefix, _, rest = key.lower().partition(":")
        if prefix == "aws":
            return _listed(rest, [each.lower() for each in self.worldwide])
        names = self.services.get(prefix)
        # More services take tag keys under their own prefix than the reference lists.
        return names is None or rest.startswith(("resourcetag/", "requesttag/")) or _listed(rest, names)

    def near(self, key: str) -> str:
        """A hint at the closest key of the same prefix, or an empty text."""
        prefix, _, rest = key.partition(":")
        return _hint(rest, self.worldwide if prefix.lower() == "aws" else self.services.get(prefix.lower(), ()), prefix)


class ServicePrincipals(msgspec.Struct, frozen=True):
    """Service names that stand before `.amazonaws.com`, and names that people write in their place."""

    date: str
    source: str
    services: tuple[str, ...]
    confused: dict[str, str]

    def meant(self, service: str) -> str | None:
        """The service that somebody meant by a name that does not exist; None if the name is known or unlike any."""
        if service in self.services or service.partition(".")[2] in self.services:
            return None
        if service in self.confused:
            return self.confused[service]
        return nearest(service, self.services, 0.86)


@cache
def managed_policies() -> ManagedPolicies:
    """Read `tables/managed_policies.json`."""
    return msgspec.json.decode((_TABLES / "managed_policies.json").read_bytes(), type=ManagedPolicies)


@cache
def condition_keys() -> ConditionKeys:
    """Read `tables/condition_keys.json`."""
    return msgspec.json.decode((_TABLES / "condition_keys.json").read_bytes(), type=ConditionKeys)


@cache
def service_principals() -> ServicePrincipals:
    """Read `tables/service_principals.json`."""
    return msgspec.json.decode((_TABLES / "service_principals.json").read_bytes(), type=ServicePrincipals)


def _listed(rest: str, names: list[str] | tuple[str, ...]) -> bool:
    if rest in names:
        return True
    first = min((cut for cut in (rest.find("/"), rest.find(":")) if cut > 0), default=0)
    return bool(first) and f"{rest[:first]}/" in names


def _hint(name: str, names: list[str] | tuple[str, ...], prefix: str = "") -> str:
    by_lower = {each.lower(): each for each in names}
    close = nearest(name.lower(), by_lower, 0.75)
    return f'; did you mean "{prefix + ":" if prefix else ""}{by_lower[close]}"?' if close else ""
