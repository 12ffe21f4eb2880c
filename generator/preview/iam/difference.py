"""What some statements allow that others did not.

For each thing that is allowed afterwards (actions on a resource, for a principal, under conditions) the old statements
are asked whether one of them covers it whole; a denial counts against, unless the new side denies it as well. Coverage
by several old statements together counts for actions, not for parts of one resource pattern: there the answer errs
towards a gain. Source: IAM User Guide, "Policy evaluation logic".
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from generator.preview.bounds import spend
from generator.preview.iam import actions
from generator.preview.iam.action_set import NO_ACTIONS, ActionSet
from generator.preview.iam.conditions import implies
from generator.preview.iam.statements import PatternSet, Statement, within


class GainedActions(NamedTuple):
    """Actions that are allowed on a resource and were not. ``certain`` is False if that can't be determined."""

    actions: ActionSet
    patterns: tuple[str, ...]
    resource: PatternSet
    principals: PatternSet
    statement: Statement
    certain: bool = True


def gained_actions(before: Sequence[Statement], after: Sequence[Statement]) -> tuple[GainedActions, ...]:
    """Everything that ``after`` allows and ``before`` did not. Independent of order. Empty if nothing was gained."""
    old, denied_old = _split(before)
    new, denied_new = _split(after)
    same_denials = set(denied_old) <= set(denied_new)
    known = set(old)
    found: dict[tuple[PatternSet, PatternSet, Statement], GainedActions] = {}
    for statement in sorted(set(new), key=_order):
        spend(1 + 2 * len(statement.resources.patterns) * len(statement.principals.patterns))
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
) -> list[GainedActions]:
    """What one piece (one resource pattern, one principal) allows in addition: what is certain, and what is possible."""
    asked = piece.actions - _denied(piece, denied_new)
    covered, perhaps = _covered(piece, asked, old)
    rows: list[GainedActions] = []
    for denial, some in _undenied(piece, denied_old, denied_new):
        both = actions.intersection(some, covered)
        if not both:
            continue
        conditions = tuple(sorted({*piece.conditions, *denial.conditions}))
        if denial.resources.covers(piece.resources):
            rows.append(_row(piece._replace(conditions=conditions), both, certain=piece.certain))
        elif piece.resources.covers(denial.resources):
            within_it = piece._replace(conditions=conditions, resources=denial.resources)
            rows.append(_row(within_it, both, certain=piece.certain))
        else:
            rows.append(_row(piece._replace(conditions=conditions), both, certain=False))
    missing = asked - covered
    if missing - perhaps:
        rows.append(_row(piece, missing - perhaps, certain=piece.certain))
    if missing & perhaps:
        rows.append(_row(piece, missing & perhaps, certain=False))
    return rows


def _covered(piece: Statement, asked: ActionSet, old: Sequence[Statement]) -> tuple[ActionSet, ActionSet]:
    """The wanted actions that old statements allow for the whole piece, and those that they may allow."""
    covered: ActionSet = NO_ACTIONS
    perhaps: ActionSet = NO_ACTIONS
    spend(len(old))
    for row in old:
        meant = actions.intersection(row.actions, asked)
        if meant and row.resources.covers(piece.resources) and within(piece.principals, row.principals):
            verdict = implies(piece.conditions, row.conditions)
            if verdict == "yes" and (row.certain or row == piece):
                covered |= meant
            elif verdict != "no":
                perhaps |= meant
    return covered, perhaps


def _row(piece: Statement, some: ActionSet, *, certain: bool) -> GainedActions:
    return GainedActions(some, piece.patterns, piece.resources, piece.principals, piece, certain)


def _denied(piece: Statement, denials: Iterable[Statement]) -> ActionSet:
    """The actions that are denied for the whole piece."""
    found: ActionSet = NO_ACTIONS
    for row in denials:
        if (
            row.resources.covers(piece.resources)
            and within(piece.principals, row.principals)
            and implies(piece.conditions, row.conditions) == "yes"
        ):
            found |= actions.intersection(row.actions, piece.actions)
    return found


def _undenied(
    piece: Statement, old: Iterable[Statement], new: Sequence[Statement]
) -> list[tuple[Statement, ActionSet]]:
    """Old denials that may have refused a part of a piece, each with the actions that no new one refuses as widely."""
    found = []
    for row in old:
        if not row.resources.meets(piece.resources):
            continue
        if not (row.principals.meets(piece.principals) or within(piece.principals, row.principals)):
            continue
        left = row.actions - _kept(row, new)
        if left:
            found.append((row, left))
    return found


def _kept(row: Statement, denials: Iterable[Statement]) -> ActionSet:
    """The actions of a denial that other denials refuse at least as widely."""
    kept: ActionSet = NO_ACTIONS
    for other in denials:
        covers = other.resources.covers(row.resources) and other.principals.covers(row.principals)
        if covers and implies(row.conditions, other.conditions) == "yes":
            kept |= actions.intersection(other.actions, row.actions)
    return kept


def lost_denials(before: Sequence[Statement], after: Sequence[Statement]) -> tuple[tuple[Statement, ActionSet], ...]:
    """Denials of ``before``, each with the actions that no denial of ``after`` refuses as widely."""
    _, old = _split(before)
    _, new = _split(after)
    left = [(row, row.actions - _kept(row, new)) for row in sorted(set(old) - set(new), key=_order)]
    return tuple((row, some) for row, some in left if some)
