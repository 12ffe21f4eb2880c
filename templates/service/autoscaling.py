"""How many tasks run: a CPU target that adds, steps that add fast and remove slowly."""

from typing import Any

from troposphere import Join, Ref
from troposphere import applicationautoscaling as scaling
from troposphere import cloudwatch as cw

from templates.params.service import ServiceParams
from templates.service.alarms import alarm_name
from templates.stack import Stack


def autoscaling(s: Stack, p: ServiceParams, service_name: object, dimensions: list[cw.MetricDimension]) -> None:
    """The range of tasks and, unless it is a single number, three policies.

    Target tracking may only add tasks (``DisableScaleIn``): two policies that both take tasks away would work
    against each other, so the step alone does, after five calm minutes.
    """
    spec = p.spec.scaling
    target = s.add(
        scaling.ScalableTarget(
            "ScalableTarget",
            MinCapacity=spec.min,
            MaxCapacity=spec.max,
            # Without RoleARN Application Auto Scaling uses its service-linked role, as AWS advises.
            ResourceId=Join("/", ["service", s.need("ClusterName"), service_name]),
            ScalableDimension="ecs:service:DesiredCount",
            ServiceNamespace="ecs",
        ),
        "The number of tasks is Application Auto Scaling's to decide, between these two.",
        mutability={"MinCapacity": "free-to-tune", "MaxCapacity": "free-to-tune"},
    )
    if spec.min == spec.max:
        return
    s.add(
        scaling.ScalingPolicy(
            "CpuTarget",
            PolicyName=alarm_name(p, "cpu-target"),
            PolicyType="TargetTrackingScaling",
            ScalingTargetId=Ref(target),
            TargetTrackingScalingPolicyConfiguration=scaling.TargetTrackingScalingPolicyConfiguration(
                PredefinedMetricSpecification=scaling.PredefinedMetricSpecification(
                    PredefinedMetricType="ECSServiceAverageCPUUtilization"
                ),
                TargetValue=spec.cpu_target,
                ScaleOutCooldown=60,
                DisableScaleIn=True,
            ),
        ),
        "Adds tasks until the average CPU is at the target.",
    )
    _step(s, p, target, dimensions, out=True)
    _step(s, p, target, dimensions, out=False)


def _step(
    s: Stack, p: ServiceParams, target: scaling.ScalableTarget, dimensions: list[cw.MetricDimension], *, out: bool
) -> None:
    spec = p.spec.scaling
    title, suffix = ("ScaleOut", "scale-out") if out else ("ScaleIn", "scale-in")
    bounds: dict[str, Any] = {"MetricIntervalLowerBound": 0} if out else {"MetricIntervalUpperBound": 0}
    policy = s.add(
        scaling.ScalingPolicy(
            title,
            PolicyName=alarm_name(p, suffix),
            PolicyType="StepScaling",
            ScalingTargetId=Ref(target),
            StepScalingPolicyConfiguration=scaling.StepScalingPolicyConfiguration(
                AdjustmentType="ChangeInCapacity",
                MetricAggregationType="Average",
                Cooldown=60 if out else 300,
                StepAdjustments=[
                    scaling.StepAdjustment(ScalingAdjustment=spec.step_out_by if out else -spec.step_in_by, **bounds)
                ],
            ),
        ),
        "Adds tasks at once when CPU jumps." if out else "Takes a task away after five calm minutes.",
    )
    s.add(
        cw.Alarm(
            f"{title}Alarm",
            AlarmName=alarm_name(p, suffix),
            AlarmDescription=(
                f"{p.name} is busy: {spec.step_out_by} more tasks are started. Nothing to do."
                if out
                else f"{p.name} is calm: {spec.step_in_by} fewer tasks will do. Nothing to do."
            ),
            Namespace="AWS/ECS",
            MetricName="CPUUtilization",
            Dimensions=dimensions,
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1 if out else 5,
            DatapointsToAlarm=1 if out else 5,
            ComparisonOperator="GreaterThanOrEqualToThreshold" if out else "LessThanThreshold",
            Threshold=spec.step_out_cpu if out else spec.step_in_cpu,
            # No data is no reason to take a task away.
            TreatMissingData="notBreaching",
            AlarmActions=[Ref(policy)],
        ),
        "Starts the policy of the same name; people are not told.",
    )
