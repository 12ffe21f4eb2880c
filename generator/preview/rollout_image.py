"""The timeline of a rollout as a PNG: old and new tasks stacked over time, a line for the traffic on the new side.

Nothing is written in it: title and alternative text say what the colours are. It is drawn on a dark ground of its own,
so that a light and a dark page show the same. Indexed colours, 8 bits a pixel, no filter
(https://www.w3.org/TR/png-3/); the same value gives the same bytes.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from generator.release.model.preview import Expected, Phase

WIDTH, HEIGHT = 960, 320  # pixels: what a card shows at half of it is crisp on a fine screen
LEAST, MOST = 64, 4096
GROUND, OLD, NEW, LINE, EDGE = range(5)
KINDS = 5
_PLAIN = ("1f2632", "c9d0dc", "2fa673", "ff9a3d", "141922")
_GRIDDED = ("363f4f", "b3bbc9", "28946a", "ff9a3d", "141922")  # where a line of the grid lies over a colour
_DIMMED = ("1f2632", "7d8594", "286b57", "ff9a3d", "141922")  # while people are waited for
_GRID = bytes(n + KINDS if n < KINDS else n for n in range(256))
_DIM = bytes(n + 2 * KINDS if n < KINDS else n for n in range(256))
_HEADROOM = 8  # one part in so many stays free above all tasks
_DENSITY = 5669  # pixels a metre: 144 dpi
_ENDLESS = 1e9  # seconds; longer phases look as if they took that
_STEPS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_MOST_STEPS = 10
_SLIVER = 0.03  # of the whole, for a phase that waits for people


class PhaseSpan(NamedTuple):
    """A phase in pixels: from ``left`` to before ``right``; heights of both sides and of the line above the ground."""

    left: int
    right: int
    old: int
    new: int
    traffic: int
    waits: bool  # for people: nobody knows how long


class PlotArea(NamedTuple):
    """Where the plot lies: ``left`` and ``top`` belong to it, ``right`` and ``bottom`` don't."""

    left: int
    top: int
    right: int
    bottom: int
    thick: int  # of the line


