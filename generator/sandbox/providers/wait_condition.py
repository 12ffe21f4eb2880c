"""Handles of wait conditions, which do nothing by themselves; a stack without other resources holds one."""

import secrets
from typing import Any

from generator.sandbox.providers.provider import Context, Created
from generator.sandbox.providers.registry import register


class WaitConditionHandle:
    """An address that is created for each handle and forgotten with it (User Guide, "AWS::CloudFormation::WaitConditionHandle")."""

    def create(self, ctx: Context, props: dict[str, Any]) -> Created:
        """Make an address."""
        del props
        host = f"cloudformation-waitcondition-{ctx.region}.s3.{ctx.region}.amazonaws.com"
        address = f"https://{host}/{ctx.stack_id}/{ctx.logical_id}?{secrets.token_hex(8)}"
        return Created(address, {"Id": address})

    def update(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """It has no property that could change."""
        del ctx, old, new
        return Created(physical_id, {"Id": physical_id})

    def delete(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Nothing keeps it."""

    def read(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """Nothing that could differ."""
        del ctx, physical_id, props
        return {}


register("AWS::CloudFormation::WaitConditionHandle", WaitConditionHandle())
