"""Digests of templates: what was published, what a change set carries and what a stack has are compared by them."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical(document: Any) -> bytes:
    """A JSON document as one sequence of bytes, whatever the order of its keys: compact JSON, sorted, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def template_digest(template: Mapping[str, Any]) -> str:
    """``sha256:`` and 64 hex digits of the canonical form."""
    return f"sha256:{hashlib.sha256(canonical(template)).hexdigest()}"


def hex_digest(document: Any) -> str:
    """64 hex digits of a document's canonical JSON."""
    return hashlib.sha256(canonical(document)).hexdigest()
