"""Whom the load balancer signed in: its header ``x-amzn-oidc-data``, believed only with its signature.

Source: Elastic Load Balancing User Guide for Application Load Balancers, "Authenticate users using an Application Load
Balancer", section "User claims encoding and signature verification": the header is a JWT of three Base64 parts, with
padding; it is signed with ES256 by a key that the Region publishes by its ``kid``; ``signer`` in the JWT's header must
be compared with the ARN of the load balancer, or anybody's load balancer could speak.
"""

import base64
import binascii
import json
import re
import time
import urllib.request
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

from board.services.visibility import NobodyError, Visitor
from board.settings import Settings
from generator.release.model.platform import PlatformFacts

_LONGEST = 16 * 1024
_KID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
# Keys that are kept, and for how many seconds one that could not be had is not asked for again.
_KEPT, _AGAIN = 64, 30.0
_LARGEST_KEY = 4096

KeySource = Callable[[str], bytes]


def region_keys(load_balancer: str) -> KeySource:
    """Fetches public keys (PEM) from the endpoint of the load balancer's Region. GovCloud publishes them in S3."""
    region = load_balancer.split(":")[3]
    base = f"https://public-keys.auth.elb.{region}.amazonaws.com"
    if region.startswith("us-gov-"):
        base = f"https://s3-{region}.amazonaws.com/aws-elb-public-keys-prod-{region}"

    def fetch(kid: str) -> bytes:
        with urllib.request.urlopen(f"{base}/{kid}", timeout=3) as answer:  # noqa: S310 - the address is fixed above
            return bytes(answer.read(_LARGEST_KEY))

    return fetch


class LoadBalancerDoor:
    """Lets in whom our load balancer signed in.

    ``keys`` gives a public key by its id and raises OSError where there is none; ``clock`` gives epoch seconds.
    """

    def __init__(
        self,
        settings: Settings,
        facts: PlatformFacts,
        keys: KeySource | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._facts, self._clock = settings, facts, clock
        self._fetch = keys or region_keys(settings.load_balancer)
        self._persons = {identity: person for person, identity in settings.people.items()}
        self._keys: OrderedDict[str, tuple[Any, float]] = OrderedDict()
        self._lock = Lock()

    def visitor(self, header: Callable[[str], str | None]) -> Visitor:
        """Who was signed in.

        Raises:
            NobodyError: there is no header, or it is not one that our load balancer signed for now.
        """
        token = header("x-amzn-oidc-data")
        if not token:
            raise NobodyError("nobody is signed in: open the board through its load balancer")
        issuer, claims = self._claims(token)
        subject = str(claims.get("sub", ""))
        if not subject:
            raise NobodyError("the load balancer names nobody; sign in again")
        email = str(claims.get("email", ""))
        # An address that the identity provider did not verify is what somebody typed.
        verified = str(claims.get("email_verified", "")).lower() == "true"
        person = self._persons.get(subject) or (self._persons.get(email, "") if verified and email else "")
        name = person or email or subject
        return Visitor(f"{issuer} {subject}"[:300], name[:200], person, frozenset(self._facts.static_groups(person)))

    def _claims(self, token: str) -> tuple[str, dict[str, Any]]:
        parts = token.split(".")
        if len(token) > _LONGEST or len(parts) != 3:
            raise _forged()
        head, claims = _json(parts[0]), _json(parts[1])
        kid = str(head.get("kid", ""))
        if head.get("alg") != "ES256" or not _KID.fullmatch(kid):
            raise _forged()
        settings = self._settings
        if head.get("signer") != settings.load_balancer:
            raise NobodyError("another load balancer signed this; open the board at its own address")
        if settings.oidc_issuer and head.get("iss") != settings.oidc_issuer:
            raise NobodyError("another identity provider signed you in; sign in again")
        if settings.oidc_client and head.get("client") != settings.oidc_client:
            raise NobodyError("you are signed in to another application; sign in again")
        if not _signed(self._key(kid), f"{parts[0]}.{parts[1]}".encode(), _bytes(parts[2])):
            raise _forged()
        expires = head.get("exp")
        if not isinstance(expires, int | float) or expires <= self._clock():
            raise NobodyError("your session is over; load the page again to sign in")
        return str(head.get("iss", "")), claims

    def _key(self, kid: str) -> Any:
        now = self._clock()
        with self._lock:
            key, until = self._keys.get(kid, (None, 0.0))
            if key is not None or until > now:
                if key is None:
                    raise _unknown_key()
                self._keys.move_to_end(kid)
                return key
        found = self._fetched(kid)
        with self._lock:
            self._keys[kid] = (found, now + _AGAIN)
            while len(self._keys) > _KEPT:
                self._keys.popitem(last=False)
        if found is None:
            raise _unknown_key()
        return found

    def _fetched(self, kid: str) -> Any:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        try:
            key = load_pem_public_key(self._fetch(kid))
        except (OSError, ValueError, UnsupportedAlgorithm):
            return None
        fits = isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
        return key if fits else None


def _signed(key: Any, text: bytes, signature: bytes) -> bool:
    """Whether ES256 holds: JWS carries r and s, 32 bytes each (RFC 7518, 3.4), and the library takes DER."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    if len(signature) != 64:
        return False
    both = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    try:
        key.verify(both, text, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part.rstrip("=") + "=" * (-len(part.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _forged() from error


def _json(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(part))
    except (ValueError, UnicodeError, RecursionError) as error:
        raise _forged() from error
    if not isinstance(found, dict):
        raise _forged()
    return found


def _forged() -> NobodyError:
    return NobodyError("this is not what the load balancer signs; open the board through its load balancer")


def _unknown_key() -> NobodyError:
    return NobodyError("the load balancer's key can't be had now; try again in a moment")
