"""A login at the load balancer, from `stacks/` to the board: who signed in gets in, and nobody else decides who that is."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from ministack.services.alb import _oidc_data_jwt, _oidc_signing_material

from board.services.visibility import NobodyError
from board.settings import read
from board.stores.load_balancer import LoadBalancerDoor
from generator.sandbox.process import Control
from tests.release.fake_platform import FakePlatform
from tests.sandbox.conftest import Aws
from tests.sandbox.role_calls import HOME
from tests.sandbox.test_roles import Released, released

ROOT = Path(__file__).parents[2]
LOGIN = """\
login:
  issuer: https://login.example.com
  authorization_endpoint: https://login.example.com/authorize
  token_endpoint: https://login.example.com/token
  user_info_endpoint: https://login.example.com/userinfo
  client_id: release-board
  client_secret: { name: board, version: 5f0c0a5c-8c6e-4b0c-9d0e-2b6f1f6f7a11 }
"""
OTHERS = {"observability", "edge", "function-events"}
CLAIMS = {"sub": "subject-1", "email": "ana@example.com", "email_verified": "true"}


@pytest.fixture
def fleet(aws: Aws, control: Control, tmp_path: Path) -> Released:
    """The shipped platform whose page has a login, up to its services; from then on policies decide."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    web, app = (tmp_path / "stacks" / "services" / f"{name}.yaml" for name in ("web", "app"))
    web.write_text(web.read_text() + LOGIN)
    app.write_text(app.read_text().replace("  tables: [items]", "  tables: [items]\n  login: web"))
    found = Released(aws, str(tmp_path / "stacks"))
    found.prepare(control)
    for key in found.needed("dev", HOME):
        if not key.startswith("dev/"):
            found.deploy(key)
    control.enforce(on=True)
    found.session = released(aws, control)
    return found


def rules(fleet: Released, listener: str) -> list[dict[str, Any]]:
    """The rules of the listener as they are asked."""
    found = fleet.client("dev/cluster", "elbv2").describe_rules(ListenerArn=listener)["Rules"]
    return sorted((rule for rule in found if not rule["IsDefault"]), key=lambda rule: int(rule["Priority"]))


def test_people_sign_in_at_the_page_and_the_api_believes_the_load_balancer(fleet: Released) -> None:
    """The worker releases it with its own rights; the health path needs no login; the API lets in who signed in there.

    A login that somebody takes away by hand is drift.
    """
    for key in fleet.needed("dev"):
        if key.startswith("dev/") and key.partition("/")[2] not in OTHERS:
            fleet.deploy(key)
    cluster, ecs = fleet.outputs("dev/cluster"), fleet.client("dev/service-app", "ecs")

    web = [r for r in rules(fleet, cluster["ListenerArn"]) if {"web.dev.example.com"} <= set(_hosts(r))]
    assert [[action["Type"] for action in rule["Actions"]] for rule in web] == [
        ["forward"],
        ["authenticate-oidc", "forward"],
    ]
    assert [c["PathPatternConfig"]["Values"] for c in web[0]["Conditions"] if c["Field"] == "path-pattern"] == [
        ["/health"]
    ]
    asked = web[1]["Actions"][0]["AuthenticateOidcConfig"]
    assert asked["OnUnauthenticatedRequest"] == "authenticate"
    assert (int(asked["SessionTimeout"]), asked["Scope"]) == (12 * 3600, "openid email")
    assert fleet.drift("dev/service-web") == []

    arn = fleet.resources("dev/service-app")["TaskDefinition"]["PhysicalResourceId"]
    [container] = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]["containerDefinitions"]
    given = {row["name"]: row["value"] for row in container["environment"]}
    assert given["LOAD_BALANCER_ARN"] == cluster["LoadBalancerArn"]
    settings = read({**given, "BOARD_PEOPLE": '{"ana": "ana@example.com"}'})
    assert (settings.access, settings.load_balancer) == ("alb", cluster["LoadBalancerArn"])
    key, kid = _oidc_signing_material()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    keys = {kid: public}
    door = LoadBalancerDoor(settings, FakePlatform().facts, keys.__getitem__, lambda: 1000.0)

    signed = {name: _oidc_data_jwt(CLAIMS, config, balancer, 1100) for name, config, balancer in (
        ("ours", asked, cluster["LoadBalancerArn"]),
        ("another load balancer", asked, cluster["LoadBalancerArn"].replace("slipway", "others")),
        ("another application", {**asked, "ClientId": "wiki"}, cluster["LoadBalancerArn"]),
        ("another identity provider", {**asked, "Issuer": "https://evil.example.com"}, cluster["LoadBalancerArn"]),
    )}  # fmt: skip
    assert door.visitor(lambda _: signed["ours"]).person == "ana"
    for name in signed.keys() - {"ours"}:
        with pytest.raises(NobodyError, match=name.split(" ", 1)[1]):
            door.visitor(lambda _, name=name: signed[name])  # type: ignore[misc]

    elb, forward = (
        fleet.client("dev/cluster", "elbv2"),
        [action for action in web[1]["Actions"] if action["Type"] == "forward"],
    )
    elb.modify_rule(RuleArn=web[1]["RuleArn"], Actions=forward)
    assert [row["LogicalResourceId"] for row in fleet.drift("dev/service-web")] == ["ListenerRule"]


def _hosts(rule: dict[str, Any]) -> list[str]:
    return [host for c in rule["Conditions"] if c["Field"] == "host-header" for host in c["HostHeaderConfig"]["Values"]]
