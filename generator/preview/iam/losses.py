"""Permissions that a change removes: the difference in the other direction."""

from generator.preview import display_names
from generator.preview.change_context import ChangeContext
from generator.preview.iam import actions
from generator.preview.iam.difference import GainedActions, gained_actions, lost_denials
from generator.preview.iam.gain_sentences import principals_text, shown_action
from generator.preview.iam.resource_policies import NO_POLICY, policy_subjects
from generator.preview.iam.subjects import NOBODY, principals_by_id


def losses(context: ChangeContext, name: str) -> tuple[str, ...]:
    """Sentences for the permissions that a changed resource removes. Empty if it removes none."""
    return tuple(dict.fromkeys([*_of_holders(context, name), *_of_resources(context, name)]))


def _of_holders(context: ChangeContext, name: str) -> list[str]:
    found: list[str] = []
    old, new = principals_by_id(context, new=False), principals_by_id(context, new=True)
    for holder in sorted(set(old) | set(new)):
        before, after = old.get(holder, NOBODY), new.get(holder, NOBODY)
        if name not in before.from_ | after.from_:
            continue
        who = display_names.role(context, holder)
        found += [f"{who} loses {_some(row)}" for row in gained_actions(after.rows, before.rows)]
        if after.boundary is not None and after.boundary != before.boundary:
            found.append(f"{who} gets another permissions boundary, {after.boundary.name}")
    return found


def _of_resources(context: ChangeContext, name: str) -> list[str]:
    found: list[str] = []
    old, new = policy_subjects(context, new=False), policy_subjects(context, new=True)
    for key in sorted(set(old) | set(new)):
        before, after = old.get(key, NO_POLICY), new.get(key, NO_POLICY)
        if name not in before.from_ | after.from_:
            continue
        lost = gained_actions(after.rows, before.rows)
        found += [f"{principals_text(context, row.principals)} loses {_some(row)}" for row in lost]
        found += [
            f"{display_names.joined(map(shown_action, actions.action_names(some, row.patterns)))} is denied"
            for row, some in lost_denials(after.rows, before.rows)
        ]
    return found


def _some(row: GainedActions) -> str:
    return display_names.joined(map(shown_action, actions.action_names(row.actions, row.patterns)))
