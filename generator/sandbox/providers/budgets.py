"""Budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call
from generator.sandbox.providers.api_provider import ApiProvider, dropped
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context


@provider("AWS::Budgets::Budget")
class Budget(ApiProvider):
    """`Ref` is the budget's name; its notifications replace it."""

    type_name = "AWS::Budgets::Budget"
    known = frozenset({"Budget", "NotificationsWithSubscribers", "ResourceTags"})
    gone = frozenset({"NotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateBudget."""
        name = props["Budget"].get("BudgetName") or generated_name(ctx, limit=100)
        call(
            ctx, "budgets", "create_budget", AccountId=ctx.account, Budget={**props["Budget"], "BudgetName": name},
            NotificationsWithSubscribers=props.get("NotificationsWithSubscribers"),
            ResourceTags=self.tags(ctx, {"Tags": props.get("ResourceTags", [])}) or None,
        )  # fmt: skip
        return Created(name, {"Id": name})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateBudget and tags."""
        wanted = {**new["Budget"], "BudgetName": physical_id}
        call(ctx, "budgets", "update_budget", AccountId=ctx.account, NewBudget=wanted)
        client, arn = ctx.client("budgets"), self._arn(ctx, physical_id)
        tags = self.tags(ctx, {"Tags": new.get("ResourceTags", [])})
        if lost := dropped(old.get("ResourceTags", []), tags):
            client.untag_resource(ResourceARN=arn, ResourceTagKeys=lost)
        if tags:
            client.tag_resource(ResourceARN=arn, ResourceTags=tags)
        return Created(physical_id, {"Id": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteBudget."""
        del props
        ctx.client("budgets").delete_budget(AccountId=ctx.account, BudgetName=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeBudget, its notifications, their subscribers, and its tags."""
        client, which = ctx.client("budgets"), {"AccountId": ctx.account, "BudgetName": physical_id}
        notifications = client.describe_notifications_for_budget(**which).get("Notifications", [])
        tags = client.list_tags_for_resource(ResourceARN=self._arn(ctx, physical_id)).get("ResourceTags", [])
        found = [
            {
                "Notification": {key: value for key, value in notice.items() if key != "NotificationState"},
                "Subscribers": client.describe_subscribers_for_notification(**which, Notification=notice)[
                    "Subscribers"
                ],
            }
            for notice in notifications
        ]
        order = [item["Notification"].get("Threshold") for item in props.get("NotificationsWithSubscribers", ())]
        found.sort(key=lambda item: _place(order, item["Notification"].get("Threshold")))
        return {
            "Budget": client.describe_budget(**which)["Budget"],
            "NotificationsWithSubscribers": found,
            "ResourceTags": self._said_tags(ctx, {"Tags": props.get("ResourceTags", [])}, tags),
        }

    def _arn(self, ctx: Context, name: str) -> str:
        return f"arn:aws:budgets::{ctx.account}:budget/{name}"


def _place(order: list[Any], threshold: Any) -> int:
    return next((at for at, value in enumerate(order) if float(value) == float(threshold)), len(order))
