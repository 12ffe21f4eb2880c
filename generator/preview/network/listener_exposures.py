"""Openings in a load balancer's routing: a rule for some addresses, or for signed-in users, becomes one for everybody.

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
# Whose word is believed: the first two are told (AuthenticateOidcActionConfig, AuthenticateCognitoActionConfig, JwtValidationActionConfig).
_IDENTITY = (
    ("Issuer", "UserPoolArn"),
    ("ClientId", "UserPoolClientId", "JwksEndpoint"),
    ("AuthorizationEndpoint", "UserPoolDomain"),
    ("TokenEndpoint",),
    ("UserInfoEndpoint",),
)
_SIGN_IN = ("authenticate-oidc", "authenticate-cognito", "jwt-validation")


def routing_exposures(context: ChangeContext) -> Iterator[Exposure]:
    """Rules that stay and allow more people."""
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
        yield from _other_people(name, old, new, _ROUTES[kind])
    yield from _without_login(context)


def _other_people(name: str, old: Mapping[str, Json], new: Mapping[str, Json], key: str) -> Iterator[Exposure]:
    """Another identity provider or application decides who gets in; other addresses of it are another one."""
    was, now = _providers(old, key), _providers(new, key)
    if was and now and now - was:
        for issuer, client in sorted({row[:2] for row in now - was}):
            who = f"anyone whom {issuer} signs in for {client}"
            what = f"what {name} leads to"
            yield Exposure(who=who, what=what, logical_id=name, sentence=f"{who} can reach {what}")


def _without_login(context: ChangeContext) -> Iterator[Exposure]:
    """New rules that lead past a login: to target groups which another rule of the stack asks people to sign in for."""
    rule = "AWS::ElasticLoadBalancingV2::ListenerRule"
    guarded: set[str] = set()
    for name in context.has(rule):
        properties = context.new(name) or {}
        if _signs_in(properties, "Actions"):
            guarded |= set(_groups(properties.get("Actions")))
    for name in context.has(rule):
        new, old = context.new(name), context.old(name)
        if new is None or not context.touched(name) or _signs_in(new, "Actions"):
            continue
        paths = _paths(new) - (_paths(old) if old is not None else set())
        if guarded & set(_groups(new.get("Actions"))) and (paths or old is None):
            where = ", ".join(sorted(paths)) or "every path"
            yield _opened(name, f"at {where}, without signing in")


def _groups(node: Json) -> Iterator[str]:
    """Target groups that actions name, at any depth."""
    for key, value in node.items() if isinstance(node, Mapping) else enumerate(node if isinstance(node, list) else ()):
        if key == "TargetGroupArn":
            yield str(value)
        else:
            yield from _groups(value)


def _paths(properties: Mapping[str, Json]) -> set[str]:
    rows = properties.get("Conditions")
    found: set[str] = set()
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping) and row.get("Field") == "path-pattern":
            config = row.get("PathPatternConfig")
            values = config.get("Values") if isinstance(config, Mapping) else row.get("Values")
            found |= set(map(str, values if isinstance(values, list) else []))
    return found


def _providers(properties: Mapping[str, Json], key: str) -> set[tuple[str, ...]]:
    """Who signs people in: issuer and application, and the addresses where the load balancer asks."""
    rows = properties.get(key)
    found: set[tuple[str, ...]] = set()
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, Mapping) or row.get("Type") not in _SIGN_IN:
            continue
        for config in row.values():
            if isinstance(config, Mapping):
                found.add(tuple(str(next((config[n] for n in names if n in config), "")) for names in _IDENTITY))
    return found


def _opened(name: str, how: str) -> Exposure:
    what = f"what {name} leads to, {how}"
    who = "anyone who reaches the load balancer"
    return Exposure(who=who, what=what, logical_id=name, sentence=f"{who} can reach {what}")


def _sources(properties: Mapping[str, Json]) -> set[str]:
    """The blocks of a rule's source-ip condition. A condition is true if one of its values is."""
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
    """An action that lets users through who have not signed in."""
    return any(
        isinstance(config, Mapping) and config.get("OnUnauthenticatedRequest") == "allow" for config in row.values()
    )
