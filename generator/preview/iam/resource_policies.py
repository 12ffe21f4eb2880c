"""Policies of resources: who may do what with a bucket, a queue, a key, a role."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.preview.change_context import ChangeContext
from generator.preview.iam import actions
from generator.preview.iam.statements import ANY, PatternSet, Statement, principals, statements

Json = Any


class PolicyProperty(NamedTuple):
    """Where a type has its policy: the property (a path), the property with the resource that it is about, and its kind.

    ``absent`` is what counts where there is no policy.
    """

    policy: str
    about: str  # "" for the resource itself
    noun: str
    absent: str = ""  # "root": the account's root may do everything; "everybody"


KINDS: Mapping[str, tuple[PolicyProperty, ...]] = {
    "AWS::IAM::Role": (PolicyProperty("AssumeRolePolicyDocument", "", "role"),),
    "AWS::S3::BucketPolicy": (PolicyProperty("PolicyDocument", "Bucket", "bucket"),),
    "AWS::S3::AccessPoint": (PolicyProperty("Policy", "", "access point"),),
    "AWS::SQS::QueuePolicy": (PolicyProperty("PolicyDocument", "Queues", "queue"),),
    "AWS::SQS::QueueInlinePolicy": (PolicyProperty("PolicyDocument", "Queue", "queue"),),
    "AWS::SNS::TopicPolicy": (PolicyProperty("PolicyDocument", "Topics", "topic"),),
    "AWS::SNS::TopicInlinePolicy": (PolicyProperty("PolicyDocument", "TopicArn", "topic"),),
    "AWS::KMS::Key": (PolicyProperty("KeyPolicy", "", "key", "root"),),
    "AWS::KMS::ReplicaKey": (PolicyProperty("KeyPolicy", "", "key", "root"),),
    "AWS::SecretsManager::ResourcePolicy": (PolicyProperty("ResourcePolicy", "SecretId", "secret"),),
    "AWS::ECR::Repository": (PolicyProperty("RepositoryPolicyText", "", "repository"),),
    "AWS::Logs::ResourcePolicy": (PolicyProperty("PolicyDocument", "", "log groups"),),
    "AWS::DynamoDB::Table": (PolicyProperty("ResourcePolicy/PolicyDocument", "", "table"),),
    "AWS::Kinesis::ResourcePolicy": (PolicyProperty("ResourcePolicy", "ResourceArn", "stream"),),
    "AWS::EFS::FileSystem": (PolicyProperty("FileSystemPolicy", "", "file system"),),
    "AWS::OpenSearchService::Domain": (PolicyProperty("AccessPolicies", "", "domain"),),
    "AWS::Backup::BackupVault": (PolicyProperty("AccessPolicy", "", "vault"),),
    "AWS::ApiGateway::RestApi": (PolicyProperty("Policy", "", "API", "everybody"),),
    "AWS::EC2::VPCEndpoint": (PolicyProperty("PolicyDocument", "", "endpoint", "everybody"),),
    "AWS::SSO::PermissionSet": (PolicyProperty("InlinePolicy", "", "permission set"),),
    "AWS::Lambda::Permission": (PolicyProperty("", "FunctionName", "function"),),
    "AWS::Lambda::LayerVersionPermission": (PolicyProperty("", "LayerVersionArn", "layer"),),
    "AWS::Events::EventBusPolicy": (PolicyProperty("Statement", "EventBusName", "event bus"),),
}


class PolicySubject(NamedTuple):
    """What all policies of one resource say on one side, and the logical ids that they come from."""

    rows: tuple[Statement, ...]
    from_: frozenset[str]


NO_POLICY = PolicySubject((), frozenset())


def policy_subjects(context: ChangeContext, *, new: bool) -> dict[tuple[str, str], PolicySubject]:
    """``(noun, what it is about)`` to the statements of its policies on one side."""
    return context.once(("guarded", new), lambda: _guarded(context, new=new))


def _guarded(context: ChangeContext, *, new: bool) -> dict[tuple[str, str], PolicySubject]:
    found: dict[tuple[str, str], PolicySubject] = {}
    for name in context.has(*KINDS) if new else context.had(*KINDS):
        kind = context.type_of(name)
        properties = (context.new(name) if new else context.old(name)) or {}
        for place in KINDS.get(kind, ()):
            rows = _rows(kind, place, properties, context)
            for about in _about(place, properties, name):
                known = found.get((place.noun, about), NO_POLICY)
                found[place.noun, about] = known._replace(rows=known.rows + rows, from_=known.from_ | {name})
    return found


def _about(place: PolicyProperty, properties: Mapping[str, Json], name: str) -> list[str]:
    if not place.about:
        return [f"${{{name}}}"]
    value = properties.get(place.about)
    return [str(one) for one in (value if isinstance(value, list) else [value or "default"])]


def _rows(
    kind: str, place: PolicyProperty, properties: Mapping[str, Json], context: ChangeContext
) -> tuple[Statement, ...]:
    if kind in ("AWS::Lambda::Permission", "AWS::Lambda::LayerVersionPermission"):
        return (_permission(properties),)
    document: Json = properties
    for key in place.policy.split("/"):
        document = document.get(key) if isinstance(document, Mapping) else None
    if kind == "AWS::Events::EventBusPolicy" and document is not None:
        document = {"Statement": [document]}
    if document:
        return statements(document)
    if place.absent == "root":
        return default_rows(context)
    if place.absent == "everybody":
        return (Statement("Allow", actions.everything(), ("*",), ANY),)
    return ()


def default_rows(context: ChangeContext) -> tuple[Statement, ...]:
    """What a KMS key without a policy allows (KMS Developer Guide, "Default key policy")."""
    root = f"arn:{context.after.partition}:iam::{context.account}:root"
    return statements({"Statement": {"Effect": "Allow", "Action": "kms:*", "Principal": {"AWS": root}}})


def _permission(properties: Mapping[str, Json]) -> Statement:
    """``AWS::Lambda::Permission`` as the statement that Lambda writes (Lambda API Reference, AddPermission).

    ``*`` is the function or layer itself.
    """
    who = str(properties.get("Principal", "*"))
    is_service = who.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    callers = (f"service:{who}",) if is_service else principals({"AWS": who})
    action = str(properties.get("Action", "lambda:*"))
    conditions = sorted((name, (str(properties[key]),)) for key, name in _NARROWED.items() if properties.get(key))
    return Statement("Allow", actions.expand(action), (action,), ANY, PatternSet(callers), tuple(conditions))


# Properties of a permission as the conditions that Lambda writes for them: operator and key.
_NARROWED = {
    "SourceArn": ("arnlike", "aws:sourcearn"),
    "SourceAccount": ("stringequals", "aws:sourceaccount"),
    "PrincipalOrgID": ("stringequals", "aws:principalorgid"),
    "FunctionUrlAuthType": ("stringequals", "lambda:functionurlauthtype"),
    "EventSourceToken": ("stringequals", "lambda:eventsourcetoken"),
}
