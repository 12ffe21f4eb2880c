"""What somebody changed outside of CloudFormation, who did it, and whether this change set overwrites it."""

from collections.abc import Iterable, Iterator

from generator.preview.change_context import ChangeContext
from generator.preview.lookups import Difference, Trail
from generator.preview.risk.replacement import changed_attributes
from generator.release.model.preview import Drifted


def drift_rows(context: ChangeContext, found: Iterable[Difference], trail: Trail | None) -> Iterator[Drifted]:
    """The differences that people made. What ECS and autoscaling change by themselves is not drift.

    Raises:
        Exception: whatever the trail raises.
    """
    for row in sorted(found):
        if _owned(context, row):
            continue
        culprit = trail.last_change(row.physical_id) if trail is not None else None
        yield Drifted(
            logical_id=row.logical_id,
            type=row.type,
            path=row.path,
            expected=row.expected,
            actual=row.actual,
            who=culprit.who if culprit else "",
            when=culprit.when if culprit else "",
            overwritten=_overwritten(context, row),
        )


def _owned(context: ChangeContext, row: Difference) -> bool:
    """Whether an AWS service changes this property while it is running.

    ECS moves the weights of listener rules in blue/green, canary and linear deployments; Application Auto Scaling sets
    ``DesiredCount``, EC2 Auto Scaling ``DesiredCapacity``.
    """
    top = row.path.strip("/").split("/")[0]
    if row.type in ("AWS::ElasticLoadBalancingV2::ListenerRule", "AWS::ElasticLoadBalancingV2::Listener"):
        forwards = top in ("Actions", "DefaultActions") and (
            "Weight" in row.path or "TargetGroup" in row.path or "ForwardConfig" in row.path
        )
        return forwards and bool(context.had("AWS::ECS::Service") or "Weight" in row.path)
    if row.type == "AWS::ECS::Service" and top == "DesiredCount":
        return bool(context.had("AWS::ApplicationAutoScaling::ScalableTarget"))
    return row.type == "AWS::AutoScaling::AutoScalingGroup" and top == "DesiredCapacity"


def _overwritten(context: ChangeContext, row: Difference) -> bool | None:
    """True if the change set writes this property, None if it updates the resource and may write it, False if not."""
    change = context.changes.get(row.logical_id)
    if change is None:
        return False
    if change.action in ("Remove", "SyncWithActual") or change.replacement == "True":
        return True
    if change.action != "Modify":
        return None
    top = row.path.strip("/").split("/")[0]
    return True if any(place.name == top for place in changed_attributes(change)) else None
