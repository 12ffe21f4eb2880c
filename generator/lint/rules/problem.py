"""One place of a template where a rule is broken."""

from typing import NamedTuple


class Problem(NamedTuple):
    """One place in the raw template where a rule is broken.

    `path` walks the template as written, through any `Fn::If`; `message` states the fact, without a full stop.
    """

    path: tuple[str | int, ...]
    message: str
