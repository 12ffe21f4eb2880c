"""Documents about the sandbox of a checkout."""

import msgspec

from generator.cli.documents import Document
from generator.cli.documents.release_documents import StackResult


class SandboxDocument(Document, tag="sandbox/1"):
    """The running sandbox, when it starts. ``environment`` holds the variables that lead AWS's tools to it."""

    port: int
    pid: int
    environment: dict[str, str]


class SandboxStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The process. ``idle`` is seconds since the last call, ``idle_limit`` minutes (0: it never stops by itself)."""

    pid: int
    port: int
    root: str
    state: str | None
    code: str
    speed: float
    started: float
    idle: int
    idle_limit: float
    calls: int


class SandboxStatusDocument(Document, tag="sandbox-status/1"):
    """The sandbox of this checkout, null if none answers."""

    sandbox: SandboxStatus | None


class PreparedDocument(Document, tag="sandbox-prepared/1"):
    """What the sandbox has now, so that a first release can begin. ``version`` is null where none was published."""

    zones: tuple[str, ...]
    stacks: tuple[StackResult, ...]
    version: str | None
