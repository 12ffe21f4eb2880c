"""A small picture of a rollout: old and new tasks over time, as text for terminals and as SVG for cards.

The SVG names no font or link of elsewhere, and everything in it is escaped. Where a card can't show SVG, the text
picture stands in for it.
"""

from collections.abc import Sequence
from html import escape

from generator.preview.safe import plain
from generator.release.model.reading import Expected, Phase

_OLD, _NEW = "█", "░"
_WIDTH = 48


def duration(seconds: float) -> str:
    """``1 h 05 min``, ``12 min``, ``45 s``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def lines(expected: Expected, *, width: int = _WIDTH) -> list[str]:
    """One line for each phase: how long, tasks old and new as a bar, traffic on the new side."""
    steps = expected.phases
    if not steps:
        return [f"takes about {duration(expected.seconds)} ({plain(expected.source)})"]
    most = max((step.old_tasks + step.new_tasks for step in steps), default=1) or 1
    unit = max(1, min(2, (width // 2) // most))
    shrink = most * unit > width // 2
    found = [f"takes about {duration(expected.seconds)} ({plain(expected.source)}); {_OLD} old tasks, {_NEW} new tasks"]
    at = 0.0
    for step in steps:
        old, new = _bars(step, most, width // 2) if shrink else (step.old_tasks * unit, step.new_tasks * unit)
        bar = (_OLD * old + _NEW * new).ljust(width // 2)
        found.append(f"  +{duration(at):>10}  {bar}  {step.new_traffic_percent:5.1f} % new  {plain(step.name)}")
        at += step.seconds
    return found


def _bars(step: Phase, most: int, room: int) -> tuple[int, int]:
    return round(step.old_tasks / most * room), round(step.new_tasks / most * room)


def svg(expected: Expected, *, width: int = 480, height: int = 140) -> str:
    """The same as SVG: areas of old and new tasks, and a line for the traffic on the new side."""
    steps = expected.phases
    whole = sum(_shown_seconds(steps))
    most = max((step.old_tasks + step.new_tasks for step in steps), default=0)
    label = escape(plain(f"Rollout of about {duration(expected.seconds)}: {expected.source}"), quote=True)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="{label}" font-family="sans-serif" font-size="11">'
    title = f"<title>{label}</title>"
    if not steps or not whole or not most:
        return f'{head}{title}<text x="8" y="20">{label}</text></svg>'
    left, top, right, bottom = 8, 24, width - 8, height - 24
    parts = [head, title, f'<text x="{left}" y="14">{label}</text>']
    points = []
    x = float(left)
    for step, seconds in zip(steps, _shown_seconds(steps), strict=True):
        wide = (right - left) * seconds / whole
        scale = (bottom - top) / most
        old, new = step.old_tasks * scale, step.new_tasks * scale
        name = escape(plain(f"{step.name}: {step.old_tasks} old, {step.new_tasks} new, {duration(step.seconds)}"))
        parts.append(
            f'<g><title>{name}</title><rect x="{x:.1f}" y="{bottom - old:.1f}" width="{wide:.1f}" height="{old:.1f}" fill="#8a93a6"/>'
        )
        parts.append(
            f'<rect x="{x:.1f}" y="{bottom - old - new:.1f}" width="{wide:.1f}" height="{new:.1f}" fill="#2f7d4f"/></g>'
        )
        y = bottom - (bottom - top) * step.new_traffic_percent / 100
        points += [f"{x:.1f},{y:.1f}", f"{x + wide:.1f},{y:.1f}"]
        x += wide
    parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="#b3471d" stroke-width="2"/>')
    parts.append(
        f'<text x="{left}" y="{height - 8}" fill="#8a93a6">old tasks</text><text x="{left + 70}" y="{height - 8}" fill="#2f7d4f">new tasks</text>'
    )
    parts.append(f'<text x="{left + 145}" y="{height - 8}" fill="#b3471d">traffic on the new side</text></svg>')
    return "".join(parts)


def _shown_seconds(steps: Sequence[Phase]) -> list[float]:
    """Phases without a known length (a pause for people) still get a sliver."""
    whole = sum(step.seconds for step in steps)
    return [step.seconds or whole * 0.03 for step in steps]
