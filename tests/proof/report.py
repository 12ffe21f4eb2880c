"""The table and the pictures of the proof, as docs/zero-downtime.md holds them."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.proof.run import Course, Row

BEGIN, END = "<!-- proof: begin -->", "<!-- proof: end -->"
# One color a version, in the order in which they appear; failed requests are red.
_COLORS = ("#3b6fb6", "#2f9e6e", "#b0762a", "#7a4fb0")
_FAILED = "#d33b3b"
_WIDTH, _HEIGHT, _LEFT, _TOP = 900, 260, 50, 40


def table(rows: Iterable[Row]) -> str:
    """The rows as Markdown."""
    lines = [
        "| strategy | event | SIGTERM | requests | failed | p50 | p99 | longest gap | time to go back | bar |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        back = f"{row.back:.0f} s" if row.back is not None else ""
        order = "after draining" if row.order == "drained" else "with draining"
        share = f" ({100 * row.failed / row.requests:.2f} %)" if row.failed and row.requests else ""
        lines.append(
            f"| {row.strategy} | {row.event} | {order} | {row.requests:,} | {row.failed:,}{share} | {_ms(row.p50)} | {_ms(row.p99)} "
            f"| {row.gap:.1f} s | {back} | {'holds' if row.holds else 'FALLS SHORT'} |"
        )
    return "\n".join(lines)


def _ms(seconds: float | None) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds is not None else ""


def picture(title: str, course: Course) -> str:
    """Requests by version over time, with the stages of the deployment, as SVG."""
    if not course.buckets:
        return ""
    start = course.buckets[0][0]
    span = max(1.0, course.buckets[-1][0] - start)
    most = max(sum(count for _, _, count in rows) for _, rows in course.buckets) or 1
    step = (_WIDTH - _LEFT - 20) / (span / 0.5 + 1)
    names = list(dict.fromkeys(label for _, rows in course.buckets for label, _, _ in rows))
    bars = []
    for at, rows in course.buckets:
        x, y = _LEFT + (at - start) / 0.5 * step, float(_HEIGHT - 40)
        for label, failed, count in sorted(rows, key=lambda row: (row[1], row[0])):
            height = count / most * (_HEIGHT - 40 - _TOP)
            y -= height
            color = _FAILED if failed else _COLORS[names.index(label) % len(_COLORS)]
            bars.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(step - 0.3, 0.5):.2f}" height="{height:.1f}" fill="{color}"/>'
            )
    marks = []
    for number, (at, stage) in enumerate(course.marks):
        x = _LEFT + (at - start) / 0.5 * step
        word = stage.replace("_", " ").lower()
        marks.append(
            f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_HEIGHT - 40}" stroke="#888" stroke-dasharray="3 3"/>'
            f'<text x="{x + 2:.1f}" y="{_TOP + 10 + number % 4 * 11}" font-size="9" fill="#444">{escape(word)}</text>'
        )
    legend = [
        f'<rect x="{_LEFT + 170 * n}" y="{_HEIGHT - 16}" width="10" height="10" fill="{color}"/>'
        f'<text x="{_LEFT + 14 + 170 * n}" y="{_HEIGHT - 7}" font-size="11" fill="#222">{escape(name)}</text>'
        for n, (name, color) in enumerate([*zip(names, _COLORS, strict=False), ("failed", _FAILED)])
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" role="img" '
        f'aria-label="{escape(title)}"><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="{_LEFT}" y="20" font-size="14" fill="#222">{escape(title)}</text>'
        f'<text x="4" y="{_TOP + 8}" font-size="10" fill="#444">{most * 2}/s</text>'
        f'<text x="{_WIDTH - 60}" y="{_HEIGHT - 26}" font-size="10" fill="#444">{span:.0f} s</text>'
        f"{''.join(bars)}{''.join(marks)}{''.join(legend)}</svg>\n"
    )


def keep(path: Path, rows: list[Row]) -> list[dict[str, Any]]:
    """Add rows to those that are kept: of each strategy, event and order the last three; all that are kept."""
    kept: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
    kept += [row._asdict() for row in rows]
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in kept:
        found.setdefault((row["strategy"], row["event"], row["order"]), []).append(row)
    kept = [row for rows_of in found.values() for row in rows_of[-3:]]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1) + "\n")
    return kept


def into(page: Path, text: str) -> None:
    """Put text between the two marks of a page."""
    before, _, rest = page.read_text().partition(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")
