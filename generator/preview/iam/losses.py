"""What a change takes away: the difference, read the other way round."""

from generator.preview import display_names
from generator.preview.change_context import ChangeContext
from generator.preview.iam import actions
from generator.preview.iam.difference import Gained, fallen, gained
from generator.preview.iam.resource_policies import PolicySubject, guarded
from generator.preview.iam.subjects import NOBODY, holders


def losses(context: ChangeContext, name: str) -> tuple[str, ...]:
    """Sentences for the rights that a changed resource takes away from somebody; empty if it takes none."""
    return tuple(dict.fromkeys([*_of_holders(context, name), *_of_resources(context, name)]))


def _of_holders(context: ChangeContext, name: str) -> list[str]:
    found: list[str] = []
    old, new = holders(context, new=False), holders(context, new=True)
    for holder in sorted(set(old) | set(new)):
        before, after = old.get(holder, NOBODY), new.get(holder, NOBODY)
        if name not in before.from_ | after.from_:
            continue
        who = display_names.role(context, holder)
        found += [f"{who} loses {_some(row)}" for row in gained(after.rows, before.rows)]
        if after.boundary is not None and after.boundary != before.boundary:
            found.append(f"{who} gets another limit, the boundary {after.boundary.arn}")
    return found


def _of_resources(context: ChangeContext, name: str) -> list[str]:
    found: list[str] = []
    old, new = guarded(context, new=False), guarded(context, new=True)
    for key in sorted(set(old) | set(new)):
        nothing = PolicySubject(*key, (), frozenset())
        before, after = old.get(key, nothing), new.get(key, nothing)
        if name not in before.from_ | after.from_:
            continue
        lost = gained(after.rows, before.rows)
        found += [f"{display_names.principal(context, row.principals.patterns[0])} loses {_some(row)}" for row in lost]
        found += [
            f"{display_names.some(actions.named(some, row.patterns))} is denied"
            for row, some in fallen(after.rows, before.rows)
        ]
    return found


def _some(row: Gained) -> str:
    return display_names.some(actions.named(row.actions, row.patterns)) or "rights"
