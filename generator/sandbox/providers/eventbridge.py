"""EventBridge: rules with their targets."""

from collections.abc import Mapping
from typing import Any

from generator.sandbox.providers.provider import ResourceFailure
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table_provider import surprising


@surprising("AWS::Events::Rule")
class Rule(Resource):
    """The id has the bus, the operations call the name the rule, too, and targets may fail one by one."""

    def id_of(self, answer: Mapping[str, Any]) -> str:
        """The name and the bus."""
        del answer
        name, bus = str(self.props["Name"]), str(self.props.get("EventBusName", "default")).rpartition("/")[2]
        return name if bus == "default" else f"{bus}|{name}"

    def identity(self) -> dict[str, Any]:
        """The name, and the bus."""
        return super().identity() | dict.fromkeys(("Name", "Rule"), self.id.rpartition("|")[2])

    def settle(self, operation: str) -> None:
        """RemoveTargets and PutTargets."""
        del operation
        self._exchange_targets(self.old.get("Targets", []), self.props.get("Targets", []))

    def delete(self) -> None:
        """RemoveTargets, then DeleteRule."""
        self._exchange_targets(self.call("list_targets_by_rule")["Targets"], [])
        super().delete()

    def _exchange_targets(self, old: list[Any], new: list[Any]) -> None:
        kept = {target["Id"] for target in new}
        lost = [target["Id"] for target in old if target["Id"] not in kept]
        for operation, said in (("remove_targets", {"Ids": lost}), ("put_targets", {"Targets": new})):
            answer = self.call(operation, **said) if any(said.values()) else {}
            for entry in answer.get("FailedEntries", ()):
                raise ResourceFailure(f"{entry.get('ErrorMessage', entry['ErrorCode'])}")
