"""Listener-rule priorities: stable without being written down."""

from zlib import crc32

# Explicit priorities are free below this; what is derived stays above, so the two never meet by accident.
DERIVED_FROM = 10_000


def default_priority(service: str) -> int:
    """A priority from 10,000 to 49,999 that depends on the service's name alone, so that adding one moves no other."""
    return DERIVED_FROM + crc32(service.encode()) % 40_000
