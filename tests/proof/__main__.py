"""`python -m tests.proof`: releases of `app/` under load, and what they cost. Exits 1 where a bar falls short."""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from tests.proof import report
from tests.proof.bed import STRATEGIES, Bed, bed
from tests.proof.events import EVENTS
from tests.proof.load import missing
from tests.proof.run import Row, play
from tests.sandbox.configurations import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

ORDERS = ("drained", "early")
_PAGE, _RESULTS = ROOT / "docs" / "zero-downtime.md", ROOT / "tests" / "proof" / "results.json"


class Cell(NamedTuple):
    """One field of the table: a strategy, an event, and when SIGTERM comes."""

    strategy: str
    event: str
    order: str


def options(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("--strategies", default=",".join(STRATEGIES))
    parser.add_argument("--events", default=",".join(EVENTS), help="names of the table, with commas between them")
    parser.add_argument("--orders", default=",".join(ORDERS), help="when SIGTERM comes: drained, early")
    parser.add_argument("--seconds", type=int, default=120, help="how long there is load in each run")
    parser.add_argument("--share", type=float, default=1.0, help="of 440 requests a second")
    parser.add_argument(
        "--least",
        type=int,
        default=0,
        help="requests that a run must have had where the bar is 0 of many; fewer is short",
    )
    parser.add_argument("--runs", type=int, default=1, help="how often each, one after the other")
    parser.add_argument("--shard", default="1/1", help="2/8 plays the second of eight parts")
    parser.add_argument("--speed", type=float, default=0.05, help="seconds that one second of AWS's own waits takes")
    parser.add_argument("--write", action="store_true", help="write the table and pictures into docs/zero-downtime.md")
    return parser.parse_args(argv)


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
    played = cells(given)
    rows: list[Row] = []
    with bed(given.speed, tuple(dict.fromkeys(cell.strategy for cell in played))) as found:
        for cell in played:
            for _ in range(given.runs):
                rows.append(run(found, cell, given))
                settle(found, cell.strategy)
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


def cells(given: argparse.Namespace) -> list[Cell]:
    """What is played, in order: the part of it that a shard (`2/8` is the second of eight) is responsible for.

    Raises:
        SystemExit: A word is none of those that are known.
    """
    chosen = []
    for option, known in (("strategies", STRATEGIES), ("events", EVENTS), ("orders", ORDERS)):
        words = getattr(given, option).split(",")
        if unknown := [word for word in words if word not in known]:
            raise SystemExit(f"--{option}: {unknown[0]!r} is unknown; write one of: {', '.join(known)}")
        chosen.append(words)
    number, _, count = given.shard.partition("/")
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise SystemExit(f"--shard {given.shard!r}: write 2/8 for the second of eight parts")
    return [Cell(*words) for words in itertools.product(*chosen)][int(number) - 1 :: int(count)]


def run(found: Bed, cell: Cell, given: argparse.Namespace) -> Row:
    """Play a cell once."""
    event, began = EVENTS[cell.event], time.monotonic()
    row, course = play(found, cell.strategy, event, cell.order, (given.seconds, given.share))
    if event.many and row.requests < given.least:
        row = row._replace(holds=False, problems=f"{row.problems} | only {row.requests} requests")
    sys.stderr.write(f"{time.monotonic() - began:.0f} s: {row}\n")
    if given.write and cell.event == "a good version" and cell.order == "drained":
        title = f"{cell.strategy}: {event.name}, requests by version"
        (_PAGE.parent / f"proof-{cell.strategy}.svg").write_text(report.picture(title, course))
    return row


def settle(found: Bed, strategy: str) -> None:
    """Bring the good version back for the next event."""
    if not found.engine.runs(strategy, "good"):
        found.engine.release(strategy, "good")


if __name__ == "__main__":
    sys.exit(main())
