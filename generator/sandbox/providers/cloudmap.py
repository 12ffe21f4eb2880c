"""Cloud Map: the HTTP namespaces of Service Connect. `Ref` is the namespace's id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.provider import ResourceFailure
from generator.sandbox.providers.table import ResourceTable, Tags
from generator.sandbox.providers.table_provider import TableProvider, surprising

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.sandbox.providers.provider import Context


@surprising(
    ResourceTable(
        "AWS::ServiceDiscovery::HttpNamespace",
        "servicediscovery",
        "create_http_namespace get_namespace update_http_namespace delete_namespace",
        "Description Name",
        key="Id",
        attributes={"Id": "{id}", "Arn": "Arn"},
        gone="NamespaceNotFound",
        defaults={"Description": ""},
        tags=Tags(of="Arn"),
        said=lambda props: {**props, "Namespace": {"Description": props.get("Description", "")}},
    )
)
class HttpNamespace(TableProvider):
    """A surprise: CreateHttpNamespace answers an operation that takes time, and the operation the namespace."""

    def id_of(self, ctx: Context, props: dict[str, Any], answer: Mapping[str, Any]) -> str:
        """The target of the operation."""
        del props
        found = ctx.client("servicediscovery").get_operation(OperationId=answer["OperationId"])["Operation"]
        if found["Status"] == "FAIL":
            raise ResourceFailure(found.get("ErrorMessage", "The operation failed"), "GeneralServiceException")
        return str(found["Targets"]["NAMESPACE"])
