"""What a service with a login gets: a rule that asks people to sign in, a rule that does not, and a way to ask."""

import pytest

from generator.config.listener_priority import listener_priority, open_priority
from templates.cluster import build as cluster
from templates.params.cluster import Cluster, ClusterParams, LoadBalancer
from templates.params.login import ClientSecret, Login, open_paths
from templates.params.service import HealthCheck, Route, ServiceSpec, Uses
from tests.unit.templates.built import findings
from tests.unit.templates.environment_cases import plain, scope
from tests.unit.templates.service_cases import container, properties, template

VERSION = "5f0c0a5c-8c6e-4b0c-9d0e-2b6f1f6f7a11"
LOGIN = Login(
    issuer="https://id.example.com",
    authorization_endpoint="https://id.example.com/authorize",
    token_endpoint="https://id.example.com/token",  # noqa: S106 - an address
    user_info_endpoint="https://id.example.com/userinfo",
    client_id="board",
    client_secret=ClientSecret(name="board", version=VERSION),
)
SPEC = ServiceSpec(port=8080, login=LOGIN)


def test_people_sign_in_before_the_service_is_asked() -> None:
    """The first action signs people in with a secret of one version, the last forwards; the health path is let through."""
    body = template(SPEC, open_priority=50, signed_in_by=LOGIN)
    first, last = properties(body, "ListenerRule")["Actions"]
    assert (first["Type"], first["Order"], last["Type"], last["Order"]) == ("authenticate-oidc", 1, "forward", 2)
    config = first["AuthenticateOidcConfig"]
    assert config["ClientSecret"] == (
        f"{{{{resolve:secretsmanager:slipway/prod/login/board:SecretString:client_secret::{VERSION}}}}}"
    )
    assert (config["OnUnauthenticatedRequest"], config["SessionTimeout"]) == ("authenticate", 43200)
    opened = properties(body, "OpenRule")
    assert [action["Type"] for action in opened["Actions"]] == ["forward"]
    assert opened["Conditions"][1]["PathPatternConfig"]["Values"] == ["/health"]
    assert opened["Conditions"][0] == properties(body, "ListenerRule")["Conditions"][0]
    assert findings([body]) == []


def test_who_verifies_a_login_knows_whose() -> None:
    """The service and the one behind it are told the load balancer, the issuer and the application; others are not."""
    told = {"LOAD_BALANCER_ARN": {"Ref": "LoadBalancerArn"}, "LOGIN_ISSUER": LOGIN.issuer, "LOGIN_CLIENT_ID": "board"}
    behind = ServiceSpec(port=8080, uses=Uses(login="web"))
    for spec, login, expected in ((SPEC, LOGIN, told), (behind, LOGIN, told), (ServiceSpec(port=8080), None, {})):
        given = {row["Name"]: row["Value"] for row in container(template(spec, signed_in_by=login))["Environment"]}
        assert {name: value for name, value in given.items() if name in told} == expected


@pytest.mark.parametrize(
    ("route", "health", "own", "expected"),
    [
        ((), "/health", (), ("/health",)),
        ((), "/health?deep=1", ("/status",), ("/health", "/status")),
        ((), "/health", ("/health",), ("/health",)),
        (("/api/*",), "/health", ("/api/ping",), ("/api/ping",)),
        (("/api/*",), "/api/health", (), ("/api/health",)),
    ],
)
def test_what_needs_no_login(
    route: tuple[str, ...], health: str, own: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    """The health check's path where the service gets requests for it at all, and what it names."""
    from msgspec.structs import replace

    login = replace(LOGIN, open_paths=own)
    spec = ServiceSpec(port=1, login=login, route=Route(paths=route), health_check=HealthCheck(path=health))
    assert open_paths(spec) == expected
    assert open_paths(replace(spec, login=None)) == ()


@pytest.mark.parametrize("place", [None, 2, 200])
@pytest.mark.parametrize("paths", [(), ("/api/*",)])
def test_the_open_rule_is_asked_first(place: int | None, paths: tuple[str, ...]) -> None:
    """Its number is below that of the service's own rule, computed or by its place."""
    hosts = ("web.example.com",)
    assert open_priority("web", hosts, ("/api/health",), place) < listener_priority("web", hosts, paths, place)


def test_the_load_balancer_may_call_identity_providers_only_for_a_login() -> None:
    """Without a login the load balancer calls nothing but tasks; with one, HTTPS; services wait for that way."""
    found = {}
    for has_login in (False, True):
        params = ClusterParams(
            scope=scope("cluster"), cluster=Cluster(), load_balancer=LoadBalancer(), certificate_arn=None,
            log_retention_days=7, has_login=has_login,
        )  # fmt: skip
        body = plain(cluster(params))
        [row] = properties(body, "LoadBalancerSecurityGroup")["SecurityGroupEgress"]
        found[has_login] = (row["CidrIp"], row.get("FromPort"), "LoginEgress" in body["Outputs"])
    assert found == {False: ("127.0.0.1/32", None, False), True: ("0.0.0.0/0", 443, True)}
    tags = properties(template(SPEC, open_priority=50), "ListenerRule")["Tags"]
    assert {"Key": "login-egress", "Value": {"Ref": "LoginEgress"}} in tags
