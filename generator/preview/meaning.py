"""The deterministic half of a reading: what an approval is bound to."""

from collections.abc import Mapping, Sequence
from typing import Any

from generator.preview.change_context import ChangeContext
from generator.preview.iam.gains import gains
from generator.preview.network.exposures import exposures
from generator.preview.risk.effects import effects
from generator.release.model.change import ChangeSet
from generator.release.model.reading import EFFECTS, LEVELS, Exposure, Gain, Level, Meaning, ResourceEffect


def meaning(
    change_set: ChangeSet,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    *,
    region: str,
    before_parameters: Mapping[str, str] = {},
) -> Meaning:
    """What a change set means. Pure: the same arguments give the same value, whatever the order of rows.

    Args:
        change_set: as it was described.
        before: the template that the stack has, as parsed JSON; None for a new stack.
        after: the template that the change set carries.
        region: where the stack stands.
        before_parameters: the stack's present parameters, as far as they are known. Give them all where they are at
            hand: what is not known of the old side can only be told as something that may change.
    """
    context = ChangeContext(change_set, before, after, region=region, before_parameters=before_parameters)
    rows, gained, exposed = effects(context), gains(context), exposures(context)
    return Meaning(
        level=level(rows, gained, exposed),
        sentence=sentence(rows, gained, exposed),
        effects=rows,
        gains=gained,
        exposures=exposed,
    )


def level(rows: Sequence[ResourceEffect], gained: Sequence[Gain], exposed: Sequence[Exposure]) -> Level:
    """The highest of: what happens to resources, what anybody gains, what is opened to whom.

    ====================================================  =========
    lost data, nothing brings it back, everybody may do
    everything, everybody reaches more than 80 and 443    critical
    downtime, unknown for something stateful, a way up,
    everybody reaches 80 or 443, or as far as groups let  high
    interruption, unknown, any other gain or opening,
    something stateful leaves the stack and is kept,
    protection is taken away                              medium
    restart                                               low
    ====================================================  =========
    """
    found = [_of_effect(row) for row in rows]
    found += [4 if "*" in gain.actions and gain.certain else 3 if gain.escalation else 2 for gain in gained]
    found += [
        2 if not row.public else 3 if row.what.startswith(_WEB) or row.what.endswith(_AS_FAR) else 4 for row in exposed
    ]
    return LEVELS[max(found, default=0)]


_AS_FAR = ("groups allow", "policy allows")
_WEB = ("tcp 80 ", "tcp 443 ", "udp 443 ", "port 80 ", "port 443 ", "subnets with route")


def _of_effect(row: ResourceEffect) -> int:
    return max(2 if row.weakens else 0, _of_what_happens(row))


def _of_what_happens(row: ResourceEffect) -> int:
    match row.effect:
        case "none":
            return 2 if row.stateful and row.action in ("Remove", "Replace") else 0
        case "restart":
            return 1
        case "interruption":
            return 2
        case "unknown":
            return 3 if row.stateful else 2
        case "downtime":
            return 3
        case "data-loss" | "irreversible":
            return 4


def sentence(rows: Sequence[ResourceEffect], gained: Sequence[Gain], exposed: Sequence[Exposure]) -> str:
    """One sentence with the worst of each kind."""
    parts = []
    bad = [row for row in rows if row.effect != "none" or row.weakens]
    if bad:
        worst = max(bad, key=lambda row: EFFECTS.index(row.effect))
        alike = sum(1 for row in bad if row.effect == worst.effect) - 1
        parts.append(f"{worst.logical_id}: {worst.why}{_more(alike)}")
    if exposed:
        parts.append(f"{exposed[0].sentence}{_more(len(exposed) - 1)}")
    if gained:
        parts.append(f"{gained[0].sentence}{_more(len(gained) - 1)}")
    if not parts:
        count = len(rows)
        return (
            f"{count} change{'' if count == 1 else 's'}, and nothing that runs, is stored or is reachable is touched"
            if count
            else "Nothing changes"
        )
    return "; ".join(parts)


def _more(count: int) -> str:
    return f" (and {count} more)" if count > 0 else ""
