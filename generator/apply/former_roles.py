"""Roles of an earlier version, on the path that all environments shared. An upgrade replaces them.

A role's path can't be changed: CloudFormation replaces the role (Template Reference: AWS::IAM::Role, Path).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from templates.params.account import PermissionsParams


def former_roles(iam: Any, p: "PermissionsParams") -> list[str]:
    """Names of the roles of an environment that are still on the shared path; ``iam`` calls IAM in its account.

    Raises:
        ReleaseError: IAM does not answer.
    """
    path = p.scope.workload_path
    rows = iam.pages("list_roles", "Roles", token="Marker", PathPrefix=path)  # noqa: S106 - a name of a page's field
    return sorted(r["RoleName"] for r in rows if r["Path"] == path and r["RoleName"].startswith(p.former_prefix))
