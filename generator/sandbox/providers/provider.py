"""What a provider of a resource type is: its input, its context and its results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


class ResourceFailure(Exception):  # noqa: N818 - it is the resource that failed, as CloudFormation words it
    """A resource operation failed; CloudFormation shows the reason in the event and rolls back.

    Args:
        reason: What the service said, without CloudFormation's wrapping; the engine adds `Resource handler returned
            message: "..." (RequestToken: ..., HandlerErrorCode: ...)`.
        code: The handler error code, one of those in the CloudFormation CLI User Guide, "Handler error codes", such as
            `InvalidRequest`, `AlreadyExists`, `NotFound`, `NotStabilized`, `GeneralServiceException`.
    """

    def __init__(self, reason: str, code: str = "InvalidRequest") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class Time(Protocol):
    """The time that engines and providers live by: the sandbox's clock, whose sleeps are scaled by its speed."""

    def now(self) -> datetime:
        """The present, aware and in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let that many of AWS's seconds pass, fewer or none of ours."""
        ...


class Context(Protocol):
    """Where a resource operation happens. The engine makes one per operation.

    Attributes:
        account: The 12-digit account of the stack.
        region: The region of the stack.
        stack_id: The ARN of the stack.
        stack_name: The name of the stack.
        logical_id: The name of the resource in the template.
        tags: The stack's tags and the three `aws:cloudformation:*` ones: put them on every resource that can be tagged.
        clock: The sandbox's clock: ask it for the time and sleep by it, so that speed holds everywhere.
    """

    account: str
    region: str
    stack_id: str
    stack_name: str
    logical_id: str
    tags: Mapping[str, str]
    clock: Time

    @property
    def cancelled(self) -> Callable[[], bool]:
        """Whether the operation was cancelled (`CancelUpdateStack`): a provider that waits asks again and again."""
        ...

    def initiated(self, physical_id: str) -> None:
        """Say that the resource exists now, before waiting for it to become stable.

        CloudFormation shows `Resource creation Initiated`; if `create` then fails, the rollback deletes the resource.
        Providers that only make one call need not say it.
        """
        ...

    def client(self, service: str) -> Any:
        """A botocore client against this sandbox, in the stack's account and region, with its execution role."""
        ...


class Created(NamedTuple):
    """What a resource is after it was created or changed.

    Attributes:
        physical_id: The physical resource id, which is also the value of `Ref`.
        attributes: The values of `Fn::GetAtt`, by attribute name; a nested one as `Endpoint.Address`.
    """

    physical_id: str
    attributes: dict[str, Any]


class Provider(Protocol):
    """One resource type. All methods block, run on threads, and raise `ResourceFailure` when the service refuses.

    Properties arrive resolved, in CloudFormation's shape. A number or boolean may arrive as text (`"2"`, `"true"`), as
    CloudFormation takes both: convert before you calculate or call an API.
    """

    def create(self, ctx: Context, props: dict[str, Any]) -> Created:
        """Make the resource and wait until it is stable."""
        ...

    def update(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Change it in place. Replacements are the engine's: it calls `create`, and `delete` in the clean-up."""
        ...

    def delete(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Delete it; that it is gone already is fine."""
        ...

    def read(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """The live properties in CloudFormation's shape, as far as the API gives them; drift detection compares them.

        `props` is what the template says, so that defaults nobody asked for can be left out.

        Raises:
            ResourceFailure: Code `NotFound` if the resource is gone; CloudFormation then reports `DELETED`.
        """
        ...
