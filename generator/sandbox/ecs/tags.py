"""Tags of ECS resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import lookup
from generator.sandbox.ecs.engine_instance import ENGINE
from generator.sandbox.server.overlay import operation

if TYPE_CHECKING:
    from generator.sandbox.ecs.runtime import Runtime
    from generator.sandbox.server.wire import Request


def _tags(world: Runtime, arn: str) -> list[dict[str, str]]:
    state = world.state
    found = state.clusters.get(arn) or state.services.get(arn) or state.tasks.get(arn) or state.definitions.get(arn)
    if found is not None:
        return found.tags
    if arn in state.providers:
        tags: list[dict[str, str]] = state.providers[arn]["tags"]
        return tags
    raise lookup.invalid("The specified resource was not found. Specify a valid resource ARN and try again.")


@operation("ecs", "TagResource")
def tag(request: Request) -> dict[str, Any]:
    """Add tags, or give them new values."""
    with ENGINE.held() as world:
        tags = _tags(world, request.text("resourceArn"))
        given = {row["key"]: row.get("value", "") for row in request.params.get("tags") or []}
        tags[:] = [row for row in tags if row["key"] not in given]
        tags += [{"key": key, "value": value} for key, value in given.items()]
        if len(tags) > 50:
            raise lookup.invalid("A resource can have at most 50 tags.")
    return {}


@operation("ecs", "UntagResource")
def untag(request: Request) -> dict[str, Any]:
    """Take tags away."""
    with ENGINE.held() as world:
        tags = _tags(world, request.text("resourceArn"))
        gone = set(request.params.get("tagKeys") or [])
        tags[:] = [row for row in tags if row["key"] not in gone]
    return {}


@operation("ecs", "ListTagsForResource")
def list_tags(request: Request) -> dict[str, Any]:
    """Show tags."""
    with ENGINE.held() as world:
        return {"tags": list(_tags(world, request.text("resourceArn")))}
