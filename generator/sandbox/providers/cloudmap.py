"""Cloud Map: the HTTP namespaces of Service Connect."""

from collections.abc import Mapping
from typing import Any

from generator.sandbox.providers.provider import ResourceFailure
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table_provider import surprising


@surprising("AWS::ServiceDiscovery::HttpNamespace")
class HttpNamespace(Resource):
    """CreateHttpNamespace answers an operation that takes time, and the operation the namespace."""

    def id_of(self, answer: Mapping[str, Any]) -> str:
        """The target of the operation."""
        found = self.ctx.client("servicediscovery").get_operation(OperationId=answer["OperationId"])["Operation"]
        if found["Status"] == "FAIL":
            raise ResourceFailure(found.get("ErrorMessage", "The operation failed"), "GeneralServiceException")
        return str(found["Targets"]["NAMESPACE"])
