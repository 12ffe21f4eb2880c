"""What the providers of types that ministack serves have in common: they refuse what they don't know and read back.

A provider of such a type makes, changes, removes and looks up one resource through its service's API. This base adds
what CloudFormation does around that: a property the sandbox does not do is refused, a resource that is gone is fine
when deleted and `NotFound` when read, and what is read has the shape of what the template says.
"""

from __future__ import annotations

import abc
import contextlib
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from generator.sandbox.providers.live_values import shaped
from generator.sandbox.providers.provider import ResourceFailure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.sandbox.providers.provider import Context, Created
    from generator.sandbox.providers.tags import Tag


class ApiProvider(abc.ABC):
    """The provider of one type.

    Attributes:
        type_name: Such as `AWS::Logs::LogGroup`.
        known: The properties that the sandbox does; any other is refused.
        gone: The error codes by which the service says that the resource is not there.
        own_tags: Whether the service takes the `aws:cloudformation:*` tags from us. S3 and CloudWatch refuse them from
            anyone but CloudFormation itself, so there they are missing (docs/sandbox.md).
    """

    type_name: str
    known: frozenset[str]
    gone: frozenset[str] = frozenset()
    own_tags: bool = True

    def create(self, ctx: Context, props: dict[str, Any]) -> Created:
        """Make the resource.

        Raises:
            ResourceFailure: A property is one that the sandbox does not do, or the name is taken.
            ClientError: The service refused; the engine words it as AWS's handlers do.
        """
        self._check(props)
        return self.make(ctx, props)

    def update(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Change it in place.

        Raises:
            ResourceFailure: Code `NotFound` if it was deleted behind CloudFormation's back.
        """
        self._check(new)
        with self._there(physical_id):
            return self.change(ctx, physical_id, old, new)

    def delete(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Delete it; that it is gone already is fine."""
        with unless(*self.gone):
            self.remove(ctx, physical_id, props)

    def read(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """The live values of what the template says; others are not compared, as CloudFormation's drift does not."""
        with self._there(physical_id):
            live = self.look(ctx, physical_id, props)
        if isinstance(live.get("Tags"), list) and "Tags" in props:
            live["Tags"] = self._said_tags(ctx, props, live["Tags"])
        return {
            key: shaped(key, props[key], value) for key, value in live.items() if key in props and value is not None
        }

    @abc.abstractmethod
    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """Create it through its API."""

    @abc.abstractmethod
    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Update it through its API."""

    @abc.abstractmethod
    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Delete it through its API; `gone` errors may pass."""

    @abc.abstractmethod
    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """Describe it through its API, in CloudFormation's names; None for what is not set."""

    def tags(self, ctx: Context, props: Mapping[str, Any]) -> list[Tag]:
        """The tags of the resource, the stack's and CloudFormation's own, as `{"Key": ..., "Value": ...}`."""
        merged = {**ctx.tags, **{tag["Key"]: str(tag["Value"]) for tag in props.get("Tags", ())}}
        return [
            {"Key": key, "Value": value}
            for key, value in merged.items()
            if self.own_tags or not key.lower().startswith("aws:")
        ]

    def tag_map(self, ctx: Context, props: Mapping[str, Any]) -> dict[str, str]:
        """The same as a map, for services that take one."""
        return {tag["Key"]: tag["Value"] for tag in self.tags(ctx, props)}

    def taken(self, name: str) -> ResourceFailure:
        """The failure when a resource of that name is there already."""
        return ResourceFailure(
            f"Resource of type '{self.type_name}' with identifier '{name}' already exists.", "AlreadyExists"
        )

    def absent(self, physical_id: str) -> ResourceFailure:
        """The failure when the resource is not there."""
        return ResourceFailure(
            f"Resource of type '{self.type_name}' with identifier '{physical_id}' was not found.", "NotFound"
        )

    def _check(self, props: dict[str, Any]) -> None:
        strange = sorted(props.keys() - self.known)
        if strange:
            raise ResourceFailure(
                f"The sandbox does not do {', '.join(strange)} of {self.type_name}; leave it out, or deploy to an AWS account"
            )

    @contextlib.contextmanager
    def _there(self, physical_id: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            if code_of(error) in self.gone:
                raise self.absent(physical_id) from error
            raise

    def _said_tags(self, ctx: Context, props: dict[str, Any], live: list[Tag]) -> list[Tag]:
        said = {tag["Key"] for tag in props["Tags"]}
        return [
            {"Key": tag["Key"], "Value": tag["Value"]}
            for tag in live
            if tag["Key"] in said or (not tag["Key"].startswith("aws:") and tag["Key"] not in ctx.tags)
        ]


def code_of(error: ClientError) -> str:
    """The error code of a service's refusal."""
    return str(error.response.get("Error", {}).get("Code", ""))


class unless:  # noqa: N801 - reads as `with unless("NoSuchBucket"):`
    """Lets these error codes pass as done.

    Args:
        codes: Such as `NoSuchBucket`.
    """

    def __init__(self, *codes: str) -> None:
        self._codes = codes

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        """Whether the error is one of those."""
        return isinstance(error, ClientError) and code_of(error) in self._codes


def picked(props: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Those of the named properties that are set, for APIs that name them as CloudFormation does."""
    return {name: props[name] for name in names if name in props}


def lower_first(name: str) -> str:
    """`KmsKeyId` as `kmsKeyId`."""
    return name[:1].lower() + name[1:]


def deep(node: Any, rename: Any) -> Any:
    """A value with every key of its maps renamed."""
    if isinstance(node, dict):
        return {rename(key): deep(value, rename) for key, value in node.items()}
    if isinstance(node, list):
        return [deep(value, rename) for value in node]
    return node
