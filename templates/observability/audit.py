"""Alarms on what CloudTrail sees: root use, console login without MFA, denied calls, policy and trail changes.

The patterns follow the CIS AWS Foundations Benchmark, section "Monitoring" (Security Hub User Guide: CloudWatch.1,
CloudWatch.2, CloudWatch.4, CloudWatch.5), with one difference: policy changes by CloudFormation do not count,
because a release shows, gates and records those.
"""

from typing import NamedTuple

from troposphere import Ref, cloudwatch, logs

from templates.stack import Stack

FIVE_MINUTES = 300
_POLICY_CALLS = (
    "AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy", "CreatePolicy", "CreatePolicyVersion",
    "DeleteGroupPolicy", "DeletePolicy", "DeletePolicyVersion", "DeleteRolePolicy", "DeleteUserPolicy",
    "DetachGroupPolicy", "DetachRolePolicy", "DetachUserPolicy", "PutGroupPolicy", "PutRolePolicy", "PutUserPolicy",
    "UpdateAssumeRolePolicy",
)  # fmt: skip
_TRAIL_CALLS = ("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging", "PutEventSelectors")


class Watch(NamedTuple):
    """A metric filter and its alarm. ``threshold`` counts events in five minutes."""

    key: str
    pattern: str
    threshold: int
    text: str


def _any_call(names: tuple[str, ...]) -> str:
    return " || ".join(f"($.eventName = {name})" for name in names)


# A pattern takes at most 1,024 characters (CloudWatch Logs API Reference: PutMetricFilter).
WATCHES = (
    Watch(
        "RootUse",
        '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }',
        1,
        "somebody uses the root user; find out who, and lock its credentials away",
    ),
    Watch(
        "LoginWithoutMfa",
        '{ $.eventName = "ConsoleLogin" && $.additionalEventData.MFAUsed != "Yes" && '
        '$.userIdentity.type = "IAMUser" && $.responseElements.ConsoleLogin = "Success" }',
        1,
        "an IAM user logged in to the console without MFA; give it MFA or take its password away",
    ),
    Watch(
        "DeniedCalls",
        '{ ($.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*") && '
        '$.sourceIPAddress != "delivery.logs.amazonaws.com" && $.eventName != "HeadBucket" }',
        10,
        "ten calls were denied within five minutes; somebody tries doors, or a role lacks a right",
    ),
    Watch(
        "PolicyChange",
        f'{{ $.sourceIPAddress != "cloudformation.amazonaws.com" && ({_any_call(_POLICY_CALLS)}) }}',
        1,
        "an IAM policy was changed outside CloudFormation; undo it and bring it in as a release",
    ),
    Watch(
        "TrailChange",
        f"{{ {_any_call(_TRAIL_CALLS)} }}",
        1,
        "CloudTrail itself was changed; make sure that it still records",
    ),
)


def audit_alarms(s: Stack, topic: Ref) -> None:
    """A metric filter and an alarm for each of :data:`WATCHES`, on the account's trail."""
    group = s.need("TrailLogGroup", about="Log group that the account's trail delivers to")
    namespace = f"{s.scope.platform}/audit"
    for watch in WATCHES:
        s.add(
            logs.MetricFilter(
                f"{watch.key}Filter",
                LogGroupName=group,
                FilterPattern=watch.pattern,
                MetricTransformations=[
                    # Without DefaultValue the custom metric exists, and costs, only once something happened.
                    logs.MetricTransformation(
                        MetricName=watch.key, MetricNamespace=namespace, MetricValue="1", Unit="Count"
                    )
                ],
            ),
            f"Counts events in the trail: {watch.text.split(';')[0]}.",
        )
        s.add(
            cloudwatch.Alarm(
                f"{watch.key}Alarm",
                AlarmName=f"{s.scope.prefix}/audit/{watch.key}",
                AlarmDescription=f"Account {s.scope.account}: {watch.text}. CloudTrail's event history has the calls.",
                Namespace=namespace,
                MetricName=watch.key,
                Statistic="Sum",
                Period=FIVE_MINUTES,
                EvaluationPeriods=1,
                Threshold=watch.threshold,
                ComparisonOperator="GreaterThanOrEqualToThreshold",
                TreatMissingData="notBreaching",
                AlarmActions=[topic],
            ),
            f"Tells people that {watch.text.split(';')[0]}.",
        )
