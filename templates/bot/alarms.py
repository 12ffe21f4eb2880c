"""Alarms of the bot: it is silent, requests wait, or it logs errors."""

from typing import TYPE_CHECKING, Any

from troposphere import Ref, Select, Split, logs
from troposphere import cloudwatch as cw

if TYPE_CHECKING:
    from troposphere import AWSHelperFn

    from templates.params.operations import BotParams
    from templates.stack import Stack

_ERRORS_A_MINUTE = 10


def add_errors(s: "Stack", p: "BotParams", group: logs.LogGroup) -> cw.Alarm:
    """An alarm on the JSON log lines of level ``error``; it also rolls a deployment of the bot back."""
    namespace = f"{p.scope.platform}/{p.scope.environment}"
    s.add(
        logs.MetricFilter(
            "ErrorFilter",
            LogGroupName=Ref(group),
            FilterPattern='{ ($.level = "error") || ($.level = "critical") }',
            MetricTransformations=[
                logs.MetricTransformation(
                    MetricName="bot-errors", MetricNamespace=namespace, MetricValue="1", DefaultValue=0
                )
            ],
        ),
        "Counts what the bot logs as an error.",
    )
    return _alarm(
        s,
        p,
        "errors",
        f"The bot logs more than {_ERRORS_A_MINUTE} errors a minute: read its log group, or release the version before.",
        minutes=3,
        Namespace=namespace,
        MetricName="bot-errors",
        Statistic="Sum",
        Threshold=_ERRORS_A_MINUTE,
        ComparisonOperator="GreaterThanThreshold",
    )


def add_running(s: "Stack", p: "BotParams", part: str, service: str) -> None:
    """No task of ``service``: each running task reports its CPU once a minute, and a service without tasks nothing."""
    doing = "answers in Slack" if part == "front" else "moves releases"
    _alarm(
        s,
        p,
        f"{part}-gone",
        f"No {part} of the bot runs, so nobody {doing}: look at the events of ECS service {service}.",
        minutes=5,
        TreatMissingData="breaching",
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Dimensions=[
            cw.MetricDimension(Name="ClusterName", Value=s.need("ClusterName")),
            cw.MetricDimension(Name="ServiceName", Value=service),
        ],
        Statistic="SampleCount",
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
    )


def add_queues(s: "Stack", p: "BotParams") -> None:
    """Requests that wait longer than two minutes, and messages that no worker could handle."""
    _alarm(
        s,
        p,
        "requests-wait",
        "Requests wait for more than two minutes: is a worker running, and is it throttled?",
        minutes=3,
        **_queue(s.need("ReleaseQueueArn", about="The release queue")),
        MetricName="ApproximateAgeOfOldestMessage",
        Statistic="Maximum",
        Threshold=120,
        ComparisonOperator="GreaterThanThreshold",
    )
    _alarm(
        s,
        p,
        "dead-letters",
        "A request was given up after five attempts: look at the dead-letter queue; no release is lost by it.",
        minutes=1,
        **_queue(s.need("DeadLetterQueueArn", about="Dead-letter queue of the release queue")),
        MetricName="ApproximateNumberOfMessagesVisible",
        Statistic="Maximum",
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )


def _queue(arn: "AWSHelperFn") -> dict[str, Any]:
    return {
        "Namespace": "AWS/SQS",
        "Dimensions": [cw.MetricDimension(Name="QueueName", Value=Select(5, Split(":", arn)))],
    }


def _alarm(s: "Stack", p: "BotParams", name: str, about: str, minutes: int, **measured: Any) -> cw.Alarm:
    title = "".join(word.title() for word in name.split("-"))
    fields = {"TreatMissingData": "notBreaching", **measured}
    return s.add(
        cw.Alarm(
            f"{title}Alarm",
            AlarmName=f"{p.scope.prefix}-bot-{name}",
            AlarmDescription=about,
            Period=60,
            EvaluationPeriods=minutes,
            DatapointsToAlarm=minutes,
            AlarmActions=[s.need("AlertsTopicArn", about="Topic that tells people")],
            OKActions=[s.need("AlertsTopicArn")],
            **fields,
        ),
        about,
    )
