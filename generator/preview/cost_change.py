"""What a stack costs a month before and after, and what its rollout adds once."""

from collections.abc import Mapping, Sequence
from typing import Any

from generator.cost.estimate import estimate
from generator.cost.model import ZERO, Estimate, Range
from generator.cost.price_table import Table
from generator.preview.change_context import ChangeContext
from generator.preview.rollout_estimate import tasks
from generator.release.model.preview import Cost, CostLine, Expected, Money

Json = Any
HOURS = 730.0


def cost_change(
    context: ChangeContext, table: Table, expected: Expected | None, environment: Mapping[str, Mapping[str, Json]]
) -> Cost:
    """Price both sides with the same table and the same assumptions (docs/cost.md).

    Args:
        context: the change set.
        table: the dated prices.
        expected: the rollout, whose doubled tasks cost while it lasts.
        environment: templates of the environment's other stacks, by name; they say how many zones there are, where
            tasks are placed, and how much traffic passes through a gateway. Left out, docs/cost.md's defaults count.
    """
    sides = [_estimate(context, table, environment, new=new) for new in (False, True)]
    before, after = (_by_resource(side, context) for side in sides)
    unknown = [
        {row.resource: row.why for row in side.unknown if row.stack == context.change_set.stack_name} for side in sides
    ]
    names = sorted({*before, *after, *(set(unknown[0]) | set(unknown[1]))})
    lines = []
    for name in names:
        old, new = before.get(name), after.get(name)
        missing = (name in unknown[0], name in unknown[1])
        if not any(missing) and old == new:
            continue
        if not context.touched(name) and old == new:
            continue
        lines.append(
            CostLine(
                logical_id=name,
                type=context.type_of(name),
                before=None if missing[0] else _money(old[0] if old else ZERO),
                after=None if missing[1] else _money(new[0] if new else ZERO),
                verified=(old is None or old[1]) and (new is None or new[1]),
                note=unknown[1].get(name, unknown[0].get(name, "")),
            )
        )
    shown = sides[1]
    return Cost(
        before=_money(sum((row[0] for row in before.values()), ZERO)),
        after=_money(sum((row[0] for row in after.values()), ZERO)),
        lines=tuple(lines),
        unknown=tuple(f"{name}: {why}" for name, why in sorted({**unknown[0], **unknown[1]}.items())),
        rollout_usd=round(_rollout(context, after, expected), 4),
        region=shown.priced_as,
        date=shown.date,
        source="price table of the repository (generator/cost/prices.json)",
    )


def _estimate(
    context: ChangeContext, table: Table, environment: Mapping[str, Mapping[str, Json]], *, new: bool
) -> Estimate:
    side = context.after if new else context.before
    kinds = {name: context.type_of(name) for name in (*side.resources, *context.changes)}
    get = context.new if new else context.old
    resources = {
        name: {"Type": kind, "Properties": properties}
        for name, kind in sorted(kinds.items())
        if (properties := get(name)) is not None
    }
    stack = context.change_set.stack_name
    others = {name: body for name, body in environment.items() if name != stack}
    return estimate(stack, context.region, {**others, stack: {"Resources": resources}}, table)


def _by_resource(side: Estimate, context: ChangeContext) -> dict[str, tuple[Range, bool]]:
    found: dict[str, tuple[Range, bool]] = {}
    for line in side.lines:
        if line.stack == context.change_set.stack_name:
            known = found.get(line.resource, (ZERO, True))
            found[line.resource] = (known[0] + line.cost, known[1] and line.verified)
    return found


def _money(value: Range) -> Money:
    return Money(min=round(value.min, 4), typical=round(value.typical, 4), max=round(value.max, 4))


def _rollout(context: ChangeContext, lines: Mapping[str, tuple[Range, bool]], expected: Expected | None) -> float:
    """Tasks beyond the usual number, over the length of each phase."""
    if expected is None:
        return 0.0
    name = next(
        (name for name in lines if context.type_of(name) == "AWS::ECS::Service" and context.touched(name)), None
    )
    count = tasks(context, name, new=True) if name else 0
    if not name or not count:
        return 0.0
    an_hour = lines[name][0].typical / HOURS / count
    return sum(
        extra_tasks(step.old_tasks, step.new_tasks, count) * step.seconds / 3600 * an_hour for step in expected.phases
    )


def extra_tasks(old: int, new: int, usual: int) -> int:
    """Tasks beyond the usual number."""
    return max(0, old + new - usual)


def by_cost_change(lines: Sequence[CostLine]) -> list[CostLine]:
    """Lines by how much they change, the largest first. Unknown ones at the end."""
    return sorted(
        lines, key=lambda line: (line.before is None or line.after is None, -abs(_delta(line)), line.logical_id)
    )


def _delta(line: CostLine) -> float:
    return line.after.typical - line.before.typical if line.before is not None and line.after is not None else 0.0
