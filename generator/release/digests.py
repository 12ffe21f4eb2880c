"""Digests, by which everything is compared that was built, published, approved, put into a change set or logged.

They are computed over one canonical form of JSON, which is also how ``slipway build`` writes a template: the digest of
a file below ``build/`` is that of its bytes, of its document read back, and of the same document as CloudFormation
gives it.
"""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

import msgspec

from generator.release.errors import Invalid, TooLarge

# hashlib loads OpenSSL: 2 ms and 3 MiB, more than an unchanged build takes. CPython's own SHA-256 is beneath it.
try:
    from _sha2 import sha256  # type: ignore[import-not-found,unused-ignore] # CPython 3.12 and newer
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found,unused-ignore] # CPython 3.11
    except ImportError:
        from hashlib import sha256


def canonical(document: Any, unwrap: Callable[[Any], Any] | None = None) -> bytes:
    """A JSON document as one sequence of bytes: compact, UTF-8, keys sorted by code point, shortest numbers.

    Integers of any size keep all their digits, and ``1.0`` is not ``1``. ``unwrap`` returns plain data for other
    objects.

    Raises:
        Invalid: it is not JSON: a number that is not finite, half of a surrogate pair, or too many levels of nesting.
        TypeError: a key that is not text, or an object that ``unwrap`` does not know.
    """
    try:
        text = msgspec.json.encode(document, enc_hook=unwrap, order="sorted")
        # msgspec writes null for NaN and the infinities.
        if b"null" in text and not _finite(msgspec.to_builtins(document, enc_hook=unwrap)):
            raise Invalid("this document has a number that is not finite, which JSON can't express; write a number")
    except UnicodeEncodeError as error:
        raise Invalid(f"this document has text that is not Unicode ({error}); write the character itself") from error
    except RecursionError as error:
        raise TooLarge("this document is nested deeper than any template; flatten it") from error
    return text


def digest(content: bytes) -> str:
    """``sha256:`` and 64 hex digits of bytes: of an archive, or of a template that is already canonical."""
    return f"sha256:{sha256(content).hexdigest()}"


def template_digest(template: Mapping[str, Any]) -> str:
    """``sha256:`` and 64 hex digits of a template's canonical form.

    Raises:
        Invalid: as :func:`canonical`.
    """
    return digest(canonical(template))


def hex_digest(document: Any) -> str:
    """64 hex digits of a document's canonical form.

    Raises:
        Invalid: as :func:`canonical`.
    """
    return str(sha256(canonical(document)).hexdigest())


def _finite(plain: Any) -> bool:
    if isinstance(plain, dict):
        return all(map(_finite, plain.values()))
    if isinstance(plain, list | tuple):
        return all(map(_finite, plain))
    return not isinstance(plain, float) or isfinite(plain)
