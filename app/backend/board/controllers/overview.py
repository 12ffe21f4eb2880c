"""The first page."""

from fastapi import APIRouter

from board.controllers.parts import Asked, TheParts, TheVisitor
from board.models.overview import Overview
from board.services.overview import overview as overview_of

router = APIRouter(prefix="/api", tags=["overview"])


@router.get("/overview")
def overview(parts: TheParts, visitor: TheVisitor, asked: Asked) -> Overview:
    """What runs where, what waits for whom, locks and freezes."""
    seen = [name for name in parts.visibility.environments(visitor) if name in asked.environments]
    return overview_of(parts.facts, parts.now, seen, parts.settings.release, parts.off())
