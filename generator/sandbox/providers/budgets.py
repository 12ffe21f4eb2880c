"""Budgets."""

from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising


@surprising("AWS::Budgets::Budget")
class Budget(Resource):
    """The name is within the budget, and each notification's subscribers have a call of their own."""

    def named(self) -> Props:
        """The budget with its name."""
        budget = {"BudgetName": generated_name(self.ctx, limit=100), **self.props["Budget"]}
        return {**self.props, "Budget": budget}

    def look(self, found: Props) -> Props:
        """DescribeBudget, its notifications in the template's order, and their subscribers."""
        said = self.props.get("NotificationsWithSubscribers", ())
        order = [float(row["Notification"]["Threshold"]) for row in said]
        notices = self.call("describe_notifications_for_budget").get("Notifications", [])
        notices.sort(key=lambda row: order.index(row["Threshold"]) if row["Threshold"] in order else len(order))
        rows = [
            {
                "Notification": {key: value for key, value in row.items() if key != "NotificationState"},
                "Subscribers": self.call("describe_subscribers_for_notification", Notification=row)["Subscribers"],
            }
            for row in notices
        ]
        return super().look(found) | {"NotificationsWithSubscribers": rows}
