"""SHA-256 and BLAKE2 without OpenSSL: ``hashlib`` loads it for 3 ms and 3 MiB, more than an unchanged stack costs."""

try:
    from _sha2 import sha256  # type: ignore[import-not-found,unused-ignore] # CPython 3.12 and newer
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found,unused-ignore] # CPython 3.11
    except ImportError:
        from hashlib import sha256

try:
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

__all__ = ["blake2b", "digest", "sha256"]


def digest(body: bytes) -> str:
    """``sha256:`` and the hex digest."""
    return f"sha256:{sha256(body).hexdigest()}"
