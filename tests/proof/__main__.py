"""`python -m tests.proof`: releases of `app/` under load, and what they cost. Exits 1 where a bar falls short."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time

from tests.proof import report
from tests.proof.bed import STRATEGIES, Bed, bed, key_of
from tests.proof.events import EVENTS
from tests.proof.load import missing
from tests.proof.run import Row, play
from tests.sandbox.configurations import ROOT

_PAGE, _RESULTS = ROOT / "docs" / "zero-downtime.md", ROOT / "tests" / "proof" / "results.json"


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("--strategies", default=",".join(STRATEGIES))
    parser.add_argument("--events", default=",".join(EVENTS), help="names of the table, with commas between them")
    parser.add_argument("--orders", default="drained,early", help="when SIGTERM comes: drained, early")
    parser.add_argument("--seconds", type=int, default=120, help="how long there is load in each run")
    parser.add_argument("--share", type=float, default=1.0, help="of 440 requests a second")
    parser.add_argument("--least", type=int, default=0, help="requests that a run must have had; fewer is short")
    parser.add_argument("--runs", type=int, default=1, help="how often, one after the other")
    parser.add_argument("--speed", type=float, default=0.05, help="seconds that one second of AWS's own waits takes")
    parser.add_argument("--write", action="store_true", help="write the table and pictures into docs/zero-downtime.md")
    return parser.parse_args()


def install() -> None:
    """Install the Debian packages that are missing, where that is allowed.

    Raises:
        SystemExit: They can't be installed; the text says how.
    """
    packages = missing()
    if not packages:
        return
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    sys.stderr.write(f"the proof needs {', '.join(packages)}\n")
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(command, check=False, stdout=sys.stderr)
    if missing():
        raise SystemExit(f"install them with: sudo {' '.join(command)}")


def main() -> int:
    """Play what was asked for; 1 where a bar falls short."""
    given = options()
    install()
    strategies = tuple(s for s in STRATEGIES if s in given.strategies.split(","))
    events = [EVENTS[name] for name in given.events.split(",")]
    rows: list[Row] = []
    drawn: set[str] = set()
    with bed(given.speed, strategies) as found:
        for strategy in [s for s in strategies for _ in range(given.runs)]:
            for event in events:
                for order in given.orders.split(","):
                    began = time.monotonic()
                    row, course = play(found, strategy, event, order, (given.seconds, given.share))
                    if row.requests < given.least:
                        row = row._replace(holds=False, problems=f"{row.problems} | only {row.requests} requests")
                    rows.append(row)
                    sys.stderr.write(f"{time.monotonic() - began:.0f} s: {row}\n")
                    if given.write and strategy not in drawn:
                        drawn.add(strategy)
                        title = f"{strategy}: {event.name}, requests by version"
                        (_PAGE.parent / f"proof-{strategy}.svg").write_text(report.picture(title, course))
                    if event.name != "rollback afterwards":
                        settle(found, strategy)
    sys.stdout.write(report.table(rows) + "\n")
    if given.write:
        kept = [Row(**row) for row in report.keep(_RESULTS, rows)]
        report.into(_PAGE, report.table(kept))
    short = [row for row in rows if not row.holds]
    for row in short:
        sys.stdout.write(
            f"falls short: {row.strategy}, {row.event}, {row.order}: {row.failed} failed. {row.problems}\n"
        )
    return 1 if short else 0


def settle(found: Bed, strategy: str) -> None:
    """Bring the good version back for the next event."""
    image = found.image(strategy, "good")
    service = found.client("ecs").describe_services(
        cluster=found.names(strategy)[0], services=[found.names(strategy)[1]]
    )
    definition = service["services"][0]["taskDefinition"]
    shape = found.client("ecs").describe_task_definition(taskDefinition=definition)["taskDefinition"]
    if shape["containerDefinitions"][0]["image"] != image:
        found.fleet.release(key_of(strategy), image)


if __name__ == "__main__":
    sys.exit(main())
