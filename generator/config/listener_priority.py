"""The priority of a service's listener rule: from its hosts and paths, or from `route.priority`, and from its name.

A load balancer asks its rules by ascending priority, 1 to 50,000, and the first that matches gets the request (Elastic
Load Balancing User Guide, "Listener rules for your Application Load Balancer"). It refuses a priority that another rule
has. So a priority depends on nothing but the service itself: who comes or goes moves no other. Two services with
different names that exchange their places have different slots, and need no priority that the other one still has.

The order of hosts before paths is that of the Kubernetes Gateway API, HTTPRoute (https://gateway-api.sigs.k8s.io).
"""

from collections.abc import Iterable
from typing import NamedTuple
from zlib import crc32

ANY = "*"
# `route.priority` is a place before everything that is computed, with this many slots each: numbers 1 to 9,800; what is computed follows.
PLACES = 200
_SLOTS = 49
# Paths are ordered by length up to this one; of two equally long ones, that without a wildcard goes first.
LONGEST = 24
_PATH_CLASSES = 2 * LONGEST


class _Area(NamedTuple):
    """Numbers of one kind of hosts: classes of paths with so many slots each, then the rules without a path."""

    start: int
    slots: int
    without_path: int


FIRST_COMPUTED = 10_000
_EXACT = _Area(FIRST_COMPUTED, 320, 12_000)
# Wildcards by their labels, the most first: `*.a.example.com` (5 and more are one class), then 4, 3 and fewer.
_WILDCARDS = tuple(_Area(37_360 + place * 1_500, 30, 60) for place in range(4))
_MOST_LABELS = 5
_EVERY_HOST = _Area(43_360, 138, 16)


def listener_priority(service: str, hosts: Iterable[str], paths: Iterable[str], place: int | None = None) -> int:
    """A priority from 1 to 49,999.

    Args:
        service: the service's name.
        hosts: host patterns of the rule; none for every host.
        paths: path patterns of the rule; none for every path.
        place: `route.priority`, 1 to 200, which goes before everything that is computed.
    """
    hashed = crc32(service.encode())
    if place is not None:
        return (place - 1) * _SLOTS + 1 + hashed % _SLOTS
    # A rule is as specific as the least specific of its patterns.
    area = max((_area(host) for host in hosts), default=_EVERY_HOST)
    rank = min((_path_rank(path) for path in paths), default=0)
    if rank == 0:
        return area.start + _PATH_CLASSES * area.slots + hashed % area.without_path
    return area.start + (_PATH_CLASSES - rank) * area.slots + hashed % area.slots


def open_priority(service: str, hosts: Iterable[str], paths: Iterable[str], place: int | None = None) -> int:
    """The priority of the rule for a service's paths that need no login: in the place before that of its own rule."""
    return listener_priority(service, hosts, paths, None if place is None else place - 1)


def _area(host: str) -> _Area:
    if host == ANY:
        return _EVERY_HOST
    if ANY not in host and "?" not in host:
        return _EXACT
    labels = min(_MOST_LABELS, max(2, host.count(".") + 1))
    return _WILDCARDS[_MOST_LABELS - labels]


def _path_rank(path: str) -> int:
    """0 for every path, else 1 to 48: the longer, the higher, without its `*`; an exact one above a pattern."""
    if path.rstrip(ANY) in {"", "/"} and path.endswith(ANY):
        return 0
    length = max(1, min(LONGEST, len(path.replace(ANY, ""))))
    return 2 * length - 1 + (ANY not in path and "?" not in path)
