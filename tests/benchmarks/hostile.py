"""Hostile templates: how long, and how large, the worst of a thousand readings is."""

import resource
import time
from pathlib import Path

from generator.preview import bounds
from generator.preview.meaning import meaning
from generator.release.errors import TooLarge
from tests.benchmarks.harness import verdict
from tests.unit.preview.hostile_templates import hostile, many

COUNT = 1000


def measure(_: Path) -> list[bool]:
    """Read them one after another in this process; CPU time counts, and memory is the process's peak beyond its start."""
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest, where, refused = 0.0, "", 0
    for name, size in many(COUNT):
        change = hostile(name, size)
        found = change.change_set
        began = time.process_time()
        try:
            meaning(found, change.before, change.after, region="eu-west-1")
        except TooLarge:
            refused += 1
        took = time.process_time() - began
        if took > slowest:
            slowest, where = took, change.name
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) / 1024
    print(
        f"\nReading {COUNT} hostile templates of up to 1 MB; {refused} are refused past a bound ({bounds.STEPS:,} steps)"
    )
    print(f"  slowest: {where}")
    return [
        verdict("s of the slowest reading", slowest, 1, at_least=False),
        verdict("MiB that a thousand readings add", peak, 200, at_least=False),
    ]
