"""What starts a function: a schedule, events, or a queue of its own; and where failed events wait."""

import re
from typing import Any

from awacs.aws import Deny, Everybody, Principal
from troposphere import GetAtt, Ref, Sub, awslambda, events, sqs

from templates.params.function import FunctionParams
from templates.policies import actions, document, grant
from templates.stack import Stack, logical

_TWO_WEEKS = 1209600  # seconds; the longest that SQS keeps a message


class FairScaling(awslambda.ScalingConfig):
    """troposphere 4.11 lacks ``MaximumConcurrency``: another class of the same name replaced this one."""

    props = {"MaximumConcurrency": (int, False)}


def dead_letter_queue(s: Stack) -> sqs.Queue:
    """Failed events wait here for two weeks. Encrypted by SQS itself, so that no sender needs rights to a key."""
    queue = sqs.Queue("DeadLetterQueue", MessageRetentionPeriod=_TWO_WEEKS, SqsManagedSseEnabled=True)
    return s.keep(queue, "What the function failed at, for people to look at and send again.")


def add_trigger(s: Stack, p: FunctionParams, function: awslambda.Function, dead: sqs.Queue) -> None:
    """Add the one trigger that the function has, and the policy of the dead-letter queue that goes with it."""
    if p.spec.queue:
        _queue_policy(s, "DeadLetterQueuePolicy", dead)
        _own_queue(s, p, function, dead)
    else:
        rule = s.add(_rule(p, function, dead), "Starts the function.")
        s.add(
            awslambda.Permission(
                "Permission",
                Action="lambda:InvokeFunction",
                FunctionName=Ref(function),
                Principal="events.amazonaws.com",
                SourceArn=GetAtt(rule, "Arn"),
            ),
            "This rule and no other may start the function.",
        )
        _queue_policy(s, "DeadLetterQueuePolicy", dead, rule)


def _rule(p: FunctionParams, function: awslambda.Function, dead: sqs.Queue) -> events.Rule:
    target = events.Target(
        Id="function",
        Arn=Sub(f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:${{{function.title}}}"),
        # An hour: news of a rollout is worthless later, and a schedule comes round again.
        RetryPolicy=events.RetryPolicy(MaximumEventAgeInSeconds=3600, MaximumRetryAttempts=8),
        DeadLetterConfig=events.DeadLetterConfig(Arn=GetAtt(dead, "Arn")),
    )
    fields: dict[str, Any] = {"State": "ENABLED", "Targets": [target], "Description": f"Starts {p.name}"}
    if p.spec.schedule:
        return events.Rule("Rule", ScheduleExpression=p.spec.schedule, **fields)
    return events.Rule("Rule", EventPattern=filled(p.spec.pattern, p), **fields)


def filled(node: Any, p: FunctionParams) -> Any:
    """A pattern with ``${Platform}`` and ``${Environment}`` written out, and ``${AWS::...}`` left to CloudFormation."""
    match node:
        case dict():
            return {key: filled(value, p) for key, value in node.items()}
        case list() | tuple():
            return [filled(value, p) for value in node]
        case str():
            words = {"Platform": p.scope.platform, "Environment": p.scope.environment}
            text = re.sub(r"\$\{(Platform|Environment)\}", lambda found: words[found[1]], node)
            return Sub(text) if "${" in text else text
        case _:
            return node


def _own_queue(s: Stack, p: FunctionParams, function: awslambda.Function, dead: sqs.Queue) -> None:
    queue = s.keep(
        sqs.Queue(
            "Queue",
            MessageRetentionPeriod=345600,
            # AWS Lambda Developer Guide, Using Lambda with Amazon SQS: six times the function's timeout.
            VisibilityTimeout=6 * p.spec.timeout,
            SqsManagedSseEnabled=True,
            RedrivePolicy=sqs.RedrivePolicy(deadLetterTargetArn=GetAtt(dead, "Arn"), maxReceiveCount=5),
        ),
        "Messages for the function.",
    )
    _queue_policy(s, "QueuePolicy", queue)
    mapping = awslambda.EventSourceMapping(
        "EventSource",
        EventSourceArn=GetAtt(queue, "Arn"),
        FunctionName=Ref(function),
        BatchSize=10,
        # One bad message of a batch goes back, not all ten.
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    if p.spec.concurrency >= 2:
        # More pollers than reserved executions would only be throttled; 2 is the least that Lambda takes here.
        mapping.ScalingConfig = FairScaling(MaximumConcurrency=p.spec.concurrency)
    s.add(mapping, "Hands messages of the queue to the function.")
    s.give(logical(p.name, "QueueUrl"), Ref(queue), "URL of the function's queue")
    s.give(logical(p.name, "QueueArn"), GetAtt(queue, "Arn"), "ARN of the function's queue")


def _queue_policy(s: Stack, title: str, queue: sqs.Queue, rule: events.Rule | None = None) -> None:
    """TLS only; and, for a dead-letter queue of a rule, what EventBridge could not deliver."""
    here = [GetAtt(queue, "Arn")]
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    statements = [grant("NoPlainText", Principal(Everybody), actions("sqs", "*"), plain, here, effect=Deny)]
    if rule is not None:
        source = {"ArnEquals": {"aws:SourceArn": GetAtt(rule, "Arn")}}
        sender = Principal("Service", "events.amazonaws.com")
        statements.append(grant("Undelivered", sender, actions("sqs", "SendMessage"), source, here))
    s.keep(
        sqs.QueuePolicy(title, Queues=[Ref(queue)], PolicyDocument=document(*statements)),
        "Nothing travels unencrypted, and only what belongs here is sent.",
    )
