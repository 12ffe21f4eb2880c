"""ECDSA over the curve P-256 in plain Python, for KMS keys that sign; `cryptography` is not among our dependencies.

Good for a sandbox only: it is slow (tens of milliseconds) and its timing tells secrets. Sources: SEC 1 v2 §4.1 (ECDSA),
SEC 2 v2 §2.4.2 (the curve), RFC 5480 (public keys), RFC 3279 §2.2.3 (signatures).
"""

from __future__ import annotations

import secrets

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
# SubjectPublicKeyInfo of an uncompressed point on this curve, up to the point.
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_Point = tuple[int, int] | None


def new_key() -> int:
    """A private key."""
    return secrets.randbelow(N - 1) + 1


def public_key(private: int) -> bytes:
    """The public key in DER, as KMS gives it (SubjectPublicKeyInfo)."""
    x, y = _point(private)
    return _SPKI + x.to_bytes(32) + y.to_bytes(32)


def sign(private: int, digest: bytes) -> bytes:
    """The signature of a SHA-256 digest, in DER."""
    while True:
        nonce = new_key()
        r = _point(nonce)[0] % N
        s = pow(nonce, -1, N) * (int.from_bytes(digest) + r * private) % N
        if r and s:
            body = _integer(r) + _integer(s)
            return b"\x30" + bytes([len(body)]) + body


def verify(private: int, digest: bytes, signature: bytes) -> bool:
    """Whether a signature is the key's; a malformed one is not."""
    try:
        r, s = _parse(signature)
    except (IndexError, ValueError):
        return False
    if not (0 < r < N and 0 < s < N):
        return False
    inverse = pow(s, -1, N)
    found = _add(_multiply(int.from_bytes(digest) * inverse % N, _G), _multiply(r * inverse % N, _point(private)))
    return found is not None and found[0] % N == r


def _integer(value: int) -> bytes:
    raw = value.to_bytes(value.bit_length() // 8 + 1)
    return b"\x02" + bytes([len(raw)]) + raw


def _parse(signature: bytes) -> tuple[int, int]:
    if signature[0] != 0x30 or signature[1] != len(signature) - 2 or signature[2] != 0x02:
        raise ValueError("not a signature")
    middle = 4 + signature[3]
    if signature[middle] != 0x02 or middle + 2 + signature[middle + 1] != len(signature):
        raise ValueError("not a signature")
    return int.from_bytes(signature[4:middle]), int.from_bytes(signature[middle + 2 :])


def _point(private: int) -> tuple[int, int]:
    found = _multiply(private, _G)
    if found is None:
        raise ValueError("a private key is from 1 to the order of the curve")
    return found


def _add(a: _Point, b: _Point) -> _Point:
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def _multiply(factor: int, point: _Point) -> _Point:
    found: _Point = None
    while factor:
        if factor & 1:
            found = _add(found, point)
        point = _add(point, point)
        factor >>= 1
    return found
