"""``make attacks``: run what the rows of docs/security.md show, each test by the name that stands there.

``--rows N`` takes N rows by chance, the same for the same ``--seed``; without it all rows are repeated.
"""

import argparse
import random
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "security.md"
_CELL = r" ((?:[^|\\\n]|\\.)+) \|"
_ROW = re.compile(rf"^\|(?! threat|-){_CELL}{_CELL}{_CELL}$", re.MULTILINE)
_SHOWN = re.compile(r"`((?:tests/|python -m )[^`]+)`")


class AttackRow(NamedTuple):
    """A threat, what holds it, and the cell that names its tests."""

    threat: str
    holds: str
    shown: str

    @property
    def tests(self) -> list[str]:
        """The names of its tests as pytest takes them: a file, or a test of it."""
        return [name for name in _SHOWN.findall(self.shown) if name.startswith("tests/")]


def attack_rows(text: str) -> list[AttackRow]:
    """The rows of the tables of attacks."""
    return [AttackRow(*found) for found in _ROW.findall(text)]


def chosen(rows: Sequence[AttackRow], many: int, seed: int) -> list[AttackRow]:
    """So many rows by chance, in the order of the page; all for 0."""
    if not many or many >= len(rows):
        return list(rows)
    return [rows[index] for index in sorted(random.Random(seed).sample(range(len(rows)), many))]  # noqa: S311 - a sample


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tests of the rows; pytest's exit code: 0 where every attack fails, 4 where a name is not a test."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack_rows", description=__doc__)
    parser.add_argument("--rows", type=int, default=0, help="so many rows by chance; all if not given")
    parser.add_argument("--seed", type=int, default=1, help="another choice of rows")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args(arguments)
    rows = chosen(attack_rows(PAGE.read_text()), asked.rows, asked.seed)
    names = list(dict.fromkeys(name for row in rows for name in row.tests))
    sys.stdout.write(f"{len(rows)} rows, {len(names)} tests or files of tests\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "pytest", "-q", "--no-cov", "-n", str(asked.processes), "--dist", "loadscope"]
    return subprocess.run([*command, *names], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
