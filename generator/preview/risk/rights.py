"""Properties that hold policies: a change in place may take rights away from somebody."""

from collections.abc import Callable, Mapping

from generator.preview.iam.losses import losses
from generator.preview.risk import facts
from generator.preview.risk.facts import Fact
from generator.preview.scene import Scene


def _may_lose(scene: Scene, name: str) -> Fact:
    """Whoever loses a right that it uses is refused; a change that only adds rights stops nobody."""
    lost = losses(scene, name)
    if not lost:
        return Fact("none", "nobody loses a right", facts.IAM_EVALUATION)
    more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    return Fact("unknown", f"{lost[0]}{more}: whatever still needs it is refused", facts.IAM_EVALUATION)


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
