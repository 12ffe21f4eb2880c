"""Encryption keys: policies that AWS refuses, and services that cannot use a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.rules.iam.statements import Statement, statements
from generator.lint.rules.partial_values import listed, shown
from generator.lint.rules.rule import rule
from generator.lint.rules.values import Unknown, fields, items, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

_KMS = "https://docs.aws.amazon.com/kms/latest/developerguide/"


def _keys(view: TemplateView) -> Iterator[tuple[Resource, list[Statement]]]:
    for each in view.of("AWS::KMS::Key"):
        mine = [item for item in statements(view) if item.document.resource is each]
        if mine and isinstance(each.get("KeyPolicy", "Statement"), dict | list):
            yield each, mine


def _unclear(statement: Statement) -> bool:
    parts = [statement.body.get(key) for key in ("Effect", "Principal", "Action")]
    return any(isinstance(part, Unknown) for part in parts)


@rule(
    "E9690",
    severity="error",
    title="A log group whose key CloudWatch Logs may not use",
    why="CreateLogGroup fails if the key policy does not allow the regional principal of CloudWatch Logs.",
    source="Amazon CloudWatch Logs User Guide: Encrypt log data using AWS KMS, "
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    fix="Allow logs.REGION.amazonaws.com to encrypt and decrypt in the key policy.",
)
def log_key(view: TemplateView) -> Iterator[Problem]:
    """A log group with a key of this template whose policy names no principal of CloudWatch Logs."""
    policies = {key.id: mine for key, mine in _keys(view)}
    for each in view.of("AWS::Logs::LogGroup"):
        key = view.resource(each.get("KmsKeyId"))
        if key is None or key.id not in policies or any(map(_unclear, policies[key.id])):
            continue
        if not any(item.allows and _admits(item, "logs.") for item in policies[key.id]):
            yield each.problem("KmsKeyId", message=f"The policy of {key.id} does not admit CloudWatch Logs")


def _admits(statement: Statement, service: str) -> bool:
    names = [shown(principal) for _, principal in statement.principals("Service")]
    return statement.anyone() or any(name.startswith((service, "${")) for name in names)


@rule(
    "E9691",
    severity="error",
    title="A key that no principal may administer",
    why="KMS refuses a key policy that no principal could change later.",
    source=f"AWS KMS Developer Guide: Key policies, default key policy, {_KMS}key-policy-default.html",
    fix="Allow kms:* to the account: arn:aws:iam::ACCOUNT:root.",
)
def locked_key(view: TemplateView) -> Iterator[Problem]:
    """No statement that allows kms:PutKeyPolicy to an AWS principal."""
    for key, mine in _keys(view):
        if any(map(_unclear, mine)) or truth(key.get("BypassPolicyLockoutSafetyCheck")):
            continue
        kept = any(
            each.allows
            and (
                each.covers("kms:putkeypolicy")
                or "NotAction" in each.body
                or Unknown in map(type, listed(each.body.get("Action")))
            )
            and (each.anyone() or "NotPrincipal" in each.body or any(True for _ in each.principals("AWS")))
            for each in mine
        )
        if not kept:
            yield key.problem("KeyPolicy", message="The key policy lets no principal change it")


@rule(
    "W9692",
    severity="warning",
    title="A key that is never rotated",
    why="With rotation KMS renews the key material every year and keeps the old one for decryption.",
    source=f"AWS KMS Developer Guide: Rotate AWS KMS keys, {_KMS}rotate-keys.html",
    fix="Set EnableKeyRotation: true.",
)
def rotation(view: TemplateView) -> Iterator[Problem]:
    """A symmetric encryption key with material of KMS, without rotation."""
    for each in view.of("AWS::KMS::Key"):
        symmetric = each.get("KeySpec", default="SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
        own = each.get("Origin", default="AWS_KMS") == "AWS_KMS"
        if symmetric and own and truth(each.get("EnableKeyRotation", default=False)) is False:
            yield each.problem("EnableKeyRotation", message="The key is not rotated")


@rule(
    "E9693",
    severity="error",
    title="An encrypted topic that alarms cannot write to",
    why="CloudWatch and EventBridge may not use the AWS managed key alias/aws/sns: notifications are lost, and no error is shown.",
    source="Amazon CloudWatch User Guide: Alarm actions, encrypted SNS topics, "
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
    fix="Use a key of your own whose policy allows cloudwatch.amazonaws.com and events.amazonaws.com.",
)
def mute_topic(view: TemplateView) -> Iterator[Problem]:
    """A topic of this template with alias/aws/sns as the action of an alarm or the target of an event rule."""
    for each in view.of("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"):
        for key in ("AlarmActions", "OKActions", "InsufficientDataActions"):
            for index, action in enumerate(items(each.get(key))):
                if _mute(view, action):
                    yield each.problem(
                        key, index, message="CloudWatch cannot write to a topic encrypted with alias/aws/sns"
                    )
    for each in view.of("AWS::Events::Rule"):
        for index, target in enumerate(items(each.get("Targets"))):
            if _mute(view, fields(target).get("Arn")):
                message = "EventBridge cannot write to a topic encrypted with alias/aws/sns"
                yield each.problem("Targets", index, "Arn", message=message)


def _mute(view: TemplateView, value: object) -> bool:
    topic = view.resource(value)
    return topic is not None and shown(topic.get("KmsMasterKeyId")).endswith("alias/aws/sns")
