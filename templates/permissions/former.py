"""Roles where they were created before each environment had a path of its own: ``/workload/PLATFORM/``.

An update moves them by replacing them. Until that is done in an environment, its execution role must delete the former
ones, and pass them where an update goes back. ``bootstrap`` looks whether there are any and fills the parameter in.
"""

from typing import TYPE_CHECKING

from troposphere import Equals, Parameter, Ref, iam

from templates import arns
from templates.params.account import FORMER_ROLES
from templates.permissions.roles import TAKES_ROLES
from templates.policies import actions, allow, document

if TYPE_CHECKING:
    from templates.params.account import PermissionsParams
    from templates.stack import Stack


def add(s: "Stack", p: "PermissionsParams", role: iam.Role) -> None:
    """The parameter, ``none`` unless somebody says ``kept``, and what is allowed then."""
    s.template.add_parameter(
        Parameter(
            FORMER_ROLES,
            Type="String",
            Default="none",
            AllowedValues=["none", "kept"],
            Description="Whether roles of an earlier version are still there; bootstrap fills this in",
        )
    )
    s.template.add_condition("HasFormerRoles", Equals(Ref(FORMER_ROLES), "kept"))
    names = f"{p.scope.workload_path}{p.former_prefix}*"
    roles, profiles = arns.everywhere("iam", f"role{names}"), arns.everywhere("iam", f"instance-profile{names}")
    s.add(
        iam.ManagedPolicy(
            "FormerRoles",
            Condition="HasFormerRoles",
            ManagedPolicyName=f"{p.role_name}-former",
            Description=f"{p.role_name}: roles of an earlier version",
            Roles=[Ref(role)],
            PolicyDocument=document(
                allow(
                    "DeleteFormerRoles",
                    actions(
                        "iam",
                        *("DeleteRole", "DeleteRolePolicy", "DetachRolePolicy", "GetRole", "GetRolePolicy"),
                        *("ListAttachedRolePolicies", "ListRolePolicies", "ListRoleTags"),
                    ),
                    [roles],
                ),
                allow(
                    "DeleteFormerProfiles",
                    actions("iam", "DeleteInstanceProfile", "GetInstanceProfile", "RemoveRoleFromInstanceProfile"),
                    [profiles],
                ),
                allow(
                    "PassFormerRoles",
                    actions("iam", "PassRole"),
                    [roles],
                    {"StringEquals": {"iam:PassedToService": list(TAKES_ROLES)}},
                ),
            ),
        ),
        "An update that goes back takes the former roles up again; bootstrap takes this away once they are gone.",
    )
