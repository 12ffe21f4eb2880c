"""What this process holds in memory."""

import os
from pathlib import Path


def resident(process: int | str = "self") -> float:
    """MiB of a process, by its number; of this one."""
    with Path(f"/proc/{process}/statm").open() as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
