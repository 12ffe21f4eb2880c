"""What some statements allow that others did not.

For each thing that is allowed afterwards (actions on a resource, for a principal, under conditions) the old statements
are asked whether one of them covers it whole; a denial counts against, unless the new side denies it as well. Coverage
by several old statements together counts for actions, not for parts of one resource pattern: there the answer errs
towards a gain. Source: IAM User Guide, "Policy evaluation logic".
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from generator.preview.iam import actions
from generator.preview.iam.conditions import implies
from generator.preview.iam.statements import Region, Statement, within


class Gained(NamedTuple):
    """Actions that are allowed on a resource and were not. ``certain`` is False where that can't be settled."""

    actions: frozenset[str]
    patterns: tuple[str, ...]
    resource: Region
    principals: Region
    statement: Statement
    certain: bool = True
    before: str = ""  # what held before, if it is the conditions alone that changed


def gained(before: Sequence[Statement], after: Sequence[Statement]) -> tuple[Gained, ...]:
    """Everything that ``after`` allows and ``before`` did not. Independent of order; empty if nothing was gained."""
    old, denied_old = _split(before)
    new, denied_new = _split(after)
    same_denials = set(denied_old) <= set(denied_new)
    known = set(old)
    found: dict[tuple[Region, Region, Statement], Gained] = {}
    for statement in sorted(set(new), key=_order):
        if same_denials and statement in known:
            continue
        for resource in statement.resources.pieces():
            for principal in statement.principals.pieces():
                piece = statement._replace(resources=resource, principals=principal)
                for row in _gained(piece, old, denied_old, denied_new):
                    found[resource, principal, row.statement._replace(certain=row.certain)] = row
    return tuple(found.values())


def _order(row: Statement) -> tuple[object, ...]:
    return (row.effect, row.patterns, row.resources, row.principals, row.conditions, len(row.actions), row.certain)


def _split(rows: Iterable[Statement]) -> tuple[list[Statement], list[Statement]]:
    listed = list(rows)
    return [row for row in listed if row.effect == "Allow"], [row for row in listed if row.effect == "Deny"]


def _gained(
    piece: Statement, old: Sequence[Statement], denied_old: Sequence[Statement], denied_new: Sequence[Statement]
) -> list[Gained]:
    """What one piece (one resource pattern, one principal) allows anew: what is sure, and what may be."""
    wanted = piece.actions - _denied(piece, denied_new)
    covered: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()
    for row in old:
        meant = actions.of_both(row.actions, wanted)
        if not meant:
            continue
        if row.resources.covers(piece.resources) and within(piece.principals, row.principals):
            match implies(piece.conditions, row.conditions):
                case "yes":
                    if row.certain or row == piece:
                        covered |= meant
                    else:
                        perhaps |= meant
                case "unknown":
                    perhaps |= meant
                case "no":
                    pass
    undenied = _undenied(piece, denied_old, denied_new)
    missing = wanted - (covered - undenied)
    sure = missing - perhaps - (undenied & covered if _vague(piece, denied_old) else frozenset())
    unsure = missing - sure
    rows = []
    if sure:
        rows.append(_row(piece, sure, certain=piece.certain))
    if unsure:
        rows.append(_row(piece, unsure, certain=False))
    return rows


def _row(piece: Statement, some: frozenset[str], *, certain: bool) -> Gained:
    return Gained(some, piece.patterns, piece.resources, piece.principals, piece, certain)


def _denied(piece: Statement, denials: Iterable[Statement]) -> frozenset[str]:
    """The actions that are denied for all of a piece."""
    found: frozenset[str] = frozenset()
    for row in denials:
        if (
            row.certain
            and row.resources.covers(piece.resources)
            and within(piece.principals, row.principals)
            and implies(piece.conditions, row.conditions) == "yes"
        ):
            found |= actions.of_both(row.actions, piece.actions)
    return found


def _undenied(piece: Statement, old: Iterable[Statement], new: Sequence[Statement]) -> frozenset[str]:
    """Actions that an old denial may have refused for part of a piece, and that no new denial refuses as widely."""
    found: frozenset[str] = frozenset()
    for row in old:
        if not row.actions & piece.actions or not row.resources.meets(piece.resources):
            continue
        if not (row.principals.meets(piece.principals) or within(piece.principals, row.principals)):
            continue
        kept: frozenset[str] = frozenset()
        for other in new:
            if (
                other.certain
                and other.resources.covers(row.resources)
                and other.principals.covers(row.principals)
                and implies(row.conditions, other.conditions) == "yes"
            ):
                kept |= other.actions
        found |= row.actions - kept
    return found


def _vague(piece: Statement, denials: Iterable[Statement]) -> bool:
    """Whether the denials around a piece hit only part of it, or only perhaps."""
    return any(
        row.conditions or not row.certain or not row.resources.covers(piece.resources)
        for row in denials
        if row.actions & piece.actions and row.resources.meets(piece.resources)
    )


def fallen(before: Sequence[Statement], after: Sequence[Statement]) -> tuple[tuple[Statement, frozenset[str]], ...]:
    """Denials of ``before``, each with the actions that no denial of ``after`` refuses as widely."""
    _, old = _split(before)
    _, new = _split(after)
    found = []
    for row in sorted(set(old) - set(new), key=_order):
        kept: frozenset[str] = frozenset()
        for other in new:
            covers = other.resources.covers(row.resources) and other.principals.covers(row.principals)
            if other.certain and covers and implies(row.conditions, other.conditions) == "yes":
                kept |= actions.of_both(other.actions, row.actions)
        if row.actions - kept:
            found.append((row, row.actions - kept))
    return tuple(found)
