"""EventBridge rules: what goes wrong in ECS and CloudFormation reaches the alerts topic, what happens is kept.

Event shapes: Amazon ECS Developer Guide, "Amazon ECS events"; CloudFormation User Guide, "Managing events with
CloudFormation and Amazon EventBridge".
"""

import json
from typing import Any, NamedTuple

from awacs.aws import Principal
from troposphere import GetAtt, Ref, Sub, events, logs

from templates.policies import actions, document, grant
from templates.stack import Stack

# Stack states in which a change did not go through.
FAILED_STATES = (
    "CREATE_FAILED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED",
)  # fmt: skip
# Final states, for the history of deployments.
DONE_STATES = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


class Notice(NamedTuple):
    """A rule whose events people get as one sentence; ``paths`` names the fields that ``text`` uses."""

    key: str
    why: str
    pattern: dict[str, Any]
    paths: dict[str, str]
    text: str


def _ecs_services(s: Stack) -> list[dict[str, Any]]:
    """Matches the ARNs of the services in this environment's cluster."""
    cluster = s.need("ClusterName", about="Name of the ECS cluster")
    return [{"prefix": Sub("arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:service/${C}/", C=cluster)}]


def _own_stacks(s: Stack) -> list[dict[str, Any]]:
    stack = f"arn:${{AWS::Partition}}:cloudformation:${{AWS::Region}}:${{AWS::AccountId}}:stack/{s.scope.prefix}-"
    return [{"prefix": Sub(stack)}]


def _notices(s: Stack) -> tuple[Notice, ...]:
    cluster = s.need("ClusterArn", about="ARN of the ECS cluster")
    env = s.scope.environment
    return (
        Notice(
            "DeploymentFailed",
            "A deployment that ECS gave up is news even where nobody watches.",
            {
                "source": ["aws.ecs"],
                "detail-type": ["ECS Deployment State Change"],
                "resources": _ecs_services(s),
                "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
            },
            {"service": "$.resources[0]", "reason": "$.detail.reason"},
            f"{env}: a deployment of <service> failed: <reason> The old version keeps running; see the release's card.",
        ),
        Notice(
            "TaskStopped",
            "A task that crashes or never starts is a fault; one that a deployment or Spot stops is not.",
            {
                "source": ["aws.ecs"],
                "detail-type": ["ECS Task State Change"],
                "detail": {
                    "clusterArn": [cluster],
                    "lastStatus": ["STOPPED"],
                    "stopCode": ["EssentialContainerExited", "TaskFailedToStart"],
                },
            },
            {"task": "$.detail.taskArn", "group": "$.detail.group", "reason": "$.detail.stoppedReason"},
            f"{env}: task <task> of <group> stopped: <reason> ECS starts another; read the task's log for the cause.",
        ),
        Notice(
            "ServiceImpaired",
            "ECS says when it can't place or start the tasks of a service.",
            {
                "source": ["aws.ecs"],
                "detail-type": ["ECS Service Action"],
                "detail": {
                    "clusterArn": [cluster],
                    "eventName": [
                        "SERVICE_TASK_START_IMPAIRED",
                        "SERVICE_TASK_PLACEMENT_FAILURE",
                        "SERVICE_TASK_CONFIGURATION_FAILURE",
                    ],
                },
            },
            {"service": "$.resources[0]", "event": "$.detail.eventName"},
            f"{env}: <event> for <service>. See the service's events in the ECS console.",
        ),
        Notice(
            "StackFailed",
            "A stack that fails or rolls back is news, whoever started the change.",
            {
                "source": ["aws.cloudformation"],
                "detail-type": ["CloudFormation Stack Status Change"],
                "detail": {"stack-id": _own_stacks(s), "status-details": {"status": list(FAILED_STATES)}},
            },
            {"stack": "$.detail.stack-id", "status": "$.detail.status-details.status"},
            f"{env}: stack <stack> is <status>. Its events say which resource failed first.",
        ),
    )


