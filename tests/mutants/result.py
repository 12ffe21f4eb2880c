"""What became of one mutant."""

from typing import NamedTuple


class Result(NamedTuple):
    """A mutant of a file: the line before and after where it lives, and whether a test noticed."""

    path: str
    change: str
    killed: bool
