"""Who is asking."""

from fastapi import APIRouter

from board.controllers.parts import TheParts, TheVisitor
from board.models.base import Model, Off

router = APIRouter(prefix="/api", tags=["session"])


class Session(Model):
    """Who you are to the board. ``person`` is your name under ``people:``, "" if you are not there."""

    name: str
    person: str
    teams: list[str]
    environments: list[str]
    reads_logs: bool
    access: str
    off: list[Off]


@router.get("/session")
def session(parts: TheParts, visitor: TheVisitor) -> Session:
    """Who asks, and what they may see."""
    return Session(
        name=visitor.name,
        person=visitor.person,
        teams=sorted(visitor.teams),
        environments=list(parts.visibility.environments(visitor)),
        reads_logs=visitor.reads_logs,
        access=parts.settings.access,
        off=parts.off(),
    )
