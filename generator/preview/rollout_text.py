"""A small picture of a rollout in text: the tasks of both versions over time. ``rollout_image`` draws the same as an image."""

from generator.release.model.preview import Expected, Phase, Shown
from generator.safe_text import plain

_BEFORE, _AFTER = "█", "░"
_WIDTH = 48
# Without an image that changes, no version names the sides.
_SIDES = ("tasks before", "tasks after")


def duration(seconds: float) -> str:
    """``1 h 05 min``, ``12 min``, ``45 s``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def sides(shown: Shown) -> tuple[str, str]:
    """The two sides of a rollout by their commits: ``9c3ef1304a2b``, ``210f5c6a7b8c``, if the image changes."""
    image = shown.image
    if image is None or not image.before_commit or not image.after_commit or image.before_commit == image.after_commit:
        return _SIDES
    return plain(image.before_commit[:12]), plain(image.after_commit[:12])


def lines(expected: Expected, names: tuple[str, str] = _SIDES, *, width: int = _WIDTH) -> list[str]:
    """One line for each phase: how long, the tasks of both sides as a bar, and the share of traffic of the second side."""
    steps = expected.phases
    if not steps:
        return [f"takes about {duration(expected.seconds)} ({plain(expected.source)})"]
    most = max((step.old_tasks + step.new_tasks for step in steps), default=1) or 1
    unit = max(1, min(2, (width // 2) // most))
    shrink = most * unit > width // 2
    found = [
        f"takes about {duration(expected.seconds)} ({plain(expected.source)}); {_BEFORE} {names[0]}, {_AFTER} {names[1]}"
    ]
    at = 0.0
    for step in steps:
        first, second = _bars(step, most, width // 2) if shrink else (step.old_tasks * unit, step.new_tasks * unit)
        bar = (_BEFORE * first + _AFTER * second).ljust(width // 2)
        found.append(f"  +{duration(at):>10}  {bar}  {step.new_traffic_percent:5.1f} % {names[1]}  {plain(step.name)}")
        at += step.seconds
    return found


def _bars(step: Phase, most: int, room: int) -> tuple[int, int]:
    return round(step.old_tasks / most * room), round(step.new_tasks / most * room)
