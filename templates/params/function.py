"""Parameters of an event-driven Lambda function's stack."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta

from templates.params.base import LogDays, Name, Scope, Section
from templates.params.data import Data


class FunctionSpec(Section):
    """One function, as ``stacks/functions/NAME.yaml`` gives it. Exactly one trigger, exactly one source of code."""

    runtime: Literal["python3.11", "python3.12", "python3.13", "python3.14", "nodejs22.x", "nodejs24.x"] = "python3.13"
    handler: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_./-]+\.[A-Za-z0-9_]+$")] = "index.handler"
    architecture: Literal["x86_64", "arm64"] = "arm64"
    memory: Annotated[int, Meta(ge=128, le=10240, description="MiB.")] = 128
    timeout: Annotated[int, Meta(ge=1, le=900, description="Seconds.")] = 30
    concurrency: Annotated[
        int,
        Meta(
            ge=0,
            le=1000,
            description="Reserved concurrent executions; 0 reserves none, for accounts with a quota of 10.",
        ),
    ] = 5
    code: Annotated[
        str | None,
        Meta(description="File beside this one, at most 4096 bytes, put inline. Left out: CI publishes an artifact."),
    ] = None
    schedule: Annotated[str, Meta(pattern=r"^(rate|cron)\(.+\)$")] | None = None
    queue: Annotated[bool, Meta(description="Make an SQS queue that feeds the function.")] = False
    pattern: (
        Annotated[
            dict[str, Any],
            Meta(description="EventBridge event pattern; ${Platform}, ${Environment} and ${AWS::...} are filled in."),
        ]
        | None
    ) = None
    environment: dict[Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{1,127}$")], str] = {}
    tables: tuple[Name, ...] = ()
    buckets: tuple[Name, ...] = ()
    wake_queue: Annotated[
        bool,
        Meta(description="May wake the release workers: it gets the URL of their queue of wake-ups as WAKE_QUEUE_URL."),
    ] = False
    log_retention_days: LogDays = 7


class FunctionParams(Section):
    """A function's stack. ``source`` is the text of ``spec.code``; None means an artifact named at release."""

    scope: Scope
    name: str
    spec: FunctionSpec
    source: str | None
    data: Data
    # Region of the release queue, which may differ from the function's own.
    home_region: str


# AWS Lambda Developer Guide, AWS::Lambda::Function Code: what ZipFile takes.
INLINE_LIMIT_BYTES = 4096
_PLACEHOLDERS = frozenset({"Platform", "Environment", "AWS::Partition", "AWS::Region", "AWS::AccountId"})


def faults(spec: FunctionSpec, source: str | None) -> Iterator[tuple[str, str]]:
    """What is wrong between fields that are each valid: ``(key.path, sentence that ends with what to write)``."""
    triggers = [name for name, value in _triggers(spec) if value]
    if len(triggers) != 1:
        found = f"{' and '.join(triggers)} are" if triggers else "nothing is"
        yield "schedule", f"{found} given as the trigger; write exactly one of schedule, queue and pattern"
    if source is not None:
        size = len(source.encode())
        if size > INLINE_LIMIT_BYTES:
            yield (
                "code",
                f"has {size} bytes and goes inline up to {INLINE_LIMIT_BYTES}; leave code out and let CI publish it",
            )
        if not spec.handler.startswith("index."):
            yield "handler", f"is {spec.handler}, but inline code is always the file index; write index.FUNCTION"
    for name in sorted(spec.environment):
        # AWS Lambda Developer Guide, Defined runtime environment variables: names that Lambda keeps for itself.
        if name.startswith(("AWS_", "LAMBDA_")):
            yield f"environment.{name}", "belongs to Lambda; use another name"
    for word in sorted(set(placeholders(spec.pattern)) - _PLACEHOLDERS):
        yield "pattern", f"names ${{{word}}}, which nothing fills in; use one of {', '.join(sorted(_PLACEHOLDERS))}"


def placeholders(node: Any) -> Iterator[str]:
    """The words of every ``${WORD}`` in the strings of a pattern."""
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list | tuple):
        for child in node:
            yield from placeholders(child)
    elif isinstance(node, str):
        yield from re.findall(r"\$\{([^}]*)\}", node)


def _triggers(spec: FunctionSpec) -> tuple[tuple[str, object], ...]:
    return ("schedule", spec.schedule), ("queue", spec.queue), ("pattern", spec.pattern)
