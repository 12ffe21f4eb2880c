"""Sentences about gains. The same actions on several resources are one sentence."""

from collections.abc import Iterable

from generator.preview import display_names
from generator.preview.bounds import spend
from generator.preview.change_context import ChangeContext
from generator.preview.iam import actions, managed
from generator.preview.iam.action_set import ActionSet
from generator.preview.iam.conditions import Conditions, condition_text
from generator.preview.iam.difference import GainedActions
from generator.preview.iam.escalation import escalation
from generator.preview.iam.statements import ANY, PatternSet, Statement
from generator.release.model.preview import Gain

_A_SENTENCE = 100  # steps


def grouped_gains(
    context: ChangeContext, who: str, logical_id: str, rows: Iterable[GainedActions], limit: str = ""
) -> Iterable[Gain]:
    """One gain for the same actions under the same conditions on several resources."""
    grouped: dict[tuple[tuple[str, ...], tuple[str, ...], Conditions, bool, str], list[PatternSet]] = {}
    listed = list(rows)
    for row in [row for row in listed if row.certain and _everything(row)] or listed:
        spend(_A_SENTENCE)
        policies = tuple(managed.placeholder_arns(row.actions))
        plain = row.actions - ActionSet(name for name in row.actions.odd if name.startswith("managed:"))
        ways = escalation(plain, all_of_it=managed.is_administrator(plain))
        if plain:
            key = (actions.action_names(plain, row.patterns), (), row.statement.conditions, row.certain, ways)
            grouped.setdefault(key, []).append(row.resource)
        if policies:
            grouped.setdefault(((), policies, row.statement.conditions, row.certain, ""), []).append(row.resource)
    for (names, policies, conditions, certain, ways), regions in grouped.items():
        where = display_names.joined(_where(context, region) for region in dict.fromkeys(sorted(regions)))
        shown_names = display_names.joined(map(shown_action, names))
        allows = display_names.joined(managed.name_of(arn) for arn in policies)
        what = f"all that {allows} allows" if policies else f"{shown_names} on {where}"
        how = f" if {condition_text(conditions)}" if conditions else ""
        bound = f", as far as its permissions boundary {managed.name_of(limit).strip('${}')} allows" if limit else ""
        yield Gain(
            who=who,
            logical_id=logical_id,
            sentence=f"{who} {'gains' if certain or limit else 'may gain'} {what}{how}{bound}",
            actions=names or tuple(f"managed:{arn}" for arn in policies),
            resources=tuple(sorted({str(region) for region in regions})),
            escalation=ways,
            certain=certain,
        )


def principals_text(context: ChangeContext, who: PatternSet) -> str:
    """Principals for people, or everybody with exceptions."""
    listed = display_names.joined(display_names.principal(context, pattern) for pattern in who.patterns)
    return f"everybody but {listed}" if who.inverted else listed


def shown_action(name: str) -> str:
    """An action for people. All actions, and the placeholder of a managed policy, are described in words."""
    if name.startswith("*"):
        return "every action" + name[1:]
    return f"all that {managed.name_of(name)} allows" if name.startswith("managed:") else name


def _everything(row: GainedActions) -> bool:
    """Every action on everything. Every other gain is part of it."""
    return managed.is_administrator(row.actions) and row.resource == ANY and not row.statement.conditions


def _where(context: ChangeContext, region: PatternSet) -> str:
    listed = display_names.joined(display_names.resource(context, pattern) for pattern in region.patterns)
    return f"everything but {listed}" if region.inverted else listed


def no_longer_denied(
    context: ChangeContext,
    logical_id: str,
    rows: Iterable[tuple[Statement, ActionSet]],
    *,
    who: str = "",
    what: str = "",
) -> Iterable[Gain]:
    """Denials that no longer apply: a principal that another policy allows it may do it again."""
    for row, some_actions in rows:
        names = actions.action_names(some_actions, row.patterns)
        whom = who or principals_text(context, row.principals)
        how = f" if {condition_text(row.conditions)}" if row.conditions else ""
        where = what or _where(context, row.resources)
        denied = f"{whom} is no longer denied {display_names.joined(map(shown_action, names))} on {where}{how}"
        yield Gain(
            who=whom,
            logical_id=logical_id,
            sentence=f"{denied}; a principal that another policy allows it may do it",
            actions=names,
            resources=tuple(map(str, row.resources.pieces())),
            certain=False,
        )
