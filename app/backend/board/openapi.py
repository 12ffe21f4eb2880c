"""The description of the API as it is committed: ``app/backend/openapi.json``."""

from typing import Any

from board.application import create
from board.controllers.parts import Parts
from board.settings import Settings
from board.stores.doors import ClosedDoor
from generator.release.model.platform import PlatformFacts


def document() -> dict[str, Any]:
    """OpenAPI 3.1, the same for the same code."""
    nothing = PlatformFacts(name="", default_branch="", repository="", environments={}, stacks={})
    return create(Parts(Settings(), nothing, ClosedDoor())).openapi()
