"""Which properties replace a resource: the table of resource schemas that ``python -m tests.aws_tables`` writes.

Source: CloudFormation CLI User Guide, "Resource type schema" (``createOnlyProperties``,
``conditionalCreateOnlyProperties``, ``primaryIdentifier``).
"""

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

DATA = Path(__file__).with_name("data")
Recreation = Literal["Never", "Conditionally", "Always"]
_Row = tuple[list[str], list[str], list[str], str, int]


class _File(msgspec.Struct, frozen=True):
    about: str
    rows: dict[str, _Row]


class Schema(msgspec.Struct, frozen=True):
    """One type. Paths are tuples of keys below the properties, ``*`` for any item of a list."""

    type: str
    create_only: tuple[tuple[str, ...], ...]
    conditional: tuple[tuple[str, ...], ...]
    identifiers: frozenset[str]
    tag_property: str
    updatable: bool  # False: the type has no update at all, so that every change replaces it

    def recreation(self, path: tuple[str, ...]) -> Recreation:
        """What a change at a path of the properties does to the resource. The empty path means all of them."""
        if not self.updatable or any(_covers(pattern, path) for pattern in self.create_only):
            return "Always"
        if any(_covers(pattern, path) for pattern in self.conditional):
            return "Conditionally"
        return "Never"


def schema(kind: str) -> Schema | None:
    """The schema of a resource type. None for a type that is not in the table (custom resources, newer types)."""
    row = _rows().get(kind)
    if row is None:
        return None
    create, conditional, identifiers, tag, updatable = row
    return Schema(kind, _paths(create), _paths(conditional), frozenset(identifiers), tag, bool(updatable))


def known_types() -> tuple[str, ...]:
    """All types of the table."""
    return tuple(_rows())


@cache
def _rows() -> dict[str, _Row]:
    return msgspec.json.decode((DATA / "schemas.json").read_bytes(), type=_File).rows


class _Roles(msgspec.Struct, frozen=True):
    about: str
    rows: dict[str, list[str]]


@cache
def role_properties() -> dict[str, frozenset[str]]:
    """Type to the names of its properties, at any depth, that hold the ARN or name of a role or an instance profile."""
    rows = msgspec.json.decode((DATA / "roles.json").read_bytes(), type=_Roles).rows
    return {kind: frozenset(names) for kind, names in rows.items()}


def _paths(texts: list[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(text.split("/")) for text in texts)


def _covers(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether one path begins with the other, so that a change at one affects the other."""
    return all(want in ("*", got) for want, got in zip(pattern, path, strict=False))
