"""``PLATFORM-open``: a workflow may open releases, and nothing else."""

from typing import TYPE_CHECKING

from troposphere import GetAtt, Sub, iam

from templates.foundation.github import ISSUER, provider_arn, trust
from templates.home.roles import read_versions
from templates.policies import actions, allow, document

if TYPE_CHECKING:
    from templates.params.account import HomeParams
    from templates.stack import Stack


def add_open_role(s: "Stack", p: "HomeParams") -> None:
    """The role of deploy jobs of the default branch. It opens releases, reads how they go, and is not a person.

    A job that names the GitHub environment ``release`` has the subject ``...:environment:release``; the branch stands in
    a claim of its own (GitHub Docs: OpenID Connect reference; IAM User Guide: Available keys for AWS OIDC federation).
    The provider stands in the foundation, which comes after home: until then nobody can assume the role.
    """
    branch = {f"{ISSUER}:ref": f"refs/heads/{p.github.default_branch}"}
    role = s.add(
        iam.Role(
            "OpenRole",
            RoleName=f"{s.scope.platform}-open",
            Description="Deploy jobs of the default branch: open releases, and nothing else",
            AssumeRolePolicyDocument=trust(p.github, provider_arn(), "environment:release", branch),
            Policies=[
                iam.Policy(
                    PolicyName="open",
                    PolicyDocument=document(
                        allow("Ask", actions("sqs", "SendMessage"), [GetAtt("ReleaseQueue", "Arn")]),
                        allow(
                            "ReadLog",
                            actions("dynamodb", "BatchGetItem", "GetItem", "Query"),
                            [GetAtt("ReleaseTable", "Arn"), Sub("${ReleaseTable.Arn}/index/*")],
                        ),
                        # `slipway apply` reads the version, to open only what it changes, and checks its signature.
                        *read_versions(p),
                    ),
                )
            ],
        ),
        "A workflow may ask for a release. The worker knows this role by its id and refuses it everything else.",
    )
    # SQS attests a role's session as ROLE-ID:SESSION (SQS API Reference: SenderId).
    s.give("OpenRoleId", GetAtt(role, "RoleId"), "Who SQS says has sent what a deploy job asks for")
