"""Permissions: what CloudFormation may do with the stacks of one environment, of home, or with the bot's. One stack each.

An administrator creates these stacks (``bootstrap``), as home and the foundations. Each holds one role,
``PLATFORM-execution-NAME``, and its policies. ``NAME`` is an environment, ``home`` for the registries, or ``bot``:

| role                     | stacks                      | roles that it creates and passes |
|--------------------------|-----------------------------|----------------------------------|
| PLATFORM-execution-ENV   | of the environment          | ``/workload/PLATFORM/ENV/``      |
| PLATFORM-execution-home  | the registries              | none                             |
| PLATFORM-execution-bot   | the bot's                   | ``/workload/PLATFORM/bot/``, and passes the bot's and the worker's |

The role is as wide as these stacks need and no wider: what has a name is held by the environment's prefix, roles by their
path, what has neither by the tags ``platform`` and ``environment``, the rest by the Region.
"""

from typing import TYPE_CHECKING

from troposphere import GetAtt, Ref, iam

from templates.permissions import bot, compute, data, former, limits, network, roles
from templates.policies import document, trust
from templates.stack import Stack

if TYPE_CHECKING:
    from troposphere import Template

    from templates.params.account import PermissionsParams


def build(p: "PermissionsParams") -> "Template":
    """The permissions of one execution role; gives ``ExecutionRoleArn``.

    Needs ``BoundaryArn`` of the foundation and ``ArtifactBucket`` of home.
    """
    s = Stack(
        p.scope,
        f"{p.scope.platform}: what CloudFormation may do with the stacks of {p.name}",
        architecture="One execution role for each environment, so that none passes the roles of another one.",
    )
    boundary = s.need("BoundaryArn", about="Permission boundary of every workload role")
    parts = [("Limits", limits.statements(p, boundary), "What it may never do, whatever is allowed elsewhere.")]
    if p.name == "home":
        parts.insert(0, ("Images", data.images(p), "The registries are all that home releases."))
    elif p.name == "bot":
        parts = [
            ("Network", bot.network_statements(p), "EC2 describes without resources; tags hold what is deleted."),
            ("Running", bot.running_statements(p), "What stands on * takes no resource."),
            ("Data", bot.data_statements(p), "Making up a password takes no resource."),
            ("Roles", bot.role_statements(roles.statements(p, boundary)), "The one role that starts its tasks."),
            *parts,
        ]
    else:
        parts = [
            ("Network", network.statements(p), "Ids of EC2 and ELB are random: Region and tags hold them."),
            ("Edge", network.edge_statements(p), "Creating and listing take no resource."),
            ("Running", compute.statements(p), "What stands on * takes no resource."),
            ("Data", data.statements(p, s.need("ArtifactBucket")), "What stands on * takes no resource."),
            ("Keys", data.key_statements(p), "Keys have random ids: tags hold them. Listing takes no resource."),
            (
                "Roles",
                roles.statements(p, boundary),
                "Roles of workloads, only on their path and only with the boundary.",
            ),
            *parts,
        ]
    policies = [
        s.add(
            iam.ManagedPolicy(
                title,
                ManagedPolicyName=f"{p.role_name}-{title.lower()}",
                Description=f"{p.role_name}: {title.lower()}",
                PolicyDocument=document(*statements),
            ),
            why,
        )
        for title, statements, why in parts
    ]
    role = iam.Role(
        "ExecutionRole",
        RoleName=p.role_name,
        Description=f"CloudFormation: changes the resources of the stacks of {p.name}",
        # Without a source condition: which keys CloudFormation sends when it takes up a stack's role is not
        # documented. What holds it is that nobody may pass the role but plan and release.
        AssumeRolePolicyDocument=trust("cloudformation.amazonaws.com"),
        ManagedPolicyArns=[Ref(policy) for policy in policies],
    )
    if p.name == "bot":
        role.Policies = [iam.Policy(PolicyName="bot", PolicyDocument=document(*roles.bot(p)))]
    s.add(role, "Never with the rights of whoever asked for a change.")
    if p.name != "home":
        former.add(s, p, role)
    s.give("ExecutionRoleArn", GetAtt(role, "Arn"), "Role that CloudFormation works with")
    return s.template
