"""Who gains which permissions by a change set, as sentences."""

from collections.abc import Iterable, Sequence

from msgspec import structs

from generator.preview import display_names
from generator.preview.bounds import spend
from generator.preview.change_context import ChangeContext
from generator.preview.iam import actions
from generator.preview.iam.action_set import NO_ACTIONS, ActionSet
from generator.preview.iam.conditions import condition_text
from generator.preview.iam.difference import GainedActions, gained_actions, lost_denials
from generator.preview.iam.gain_sentences import grouped_gains, no_longer_denied, principals_text, shown_action
from generator.preview.iam.resource_policies import NO_POLICY, default_rows, policy_subjects
from generator.preview.iam.roles import role_gains
from generator.preview.iam.run_time_secrets import run_time_secrets
from generator.preview.iam.statements import PatternSet, Statement
from generator.preview.iam.subjects import NOBODY, Principal, principals_by_id
from generator.release.model.preview import Gain


def gains(context: ChangeContext) -> tuple[Gain, ...]:
    """Permissions that somebody has afterwards and did not have before: privilege escalations first, then certain ones."""
    found = dict.fromkeys([*_holders(context), *_guarded(context), *role_gains(context), *run_time_secrets(context)])
    return tuple(sorted(found, key=_order))


def _order(gain: Gain) -> tuple[object, ...]:
    """A total order: an approval is bound to the list, so it must not depend on the iteration of sets."""
    return (
        not gain.escalation,
        not gain.certain,
        gain.sentence,
        gain.logical_id,
        gain.actions,
        gain.resources,
        gain.who,
    )


def _holders(context: ChangeContext) -> Iterable[Gain]:
    old, new = principals_by_id(context, new=False), principals_by_id(context, new=True)
    for name in sorted(set(new) | {name for name in old if not context.type_of(name)}):
        before, after = old.get(name, NOBODY), new.get(name, NOBODY._replace(opaque=True))
        sources = before.from_ | after.from_
        if not any(context.touched(source) for source in sources):
            continue
        logical_id = name if context.touched(name) else next(iter(sorted(s for s in sources if context.touched(s))))
        who = display_names.role(context, name)
        rows, limit = _effective(before, after)
        yield from grouped_gains(context, who, logical_id, rows, limit)
        yield from _boundary(who, logical_id, before, after)
        # What else lets it in may be elsewhere: a policy of the resource, or one that is not spelled out here.
        holds = after.opaque or any(row.effect == "Allow" for row in after.rows)
        if holds and not rows:
            yield from no_longer_denied(context, logical_id, lost_denials(before.rows, after.rows), who=who)


def _effective(before: Principal, after: Principal) -> tuple[list[GainedActions], str]:
    """What a principal gains within its boundary, and the boundary's name if it is not in a template."""
    found = list(gained_actions(before.rows, after.rows))
    if before.boundary is not None and before.boundary.rows is not None:
        wider = () if after.boundary is None else after.boundary.rows
        if wider is not None and before.boundary != after.boundary:
            limit = wider if after.boundary is not None else _EVERYTHING
            for row in gained_actions(before.boundary.rows, limit):
                found += _within(row, after.rows)
    if after.boundary is None:
        return found, ""
    if after.boundary.rows is None:
        return [row._replace(certain=False) for row in found], after.boundary.arn
    limited = (_limited(row, after.boundary.rows) for row in found)
    return [row for row in limited if row.actions], ""


_EVERYTHING = (Statement("Allow", actions.everything(), ("*",), PatternSet(("*",))),)


def _within(row: GainedActions, rows: Sequence[Statement]) -> list[GainedActions]:
    """What statements allow of the actions that a boundary newly allows."""
    found = []
    spend(4 * len(rows))
    for statement in rows:
        both = actions.intersection(statement.actions, row.actions) | actions.intersection(
            row.actions, statement.actions
        )
        if statement.effect != "Allow" or not both:
            continue
        for piece in statement.resources.pieces():
            if piece.meets(row.resource):
                narrower = piece if row.resource.covers(piece) else row.resource
                certain = statement.certain and row.certain
                found.append(
                    row._replace(
                        actions=both,
                        patterns=statement.patterns,
                        resource=narrower,
                        statement=statement,
                        certain=certain,
                    )
                )
    return found


def _limited(row: GainedActions, boundary: Sequence[Statement]) -> GainedActions:
    allowed: ActionSet = NO_ACTIONS
    sure: ActionSet = NO_ACTIONS
    spend(6 * len(boundary))
    for limit in boundary:
        if limit.effect == "Allow" and limit.resources.meets(row.resource):
            both = actions.intersection(limit.actions, row.actions)
            allowed |= both
            sure |= both if limit.resources.covers(row.resource) and not limit.conditions else NO_ACTIONS
    for limit in boundary:  # denials count whatever their order
        if limit.effect == "Deny" and limit.resources.covers(row.resource) and not limit.conditions:
            allowed -= actions.intersection(limit.actions, row.actions)
    return row._replace(actions=allowed, certain=row.certain and allowed <= sure)


