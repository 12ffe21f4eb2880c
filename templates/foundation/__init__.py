"""The foundation of an account: who may change it, within which bounds, and what records it. One stack an account.

An administrator creates this stack (``bootstrap``). The roles that it holds may change every other stack of the
platform, and neither this one nor home: nobody widens the rights that they work with.

| role                 | who assumes it                          | what for |
|----------------------|-----------------------------------------|----------|
| PLATFORM-build       | GitHub, default branch; home account    | push images |
| PLATFORM-push-NAME   | the repository of service NAME; home    | push images of NAME |
| PLATFORM-plan        | GitHub, pull requests                   | ``gh-*`` change sets that nobody executes |
| PLATFORM-release     | PLATFORM-worker of the home account     | ``bot-*`` change sets, undo, ECS rollouts |

What CloudFormation may do then is in ``templates.permissions``, a stack for each environment.
"""

from typing import TYPE_CHECKING

from templates.foundation import boundary, budget, change_sets, github, release, trail
from templates.stack import Stack

if TYPE_CHECKING:
    from troposphere import Template

    from templates.params.account import FoundationParams


def build(p: "FoundationParams") -> "Template":
    """The foundation stack: GitHub trust, roles, permission boundary, trail, budget.

    Gives ``BoundaryArn``, ``ReleaseRoleArn``, ``PlanRoleArn``, ``TrailLogGroup`` and, in the home account,
    ``BuildRoleArn`` and ``XPushRoleArn`` for each service X in a repository of its own. Needs ``WorkerRoleArn`` of home.
    """
    s = Stack(
        p.scope,
        f"{p.scope.platform}: roles, permission boundary, audit trail and budget of account {p.scope.account}",
        architecture="CI plans, the worker releases, CloudFormation changes; each has its own role and none may change these roles.",
    )
    boundary.add_boundary(s)
    provider = github.add_provider(s, p)
    shared = change_sets.add_policies(s, p)
    github.add_plan_role(s, p, provider, shared)
    if p.is_home:
        github.add_build_role(s, p, provider)
        github.add_push_roles(s, p, provider)
    release.add_role(s, p, shared)
    trail.add_trail(s, p)
    if p.budget is not None:
        budget.add_budget(s, p, p.budget)
    return s.template
