"""Cloud Map: the HTTP namespaces of Service Connect."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call
from generator.sandbox.providers.api_provider import ApiProvider, dropped, picked
from generator.sandbox.providers.provider import Created, ResourceFailure
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context


@provider("AWS::ServiceDiscovery::HttpNamespace")
class HttpNamespace(ApiProvider):
    """`Ref` is the namespace's id."""

    type_name = "AWS::ServiceDiscovery::HttpNamespace"
    known = frozenset({"Description", "Name", "Tags"})
    gone = frozenset({"NamespaceNotFound"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateHttpNamespace, which is an operation that takes time."""
        said = picked(props, "Description", "Name")
        started = call(
            ctx, "servicediscovery", "create_http_namespace",
            CreatorRequestId=str(uuid.uuid4()), Tags=self.tags(ctx, props), **said,
        )  # fmt: skip
        operation = ctx.client("servicediscovery").get_operation(OperationId=started["OperationId"])["Operation"]
        if operation["Status"] == "FAIL":
            raise ResourceFailure(operation.get("ErrorMessage", "The operation failed"), "GeneralServiceException")
        return self._made(ctx, operation["Targets"]["NAMESPACE"])

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateHttpNamespace and tags."""
        made, client = self._made(ctx, physical_id), ctx.client("servicediscovery")
        client.update_http_namespace(
            Id=physical_id, UpdaterRequestId=str(uuid.uuid4()), Namespace={"Description": new.get("Description", "")}
        )
        if lost := dropped(old.get("Tags", []), self.tags(ctx, new)):
            client.untag_resource(ResourceARN=made.attributes["Arn"], TagKeys=lost)
        if tags := self.tags(ctx, new):
            client.tag_resource(ResourceARN=made.attributes["Arn"], Tags=tags)
        return made

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteNamespace; refused while it holds services."""
        del props
        ctx.client("servicediscovery").delete_namespace(Id=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetNamespace and its tags."""
        del props
        client = ctx.client("servicediscovery")
        found = client.get_namespace(Id=physical_id)["Namespace"]
        return {
            **picked(found, "Description", "Name"),
            "Tags": client.list_tags_for_resource(ResourceARN=found["Arn"])["Tags"],
        }

    def _made(self, ctx: Context, namespace: str) -> Created:
        found = ctx.client("servicediscovery").get_namespace(Id=namespace)["Namespace"]
        return Created(namespace, {"Id": namespace, "Arn": found["Arn"]})
