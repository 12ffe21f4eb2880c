"""A reading as Markdown for pull requests, with all text escaped and the details folded."""

from collections.abc import Iterable, Sequence

from generator.preview import rollout_text
from generator.preview.cost_change import by_cost_change
from generator.preview.property_diff import diff
from generator.preview.summary import effect_word, summary
from generator.preview.table_cells import drift_sentence, image_sentences, monthly_cost
from generator.release.model.change import ChangeSet
from generator.release.model.preview import Reading
from generator.safe_text import markdown as escaped

_ICONS = {"bad": "🔴", "warn": "🟡", "good": "🟢", "dim": "⚪", "plain": "⚪"}
MAX = 60_000  # GitHub takes 65,536 characters in a comment


def markdown(reading: Reading, change_set: ChangeSet) -> str:
    """The worst first, then folded tables and the property diff. Cut below GitHub's limit of a comment."""
    meaning, shown = reading.meaning, reading.shown
    head, *rest = summary(reading)
    parts = [f"### {_ICONS[head.tone]} `{change_set.stack_name}`: {escaped(head.text)}", ""]
    parts += [f"- {_ICONS[row.tone]} {escaped(row.text)}" for row in rest]
    rows = [(row.logical_id, row.type, row.action, effect_word(row.effect), row.why) for row in meaning.effects]
    links = [row.source for row in meaning.effects]
    parts += _folded(_count(len(rows), "change"), _table(("Resource", "Type", "Action", "Effect", "Why"), rows, links))
    parts += _folded(
        _count(len(meaning.exposures), "opening"), [f"- {escaped(row.sentence)}" for row in meaning.exposures]
    )
    parts += _folded(
        _count(len(meaning.gains), "gain", " of rights"),
        [f"- {escaped(_gain(gain.sentence, gain.escalation))}" for gain in meaning.gains],
    )
    if shown.cost is not None:
        costs = [
            (line.logical_id, monthly_cost(line, new=False), monthly_cost(line, new=True), line.note)
            for line in by_cost_change(shown.cost.lines)
        ]
        note = f"Prices of {escaped(shown.cost.region)}, {escaped(shown.cost.date)}; * was not verified."
        parts += _folded(
            "Cost in a typical month, USD",
            [*_table(("Resource", "Before", "After", ""), costs), "", note] if costs else [],
        )
    parts += _folded(
        _count(len(shown.drift), "change", " by hand"), [f"- {escaped(drift_sentence(row))}" for row in shown.drift]
    )
    if shown.image is not None:
        parts += _folded("Image", [f"- {escaped(line)}" for line in image_sentences(shown.image)])
    if shown.expected is not None:
        parts += _folded("Rollout", _fenced(rollout_text.lines(shown.expected, rollout_text.sides(shown))))
    parts += _folded("Property by property", _fenced([line.text for line in diff(change_set)], "diff"))
    parts += [f"> not known: {escaped(line)}" for line in shown.unavailable]
    parts += [f"> {escaped(line)}" for line in shown.checked]
    return _cut("\n".join(parts) + "\n")


def _count(number: int, noun: str, of: str = "") -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}{of}"


def _gain(sentence: str, escalation: str) -> str:
    return f"{sentence} — {escalation}" if escalation else sentence


def _folded(title: str, body: Sequence[str]) -> list[str]:
    return ["", f"<details><summary>{escaped(title)}</summary>", "", *body, "", "</details>"] if body else []


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], links: Sequence[str] = ()) -> list[str]:
    found = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for i, row in enumerate(rows):
        cells = [escaped(cell) for cell in row]
        if i < len(links) and links[i].startswith("https://docs.aws.amazon.com/"):
            cells[-1] += f" ([AWS]({links[i]}))"
        found.append(f"| {' | '.join(cells)} |")
    return found if len(found) > 2 else []


def _fenced(lines: Sequence[str], language: str = "text") -> list[str]:
    """A code block whose fence is longer than any in its text."""
    longest = max((len(run) for line in lines for run in _runs(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *lines, fence] if lines else []


def _runs(line: str) -> list[str]:
    return [run for run in "".join(c if c == "`" else " " for c in line).split() if run]


def _cut(text: str) -> str:
    if len(text) <= MAX:
        return text
    note = "\n\n… cut: the whole reading is in `slipway plan --json`.\n"
    kept = text[: MAX - 200].rsplit("\n", 1)[0]
    fences = kept.count("\n```") % 2
    opened = kept.count("<details>") - kept.count("</details>")
    return kept + ("\n```" if fences else "") + "\n\n</details>" * opened + note
