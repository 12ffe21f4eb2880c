"""Names of resources, principals and lists for people."""

import re
from collections.abc import Iterable

from generator.preview.change_context import ChangeContext

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TOKEN = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z0-9.]+)?\}")
_HASH = re.compile(r"[0-9A-F]{8}$")  # the AWS CDK ends logical ids with it
_NOUNS = {
    "AWS::S3::Bucket": "bucket",
    "AWS::DynamoDB::Table": "table",
    "AWS::SQS::Queue": "queue",
    "AWS::SNS::Topic": "topic",
    "AWS::KMS::Key": "key",
    "AWS::SecretsManager::Secret": "secret",
    "AWS::IAM::Role": "role",
    "AWS::Lambda::Function": "function",
    "AWS::Logs::LogGroup": "log group",
    "AWS::ECR::Repository": "repository",
    "AWS::ECS::Service": "service",
    "AWS::ECS::Cluster": "cluster",
}


def owner(context: ChangeContext, name: str) -> str:
    """The owner of a resource: the service that its tags name, else the stack."""
    tags = (context.new(name) or context.old(name) or {}).get("Tags")
    for tag in tags if isinstance(tags, list) else []:
        if isinstance(tag, dict) and tag.get("Key") == "service" and isinstance(tag.get("Value"), str):
            return str(tag["Value"])
    return context.change_set.stack_name


def role(context: ChangeContext, name: str) -> str:
    """``app's task role``."""
    if context.type_of(name) in ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        noun = context.type_of(name).rsplit("::", 1)[-1].lower()
        said = spaced_words(_HASH.sub("", name))
        return f"{owner(context, name)}'s {said if said.endswith(noun) else f'{said} {noun}'}"
    return _TOKEN.sub(lambda found: found.group(1), name)


def spaced_words(name: str) -> str:
    """``task role`` of ``TaskRole``."""
    return " ".join(part if part.isupper() and len(part) > 1 else part.lower() for part in _CAMEL.split(name))


def resource(context: ChangeContext, pattern: str) -> str:
    """A resource pattern: ``bucket Uploads``, ``objects in bucket Uploads``, ``everything``, or its ARN."""
    if pattern == "*":
        return "everything"
    found = _TOKEN.match(pattern) or re.match(r"arn:[a-z-]+:s3:::(?:\$\{)?([A-Za-z0-9.-]+)\}?", pattern)
    if found is None:
        return pattern
    name, rest = found.group(1), pattern[found.end() :]
    kind = "AWS::S3::Bucket" if pattern.startswith("arn:") else context.type_of(name)
    noun = _NOUNS.get(kind, "")
    said = f"{noun} {name}".strip()
    if not rest or rest == ":*":
        return said
    if kind == "AWS::S3::Bucket":
        return f"objects in {said}" if rest == "/*" else f"objects {rest.lstrip('/')} in {said}"
    return f"{said}{rest}"


def principal(context: ChangeContext, who: str) -> str:
    """A principal: ``everybody``, ``the service ecs-tasks.amazonaws.com``, ``account 111122223333``, an ARN."""
    if who == "*":
        return "everybody"
    kind, _, name = who.partition(":")
    if kind in ("service", "federated", "canonicaluser"):
        return {"service": f"the service {name}", "federated": f"anyone whom {name.rsplit('/', 1)[-1]} signs in"}.get(
            kind, f"canonical user {name}"
        )
    if who.endswith(":root"):
        account = who.split(":")[4] if who.count(":") >= 5 else who
        return "this account" if account == context.account else f"account {account}"
    token = _TOKEN.fullmatch(who)
    return role(context, token.group(1)) if token else who


def joined(items: Iterable[str], most: int = 6) -> str:
    """A list for a sentence: ``a, b and c``, or ``a, b, c and 9 more``."""
    listed = list(items)
    if len(listed) > most:
        return f"{', '.join(listed[: most - 1])} and {len(listed) - most + 1} more"
    return " and ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else "".join(listed)
