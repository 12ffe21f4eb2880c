"""``python -m tests.convergence --pairs 3000``: tell of each pair that does not converge; exit 1 if there is one."""

import argparse
import sys
import time

from tests.convergence.named_stacks import Replaces
from tests.convergence.pairs import run
from tests.fakes import change_set_diff

# A line after so many pairs: a run that was ended goes on from there.
_EVERY = 100


def main() -> int:
    """Run pairs, say how far it is, and print each pair that is wrong as soon as it is found."""
    parser = argparse.ArgumentParser(prog="python -m tests.convergence", description=__doc__)
    parser.add_argument("--pairs", type=int, default=3000)
    parser.add_argument("--configurations", type=int, default=120)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--from", type=int, default=0, dest="first", metavar="PAIR", help="skip the pairs before")
    args = parser.parse_args()
    change_set_diff.REPLACES = Replaces()
    wrong = converged = refused = 0
    _say(f"seed {args.seed}: {args.pairs - args.first} pairs of {args.configurations} configurations")
    for number, pair in enumerate(run(args.pairs, args.configurations, args.seed, args.first), args.first + 1):
        converged += not pair.is_refused and not pair.problem
        refused += pair.is_refused and not pair.problem
        if pair.problem:
            wrong += 1
            _say(f"pair {number}: {pair.problem}")
        if number % _EVERY == 0 or number == args.pairs:
            found = f"{converged} converge, {refused} are refused and plan says so, {wrong} are wrong"
            more = f"; to go on from here: --seed {args.seed} --from {number}" if number < args.pairs else ""
            _say(f"{number} of {args.pairs} pairs: {found}{more}")
    return 1 if wrong else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    # The profile of all tests: no example fails because the machine is busy.
    import tests.conftest  # noqa: F401 - it loads the profile

    sys.exit(main())
