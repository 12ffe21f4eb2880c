"""FIS's own API, as far as templates go: the sandbox keeps experiment templates and runs no experiments.

Source: AWS Fault Injection Service API Reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from generator.sandbox.providers.physical_names import random_text
from generator.sandbox.server.clock import CLOCK
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import operation
from generator.sandbox.server.remembered import MEMORY, picked

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request

_KIND = "experiment-template"
_SAID = (
    "actions", "description", "experimentOptions", "experimentReportConfiguration", "logConfiguration", "roleArn",
    "stopConditions", "tags", "targets",
)  # fmt: skip


def _now() -> float:
    return round(CLOCK.now().timestamp(), 3)


def _get(request: Request, identifier: str) -> dict[str, Any]:
    found = MEMORY.of(request, _KIND, identifier)
    if not found:
        raise AwsError("ResourceNotFoundException", f"ExperimentTemplate {identifier} not found.", 404)
    return found


@operation("fis", "CreateExperimentTemplate")
def create(request: Request) -> dict[str, Any]:
    """CreateExperimentTemplate: what actions refer to must be there."""
    for name in ("actions", "description", "roleArn", "stopConditions"):
        if not request.params.get(name):
            raise AwsError("ValidationException", f"{name} must not be null")
    _check(request.params)
    identifier = f"EXT{random_text(16)}"
    made = {
        "id": identifier,
        "arn": f"arn:aws:fis:{request.region}:{request.account}:experiment-template/{identifier}",
        "creationTime": _now(),
        "lastUpdateTime": _now(),
        "targetAccountConfigurationsCount": 0,
        "experimentOptions": {"accountTargeting": "single-account", "emptyTargetResolutionMode": "fail"},
        **picked(request.params, *_SAID),
    }
    MEMORY.put(request, _KIND, identifier, made)
    return {"experimentTemplate": made}


def _check(said: dict[str, Any]) -> None:
    targets = (said.get("targets") or {}).keys()
    for name, action in (said.get("actions") or {}).items():
        for target in (action.get("targets") or {}).values():
            if target not in targets:
                raise AwsError(
                    "ValidationException", f"Action {name} references target {target}, which is not defined."
                )
        for before in action.get("startAfter") or ():
            if before not in said["actions"]:
                raise AwsError("ValidationException", f"Action {name} starts after {before}, which is not defined.")


@operation("fis", "ListExperimentTemplates")
def list_all(request: Request) -> dict[str, Any]:
    """ListExperimentTemplates, in one page."""
    members = ("id", "arn", "description", "creationTime", "lastUpdateTime", "tags")
    return {"experimentTemplates": [picked(item, *members) for item in MEMORY.all(request, _KIND).values()]}


@operation("fis", "GetExperimentTemplate")
def get(request: Request) -> dict[str, Any]:
    """GetExperimentTemplate."""
    return {"experimentTemplate": _get(request, request.text("id"))}


@operation("fis", "UpdateExperimentTemplate")
def update(request: Request) -> dict[str, Any]:
    """UpdateExperimentTemplate."""
    identifier = request.text("id")
    found, changed = _get(request, identifier), picked(request.params, *_SAID)
    options = {"experimentOptions": found["experimentOptions"] | changed.get("experimentOptions", {})}
    _check(found | changed)
    MEMORY.keep(request, _KIND, identifier, changed | options | {"lastUpdateTime": _now()})
    return get(request)


@operation("fis", "DeleteExperimentTemplate")
def delete(request: Request) -> dict[str, Any]:
    """DeleteExperimentTemplate."""
    found = get(request)
    MEMORY.drop(request, _KIND, [request.text("id")])
    return found


@operation("fis", "ListTagsForResource")
def list_tags(request: Request) -> dict[str, Any]:
    """ListTagsForResource."""
    return {"tags": _get(request, _tagged(request)).get("tags") or {}}


@operation("fis", "TagResource")
def tag(request: Request) -> None:
    """TagResource."""
    _retag(request, {**list_tags(request)["tags"], **(request.params.get("tags") or {})})


@operation("fis", "UntagResource")
def untag(request: Request) -> None:
    """UntagResource; the address holds each key as a parameter of its own."""
    lost = parse_qs(request.raw_query).get("tagKeys", [])
    _retag(request, {key: value for key, value in list_tags(request)["tags"].items() if key not in lost})


def _tagged(request: Request) -> str:
    return request.text("resourceArn").rpartition("/")[2]


def _retag(request: Request, tags: dict[str, str]) -> None:
    MEMORY.keep(request, _KIND, _tagged(request), {"tags": tags})
