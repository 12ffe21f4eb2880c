"""Doors of a load balancer's routing: a rule that was for some addresses, or for who has signed in, and is for all now.

Sources: Elastic Load Balancing User Guide, "Source IP address conditions" and "Authenticate users using an Application
Load Balancer".
"""

from collections.abc import Iterator, Mapping
from typing import Any

from generator.preview.change_context import ChangeContext
from generator.release.model.preview import Exposure

Json = Any
_ROUTES = {
    "AWS::ElasticLoadBalancingV2::Listener": "DefaultActions",
    "AWS::ElasticLoadBalancingV2::ListenerRule": "Actions",
}
_SIGN_IN = ("authenticate-oidc", "authenticate-cognito", "jwt-validation")


def routing_exposures(context: ChangeContext) -> Iterator[Exposure]:
    """Rules that stay and let more people through."""
    for name in sorted(context.changes):
        kind, old, new = context.type_of(name), context.old(name), context.new(name)
        if kind not in _ROUTES or old is None or new is None:
            continue
        was, now = _sources(old), _sources(new)
        if was and not now:
            yield _opened(name, f"by addresses beyond {', '.join(sorted(was))}")
        elif was and now - was:
            yield _opened(name, f"from {', '.join(sorted(now - was))}")
        if _signs_in(old, _ROUTES[kind]) and not _signs_in(new, _ROUTES[kind]):
            yield _opened(name, "without signing in")


def _opened(name: str, how: str) -> Exposure:
    what = f"what {name} leads to, {how}"
    who = "whoever reaches the load balancer"
    return Exposure(who=who, what=what, logical_id=name, sentence=f"{who} can reach {what}")


def _sources(properties: Mapping[str, Json]) -> set[str]:
    """The blocks of a rule's source-ip condition; a condition is true if one of its values is."""
    rows = properties.get("Conditions")
    found: set[str] = set()
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping) and row.get("Field") == "source-ip":
            config = row.get("SourceIpConfig")
            values = config.get("Values") if isinstance(config, Mapping) else row.get("Values")
            found |= set(map(str, values if isinstance(values, list) else []))
    return found


def _signs_in(properties: Mapping[str, Json], name: str) -> bool:
    rows = properties.get(name)
    return any(
        isinstance(row, Mapping) and row.get("Type") in _SIGN_IN and not _waves(row)
        for row in (rows if isinstance(rows, list) else [])
    )


def _waves(row: Mapping[str, Json]) -> bool:
    """An action that lets through whoever has not signed in."""
    return any(
        isinstance(config, Mapping) and config.get("OnUnauthenticatedRequest") == "allow" for config in row.values()
    )
