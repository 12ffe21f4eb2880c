"""Budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.table import ResourceTable, Tags
from generator.sandbox.providers.table_provider import TableProvider, surprising

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context


@surprising(
    ResourceTable(
        "AWS::Budgets::Budget",
        "budgets",
        "create_budget describe_budget update_budget delete_budget",
        "Budget NotificationsWithSubscribers",
        found="{Budget: Budget}",
        id="Budget.BudgetName",
        key="BudgetName",
        attributes={"Id": "{id}"},
        gone="NotFoundException",
        always={"AccountId": "{account}"},
        tags=Tags(of="arn:aws:budgets::{account}:budget/{id}", property="ResourceTags"),
        said=lambda props: {**props, "NewBudget": props["Budget"]},
    )
)
class Budget(TableProvider):
    """A surprise: the name is within the budget, and each notification's subscribers have a call of their own."""

    def named(self, ctx: Context, props: dict[str, Any]) -> dict[str, Any]:
        """The budget with its name."""
        return {**props, "Budget": {"BudgetName": generated_name(ctx, limit=100), **props["Budget"]}}

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeBudget, its notifications in the template's order, and their subscribers."""
        live = super().look(ctx, physical_id, props)
        client, which = ctx.client("budgets"), {"AccountId": ctx.account, "BudgetName": physical_id}
        order = [float(row["Notification"]["Threshold"]) for row in props.get("NotificationsWithSubscribers", ())]
        rows = {
            notice["Threshold"]: notice
            for notice in client.describe_notifications_for_budget(**which).get("Notifications", ())
        }
        live["NotificationsWithSubscribers"] = [
            {
                "Notification": {key: value for key, value in rows[at].items() if key != "NotificationState"},
                "Subscribers": client.describe_subscribers_for_notification(**which, Notification=rows[at])[
                    "Subscribers"
                ],
            }
            for at in sorted(rows, key=lambda at: order.index(at) if at in order else len(order))
        ]
        return live
