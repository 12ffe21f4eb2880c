"""What `plan` shows of an environment, compared with what `apply` then did."""

import re
from collections.abc import Iterator, Mapping, Sequence

from generator.apply.plan import Planned
from generator.release.model.release import Release


def unlike_plan(planned: list[Planned], released: Mapping[str, Sequence[Release]]) -> Iterator[str]:
    """What a plan shows and an apply does otherwise: which stacks, in how many releases, and what happens to each resource.

    ``released`` has the releases of each stack, the newest first. A plan reads the first one.
    """
    shown = {p.stack.key: p for p in planned if p.kind != "unchanged"}
    yield from (f"{key} is planned as {shown[key].kind} and not released" for key in shown.keys() - released.keys())
    yield from (f"{key} is released and not planned" for key in released.keys() - shown.keys())
    for key in shown.keys() & released.keys():
        reading, did = shown[key].reading, released[key][-1].reading
        said = re.match(r"in (\d+) releases", shown[key].why)
        if len(released[key]) != (int(said[1]) if said else 1):
            yield f"{key}: plan says {shown[key].why!r}, and there are {len(released[key])} releases"
        if reading is None or did is None:
            continue  # created, or it only follows: what it gets is known once its source is released
        more = {(row.logical_id, row.action, row.effect) for row in did.meaning.effects}
        less = {(row.logical_id, row.action, row.effect) for row in reading.meaning.effects}
        follows = bool(shown[key].why) and (not said or "reaches this stack" in shown[key].why)
        if follows:  # it follows as well: values that move meanwhile change more of it
            more = {(name, "", "") for name, _, _ in more}
            less = {(name, "", "") for name, _, _ in less}
        if less - more or (more - less and not follows):
            yield f"{key}: plan shows {sorted(less - more)}, and {sorted(more - less)} happens"
