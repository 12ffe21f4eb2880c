"""``python -m tests.convergence --pairs 3000``: tell of each pair that does not converge; exit 1 if there is one."""

import argparse
import sys
import time

from tests.convergence.named_stacks import Replaces
from tests.convergence.pairs import run
from tests.fakes import change_set_diff


def main() -> int:
    """Run pairs and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.convergence", description=__doc__)
    parser.add_argument("--pairs", type=int, default=3000)
    parser.add_argument("--configurations", type=int, default=120)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    args = parser.parse_args()
    change_set_diff.REPLACES = Replaces()
    wrong = converged = refused = 0
    for pair in run(args.pairs, args.configurations, args.seed):
        converged += not pair.ended.failed and not pair.problem
        refused += bool(pair.ended.failed) and not pair.problem
        if pair.problem:
            wrong += 1
            sys.stdout.write(f"{pair.problem}\n")
    sys.stdout.write(
        f"seed {args.seed}: {args.pairs} pairs of {args.configurations} configurations: {converged} converge, {refused} are "
        f"refused and plan says so, {wrong} are wrong\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    # The profile of all tests: no example fails because the machine is busy.
    import tests.conftest  # noqa: F401 - it loads the profile

    sys.exit(main())
