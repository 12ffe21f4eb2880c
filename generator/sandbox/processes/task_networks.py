"""Network namespaces for tasks: each has the ports of an address of its own, where root may create them."""

from __future__ import annotations

import functools
import ipaddress
import itertools
import os
import shutil
import subprocess
from typing import NamedTuple

# Not routed on any network of people that we know of; the pairs of addresses are taken one after the other.
_BLOCK = ipaddress.ip_network("10.213.0.0/16")
_numbers = itertools.cycle(range(0, _BLOCK.num_addresses, 4))


class Pair(NamedTuple):
    """The two ends of a task's network: this machine's address, and the task's."""

    host: str
    task: str


@functools.cache
def possible() -> bool:
    """Whether this machine lets us create network namespaces."""
    if os.geteuid() != 0 or not all(shutil.which(name) for name in ("ip", "nsenter", "unshare")):
        return False
    run = subprocess.run(
        ["unshare", "--net", "ip", "link", "add", "probe", "type", "veth"], check=False, capture_output=True
    )
    return run.returncode == 0


def pair() -> Pair:
    """Two addresses of a network of four."""
    first = int(_BLOCK.network_address) + next(_numbers)
    return Pair(str(ipaddress.ip_address(first + 1)), str(ipaddress.ip_address(first + 2)))
