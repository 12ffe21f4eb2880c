"""The exclusion filters of mutable tags, which ministack does not store.

Source: Amazon ECR API Reference, ImageTagMutabilityExclusionFilter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.server.overlay import around
from generator.sandbox.server.remembered import MEMORY
from generator.sandbox.server.shapes import answered, rendered
from generator.sandbox.services.ecr import sample_images

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward
    from generator.sandbox.server.wire import Reply, Request

_FILTERS = "imageTagMutabilityExclusionFilters"


def filters_of(request: Request, repository: str) -> list[dict[str, Any]]:
    """The exclusion filters of a repository: `[{"filterType": "WILDCARD", "filter": "latest"}]`."""
    return list(MEMORY.of(request, "repository", repository).get(_FILTERS, []))


@around("ecr", "CreateRepository")
async def create(request: Request, forward: Forward) -> Reply:
    """Keep the filters; the repository holds its sample images at once."""
    output = answered(request, await forward())
    sample_images.created(request)
    _keep(request)
    output["repository"] |= _kept(request, request.text("repositoryName"))
    return rendered(request, output)


@around("ecr", "PutImageTagMutability")
async def put_mutability(request: Request, forward: Forward) -> Reply:
    """Keep the filters."""
    output = answered(request, await forward())
    _keep(request)
    return rendered(request, output | _kept(request, request.text("repositoryName")))


@around("ecr", "DescribeRepositories")
async def describe(request: Request, forward: Forward) -> Reply:
    """With their filters."""
    output = answered(request, await forward())
    for repository in output.get("repositories", ()):
        repository.update(_kept(request, repository["repositoryName"]))
    return rendered(request, output)


@around("ecr", "DeleteRepository")
async def delete(request: Request, forward: Forward) -> Reply:
    """Forget the filters."""
    reply = await forward()
    if reply.status == 200:
        MEMORY.drop(request, "repository", [request.text("repositoryName")])
    return reply


def _keep(request: Request) -> None:
    MEMORY.put(request, "repository", request.text("repositoryName"), {_FILTERS: request.params.get(_FILTERS) or []})


def _kept(request: Request, repository: str) -> dict[str, Any]:
    filters = filters_of(request, repository)
    return {_FILTERS: filters} if filters else {}
