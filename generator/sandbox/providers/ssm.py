"""Systems Manager: parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.table import ResourceTable, Tags
from generator.sandbox.providers.table_provider import TableProvider, surprising

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.sandbox.providers.provider import Context


@surprising(
    ResourceTable(
        "AWS::SSM::Parameter",
        "ssm",
        "put_parameter get_parameter put_parameter delete_parameter",
        "AllowedPattern DataType Description Name Tier Type Value",
        name="Name",
        attributes={"Type": "{Type}", "Value": "{Value}"},
        gone="ParameterNotFound InvalidResourceId",
        defaults={"Description": ""},
        always={"ResourceType": "Parameter"},
        tags=Tags("add_tags_to_resource", "remove_tags_from_resource"),
    )
)
class Parameter(TableProvider):
    """A surprise: one operation creates and updates, and GetParameter shows the half of it."""

    def call(
        self,
        ctx: Context,
        operation: str,
        physical_id: str,
        props: dict[str, Any],
        said: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """PutParameter overwrites one that is there."""
        overwrite = {"Overwrite": True} if operation == self.table.update and physical_id else {}
        return super().call(ctx, operation, physical_id, props, dict(said or {}) | overwrite)

    def find(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetParameter and DescribeParameters."""
        value = super().find(ctx, physical_id, props)
        rows = ctx.client("ssm").describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [physical_id]}])
        return {name: item for row in rows["Parameters"] for name, item in row.items()} | value
