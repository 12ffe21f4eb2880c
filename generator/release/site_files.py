"""The files of a static site as they are stored: their digest, and how CloudFront and browsers cache each of them."""

from collections.abc import Iterable
from typing import NamedTuple

from generator.release.digests import digest, hex_digest

# The folder of files whose name holds a hash of their content, for all versions of a site.
HASHED = "hashed"
# Browsers ask again each time whether the page is new; CloudFront does so each second (its managed policy
# CachingOptimized: Minimum TTL 1 second).
PAGE_CACHE = "no-cache"
# A file whose name holds a hash never changes (RFC 8246: immutable).
HASHED_CACHE = "public, max-age=31536000, immutable"


class SiteFile(NamedTuple):
    """One file: ``path`` below the site's folder (``assets/index-4f3a.js``). ``hashed`` says that its name holds a hash."""

    path: str
    body: bytes
    content_type: str
    hashed: bool = False

    @property
    def cache(self) -> str:
        """Its header Cache-Control."""
        return HASHED_CACHE if self.hashed else PAGE_CACHE


def site_digest(files: Iterable[SiteFile]) -> str:
    """64 hexadecimal digits that stand for all files: names, contents, types and which of them hold a hash."""
    return hex_digest([[f.path, digest(f.body), f.content_type, f.hashed] for f in sorted(files)])
