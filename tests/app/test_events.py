"""The stream of steps: who hears what, what was missed, and how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from board.services import events
from board.services.events import KEPT, WAITING, Events, TooManyListenersError
from board.services.read_model import Happened
from generator.release.model.release import Moment
from tests.app.stage import Stage
from tests.release.values import release


def happened(number: int, environment: str = "prod") -> Happened:
    found = release(id=f"{environment}-app-{number}")
    ref = found.stack.__class__(
        key=f"{environment}/service-app", name="s", account="1", region="eu-west-1", service="app"
    )
    return Happened(release(id=found.id, stack=ref), Moment(at=float(number), what=f"step {number}"))


async def heard(stream: AsyncIterator[str], count: int) -> list[str]:
    """The next messages of a stream that carry something, by their kind and step."""
    found: list[str] = []
    async for text in stream:
        if "event: " in text:
            kind = text.partition("event: ")[2].partition("\n")[0]
            data = json.loads(text.partition("data: ")[2])
            found.append(data["what"] if kind == "step" else kind)
            if len(found) == count:
                break
    return found


def everything(_: str) -> bool:
    return True


def test_each_hears_what_they_may_see() -> None:
    """Two listen; a step of prod reaches only who sees prod."""

    async def story() -> None:
        board = Events(5)
        all_, some = board.listen(everything, ""), board.listen(lambda name: name == "dev", "")
        assert await anext(all_) == await anext(some) == "retry: 2000\n\n"
        assert board.listeners == 2
        board.publish([happened(1), happened(2, "dev")])
        assert await heard(all_, 2) == ["step 1", "step 2"]
        assert await heard(some, 1) == ["step 2"]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("{run}-1", ["step 2", "step 3"]),
        ("{run}-3", []),
        ("{run}-4", ["reload"]),
        ("{run}-0", ["step 1", "step 2", "step 3"]),
        ("other-1", ["reload"]),
        ("{run}-x", ["reload"]),
        ("", []),
    ],
)
def test_who_was_away_misses_nothing(last: str, expected: list[str]) -> None:
    """What was missed comes first; where nobody can tell what that is, the page is told to load again."""

    async def story() -> None:
        board = Events(5)
        board.publish([happened(1), happened(2), happened(3)])
        stream = board.listen(everything, last.format(run=board._run))
        await anext(stream)
        board.publish([happened(4)])
        assert await heard(stream, len(expected) + 1) == [*expected, "step 4"]

    asyncio.run(story())


def test_what_is_kept_is_bounded() -> None:
    """Who was away for too long loads again; who does not read is told to come back, and costs no more memory."""

    async def story() -> None:
        board = Events(5)
        slow = board.listen(everything, "")
        await anext(slow)
        board.publish([happened(number) for number in range(1, KEPT + 10)])
        assert (await heard(slow, WAITING + 1))[-1] == "reconnect"
        assert await heard(board.listen(everything, f"{board._run}-1"), 1) == ["reload"]
        assert len(board._last) == KEPT

    asyncio.run(story())


def test_listeners_are_counted() -> None:
    """No more than so many; one that leaves makes room, and one that came at the same moment is told to come back."""

    async def story() -> None:
        board = Events(2)
        one, two, three = (board.listen(everything, "") for _ in range(3))
        for stream in (one, two, three):
            await anext(stream)
        assert await heard(three, 1) == ["reconnect"]
        with pytest.raises(TooManyListenersError):
            board.listen(everything, "")
        await one.aclose()  # type: ignore[attr-defined]
        assert board.listeners == 2
        await three.aclose()  # type: ignore[attr-defined]
        board.listen(everything, "")

    asyncio.run(story())


def test_a_quiet_stream_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something is sent well within the 60 seconds after which a load balancer would end the connection."""
    assert 0 < events.HEARTBEAT <= 30
    monkeypatch.setattr(events, "HEARTBEAT", 0.001)

    async def story() -> None:
        stream = Events(1).listen(everything, "")
        await anext(stream)
        assert await anext(stream) == ": heartbeat\n\n"

    asyncio.run(story())


def test_a_process_that_stops_tells_its_listeners() -> None:
    """Each is told to connect again, which another task answers; nobody new is served."""

    async def story() -> None:
        board = Events(5)
        stream = board.listen(everything, "")
        await anext(stream)
        board.close()
        assert await heard(stream, 1) == ["reconnect"]
        with pytest.raises(TooManyListenersError):
            board.listen(everything, "")

    asyncio.run(story())
    stage = Stage()
    stage.parts.events.close()
    assert "too many" in stage.get("/api/events", 503)["error"]


@pytest.mark.parametrize(("delay", "within"), [(5, False), (25, False), (30, True), (300, True)])
def test_a_stream_ends_before_the_load_balancer_would_cut_it(delay: int, within: bool) -> None:
    """A page's stream ends in order within the deregistration delay of 30 s that services have, whatever it was told."""
    assert (delay > events.LONGEST) is within


def test_a_stream_that_has_lasted_asks_the_page_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page whose stream is over after its longest time hears so, and is not left with a connection that was cut."""
    monkeypatch.setattr(events, "LONGEST", 0.001)

    async def scene() -> list[str]:
        return [text async for text in Events(1).listen(everything, "")]

    heard = asyncio.run(scene())
    assert heard[0] == "retry: 2000\n\n"
    assert heard[-1] == "event: reconnect\ndata: {}\n\n"