def _boundary(who: str, logical_id: str, before: Principal, after: Principal) -> Iterable[Gain]:
    """A boundary that is in no template is removed or replaced."""
    if before.boundary is None or before.boundary == after.boundary:
        return
    if after.boundary is None:
        loses = f"{who} loses its permissions boundary {before.boundary.name}"
        yield Gain(
            who=who,
            logical_id=logical_id,
            sentence=f"{loses}: everything that its policies allow applies",
            escalation="without a boundary, nothing limits the permissions that policies give it",
        )
    elif before.boundary.rows is None or after.boundary.rows is None:
        yield Gain(
            who=who,
            logical_id=logical_id,
            sentence=f"{who} may gain rights: its permissions boundary becomes {after.boundary.name}",
            certain=False,
        )


def _guarded(context: ChangeContext) -> Iterable[Gain]:
    old, new = policy_subjects(context, new=False), policy_subjects(context, new=True)
    for key in sorted(set(old) | set(new)):
        noun, about = key
        before, after = old.get(key, NO_POLICY), new.get(key, NO_POLICY)
        touched = sorted(name for name in before.from_ | after.from_ if context.touched(name))
        gone = about.strip("${}").partition(".")[0] in context.removed
        # A new endpoint's policy limits a way that was not there; it gives nobody anything.
        if not touched or gone or (noun == "endpoint" and touched[0] in context.added):
            continue
        if noun == "key" and touched[0] in context.added:
            before = before._replace(rows=default_rows(context))
        what = display_names.resource(context, about) if "${" in about else f"{noun} {about}"
        for who, rows in _by_whom(context, gained_actions(before.rows, after.rows)).items():
            if noun == "endpoint":
                # An endpoint's policy gives nobody rights: it lets calls pass that have them.
                passing = [row._replace(certain=False) for row in rows]
                for gain in grouped_gains(context, f"anyone who calls through {what}", touched[0], passing):
                    said = f"{gain.sentence}, as far as the caller's own rights go"
                    yield structs.replace(gain, escalation="", sentence=said)
            elif noun == "role":
                for row in rows:
                    yield from _trusted(context, who, touched[0], row)
            else:
                own = [row._replace(resource=_about(row, about, noun)) for row in rows]
                yield from grouped_gains(context, who, touched[0], own)
        if not before.from_ & context.added:
            yield from no_longer_denied(context, touched[0], lost_denials(before.rows, after.rows), what=what)


def _by_whom(context: ChangeContext, rows: Iterable[GainedActions]) -> dict[str, list[GainedActions]]:
    found: dict[str, list[GainedActions]] = {}
    for row in rows:
        found.setdefault(principals_text(context, row.principals), []).append(row)
    return found


def _about(row: GainedActions, about: str, noun: str) -> PatternSet:
    """In a resource's policy, ``*`` means the resource itself."""
    itself = about if "${" in about or ":" in about else f"{noun} {about}"
    return PatternSet((itself,)) if row.resource.patterns == ("*",) and not row.resource.inverted else row.resource


def _trusted(context: ChangeContext, who: str, name: str, row: GainedActions) -> Iterable[Gain]:
    names = actions.action_names(row.actions, row.patterns)
    by_service = row.principals.patterns[0].startswith("service:") and not row.principals.inverted
    if by_service and name in context.added:  # that is how roles are made; their rights are told
        return
    assumes = any(action.startswith("sts:assumerole") for action in row.actions)
    as_role = display_names.role(context, name)
    how = f" if {condition_text(row.statement.conditions)}" if row.statement.conditions else ""
    verb = "gains" if row.certain else "may gain"
    acts = f": it may act as {as_role}" if assumes else ""
    yield Gain(
        who=who,
        logical_id=name,
        sentence=f"{who} {verb} {display_names.joined(map(shown_action, names))} on {as_role}{how}{acts}",
        actions=names,
        resources=(name,),
        escalation=_widest(context, name, who, row) if assumes else "",
        certain=row.certain,
    )


def _widest(context: ChangeContext, name: str, who: str, row: GainedActions) -> str:
    """A new role that trusts an AWS service is normal. Any other trust lets somebody in."""
    if row.principals.patterns[0].startswith("service:") and not row.principals.inverted:
        return ""
    return (
        ""
        if name in context.added and who == "this account"
        else f"anyone who acts as {display_names.role(context, name)} has all of its rights"
    )
