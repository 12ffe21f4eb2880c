"""A small picture of a rollout in text: old and new tasks over time. ``rollout_image`` draws the same as an image."""

from generator.release.model.preview import Expected, Phase
from generator.safe_text import plain

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
