"""What the load balancer and ECS ask."""

from fastapi import APIRouter, HTTPException

from board.controllers.parts import TheParts
from board.models.base import Model

router = APIRouter(tags=["health"])


class Health(Model):
    """The process answers. ``release`` is the commit that it was built from."""

    status: str
    release: str


@router.get("/health")
async def health(parts: TheParts) -> Health:
    """Whether the process lives."""
    return Health(status="ok", release=parts.settings.release)


@router.get("/ready")
async def ready(parts: TheParts) -> Health:
    """Whether requests should be sent here: not before the log was read once, and not once the process is to stop."""
    if parts.is_draining:
        raise HTTPException(503, "the board is stopping; ask another task")
    if parts.read_model is not None and not parts.now.at:
        raise HTTPException(503, f"the log was not read yet; try again in a moment. {parts.log_failure}".strip())
    return Health(status="ready", release=parts.settings.release)
