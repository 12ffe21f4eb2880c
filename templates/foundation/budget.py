"""The account's monthly budget."""

from typing import TYPE_CHECKING

from troposphere import budgets

if TYPE_CHECKING:
    from templates.params.account import Budget, FoundationParams
    from templates.stack import Stack

_THRESHOLDS = (50, 80, 100)


def add_budget(s: "Stack", p: "FoundationParams", wanted: "Budget") -> None:
    """Mail at 50, 80 and 100 % of the month's cost; without addresses the budget only shows in the console.

    An account's first two budgets are free, and a notification takes 1 to 10 addresses (AWS Billing User Guide:
    Managing your costs with AWS Budgets).
    """
    budget = budgets.Budget(
        "Budget",
        Budget=budgets.BudgetData(
            BudgetName=f"{p.scope.platform}-monthly",
            BudgetType="COST",
            TimeUnit="MONTHLY",
            BudgetLimit=budgets.Spend(Amount=wanted.monthly_usd, Unit="USD"),
        ),
        ResourceTags=[budgets.ResourceTag(Key=key, Value=value) for key, value in s.tags().items()],
    )
    if wanted.emails:
        budget.NotificationsWithSubscribers = [
            budgets.NotificationWithSubscribers(
                Notification=budgets.Notification(
                    NotificationType="ACTUAL",
                    ComparisonOperator="GREATER_THAN",
                    Threshold=percent,
                    ThresholdType="PERCENTAGE",
                ),
                Subscribers=[
                    budgets.Subscriber(SubscriptionType="EMAIL", Address=address) for address in wanted.emails[:10]
                ],
            )
            for percent in _THRESHOLDS
        ]
    s.add(budget, "Somebody hears of it while there is still time to switch something off.")
