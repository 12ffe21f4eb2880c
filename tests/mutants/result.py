"""What became of one mutant."""

from typing import NamedTuple


class Result(NamedTuple):
    """A mutant of a file: the lines before and after, and whether a test noticed."""

    path: str
    change: str
    killed: bool
