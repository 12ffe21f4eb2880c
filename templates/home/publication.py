"""``PLATFORM-publish`` and the key that signs versions: what a version says comes from the job that published it."""

from typing import TYPE_CHECKING

from troposphere import GetAtt, Ref, Sub, iam, kms

from templates.foundation.github import ISSUER, provider_arn, trust
from templates.home import first_worker
from templates.home.roles import read_versions, signing_key
from templates.policies import actions, allow, document
from templates.stack import logical

if TYPE_CHECKING:
    from templates.params.account import HomeParams, Repository
    from templates.stack import Stack

# A version names the AMI that container instances start from (``templates.cluster.capacity``); AWS's public parameters.
_MACHINE_IMAGES = Sub("arn:${AWS::Partition}:ssm:*::parameter/aws/service/ecs/optimized-ami/*")


def add_version_key(s: "Stack") -> None:
    """The key that signs versions: ECC NIST P-256. The publish role alone signs, whatever an administrator's policy says."""
    signing_key(
        s,
        "Version",
        f"Signs what is published of {s.scope.platform}",
        signer="publish",
        reason="Signs each version, so that nobody who can only write the bucket publishes one.",
    )
    s.add(
        kms.Alias("VersionKeyAlias", AliasName=f"alias/{s.scope.prefix}-versions", TargetKeyId=Ref("VersionKey")),
        "A name for the worker, which verifies versions with the public half.",
    )
    s.give("VersionKeyArn", GetAtt("VersionKey", "Arn"), "The key that signs versions")


def add_publish_role(s: "Stack", p: "HomeParams") -> None:
    """The role of publish jobs of the default branch. It writes and signs versions; images are pushed by another role.

    What is built runs code of others, packages above all. A job that names the GitHub environment ``publish`` runs none:
    it checks the commit out, builds templates and signs. Its subject is ``...:environment:publish``, and the branch stands
    in a claim of its own (GitHub Docs: OpenID Connect reference; IAM User Guide: Available keys for AWS OIDC federation).
    """
    branch = {f"{ISSUER}:ref": f"refs/heads/{p.github.default_branch}"}
    role = s.add(
        iam.Role(
            "PublishRole",
            RoleName=f"{s.scope.platform}-publish",
            Description="Publish jobs of the default branch: write and sign versions",
            AssumeRolePolicyDocument=document(
                *trust(p.github, provider_arn(), "environment:publish", branch).Statement, first_worker.may_assume()
            ),
            Policies=[
                iam.Policy(
                    PolicyName="publish",
                    PolicyDocument=document(
                        allow(
                            "Publish",
                            actions("s3", "AbortMultipartUpload", "GetObject", "PutObject"),
                            [Sub("${ArtifactsBucket.Arn}/versions/*")],
                        ),
                        # A version holds the images of earlier ones that a run does not build.
                        *read_versions(p),
                        *(
                            [
                                allow(
                                    "PublishSites",
                                    actions("s3", "GetObject", "PutObject"),
                                    [Sub("${SitesBucket.Arn}/*")],
                                )
                            ]
                            if p.site_accounts
                            else []
                        ),
                        allow("Sign", actions("kms", "GetPublicKey", "Sign"), [GetAtt("VersionKey", "Arn")]),
                        allow("FindMachineImages", actions("ssm", "GetParameter"), [_MACHINE_IMAGES]),
                        allow("Announce", actions("sqs", "SendMessage"), [GetAtt("WakeQueue", "Arn")]),
                    ),
                )
            ],
        ),
        "Whether a version is released is decided elsewhere.",
    )
    s.give("PublishRoleArn", GetAtt(role, "Arn"), "Role of publish jobs of the default branch")


def add_service_publisher(s: "Stack", service: str, repository: "Repository") -> None:
    """``PLATFORM-publish-SERVICE`` and its key: the repository of one service publishes versions with its image.

    A version counts only if everything else of it is what the platform's publish role has signed
    (``generator.aws.service_versions``), so this role changes one image, whatever it writes. It trusts jobs of the GitHub
    environment ``publish`` on the default branch; repository and owner are named by number.
    """
    name = logical(service)
    signing_key(
        s,
        f"{name}Version",
        f"Signs what {repository.repository} publishes of {s.scope.platform}",
        signer=f"publish-{service}",
        reason=f"Signs versions of {service}, which lives in a repository of its own.",
    )
    alias = f"alias/{s.scope.prefix}-versions-{service}"
    s.add(
        kms.Alias(f"{name}VersionKeyAlias", AliasName=alias, TargetKeyId=Ref(f"{name}VersionKey")),
        "A name for who verifies versions with the public half.",
    )
    claims = {
        f"{ISSUER}:ref": f"refs/heads/{repository.default_branch}",
        f"{ISSUER}:repository_owner_id": str(repository.owner_id),
    }
    bucket, mine = GetAtt("ArtifactsBucket", "Arn"), GetAtt(f"{name}VersionKey", "Arn")
    own = Sub(f"${{ArtifactsBucket.Arn}}/repositories/{service}/*")
    role = s.add(
        iam.Role(
            f"{name}PublishRole",
            RoleName=f"{s.scope.platform}-publish-{service}",
            Description=f"Default branch of {repository.repository}: publishes images of {service}",
            AssumeRolePolicyDocument=trust(repository, provider_arn(), "environment:publish", claims),
            Policies=[
                iam.Policy(
                    PolicyName="publish",
                    PolicyDocument=document(
                        allow("Publish", actions("s3", "AbortMultipartUpload", "PutObject"), [own]),
                        allow("ListVersions", actions("s3", "ListBucket"), [bucket]),
                        allow(
                            "ReadVersions",
                            actions("s3", "GetObject"),
                            [own, Sub("${ArtifactsBucket.Arn}/versions/*")],
                        ),
                        allow("Sign", actions("kms", "GetPublicKey", "Sign"), [mine]),
                        allow("VerifyVersions", actions("kms", "GetPublicKey"), [GetAtt("VersionKey", "Arn")]),
                    ),
                )
            ],
        ),
        f"{service} lives in a repository of its own, which says nothing of any other stack.",
    )
    s.give(f"{name}PublishRoleArn", GetAtt(role, "Arn"), f"Role that publishes {service} from its own repository")
