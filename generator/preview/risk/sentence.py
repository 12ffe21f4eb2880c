"""The sentence that a card shows after the risk level. The reasons inside it are worded where they are found.

The reason of a replaced or removed resource stands in ``removals``, of one that changes in place in ``in_place`` and the
tables that it includes, of lost protection in ``protection``; gained rights in ``generator.preview.iam.gain_sentences``,
openings in ``generator.preview.network``.
"""

from collections.abc import Sequence

from generator.preview.risk.level import risk_level
from generator.release.model.preview import EFFECTS, LEVELS, Exposure, Gain, ResourceEffect


def risk_sentence(rows: Sequence[ResourceEffect], gained: Sequence[Gain], exposed: Sequence[Exposure]) -> str:
    """One sentence with the worst of each kind, the worst of all first."""
    parts: list[tuple[int, str]] = []
    bad = [row for row in rows if row.effect != "none" or row.weakens]
    if bad:
        worst = max(bad, key=lambda row: EFFECTS.index(row.effect))
        alike = sum(1 for row in bad if row.effect == worst.effect) - 1
        parts.append((_rank(bad, (), ()), f"{worst.logical_id}: {worst.why}{_more(alike)}"))
    if exposed:
        first = max(exposed, key=lambda one: _rank((), (), (one,)))
        parts.append((_rank((), (), exposed), f"{first.sentence}{_more(len(exposed) - 1)}"))
    if gained:
        most = max(gained, key=lambda one: _rank((), (one,), ()))
        parts.append((_rank((), gained, ()), f"{most.sentence}{_more(len(gained) - 1)}"))
    if not parts:
        count = len(rows)
        return (
            (
                f"{count} change{'' if count == 1 else 's'}, and none affects what runs, what is stored or what is "
                "reachable"
            )
            if count
            else "Nothing changes"
        )
    return "; ".join(text for _, text in sorted(parts, key=lambda part: -part[0]))


def _rank(rows: Sequence[ResourceEffect], gained: Sequence[Gain], exposed: Sequence[Exposure]) -> int:
    return LEVELS.index(risk_level(rows, gained, exposed))


def _more(count: int) -> str:
    return f" (and {count} more)" if count > 0 else ""
