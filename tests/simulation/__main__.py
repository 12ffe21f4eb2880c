"""``make simulate``: many small schedules with all that can happen, then one large one; the seed of a failure is told."""

import argparse
import sys
import time
from collections.abc import Sequence

from tests.simulation.schedules import drawn, large
from tests.simulation.world import World


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both; 1 if an invariant does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=2000, help="how many small schedules")
    parser.add_argument("--services", type=int, default=5000, help="of the large one; 0 leaves it out")
    parser.add_argument("--workers", type=int, default=200, help="of the large one")
    asked = parser.parse_args(arguments)
    failed = small(asked.first, asked.seeds)
    if asked.services:
        failed += not held(World(asked.first, large(asked.first, asked.workers, asked.services)), 6 * 3600.0)
    return 1 if failed else 0


def small(first: int, many: int) -> int:
    """So many small schedules; how many did not hold."""
    began, failed, switches = time.process_time(), 0, 0
    for seed in range(first, first + many):
        world = World(seed, drawn(seed))
        failed += not held(world, 7200.0, tell=False)
        switches += world.time.switches
    took = time.process_time() - began
    print(
        f"{many} schedules in {took:.0f} s of CPU ({many / took * 60:.0f} a minute, {switches:,} steps): {failed} failed"
    )
    return failed


def held(world: World, within: float, *, tell: bool = True) -> bool:
    """Whether everything held in one schedule."""
    began = time.process_time()
    try:
        took = world.play(within)
    except AssertionError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return False
    if tell:
        plan, calls = world.plan, sum(world.calls.values())
        print(
            f"{plan.services} services, {plan.workers} workers: {took:.0f} s of virtual time in "
            f"{time.process_time() - began:.0f} s of CPU, {calls / plan.services:.0f} calls a release, "
            f"longest takeover {max(world.takeovers, default=0.0):.1f} s, {world.lost} saves lost to others"
        )
    return True


if __name__ == "__main__":
    sys.exit(main())