def event_rules(s: Stack, topic: Ref) -> None:
    """One rule a :class:`Notice`; each sends a sentence to the alerts topic."""
    for notice in _notices(s):
        s.add(
            events.Rule(
                f"{notice.key}Rule",
                Description=notice.why,
                EventPattern=notice.pattern,
                State="ENABLED",
                Targets=[
                    events.Target(
                        Id="alerts",
                        Arn=topic,
                        InputTransformer=events.InputTransformer(
                            InputPathsMap=notice.paths, InputTemplate=f'"{notice.text}"'
                        ),
                        # An alert that is hours late only confuses; EventBridge would try for a day.
                        RetryPolicy=events.RetryPolicy(MaximumEventAgeInSeconds=3600, MaximumRetryAttempts=20),
                    )
                ],
            ),
            notice.why,
        )


def deployment_log(s: Stack, retention_days: int) -> None:
    """A log group that keeps what was deployed and how it ended; the dashboard reads it. Gives ``DeploymentLog``."""
    group = s.keep(
        logs.LogGroup(
            "DeploymentLog",
            # EventBridge delivers to groups below /aws/events/ (EventBridge User Guide: CloudWatch Logs as targets).
            LogGroupName=f"/aws/events/{s.scope.prefix}-deployments",
            RetentionInDays=retention_days,
            KmsKeyId=s.need("KeyArn", about="The environment's KMS key"),
        ),
        "What was deployed, when, and how it ended; the dashboard shows it.",
        policy="Delete",
    )
    rules = (
        (
            "EcsDeployments",
            {
                "source": ["aws.ecs"],
                "detail-type": ["ECS Deployment State Change"],
                "resources": _ecs_services(s),
            },
        ),
        (
            "StackChanges",
            {
                "source": ["aws.cloudformation"],
                "detail-type": ["CloudFormation Stack Status Change"],
                "detail": {"stack-id": _own_stacks(s), "status-details": {"status": list(DONE_STATES)}},
            },
        ),
    )
    target = Sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${G}", G=Ref(group))
    made = [
        s.add(
            events.Rule(
                f"{key}Rule",
                Description="Keeps the history of deployments.",
                EventPattern=pattern,
                State="ENABLED",
                Targets=[events.Target(Id="log", Arn=target)],
            ),
            "The dashboard lists deployments from here.",
        )
        for key, pattern in rules
    ]
    s.add(
        logs.ResourcePolicy(
            "DeploymentLogPolicy",
            PolicyName=f"{s.scope.prefix}-deployments",
            PolicyDocument=policy_text(group, made),
        ),
        "EventBridge writes to log groups by resource policy, not by role.",
    )
    s.give("DeploymentLog", Ref(group), "Log group with the history of deployments")


def policy_text(group: logs.LogGroup, rules: list[events.Rule]) -> Sub:
    """The resource policy as JSON text, because ``PolicyDocument`` of this type is a string.

    It names the rules that may write: no other rule of the account may.
    """
    # EventBridge creates the stream without naming a rule; only PutLogEvents carries the rule's ARN
    # (EventBridge User Guide: Using resource-based policies, CloudWatch Logs permissions).
    delivery = Principal("Service", ["events.amazonaws.com", "delivery.logs.amazonaws.com"])
    own_rules = {"ArnEquals": {"aws:SourceArn": [f"${{Rule{i}}}" for i in range(len(rules))]}}
    policy = document(
        grant("OpenStream", delivery, actions("logs", "CreateLogStream"), resources=["${Group}"]),
        grant("Write", delivery, actions("logs", "PutLogEvents"), when=own_rules, resources=["${Group}"]),
    )
    text: str = json.dumps(json.loads(policy.to_json()), separators=(",", ":"), sort_keys=True)
    values: dict[str, Any] = {f"Rule{i}": GetAtt(rule, "Arn") for i, rule in enumerate(rules)}
    return Sub(text, {"Group": GetAtt(group, "Arn"), **values})
