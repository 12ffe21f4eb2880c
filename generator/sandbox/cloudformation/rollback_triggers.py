"""Rollback triggers: CloudWatch alarms that CloudFormation watches while it deploys, and for some minutes after.

Source: AWS CloudFormation User Guide, "Roll back your CloudFormation stack on alarm breach".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.sandbox.cloudformation.operation_run import Run

_EVERY = 15.0  # seconds between looks; assumed


def alarm(run: Run) -> str:
    """Watch the stack's rollback triggers for the monitoring time; answers why to roll back, or nothing."""
    triggers = [str(item["Arn"]) for item in run.stack.rollback.get("RollbackTriggers") or []]
    left = 60.0 * float(run.stack.rollback.get("MonitoringTimeInMinutes") or 0)
    while triggers:
        firing = _firing(run, triggers)
        if firing:
            return f"Alarm {', '.join(firing)} went into state ALARM. "
        if run.halt.is_set():
            return "User Initiated" if run.cancelled else ""
        if left <= 0:
            return ""
        run.clock.sleep(_EVERY)
        left -= _EVERY
    return ""


def _firing(run: Run, triggers: list[str]) -> list[str]:
    stack = run.stack
    cloudwatch = run.cloud.host.client("cloudwatch", stack.account, stack.region, "")
    names = [arn.rsplit(":alarm:", 1)[-1] for arn in triggers]
    found = cloudwatch.describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    rows = [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]
    return [str(row["AlarmArn"]) for row in rows if row["StateValue"] == "ALARM"]
