"""Trying something on a resource: time passes, it may be cancelled, and a failure becomes a status, a reason, an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.sandbox.cloudformation import durations
from generator.sandbox.cloudformation.ids import new_id
from generator.sandbox.providers.provider import ResourceFailure
from generator.sandbox.server.clock import Interrupted
from generator.sandbox.server.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.cloudformation.model import Resource
    from generator.sandbox.cloudformation.operation_run import Run


def pause(run: Run, resource: Resource, act: str) -> None:
    """Let the time pass that AWS takes, unless the operation is cancelled meanwhile."""
    left = durations.seconds(resource.type, act)
    while left > 0 and not run.halt.is_set():
        step = min(left, 1.0)
        run.clock.sleep(step)
        left -= step
    if run.halt.is_set() and act != "DELETE":
        raise ResourceFailure("", "")


def guarded(run: Run, resource: Resource, phase: str, act: Callable[[], None]) -> bool:
    """Do it; a failure becomes the resource's status, its reason and an event."""
    shown_phase = "UPDATE" if phase == "ROLLBACK" else phase
    if run.abandoned:
        return False
    try:
        _fail_on_demand(run, resource, phase)
        act()
    except Interrupted:
        return False
    except ResourceFailure as failure:
        halted = run.halt.is_set() and phase != "DELETE"
        word = "creation" if phase == "CREATE" else "update"
        reason = f"Resource {word} cancelled" if halted else _reason(failure)
        run.event(resource, f"{shown_phase}_FAILED", reason)
        return False
    except AwsError as error:
        run.event(resource, f"{shown_phase}_FAILED", error.message)
        return False
    except Exception as error:  # noqa: BLE001 - whatever a provider or botocore raises fails the resource, as on AWS
        run.event(resource, f"{shown_phase}_FAILED", _reason(ResourceFailure(_service_error(error), _code(error))))
        return False
    return True


def _fail_on_demand(run: Run, resource: Resource, phase: str) -> None:
    rolling = "ROLLBACK" in run.stack.status
    fault = run.cloud.take_fault(run.stack.name, resource.logical_id, (phase, "ROLLBACK") if rolling else (phase,))
    if fault is not None:
        raise ResourceFailure(fault.reason, fault.code)


def _reason(failure: ResourceFailure) -> str:
    if not failure.code:
        return failure.reason
    return f'Resource handler returned message: "{failure.reason}" (RequestToken: {new_id()}, HandlerErrorCode: {failure.code})'


def _service_error(error: Exception) -> str:
    """A service's error as AWS's own handlers word it."""
    answer = getattr(error, "response", None)
    if not isinstance(answer, dict):
        return f"{type(error).__name__}: {error}"
    said = answer.get("Error", {})
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    request = answer.get("ResponseMetadata", {}).get("RequestId", "")
    return f"{said.get('Message', '')} (Service: {said.get('Code', '')}, Status Code: {status}, Request ID: {request})"


_CODES = (
    ("AlreadyExists", "AlreadyExists"),
    ("NotFound", "NotFound"),
    ("NoSuch", "NotFound"),
    ("AccessDenied", "AccessDenied"),
    ("Throttl", "Throttling"),
)


def _code(error: Exception) -> str:
    answer = getattr(error, "response", None)
    if not isinstance(answer, dict):
        return "InternalFailure"
    code = str(answer.get("Error", {}).get("Code", ""))
    return next(
        (ours for part, ours in _CODES if part in code), "InvalidRequest" if code else "GeneralServiceException"
    )
