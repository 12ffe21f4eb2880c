"""Sources and ports as sets, for comparing what was open with what will be."""

import ipaddress
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from generator.preview.bounds import spend

Json = Any
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PUBLIC = ("0.0.0.0/0", "::/0")
_PRIVATE = [
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
]
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}


class Opening(NamedTuple):
    """An opening: who may send to which ports. ``source`` is a CIDR, or the text of a group or prefix list."""

    source: str
    protocol: str  # tcp, udp, icmp, "-1" for all
    first: int
    last: int


def opening(source: Json, protocol: Json, first: Json, last: Json) -> Opening:
    """A rule's opening. Ports that are not known count as all of them."""
    name = str(protocol if protocol is not None else "-1").lower()
    name = _PROTOCOLS.get(name, name)
    if name not in ("tcp", "udp"):
        return Opening(normalized_cidr(str(source)), name, 0, 65535)
    low, high = _port(first, 0), _port(last, 65535)
    return Opening(normalized_cidr(str(source)), name, low, high)


def _port(value: Json, otherwise: int) -> int:
    try:
        return otherwise if int(value) < 0 else int(value)
    except (TypeError, ValueError):
        return otherwise


def normalized_cidr(text: str) -> str:
    """A CIDR in its shortest form. Other texts as they are."""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return text


def newly_opened(before: Iterable[Opening], after: Iterable[Opening]) -> list[Opening]:
    """What ``after`` lets through and ``before`` did not, port by port, sorted."""
    old = [(_network(row.source), row) for row in sorted(set(before))]
    found: list[Opening] = []
    for row in sorted(set(after)):
        left, mine = [(row.first, row.last)], _network(row.source)
        spend(10 * len(old))
        for network, other in old:
            if other.protocol in ("-1", row.protocol) and (row.source == other.source or _within(mine, network)):
                left = [part for gap in left for part in _minus(gap, (other.first, other.last))]
        found += [row._replace(first=first, last=last) for first, last in left]
    return found


def _minus(gap: tuple[int, int], taken: tuple[int, int]) -> list[tuple[int, int]]:
    first, last = gap
    parts = [(first, min(last, taken[0] - 1)), (max(first, taken[1] + 1), last)]
    return [(low, high) for low, high in parts if low <= high]


def _network(source: str) -> _Network | None:
    try:
        return ipaddress.ip_network(source)
    except ValueError:
        return None


def _within(inner: _Network | None, outer: _Network | None) -> bool:
    if inner is None or outer is None:
        return False
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def is_public(source: str) -> bool:
    """Whether a source contains public addresses that belong to no particular organization."""
    if source in _PUBLIC:
        return True
    try:
        network = ipaddress.ip_network(source)
    except ValueError:
        return False
    private = any(network.version == own.version and network.subnet_of(own) for own in _PRIVATE)  # type: ignore[arg-type]
    return not private and network.prefixlen < (8 if network.version == 4 else 16)


def source_name(source: str) -> str:  # noqa: PLR0911 - one line for each kind of source
    """A source for people."""
    if source in _PUBLIC:
        return f"everybody on the internet ({source})"
    token = re.fullmatch(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z0-9]+)?\}", source)
    if token:
        return f"whatever is in {token.group(1)}"
    if "${Fn::" in source or source.startswith("(Truncated"):
        return "a source that the templates do not determine"
    if source.startswith("sg-"):
        return f"whatever is in group {source}"
    if source.startswith("pl-"):
        return f"the addresses of list {source}"
    try:
        network = ipaddress.ip_network(source)
    except ValueError:
        return source
    private = any(network.version == own.version and network.subnet_of(own) for own in _PRIVATE)  # type: ignore[arg-type]
    return f"{'the network' if private else 'the internet addresses'} {source}"


def port_text(row: Opening) -> str:
    """Ports for people: ``tcp 5432``, ``udp 1-1023``, ``every port``."""
    if row.protocol == "-1":
        return "every port"
    if row.protocol not in ("tcp", "udp"):
        return row.protocol
    if (row.first, row.last) == (0, 65535):
        return f"every {row.protocol} port"
    return f"{row.protocol} {row.first}" if row.first == row.last else f"{row.protocol} {row.first}-{row.last}"
