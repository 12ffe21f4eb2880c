"""DynamoDB: tables."""

from generator.sandbox.providers.api_calls import picked
from generator.sandbox.providers.provider import ResourceFailure
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising

_POLL = 0.2
# UpdateTable takes these too, but streams go off and on, and attributes only with an index.
_APART = frozenset({"AttributeDefinitions", "StreamSpecification"})


@surprising("AWS::DynamoDB::Table")
class Table(Resource):
    """UpdateTable takes one index at a time, and times to live and streams go off before they differ."""

    def arguments(self, operation: str, props: Props) -> Props:
        """What UpdateTable takes at once."""
        said = super().arguments(operation, props)
        return {k: v for k, v in said.items() if k not in _APART} if operation == self.table.update else said

    def settle(self, operation: str) -> None:
        """Indexes, stream and time to live, then recovery and policy."""
        if operation == self.table.update:
            self._indexes()
            before, after = (props.get("StreamSpecification") for props in (self.old, self.props))
            if before and before != after:
                self.call(operation, StreamSpecification={"StreamEnabled": False})
            if after and before != after:
                self.call(operation, StreamSpecification={**picked(after, "StreamViewType"), "StreamEnabled": True})
        before, after = (props.get("TimeToLiveSpecification", {}) for props in (self.old, self.props))
        for enabled, spec in ((False, before), (True, after)) if before != after else ():
            if spec.get("Enabled"):
                said = {**picked(spec, "AttributeName"), "Enabled": enabled}
                self.call("update_time_to_live", TimeToLiveSpecification=said)
        super().settle(operation)

    def look(self, found: Props) -> Props:
        """DescribeTable and the rest; DescribeTimeToLive names no attribute while it is off."""
        live = super().look(found)
        if "TimeToLiveSpecification" in self.props:
            shown = self.call("describe_time_to_live")["TimeToLiveDescription"]
            enabled = shown["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}
            name = shown if enabled else self.props["TimeToLiveSpecification"]
            live["TimeToLiveSpecification"] = picked(name, "AttributeName") | {"Enabled": enabled}
        return live

    def _indexes(self) -> None:
        before, after = (
            {index["IndexName"]: index for index in props.get("GlobalSecondaryIndexes", ())}
            for props in (self.old, self.props)
        )
        for key in before.keys() & after.keys():
            if before[key] != after[key]:
                raise ResourceFailure(f"Cannot update GSI's properties other than Provisioned Throughput: {key}")
        # What a refused update has left undone is not undone again by its rollback.
        live = {index["IndexName"] for index in self.find().get("GlobalSecondaryIndexes", ())}
        changes = [{"Delete": {"IndexName": key}} for key in before if key not in after and key in live]
        changes += [{"Create": after[key]} for key in after if key not in before and key not in live]
        if len(changes) > 1:
            raise ResourceFailure("Cannot perform more than one GSI creation or deletion in a single update")
        for change in changes:
            said = picked(self.props, "AttributeDefinitions")
            self.call("update_table", GlobalSecondaryIndexUpdates=[change], **said)
            for _ in range(50):
                table = self.find()
                indexes = table.get("GlobalSecondaryIndexes", ())
                if {table["TableStatus"], *(one.get("IndexStatus", "ACTIVE") for one in indexes)} == {"ACTIVE"}:
                    break
                self.ctx.clock.sleep(_POLL)
