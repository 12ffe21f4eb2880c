"""Readings in the terminal, as Markdown for pull requests, and as JSON."""

from collections.abc import Iterable, Sequence

import msgspec

from generator.preview import rollout_text
from generator.preview.cost_change import by_cost_change
from generator.preview.markdown import markdown
from generator.preview.summary import SummaryLine, Tone, effect_word, summary
from generator.preview.table_cells import drift_sentence, image_sentences, monthly_cost
from generator.release import base_image
from generator.release.model.preview import Reading, Shown
from generator.safe_text import painted

__all__ = ["lines", "markdown", "to_json"]

_COLOURS: dict[Tone, str] = {"bad": "\x1b[1;31m", "warn": "\x1b[33m", "good": "\x1b[32m", "dim": "\x1b[2m", "plain": ""}
_FEW = 12


def lines(reading: Reading, *, colour: bool = False, verbose: bool = False) -> list[str]:
    """A reading as lines: the worst in the first ten, then tables. Long tables are cut unless ``verbose``.

    Args:
        reading: what to show.
        colour: whether ANSI colours are wanted (a terminal without NO_COLOR).
        verbose: show every row, with its AWS documentation page.
    """
    found = [*summary(reading), *_tables(reading, verbose=verbose)]
    return [_paint(row, colour=colour) for row in found]


def to_json(reading: Reading) -> bytes:
    """A reading as one JSON document, keys in order, with the derived figures beside the stored ones."""
    document = msgspec.to_builtins(reading)
    document["meaning"]["worst"] = reading.meaning.worst
    if reading.shown.cost is not None:
        document["shown"]["cost"]["more"] = reading.shown.cost.more
    if reading.shown.image is not None:
        document["shown"]["image"]["base"] = base_image.described(reading.shown.image)
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=2)


def _paint(row: SummaryLine, *, colour: bool) -> str:
    return painted(row.text, _COLOURS[row.tone] if colour else "")


def _tables(reading: Reading, *, verbose: bool) -> Iterable[SummaryLine]:
    meaning, shown = reading.meaning, reading.shown
    rows = [
        (row.logical_id, row.type.removeprefix("AWS::"), row.action, effect_word(row.effect), row.why)
        for row in meaning.effects
    ]
    sources = [row.source for row in meaning.effects]
    yield from _table("Changes", ("resource", "type", "action", "effect", "why"), rows, verbose=verbose, notes=sources)
    for title, sentences in (
        ("Opened", [row.sentence for row in meaning.exposures]),
        ("Rights", [gain.sentence + (f" — {gain.escalation}" if gain.escalation else "") for gain in meaning.gains]),
        ("Checked", list(shown.checked)),
    ):
        yield from _list(title, sentences, verbose=verbose)
    yield from _cost(shown, verbose=verbose)
    yield from _list("Changed outside of CloudFormation", [drift_sentence(row) for row in shown.drift], verbose=verbose)
    if shown.image is not None:
        yield from _list("Image", image_sentences(shown.image), verbose=verbose)
    if shown.expected is not None:
        yield SummaryLine("plain", "")
        yield SummaryLine("dim", "Rollout")
        yield from (
            SummaryLine("plain", line) for line in rollout_text.lines(shown.expected, rollout_text.sides(shown))
        )
    yield from _list("Not known", list(shown.unavailable), verbose=True)


def _list(title: str, sentences: Sequence[str], *, verbose: bool) -> Iterable[SummaryLine]:
    if not sentences:
        return
    yield SummaryLine("plain", "")
    yield SummaryLine("dim", title)
    shown = sentences if verbose else sentences[:_FEW]
    yield from (SummaryLine("plain", f"  {sentence}") for sentence in shown)
    if len(shown) < len(sentences):
        yield SummaryLine("dim", f"  … {len(sentences) - len(shown)} more; --verbose shows them")


def _table(
    title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, verbose: bool, notes: Sequence[str] = ()
) -> Iterable[SummaryLine]:
    """Aligned columns; the last one is as long as it is."""
    if not rows:
        return
    shown = rows if verbose else rows[:_FEW]
    widths = [max(len(row[i]) for row in [head, *shown]) for i in range(len(head) - 1)]

    def fit(row: tuple[str, ...]) -> str:
        return "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]])

    yield SummaryLine("plain", "")
    yield SummaryLine("dim", title)
    yield SummaryLine("dim", f"  {fit(head)}")
    for i, row in enumerate(shown):
        yield SummaryLine("plain", f"  {fit(row)}")
        if verbose and i < len(notes) and notes[i]:
            yield SummaryLine("dim", f"      {notes[i]}")
    if len(shown) < len(rows):
        yield SummaryLine("dim", f"  … {len(rows) - len(shown)} more; --verbose shows them")


def _cost(shown: Shown, *, verbose: bool) -> Iterable[SummaryLine]:
    cost = shown.cost
    if cost is None or not cost.lines:
        return
    rows = [
        (line.logical_id, monthly_cost(line, new=False), monthly_cost(line, new=True), line.note)
        for line in by_cost_change(cost.lines)
    ]
    yield from _table("Cost, USD in a typical month", ("resource", "before", "after", ""), rows, verbose=verbose)
    yield SummaryLine("dim", f"  prices of {cost.region}, {cost.date}, from the {cost.source}; * was not verified")
