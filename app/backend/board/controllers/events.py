"""The stream of what happens."""

from typing import Annotated

from fastapi import APIRouter, Header, HTTPException
from fastapi.responses import StreamingResponse

from board.controllers.parts import TheParts, TheVisitor
from board.models.events import StepEvent
from board.services.events import TooManyListenersError

router = APIRouter(prefix="/api", tags=["events"])


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "model": StepEvent}},
)
async def events(
    parts: TheParts, visitor: TheVisitor, last_event_id: Annotated[str, Header(max_length=64)] = ""
) -> StreamingResponse:
    """New steps of releases, as server-sent events.

    `step` carries a step; `reload` says that steps were missed and the page should be read again; `reconnect` says that
    this stream is over, and that another one waits: each ends after 25 seconds, and when this process stops.
    """
    if parts.is_draining:
        raise HTTPException(503, "the board is stopping; connect again, and another task answers")
    try:
        stream = parts.events.listen(lambda name: parts.visibility.sees(visitor, name), last_event_id)
    except TooManyListenersError as error:
        raise HTTPException(503, "too many pages listen here; this one looks again from time to time") from error
    # nginx and others would hold the stream back until a buffer is full.
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
