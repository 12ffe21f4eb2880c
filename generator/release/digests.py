"""Digests of JSON documents: the same for the same meaning, whoever wrote them."""

import hashlib
import json
from typing import Any


def canonical(document: Any) -> bytes:
    """A JSON document as bytes: keys sorted, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def template_digest(template: Any) -> str:
    """``sha256:`` and 64 hex digits of a parsed template's canonical JSON."""
    return "sha256:" + hashlib.sha256(canonical(template)).hexdigest()


def hex_digest(document: Any) -> str:
    """64 hex digits of a document's canonical JSON."""
    return hashlib.sha256(canonical(document)).hexdigest()