def plot_area(width: int, height: int) -> PlotArea:
    """The plot within a picture of this size.

    Raises:
        ValueError: a side is below 64 or above 4096 pixels.
    """
    if not (LEAST <= width <= MOST and LEAST <= height <= MOST):
        raise ValueError(f"a picture of {width} by {height} pixels can't be drawn; choose {LEAST} to {MOST}")
    edge = max(6, min(width, height) // 16)
    return PlotArea(edge, edge, width - edge, height - edge, max(2, height // 50))


def phase_spans(phases: Sequence[Phase], place: PlotArea) -> list[PhaseSpan]:
    """Each phase as wide as it is long and as high as its tasks are many; one of no known length is a sliver."""
    seconds = shown_seconds(phases)
    whole = sum(seconds)
    most = max((max(0, p.old_tasks) + max(0, p.new_tasks) for p in phases), default=0) or 1
    wide, high = place.right - place.left, place.bottom - place.top
    tall = high - high // _HEADROOM
    found, at = [], 0.0
    for phase, long in zip(phases, seconds, strict=True):
        left, at = place.left + round(wide * at / whole), at + long
        both = tall * (max(0, phase.old_tasks) + max(0, phase.new_tasks)) // most
        old = tall * max(0, phase.old_tasks) // most
        traffic = round((high - place.thick) * min(100.0, max(0.0, phase.new_traffic_percent)) / 100)
        right = place.left + round(wide * at / whole)
        found.append(PhaseSpan(left, right, old, both - old, traffic, waits=phase.seconds <= 0))
    return found


def shown_seconds(phases: Sequence[Phase]) -> list[float]:
    """How long each phase is drawn; one without a known length (a pause for people) still gets a sliver."""
    known = [min(_ENDLESS, max(0.0, phase.seconds)) for phase in phases]
    sliver = sum(known) * _SLIVER or 1.0
    return [seconds or sliver for seconds in known]


def grid_step(seconds: float) -> int:
    """Seconds between two lines of the grid, so that there are at most ten; 0 for no lines."""
    return next((every for every in _STEPS if every * _MOST_STEPS >= seconds), 0)


def png(expected: Expected, *, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """The picture; ``width`` and ``height`` in pixels. Without phases it is an empty grid.

    Raises:
        ValueError: a side is below 64 or above 4096 pixels.
    """
    place = plot_area(width, height)
    rows = [bytearray(width) for _ in range(height)]  # all GROUND
    drawn = phase_spans(expected.phases, place)
    thin = _thin(place)
    for one in drawn:
        middle = place.bottom - one.old
        _fill(rows, one.left, middle, one.right, place.bottom, OLD)
        _fill(rows, one.left, middle - one.new, one.right, middle, NEW)
        if one.old and one.new > thin:
            _fill(rows, one.left, middle - thin, one.right, middle, GROUND)
        if one.waits:
            _change(rows, one.left, place.top, one.right, place.bottom, _DIM)
    _grid(rows, place, expected.phases)
    bands = list(_bands(drawn, place))
    for left, top, right, bottom in bands:
        _fill(rows, left - thin, top - thin, right + thin, bottom + thin, EDGE)
    for left, top, right, bottom in bands:
        _fill(rows, left, top, right, bottom, LINE)
    return _encoded(rows, width, height)


def _bands(drawn: Sequence[PhaseSpan], place: PlotArea) -> Iterator[tuple[int, int, int, int]]:
    """The line as rectangles: along each phase, and up or down to the next."""
    before: int | None = None
    for one in drawn:
        top = place.bottom - place.thick - one.traffic
        yield one.left, top, one.right, top + place.thick
        if before is not None and before != top:
            half = place.thick // 2
            yield one.left - half, min(before, top), one.left + place.thick - half, max(before, top) + place.thick
        before = top


def _thin(place: PlotArea) -> int:
    return max(1, place.thick // 3)


def _grid(rows: list[bytearray], place: PlotArea, phases: Sequence[Phase]) -> None:
    """A frame, quarters of the height, and a line for every so many minutes (waiting for people takes none)."""
    thin = _thin(place)
    across = [place.top + (place.bottom - place.top) * n // 4 for n in range(1, 4)]
    for top in (*across, place.top, place.bottom - thin):
        _change(rows, place.left, top, place.right, top + thin, _GRID)
    for left in (place.left, place.right - thin, *_minutes(place, phases)):
        _change(rows, left, place.top, left + thin, place.bottom, _GRID)


def _minutes(place: PlotArea, phases: Sequence[Phase]) -> Iterator[int]:
    whole, wide = sum(shown_seconds(phases)), place.right - place.left
    known = [min(_ENDLESS, max(0.0, phase.seconds)) for phase in phases]
    every = grid_step(sum(known))
    if not every:
        return
    start, at, due = 0.0, 0.0, float(every)
    for seconds, shown in zip(known, shown_seconds(phases), strict=True):
        while seconds and due < at + seconds:
            yield place.left + int(wide * (start + due - at) / whole)
            due += every
        start, at = start + shown, at + seconds


def _fill(rows: list[bytearray], left: int, top: int, right: int, bottom: int, colour: int) -> None:  # noqa: PLR0913, PLR0917 - a rectangle and its colour
    left = max(0, left)
    strip = bytes([colour]) * (right - left)
    for row in rows[max(0, top) : max(0, bottom)]:
        row[left:right] = strip


def _change(rows: list[bytearray], left: int, top: int, right: int, bottom: int, how: bytes) -> None:  # noqa: PLR0913, PLR0917 - a rectangle and its change
    for row in rows[top:bottom]:
        row[left:right] = row[left:right].translate(how)


def _encoded(rows: Sequence[bytearray], width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    palette = bytes.fromhex("".join(_PLAIN + _GRIDDED + _DIMMED))
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    parts = [
        (b"IHDR", head),
        (b"PLTE", palette),
        (b"pHYs", struct.pack(">IIB", _DENSITY, _DENSITY, 1)),
        (b"IDAT", body),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in [*parts, (b"IEND", b"")])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
