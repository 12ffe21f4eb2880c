"""Parameters of an event-driven Lambda function's stack."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from templates.params.base import Name, Scope, Section
from templates.params.data import Data


class FunctionSpec(Section):
    """One function, as ``stacks/functions/NAME.yaml`` gives it. Exactly one trigger, exactly one source of code."""

    runtime: Literal["python3.11", "python3.12", "python3.13", "python3.14", "nodejs22.x", "nodejs24.x"] = "python3.13"
    handler: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_./-]+\.[A-Za-z0-9_]+$")] = "index.handler"
    architecture: Literal["x86_64", "arm64"] = "arm64"
    memory: Annotated[int, Meta(ge=128, le=10240, description="MiB.")] = 128
    timeout: Annotated[int, Meta(ge=1, le=900, description="Seconds.")] = 30
    concurrency: Annotated[int, Meta(ge=1, le=1000, description="Reserved concurrent executions.")] = 5
    code: Annotated[
        str | None,
        Meta(description="File beside this one, at most 4096 bytes, put inline. Left out: CI publishes an artifact."),
    ] = None
    schedule: Annotated[str, Meta(pattern=r"^(rate|cron)\(.+\)$")] | None = None
    queue: Annotated[bool, Meta(description="Make an SQS queue that feeds the function.")] = False
    pattern: Annotated[dict[str, Any], Meta(description="EventBridge event pattern.")] | None = None
    environment: dict[Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,127}$")], str] = {}
    tables: tuple[Name, ...] = ()
    buckets: tuple[Name, ...] = ()
    release_queue: Annotated[bool, Meta(description="May send to the release queue; gets its URL as RELEASE_QUEUE_URL.")] = (
        False
    )
    log_retention_days: int = 7


class FunctionParams(Section):
    """A function's stack. ``source`` is the text of ``spec.code``; None means an artifact named at release."""

    scope: Scope
    name: str
    spec: FunctionSpec
    source: str | None
    data: Data
    # Region of the release queue, which may differ from the function's own.
    home_region: str
