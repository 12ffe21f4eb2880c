"""Properties that hold policies: a change in place may take rights away from somebody."""

from collections.abc import Callable, Mapping

from generator.preview.risk import facts
from generator.preview.risk.facts import Fact
from generator.preview.scene import Scene

_UNKNOWN = Fact("unknown", "rights change; who loses one is refused", facts.IAM_EVALUATION)


def _may_lose(scene: Scene, name: str) -> Fact:
    del scene, name
    return _UNKNOWN


CHANGES_RIGHTS: Mapping[tuple[str, str], Callable[[Scene, str], Fact]] = {
    (kind, name): _may_lose
    for kind, names in {
        "AWS::IAM::Role": ("Policies", "ManagedPolicyArns", "AssumeRolePolicyDocument", "PermissionsBoundary"),
        "AWS::IAM::Policy": ("PolicyDocument", "Roles", "Users", "Groups"),
        "AWS::IAM::ManagedPolicy": ("PolicyDocument", "Roles", "Users", "Groups"),
        "AWS::S3::BucketPolicy": ("PolicyDocument",),
        "AWS::SQS::QueuePolicy": ("PolicyDocument",),
        "AWS::SNS::TopicPolicy": ("PolicyDocument",),
        "AWS::KMS::Key": ("KeyPolicy",),
        "AWS::ECR::Repository": ("RepositoryPolicyText",),
        "AWS::SecretsManager::ResourcePolicy": ("ResourcePolicy",),
        "AWS::Logs::ResourcePolicy": ("PolicyDocument",),
    }.items()
    for name in names
}
