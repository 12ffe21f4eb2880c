"""Verifies ECDSA signatures on the curve P-256 (FIPS 186-4, SEC 1) without a library and without asking AWS.

It only ever sees public values, so that its timing tells nothing.
"""

import hashlib

_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
# SubjectPublicKeyInfo of an uncompressed point (RFC 5480): everything before the point is fixed.
_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
Point = tuple[int, int, int]  # Jacobian; z = 0 is infinity
_INFINITY: Point = (1, 1, 0)


def public_key(der: bytes) -> tuple[int, int]:
    """The point of a DER public key as KMS's GetPublicKey gives it.

    Raises:
        ValueError: It is no key of this curve.
    """
    if not der.startswith(_HEAD) or len(der) != len(_HEAD) + 64:
        raise ValueError("this is no public key of the curve P-256")
    x, y = (int.from_bytes(der[start : start + 32], "big") for start in (len(_HEAD), len(_HEAD) + 32))
    if max(x, y) >= _P or (y * y - (x * x * x - 3 * x + _B)) % _P:
        raise ValueError("this point is not on the curve P-256")
    return x, y


def verify(key: tuple[int, int], message: bytes, signature: bytes) -> bool:
    """Whether a DER signature (ECDSA_SHA_256) of a message was made with this key's private half."""
    try:
        r, s = _integers(signature)
    except ValueError:
        return False
    if not (0 < r < _N and 0 < s < _N):
        return False
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    inverse = pow(s, -1, _N)
    x, _, z = _sum((*_G, 1), digest * inverse % _N, (*key, 1), r * inverse % _N)
    return z != 0 and x * pow(z, -2, _P) % _P % _N == r


def _integers(der: bytes) -> tuple[int, int]:
    """The two numbers of ``SEQUENCE { INTEGER r, INTEGER s }`` in its one allowed form."""
    if len(der) < 8 or der[0] != 0x30 or der[1] != len(der) - 2 or der[1] > 127:
        raise ValueError("no sequence")
    found, at = [], 2
    for _ in range(2):
        if at + 2 > len(der) or der[at] != 0x02:
            raise ValueError("no integer")
        size = der[at + 1]
        raw = der[at + 2 : at + 2 + size]
        if not 0 < size == len(raw) or raw[0] > 127 or (len(raw) > 1 and raw[0] == 0 and raw[1] < 128):
            raise ValueError("no positive integer in its shortest form")
        found.append(int.from_bytes(raw, "big"))
        at += 2 + size
    if at != len(der):
        raise ValueError("something follows")
    return found[0], found[1]


def _sum(first: Point, times: int, second: Point, others: int) -> Point:
    """``times * first + others * second``, both at once from the highest bit (Shamir's trick)."""
    both = _add(first, second)
    found = _INFINITY
    for bit in range(max(times.bit_length(), others.bit_length()) - 1, -1, -1):
        found = _double(found)
        match times >> bit & 1, others >> bit & 1:
            case 1, 1:
                found = _add(found, both)
            case 1, 0:
                found = _add(found, first)
            case 0, 1:
                found = _add(found, second)
    return found


def _double(point: Point) -> Point:
    x, y, z = point
    if not z or not y:
        return _INFINITY
    square = y * y % _P
    middle = 4 * x * square % _P
    slope = 3 * (x - z * z) * (x + z * z) % _P  # a is -3
    new = (slope * slope - 2 * middle) % _P
    return new, (slope * (middle - new) - 8 * square * square) % _P, 2 * y * z % _P


def _add(left: Point, right: Point) -> Point:
    if not left[2]:
        return right
    if not right[2]:
        return left
    zz1, zz2 = left[2] * left[2] % _P, right[2] * right[2] % _P
    u1, u2 = left[0] * zz2 % _P, right[0] * zz1 % _P
    s1, s2 = left[1] * zz2 * right[2] % _P, right[1] * zz1 * left[2] % _P
    if u1 == u2:
        return _double(left) if s1 == s2 else _INFINITY
    step, turn = (u2 - u1) % _P, (s2 - s1) % _P
    square = step * step % _P
    cube, middle = square * step % _P, u1 * square % _P
    x = (turn * turn - cube - 2 * middle) % _P
    return x, (turn * (middle - x) - s1 * cube) % _P, step * left[2] * right[2] % _P
