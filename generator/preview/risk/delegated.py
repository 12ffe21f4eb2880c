"""Properties whose effect depends on what the change removes: permissions of policies, openings of groups and ACLs."""

from collections.abc import Callable, Mapping
from typing import Any

from generator.preview import display_names
from generator.preview.change_context import ChangeContext
from generator.preview.iam.losses import losses
from generator.preview.network.addresses import port_text, source_name
from generator.preview.network.groups import acl_closes, closed_rules
from generator.preview.risk import cited_fact
from generator.preview.risk.cited_fact import Fact
from generator.preview.risk.value_rules import as_text

_POLICIES = {
    "AWS::IAM::Role": ("Policies", "ManagedPolicyArns", "AssumeRolePolicyDocument", "PermissionsBoundary"),
    "AWS::IAM::User": ("Policies", "ManagedPolicyArns", "PermissionsBoundary"),
    "AWS::IAM::Group": ("Policies", "ManagedPolicyArns"),
    "AWS::IAM::Policy": ("PolicyDocument", "Roles", "Users", "Groups"),
    "AWS::IAM::RolePolicy": ("PolicyDocument",),
    "AWS::IAM::UserPolicy": ("PolicyDocument",),
    "AWS::IAM::GroupPolicy": ("PolicyDocument",),
    "AWS::IAM::ManagedPolicy": ("PolicyDocument", "Roles", "Users", "Groups"),
    "AWS::S3::BucketPolicy": ("PolicyDocument",),
    "AWS::SQS::QueuePolicy": ("PolicyDocument",),
    "AWS::SNS::TopicPolicy": ("PolicyDocument",),
    "AWS::KMS::Key": ("KeyPolicy",),
    "AWS::ECR::Repository": ("RepositoryPolicyText",),
    "AWS::SecretsManager::ResourcePolicy": ("ResourcePolicy",),
    "AWS::Logs::ResourcePolicy": ("PolicyDocument",),
    "AWS::EC2::VPCEndpoint": ("PolicyDocument",),
}


def _rights(context: ChangeContext, name: str) -> Fact:
    """A principal that loses a permission that it uses is refused. A change that only adds permissions stops nobody."""
    lost = losses(context, name)
    if not lost:
        return Fact("none", "no permission is removed", cited_fact.IAM_EVALUATION)
    return Fact(
        "unknown",
        f"{display_names.joined(lost, 2)}: a caller that still needs it is refused",
        cited_fact.IAM_EVALUATION,
    )


def _group(context: ChangeContext, name: str) -> Fact:
    lost = [
        f"{port_text(row)} from {source_name(row.source)}"
        if inward
        else f"{port_text(row)} to {source_name(row.source)}"
        for inward, row in closed_rules(context, name)
    ]
    if not lost:
        return _described(context, name)
    return Fact(
        "unknown",
        f"{display_names.joined(lost, 3)} is no longer allowed: connections that still need it are cut off",
        cited_fact.VPC_GROUPS,
    )


def _described(context: ChangeContext, name: str) -> Fact:
    """A changed description is a new rule for CloudFormation, which revokes the old one and then authorizes the new one."""
    sides = [
        {_without_description(rule): rule.get("Description") for rule in rules if isinstance(rule, Mapping)}
        for properties in (context.old(name) or {}, context.new(name) or {})
        for rules in [[*_rows(properties, "SecurityGroupIngress"), *_rows(properties, "SecurityGroupEgress")]]
    ]
    if any(key in sides[1] and sides[1][key] != text for key, text in sides[0].items()):
        return Fact(
            "interruption",
            "a rule whose description changes is revoked and authorized again: in between, new connections are refused",
            cited_fact.GROUP_DESCRIPTIONS,
            # The issue says so of the handler; no page of AWS does.
            assumed=True,
        )
    return Fact("none", "no allowed connection is cut off", cited_fact.VPC_GROUPS)


def _rows(properties: Mapping[str, Any], key: str) -> list[Any]:
    rows = properties.get(key)
    return rows if isinstance(rows, list) else []


def _without_description(rule: Mapping[str, Any]) -> str:
    return as_text({key: value for key, value in rule.items() if key != "Description"})


def _acl(context: ChangeContext, name: str) -> Fact:
    if acl_closes(context, name):
        return Fact(
            "unknown",
            "network ACLs are stateless: packets that are no longer allowed are dropped at once",
            cited_fact.VPC_ACLS,
        )
    return Fact("none", "no allowed packet is dropped", cited_fact.VPC_ACLS)


CONSULTED: Mapping[tuple[str, str], Callable[[ChangeContext, str], Fact]] = {
    **{(kind, name): _rights for kind, names in _POLICIES.items() for name in names},
    ("AWS::EC2::SecurityGroup", "SecurityGroupIngress"): _group,
    ("AWS::EC2::SecurityGroup", "SecurityGroupEgress"): _group,
    ("AWS::EC2::NetworkAclEntry", "*"): _acl,
}
