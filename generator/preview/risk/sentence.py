"""The sentence that a card shows after the risk level. The reasons inside it are worded where they are found.

The reason of a replaced or removed resource stands in ``removals``, of one that changes in place in ``in_place`` and the
tables that it includes, of lost protection in ``protection``; gained rights in ``generator.preview.iam.gain_sentences``,
openings in ``generator.preview.network``.
"""

from collections.abc import Sequence

from generator.release.model.preview import EFFECTS, Exposure, Gain, ResourceEffect


def risk_sentence(rows: Sequence[ResourceEffect], gained: Sequence[Gain], exposed: Sequence[Exposure]) -> str:
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
            (
                f"{count} change{'' if count == 1 else 's'}, and none affects what runs, what is stored or what is "
                "reachable"
            )
            if count
            else "Nothing changes"
        )
    return "; ".join(parts)


def _more(count: int) -> str:
    return f" (and {count} more)" if count > 0 else ""
