"""Logins at a load balancer: another identity provider, and new ways past the login."""

from typing import Any

import pytest

from tests.unit.preview.test_network import FORWARD, SIGN_IN, sentences

RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"


def oidc(**more: str) -> dict[str, Any]:
    given = {"Issuer": "https://a", "ClientId": "web", "TokenEndpoint": "https://a/token", "Scope": "openid", **more}
    return {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": given}


def said(
    old: list[Any] | None, new: list[Any], *, paths: tuple[Any, ...] = ((), ()), other: list[Any] | None = None
) -> list[str]:
    """Exposures of a rule with these actions and paths, beside another rule."""
    conditions = [[{"Field": "path-pattern", "PathPatternConfig": {"Values": list(p)}}] if p else [] for p in paths]
    others = {"Guarded": {"Type": RULE, "Properties": {"Actions": other}}} if other else None
    before = {"Actions": old, "Conditions": conditions[0]} if old is not None else None
    found = sentences(RULE, before, {"Actions": new, "Conditions": conditions[1]}, others)
    return [sentence for sentence, _ in found]


@pytest.mark.parametrize(
    ("new", "who"),
    [
        (oidc(), ""),
        (oidc(Scope="openid email", SessionTimeout="60"), ""),
        (oidc(ClientSecret="{{resolve:secretsmanager:x:SecretString:k::1}}"), ""),
        (oidc(Issuer="https://b"), "anyone whom https://b signs in for web"),
        (oidc(ClientId="other"), "anyone whom https://a signs in for other"),
        (oidc(TokenEndpoint="https://b/token"), "anyone whom https://a signs in for web"),
    ],
)
def test_another_identity_provider_is_an_opening(new: dict[str, Any], who: str) -> None:
    """Who decides who gets in is told when it changes; scope, session and secret let nobody else in."""
    assert said([oidc(), FORWARD], [new, FORWARD]) == ([f"{who} can reach what It leads to"] if who else [])


@pytest.mark.parametrize(
    ("old", "paths", "other", "where"),
    [
        (None, ((), ("/health", "/status")), [SIGN_IN, FORWARD], "/health, /status"),
        (None, ((), ()), [SIGN_IN, FORWARD], "every path"),
        ([FORWARD], (("/health",), ("/health", "/metrics")), [SIGN_IN, FORWARD], "/metrics"),
        ([FORWARD], (("/health",), ("/health",)), [SIGN_IN, FORWARD], ""),
        (None, ((), ("/health",)), [FORWARD], ""),
        (None, ((), ("/health",)), [SIGN_IN, {**FORWARD, "TargetGroupArn": "u"}], ""),
    ],
)
def test_a_way_past_a_login_is_an_opening(old: Any, paths: Any, other: list[Any], where: str) -> None:
    """A rule that leads without a login to what another rule guards is told with its paths; others are not."""
    whoever = "anyone who reaches the load balancer can reach what It leads to"
    assert said(old, [FORWARD], paths=paths, other=other) == (
        [f"{whoever}, at {where}, without signing in"] if where else []
    )
