"""EventBridge: rules with their targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import picked
from generator.sandbox.providers.provider import Created, ResourceFailure
from generator.sandbox.providers.table import ResourceTable, Setting, Tags
from generator.sandbox.providers.table_provider import TableProvider, surprising

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.sandbox.providers.provider import Context


@surprising(
    ResourceTable(
        "AWS::Events::Rule",
        "events",
        "put_rule describe_rule put_rule delete_rule",
        "Description EventBusName EventPattern Name RoleArn ScheduleExpression State Targets",
        name="Name",
        limit=64,
        beside="EventBusName",
        attributes={"Arn": "Arn"},
        gone="ResourceNotFoundException",
        overwrites=True,
        # Ministack keeps what PutRule leaves out; AWS does not ("the old values for those arguments are not kept").
        defaults={"Description": "", "State": "ENABLED"},
        tags=Tags(of="Arn"),
        settings=(Setting("Targets", read="list_targets_by_rule", path="Targets"),),
    )
)
class Rule(TableProvider):
    """`Ref` is the name, after `bus|` when the rule is not on the default bus. Targets may fail one by one."""

    def id_of(self, ctx: Context, props: dict[str, Any], answer: Mapping[str, Any]) -> str:
        """The name and the bus."""
        del ctx, answer
        bus = str(props.get("EventBusName", "default")).rpartition("/")[2]
        return str(props["Name"] if bus == "default" else f"{bus}|{props['Name']}")

    def identity(self, physical_id: str, props: dict[str, Any]) -> dict[str, str]:
        """The name, which some operations call the rule."""
        del props
        return dict.fromkeys(("Name", "Rule"), physical_id.rpartition("|")[2])

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """PutRule, then PutTargets."""
        made = super().make(ctx, props)
        self._targets(ctx, made.physical_id, {}, props)
        return made

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """PutRule again, and targets that differ."""
        made = super().change(ctx, physical_id, old, new)
        self._targets(ctx, physical_id, old, new)
        return made

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """RemoveTargets, then DeleteRule."""
        live = {"Targets": self.call(ctx, "list_targets_by_rule", physical_id, props)["Targets"]}
        self._targets(ctx, physical_id, live, picked(props, "EventBusName"))
        super().remove(ctx, physical_id, props)

    def _targets(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        wanted = new.get("Targets", [])
        kept = {target["Id"] for target in wanted}
        lost = [target["Id"] for target in old.get("Targets", ()) if target["Id"] not in kept]
        for operation, said in (("remove_targets", {"Ids": lost}), ("put_targets", {"Targets": wanted})):
            answer = self.call(ctx, operation, physical_id, new, said) if any(said.values()) else {}
            for entry in answer.get("FailedEntries", ()):
                raise ResourceFailure(f"{entry.get('ErrorMessage', entry['ErrorCode'])}")
