"""The picture of a rollout shows what its phases say, in a PNG that every program opens."""

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.preview.rollout_image import GROUND, KINDS, LINE, NEW, OLD, grid_step, plot_area, png, shown_seconds
from generator.release.model.preview import Expected, Phase


def phase(seconds: float, old: int, new: int, share: float) -> Phase:
    """A phase without a name."""
    return Phase(name="", seconds=seconds, old_tasks=old, new_tasks=new, new_traffic_percent=share)


def of(*phases: Phase) -> Expected:
    """A rollout of these phases."""
    return Expected(seconds=1, source="x", phases=phases)


class Picture:
    """A PNG taken apart by the rules of its format: signature, chunks with their sums, rows without a filter."""

    def __init__(self, data: bytes) -> None:
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        self.chunks: list[tuple[bytes, bytes]] = []
        at = 8
        while at < len(data):
            (length,) = struct.unpack_from(">I", data, at)
            kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
            assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(kind + body),)
            self.chunks.append((kind, body))
            at += 12 + length
        known = dict(self.chunks)
        self.width, self.height, *rest = struct.unpack(">IIBBBBB", known[b"IHDR"])
        assert rest == [8, 3, 0, 0, 0]
        raw, line = zlib.decompress(known[b"IDAT"]), self.width + 1
        assert len(raw) == line * self.height
        self.rows = [raw[n * line + 1 : (n + 1) * line] for n in range(self.height)]
        assert {raw[n * line] for n in range(self.height)} == {0}
        assert max(map(max, self.rows)) * 3 < len(known[b"PLTE"])

    def kind(self, across: int, up: int) -> int:
        """What is at a place, whatever lies over it: ``up`` counts from the lowest row."""
        return self.rows[self.height - 1 - up][across] % KINDS


def test_the_format() -> None:
    """A PNG with a palette, made for fine screens, the same on every machine and small enough to send."""
    rollout = of(phase(60, 2, 2, 0), phase(0, 2, 2, 0), phase(600, 2, 2, 10), phase(60, 0, 2, 100))
    data = png(rollout)
    picture = Picture(data)
    assert [kind for kind, _ in picture.chunks] == [b"IHDR", b"PLTE", b"pHYs", b"IDAT", b"IEND"]
    assert (picture.width, picture.height) == (960, 320)
    assert data == png(rollout)
    assert len(data) < 10_000


# Phases, and what is a quarter and three quarters up, in the middle of each.
ROLLOUTS: list[tuple[str, list[Phase], list[tuple[int, int]]]] = [
    ("blue and green", [phase(60, 2, 2, 0), phase(300, 2, 2, 100), phase(60, 0, 2, 100)], [(OLD, NEW), (OLD, NEW), (NEW, GROUND)]),
    ("rolling", [phase(60, 4, 2, 0), phase(60, 2, 4, 60), phase(60, 0, 4, 100)], [(OLD, NEW), (OLD, NEW), (NEW, GROUND)]),
    ("the first", [phase(60, 0, 3, 100)], [(NEW, NEW)]),
    ("a pause", [phase(60, 1, 1, 0), phase(0, 1, 1, 50), phase(60, 1, 1, 100)], [(OLD, NEW)] * 3),
    ("pauses alone", [phase(0, 1, 0, 0), phase(0, 0, 1, 100)], [(OLD, OLD), (NEW, NEW)]),
    ("no tasks", [phase(60, 0, 0, 50)], [(GROUND, GROUND)]),
]  # fmt: skip


