"""What this process holds in memory."""

import os
from pathlib import Path


def resident() -> float:
    """MiB of this process."""
    with Path("/proc/self/statm").open() as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
