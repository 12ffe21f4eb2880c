"""The registry: one ECR repository a service, in the home account; every environment pulls from here by digest."""

import json
from typing import TYPE_CHECKING

from awacs.aws import AWSPrincipal
from troposphere import GetAtt, Sub, ecr

from templates.policies import actions, document, grant
from templates.stack import Stack, logical

if TYPE_CHECKING:
    from awacs.aws import PolicyDocument
    from troposphere import Template

    from templates.params.account import RegistryParams

# "Never": far more images than a repository sees between two releases of what it keeps.
_NEVER = 9_999


def build(p: "RegistryParams") -> "Template":
    """The registry stack; gives ``XRepositoryArn`` and ``XRepositoryUri`` for each service X, the bot included."""
    s = Stack(
        p.scope,
        f"{p.scope.prefix}: ECR repositories of {p.scope.platform}",
        architecture="One repository a service; CI pushes, every environment pulls by digest, releases keep what they need by tag.",
    )
    for service in p.services:
        name = logical(service)
        repository = s.keep(
            ecr.Repository(
                f"{name}Repository",
                RepositoryName=f"{p.scope.platform}/{service}",
                ImageScanningConfiguration=ecr.ImageScanningConfiguration(ScanOnPush=True),
                EncryptionConfiguration=ecr.EncryptionConfiguration(EncryptionType="AES256"),
                ImageTagMutability="IMMUTABLE_WITH_EXCLUSION",
                ImageTagMutabilityExclusionFilters=[
                    ecr.ImageTagMutabilityExclusionFilter(
                        ImageTagMutabilityExclusionFilterType="WILDCARD",
                        ImageTagMutabilityExclusionFilterValue="latest",
                    )
                ],
                LifecyclePolicy=ecr.LifecyclePolicy(LifecyclePolicyText=lifecycle(p.keep_images)),
                RepositoryPolicyText=_pull_policy(p),
            ),
            f"Images of {service}: a tag names one image for ever, except for latest.",
        )
        s.give(f"{name}RepositoryArn", GetAtt(repository, "Arn"), f"ECR repository of {service}")
        s.give(
            f"{name}RepositoryUri",
            GetAtt(repository, "RepositoryUri"),
            f"Where images of {service} are pushed and pulled",
        )
    return s.template


def lifecycle(keep_images: int) -> str:
    """The lifecycle policy: what is tagged ``keep-*`` stays, then the last ``keep_images`` tagged images.

    An image that a rule's tags match can't be expired by a rule of higher number, even if the first one lets it be
    (Amazon ECR User Guide: How lifecycle policies work); so the first rule protects although it never expires.
    Untagged images that an image index refers to go with their index only, so rule 2 can't take a platform out of it;
    and they are not counted by rule 3, for which a pattern is named instead of ``any``.
    """
    rules = [
        _rule(1, "Releases need what is tagged keep-*", "imageCountMoreThan", _NEVER, pattern="keep-*"),
        _rule(2, "What lost its tag goes after two weeks", "sinceImagePushed", 14),
        _rule(3, f"The last {keep_images} images stay", "imageCountMoreThan", keep_images, pattern="*"),
    ]
    return json.dumps({"rules": rules}, separators=(",", ":"))


def _rule(priority: int, about: str, count: str, number: int, pattern: str = "") -> dict[str, object]:
    selection: dict[str, object] = {
        "tagStatus": "tagged" if pattern else "untagged",
        "countType": count,
        "countNumber": number,
    }
    if pattern:
        selection["tagPatternList"] = [pattern]
    if count == "sinceImagePushed":
        selection["countUnit"] = "days"
    return {"rulePriority": priority, "description": about, "selection": selection, "action": {"type": "expire"}}


def _pull_policy(p: "RegistryParams") -> "PolicyDocument":
    """Roles of this platform's workloads pull, in every account that has an environment; nobody else across accounts."""
    return document(
        grant(
            "EnvironmentsPull",
            AWSPrincipal([Sub(f"arn:${{AWS::Partition}}:iam::{account}:root") for account in p.pull_accounts]),
            actions("ecr", "BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"),
            {"ArnLike": {"aws:PrincipalArn": Sub(f"arn:${{AWS::Partition}}:iam::*:role{p.scope.workload_path}*")}},
        )
    )
