"""Systems Manager: parameters."""

from typing import Any

from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising


@surprising("AWS::SSM::Parameter")
class Parameter(Resource):
    """One operation creates and updates, and GetParameter shows the half of it."""

    def call(self, operation: str, /, **said: Any) -> Props:
        """PutParameter overwrites one that is there."""
        overwrite = {"Overwrite": True} if operation == self.table.update and self.id else {}
        return super().call(operation, **said, **overwrite)

    def find(self) -> Props:
        """GetParameter and DescribeParameters."""
        mine = [{"Key": "Name", "Values": [self.id]}]
        rows = self.ctx.client("ssm").describe_parameters(ParameterFilters=mine)["Parameters"]
        return {name: value for row in (*rows, super().find()) for name, value in row.items()}
