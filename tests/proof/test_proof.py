"""The proof in small, on every commit: releases of `app/` under load cost nobody a request."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.proof import report
from tests.proof.__main__ import cells, options
from tests.proof.bed import bed
from tests.proof.events import EVENTS
from tests.proof.load import of_h2load, of_hey
from tests.proof.run import Course, Row, failing, longest_gap, play
from tests.sandbox.installed import need

HEY = """
Latency distribution:
  50% in 0.0101 secs
  99% in 0.0484 secs

Status code distribution:
  [200]\t1500 responses
  [502]\t2 responses

Error distribution:
  [3]\tGet "https://127.0.0.1:1/health": EOF
"""
H2LOAD = """
requests: 2000 total, 2000 started, 1999 done, 1998 succeeded, 2 failed, 1 errored, 0 timeout
status codes: 1998 2xx, 0 3xx, 0 4xx, 1 5xx
"""


def test_releases_under_load_lose_no_request() -> None:
    """Nobody whose request comes during a rolling or a blue/green release gets an error, in both orders of death."""
    for program, package in (("haproxy", "haproxy"), ("hey", "hey"), ("h2load", "nghttp2-client")):
        need(program, package)
    # AWS's own waits are fifty times as short; what processes and connections live through is not.
    with bed(0.02, ("rolling", "blue-green"), bake_minutes=1, known=False) as found:
        for strategy, order in (("rolling", "early"), ("blue-green", "drained")):
            row, course = play(found, strategy, EVENTS["a good version"], order, (15, 0.2))
            assert (row.failed, row.problems) == (0, "")
            assert row.holds
            versions = {label for _, rows in course.buckets for label, failed, _ in rows if not failed}
            assert len(versions) == 2


def asked(*more: str) -> list[tuple[str, str, str]]:
    """What `python -m tests.proof` with these options plays."""
    return [tuple(cell) for cell in cells(options(more))]


def test_shards_play_each_cell_once() -> None:
    """However many machines share the proof, each strategy, event and order is played by exactly one of them."""
    everything = asked()
    assert len(everything) == len(set(everything)) == 4 * len(EVENTS) * 2
    for count in (1, 3, 8):
        parts = [asked("--shard", f"{number}/{count}") for number in range(1, count + 1)]
        assert sorted(cell for part in parts for cell in part) == sorted(everything)
        assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize(
    ("option", "word", "told"),
    [
        ("--events", "a good day", "'a good day' is unknown; write one of: a good version"),
        ("--strategies", "all", "write one of: rolling, blue-green, canary, linear"),
        ("--orders", "late", "write one of: drained, early"),
        ("--shard", "3/2", "write 2/8 for the second of eight parts"),
        ("--shard", "half", "write 2/8 for the second of eight parts"),
    ],
)
def test_a_wrong_word_is_told(option: str, word: str, told: str) -> None:
    """Somebody who mistypes what to play reads which words there are, and no traceback."""
    with pytest.raises(SystemExit, match=re.escape(told)):
        asked(option, word)


def test_a_version_that_turns_bad_fails_from_the_first_bad_answer_to_the_last() -> None:
    """The time for which users met errors counts from the first half second with one to the end of the last."""
    rows = [(0.0, [("a", False, 3)]), (0.5, [("b", True, 1)]), (1.0, [("a", False, 1)]), (4.0, [("b", True, 1)])]
    assert failing(rows) == 4.0
    assert failing(rows[:1]) == 0.0


@pytest.mark.parametrize(
    ("answer", "requests", "failed"),
    [
        (of_hey("x", HEY), 1505, 5),
        (of_hey("x", HEY.partition("Error")[0].replace("[502]", "[204]")), 1502, 0),
        (of_h2load("x", H2LOAD), 2000, 2),
        (of_h2load("x", "could not connect"), 0, 1),
    ],
)
def test_every_failure_that_a_load_program_tells_counts(answer: object, requests: int, failed: int) -> None:
    """An answer of 4xx or 5xx, a connection that was cut and a program that could not begin are failed requests."""
    assert (getattr(answer, "requests", None), getattr(answer, "failed", None)) == (requests, failed)


def test_the_longest_gap_is_the_longest_time_without_a_good_answer() -> None:
    """A reader of the table sees for how long nobody was served, also where failures fill the time."""
    rows = [(0.0, [("a", False, 3)]), (0.5, [("a", True, 3)]), (1.0, [("a", True, 3)]), (1.5, [("b", False, 1)])]
    assert longest_gap(rows) == 1.0
    assert longest_gap(rows[:1]) == 0.0


def test_the_page_keeps_the_last_three_runs_and_says_what_falls_short(tmp_path: Path) -> None:
    """The table holds three runs of each event at most, in the page's own place, and names a bar that fell short."""
    one = Row("rolling", "a good version", "early", 50_000, 0, 0.01, 0.05, 0.0, None, True)
    page, kept = tmp_path / "page.md", tmp_path / "rows.json"
    page.write_text(f"before\n{report.BEGIN}\nstale\n{report.END}\nafter\n")
    for failed in (9, 0, 0, 3):
        rows = report.keep(kept, [one._replace(failed=failed, holds=not failed)])
    report.into(page, report.table(Row(**row) for row in rows))
    assert [row["failed"] for row in rows] == [0, 0, 3]
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "stale" not in text
    assert "| 3 (0.01 %) |" in text
    assert "FALLS SHORT" in text


def test_the_picture_shows_each_version_and_what_failed() -> None:
    """The picture has a bar for each half second and version, red for failures, and a mark for each stage."""
    drawn = report.picture(
        "a < b", Course([(0.0, [("v1", False, 4)]), (0.5, [("v2", False, 2), ("v1", True, 1)])], [(0.2, "BAKE_TIME")])
    )
    assert "a &lt; b" in drawn
    assert "bake time" in drawn
    assert len(re.findall(r'fill="#d33b3b"', drawn)) == 2