@pytest.mark.parametrize(("phases", "seen"), [row[1:] for row in ROLLOUTS], ids=[row[0] for row in ROLLOUTS])
def test_each_kind_of_rollout(phases: list[Phase], seen: list[tuple[int, int]]) -> None:
    """Old tasks below, new ones above, each phase where it belongs in time, and the traffic as a line across."""
    picture, place = Picture(png(of(*phases))), plot_area(960, 320)
    shown, wide, high = shown_seconds(phases), place.right - place.left, place.bottom - place.top
    for n, (one, (low, top)) in enumerate(zip(phases, seen, strict=True)):
        across = place.left + int(wide * (sum(shown[:n]) + shown[n] / 2) / sum(shown))
        assert picture.kind(across, place.top + high // 4 + 4) == low
        assert picture.kind(across, place.top + high * 3 // 4 - 4) == top
        up = place.top + round((high - place.thick) * one.new_traffic_percent / 100) + place.thick // 2
        assert picture.kind(across, up) == LINE
    assert picture.kind(2, 2) == GROUND


def test_a_wait_for_people_is_darker() -> None:
    """Nobody knows how long people take: that stretch looks different from those with a length."""
    picture = Picture(png(of(phase(60, 1, 1, 0), phase(0, 1, 1, 0), phase(60, 1, 1, 100))))
    plain, waiting = picture.rows[100][400], picture.rows[100][480]
    assert (plain, waiting) == (NEW, NEW + 2 * KINDS)


def test_nothing_to_show_is_an_empty_grid() -> None:
    """Without phases there is a frame and a grid, and no error."""
    kinds = {value % KINDS for row in Picture(png(of())).rows for value in row}
    assert kinds == {GROUND}


@pytest.mark.parametrize(("width", "height"), [(63, 320), (960, 10), (0, 0), (5000, 320)])
def test_a_size_that_is_no_size(width: int, height: int) -> None:
    """A picture of no size, or of a gigabyte, is refused in a sentence."""
    with pytest.raises(ValueError, match="choose 64 to 4096"):
        png(of(phase(60, 1, 1, 0)), width=width, height=height)


@pytest.mark.parametrize(("seconds", "every"), [(0, 60), (600, 60), (601, 120), (3000, 300), (86400, 14400), (1e9, 0)])
def test_the_grid_has_at_most_ten_lines(seconds: float, every: int) -> None:
    """The time between two lines is one that people count in."""
    assert grid_step(seconds) == every


numbers = st.integers(-3, 10**6) | st.just(10**400)
anything = st.builds(
    Phase, name=st.just(""), seconds=st.floats(), old_tasks=numbers, new_tasks=numbers, new_traffic_percent=st.floats()
)


@settings(max_examples=60)
@given(st.lists(anything, max_size=40), st.integers(64, 300), st.integers(64, 300))
def test_any_phases_are_a_picture(phases: list[Phase], width: int, height: int) -> None:
    """Whatever a reading holds, a whole and valid PNG of the wanted size comes of it."""
    picture = Picture(png(of(*phases), width=width, height=height))
    assert (picture.width, picture.height) == (width, height)


likely = st.builds(phase, st.floats(1, 4000), st.integers(0, 9), st.integers(0, 9), st.floats(0, 100))


@settings(max_examples=60)
@given(st.lists(likely, min_size=1, max_size=6), st.floats(0.01, 0.99), st.floats(0.02, 0.98))
def test_every_moment_and_height(phases: list[Phase], moment: float, height: float) -> None:
    """At any time and height there is what the phase of that time has there: old below new, and the line over both."""
    picture, place = Picture(png(of(*phases))), plot_area(960, 320)
    whole, high = sum(p.seconds for p in phases), place.bottom - place.top
    at, one = 0.0, phases[-1]
    for one in phases:
        if moment * whole < at + one.seconds:
            break
        at += one.seconds
    left, right = (place.left + (place.right - place.left) * edge / whole for edge in (at, at + one.seconds))
    across, up = place.left + int((place.right - place.left) * moment), int(high * height)
    most = max(p.old_tasks + p.new_tasks for p in phases) or 1
    tall = high - high // 8
    old, both = (tall * tasks / most for tasks in (one.old_tasks, one.old_tasks + one.new_tasks))
    line = (high - place.thick) * one.new_traffic_percent / 100
    near = 2 * place.thick
    if min(abs(across - left), abs(across - right)) < near or min(abs(up - old), abs(up - both)) < near:
        return
    found = picture.kind(across, place.top + up)
    if line + 1 <= up <= line + place.thick - 2:
        assert found == LINE
    elif not line - near < up < line + place.thick + near:
        assert found == (OLD if up < old else NEW if up < both else GROUND)
