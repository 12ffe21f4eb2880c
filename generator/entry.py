"""Entry point of ``slipway`` and ``python -m generator``. Imports nothing that an unchanged build does not need."""

import sys


def main() -> int:
    """Run the command line in ``sys.argv`` and return the exit code."""
    try:
        from generator.cli.parser import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; nothing half-written was left behind, run the same command again\n")
        return 130
    except BrokenPipeError:
        # The reader (head, less) went away: not an error, but Python would print one when it flushes stdout at exit.
        sys.stdout = None  # type: ignore[assignment]
        return 0
