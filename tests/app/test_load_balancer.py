"""Whom the load balancer signed in, and everybody who only says so."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from board.services.visibility import NobodyError, Visitor
from board.settings import Settings
from board.stores.load_balancer import LoadBalancerDoor, region_keys
from tests.release.fake_platform import FakePlatform

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:333333333333:loadbalancer/app/slipway-prod/0123456789abcdef"
KID = "12345678-1234-1234-1234-123456789012"
KEY = ec.derive_private_key(1234567, ec.SECP256R1())
OTHER = ec.derive_private_key(7654321, ec.SECP256R1())
NOW = 1_800_000_000
HEAD = {"alg": "ES256", "kid": KID, "signer": BALANCER, "iss": "https://idp", "client": "board", "exp": NOW + 120}
CLAIMS = {"sub": "subject-1", "email": "ana@example.com", "email_verified": "true"}


def pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def part(value: object) -> str:
    """Base64 as the load balancer writes it: of the URL alphabet, with padding."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def token(
    head: Mapping[str, Any] = HEAD, claims: Mapping[str, Any] = CLAIMS, key: ec.EllipticCurvePrivateKey = KEY
) -> str:
    text = f"{part(head)}.{part(claims)}"
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(SHA256())))
    return f"{text}.{base64.urlsafe_b64encode(r.to_bytes(32) + s.to_bytes(32)).decode()}"


def door(keys: Callable[[str], bytes] = lambda _: pem(KEY), now: float = NOW, **settings: Any) -> LoadBalancerDoor:
    given = {"load_balancer": BALANCER, "people": {"ana": "ana@example.com", "ben": "subject-2"}, **settings}
    return LoadBalancerDoor(Settings(**given), FakePlatform().facts, keys, lambda: now)


def enter(sent: str | None, **more: Any) -> Visitor:
    return door(**more).visitor(lambda name: sent if name == "x-amzn-oidc-data" else None)


@pytest.mark.parametrize(
    ("claims", "person", "name"),
    [
        (CLAIMS, "ana", "ana"),
        (CLAIMS | {"email_verified": True}, "ana", "ana"),
        (CLAIMS | {"email_verified": "false"}, "", "ana@example.com"),
        ({"sub": "subject-1", "email": "ana@example.com"}, "", "ana@example.com"),
        ({"sub": "subject-2"}, "ben", "ben"),
        ({"sub": "subject-3"}, "", "subject-3"),
    ],
)
def test_who_was_signed_in(claims: dict[str, Any], person: str, name: str) -> None:
    """A person of the platform by subject, or by an address that the identity provider verified; others have a name."""
    found = enter(token(claims=claims), oidc_issuer="https://idp", oidc_client="board")
    assert (found.person, found.name) == (person, name)
    assert found.reads_logs == bool(person)
    assert found.teams == ({"releasers"} if person else set())
    assert found.id == f"https://idp {claims['sub']}"


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (None, "nobody is signed in"),
        ("", "nobody is signed in"),
        ("a.b", "not what the load balancer signs"),
        ("a.b.c", "not what the load balancer signs"),
        (f"{part([])}.{part({})}.AAAA", "not what the load balancer signs"),
        ("." * 20_000, "not what the load balancer signs"),
        (token(key=OTHER), "not what the load balancer signs"),
        (token()[:-8], "not what the load balancer signs"),
        (token().replace(part(CLAIMS), part(CLAIMS | {"sub": "subject-2"})), "not what the load balancer signs"),
        (token(HEAD | {"alg": "none"}), "not what the load balancer signs"),
        (token(HEAD | {"alg": "HS256"}), "not what the load balancer signs"),
        (token(HEAD | {"kid": "../x"}), "not what the load balancer signs"),
        (token(HEAD | {"signer": BALANCER.replace("prod", "other")}), "another load balancer"),
        (token(HEAD | {"iss": "https://other"}), "another identity provider"),
        (token(HEAD | {"client": "other"}), "another application"),
        (token(HEAD | {"exp": NOW}), "your session is over"),
        (token(HEAD | {"exp": "later"}), "your session is over"),
        (token({k: v for k, v in HEAD.items() if k != "exp"}), "your session is over"),
        (token(claims={"email": "ana@example.com"}), "names nobody"),
    ],
)
def test_nobody_else_gets_in(sent: str | None, says: str) -> None:
    """No header, a forged, changed, foreign or old one: each is refused with a sentence."""
    with pytest.raises(NobodyError, match=says):
        enter(sent, oidc_issuer="https://idp", oidc_client="board")


def test_a_key_is_fetched_once() -> None:
    """Keys are kept; one that could not be had is asked for again later, and not with each request."""
    asked: list[str] = []

    def fetch(kid: str) -> bytes:
        asked.append(kid)
        if kid == "gone":
            raise OSError
        return pem(KEY)

    moment = [float(NOW)]
    entrance = LoadBalancerDoor(Settings(load_balancer=BALANCER), FakePlatform().facts, fetch, lambda: moment[0])
    for _ in range(3):
        entrance.visitor(lambda _: token())
    for kid in ("gone", "gone"):
        with pytest.raises(NobodyError, match="try again"):
            entrance.visitor(lambda _, kid=kid: token(HEAD | {"kid": kid}))  # type: ignore[misc]
    assert asked == [KID, "gone"]
    moment[0] += 31
    with pytest.raises(NobodyError):
        entrance.visitor(lambda _: token(HEAD | {"kid": "gone"}))
    assert asked == [KID, "gone", "gone"]


@pytest.mark.parametrize("answer", [b"", b"not a key", pem(ec.derive_private_key(5, ec.SECP384R1()))])  # type: ignore[arg-type]
def test_a_key_that_is_none_lets_nobody_in(answer: bytes) -> None:
    """What the endpoint answers must be a P-256 key."""
    with pytest.raises(NobodyError, match="key can't be had"):
        enter(token(), keys=lambda _: answer)


def test_keys_come_from_the_region_of_the_load_balancer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address is AWS's for that Region; GovCloud has its own."""
    import io
    import urllib.request

    asked: list[str] = []

    def opened(url: str, timeout: float) -> io.BytesIO:
        assert 0 < timeout <= 5
        asked.append(url)
        return io.BytesIO(b"key")

    monkeypatch.setattr(urllib.request, "urlopen", opened)
    assert region_keys(BALANCER)("k1") == b"key"
    region_keys(BALANCER.replace("eu-west-1", "us-gov-west-1"))("k2")
    assert asked == [
        "https://public-keys.auth.elb.eu-west-1.amazonaws.com/k1",
        "https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1/k2",
    ]
