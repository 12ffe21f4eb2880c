"""``PLATFORM-publish`` and the key that signs versions: what a version says comes from the job that published it."""

from typing import TYPE_CHECKING

from troposphere import GetAtt, Ref, Sub, iam, kms

from templates.foundation.github import ISSUER, provider_arn, trust
from templates.home import first_worker
from templates.home.roles import signing_key
from templates.policies import actions, allow, document

if TYPE_CHECKING:
    from templates.params.account import HomeParams
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
