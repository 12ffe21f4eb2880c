"""What people read first: the worst of every kind, in at most ten lines."""

from typing import Literal, NamedTuple

from generator.preview.cost_change import by_cost_change
from generator.preview.rollout_text import duration
from generator.preview.table_cells import drift_sentence
from generator.release.model.preview import EFFECTS, Cost, Reading, ResourceEffect

Tone = Literal["bad", "warn", "good", "dim", "plain"]
MOST = 10
_GRAVE = ("downtime", "data-loss", "irreversible", "refused")
_WORDS = {
    "none": "no effect",
    "restart": "restart",
    "interruption": "brief interruption",
    "unknown": "unknown",
    "downtime": "downtime",
    "data-loss": "DATA LOSS",
    "irreversible": "IRREVERSIBLE",
    "refused": "REFUSED",
}
SMALL = 0.005


class SummaryLine(NamedTuple):
    """A line with its tone, for colours."""

    tone: Tone
    text: str


def effect_word(effect: str) -> str:
    """An effect for people."""
    return _WORDS[effect]


def summary(reading: Reading) -> list[SummaryLine]:
    """The first lines: level, the worst effects, openings, gains, what was changed outside of CloudFormation, cost, time. Each kind has its place among the ten."""
    meaning, shown = reading.meaning, reading.shown
    rows = [
        row
        for row in meaning.effects
        if row.effect != "none" or row.weakens or (row.stateful and row.action in ("Remove", "Replace"))
    ]
    rows.sort(key=lambda row: -EFFECTS.index(row.effect))
    tone: Tone = (
        "bad" if meaning.level in ("critical", "high") else "warn" if meaning.level in ("medium", "low") else "good"
    )
    found = [
        SummaryLine(
            tone, f"{meaning.level.upper() if meaning.level != 'none' else 'NO'} RISK · {_counted(meaning.effects)}"
        )
    ]
    found += _block([_effect(row) for row in rows], 3)
    found += _block(
        [SummaryLine("bad" if row.public else "warn", f"opens: {row.sentence}") for row in meaning.exposures], 2
    )
    gains = [
        SummaryLine(
            "bad" if gain.escalation else "warn",
            f"rights: {gain.sentence}" + (f" ({gain.escalation})" if gain.escalation else ""),
        )
        for gain in meaning.gains
    ]
    found += _block(gains, 2)
    found += _block([SummaryLine("warn", f"by hand: {drift_sentence(row)}") for row in shown.drift], 1)
    if shown.cost is not None:
        found.append(money_line(shown.cost))
    if shown.expected is not None and len(found) < MOST:
        found.append(SummaryLine("plain", f"time: about {duration(shown.expected.seconds)} ({shown.expected.source})"))
    if not rows and not meaning.gains and not meaning.exposures:
        found.insert(1, SummaryLine("good", meaning.sentence + "."))
    return found[:MOST]


def _block(rows: list[SummaryLine], room: int) -> list[SummaryLine]:
    """At most ``room`` lines; the last one counts what is left out."""
    if len(rows) <= room:
        return rows
    shown = rows[:room]
    last = shown[-1]
    return [*shown[:-1], last._replace(text=f"{last.text} (and {len(rows) - room} more)")]


def _effect(row: ResourceEffect) -> SummaryLine:
    tone: Tone = "bad" if row.effect in _GRAVE else "warn"
    action = {"Replace": "replaced", "Remove": "removed", "Add": "new", "Modify": "changed"}.get(
        row.action, row.action.lower()
    )
    assumed = " (assumed)" if row.assumed else ""
    word = "protection goes" if row.weakens and row.effect == "none" else effect_word(row.effect)
    return SummaryLine(
        tone, f"{word}: {row.logical_id} is {action}; {row.why}{assumed}{f'; {row.fix}' if row.fix else ''}"
    )


def money_line(cost: Cost) -> SummaryLine:
    """What a typical month costs before and after."""
    more = cost.more
    tone: Tone = "warn" if more > SMALL else "good" if more < -SMALL else "dim"
    change = "unchanged" if abs(more) <= SMALL else f"{'+' if more > 0 else '-'}{abs(more):,.2f} USD a month"
    once = f", {cost.rollout_usd:.2f} USD once for doubled tasks" if cost.rollout_usd >= SMALL else ""
    unknown = (
        f", {len(cost.unknown)} resource{'s' if len(cost.unknown) > 1 else ''} of unknown cost" if cost.unknown else ""
    )
    unverified = ", with prices that were not verified" if any(not line.verified for line in cost.lines) else ""
    said = f"cost: {change} ({cost.before.typical:,.2f} → {cost.after.typical:,.2f}){once}{unknown}{unverified}"
    worst = next(
        (line for line in by_cost_change(cost.lines) if line.before is not None and line.after is not None), None
    )
    if worst is not None and abs(more) > SMALL and worst.after is not None and worst.before is not None:
        said += f"; most by {worst.logical_id}"
    return SummaryLine(tone, said)


def _counted(rows: tuple[ResourceEffect, ...]) -> str:
    if not rows:
        return "no resource changes"
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.action] = counts.get(row.action, 0) + 1
    words = {"Add": "new", "Modify": "changed", "Replace": "replaced", "Remove": "removed", "Import": "imported"}
    parts = [f"{counts[action]} {word}" for action, word in words.items() if action in counts]
    parts += [f"{count} {action.lower()}" for action, count in sorted(counts.items()) if action not in words]
    return f"{len(rows)} resource{'s' if len(rows) > 1 else ''}: {', '.join(parts)}"
