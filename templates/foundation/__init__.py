"""The foundation of an account: who may change it, within which bounds, and what records it. One stack an account.

An administrator makes this stack (``bootstrap``). The roles that it holds may change every other stack of the
platform, and neither this one nor home: nobody widens the rights that they work with.

| role                 | who assumes it                          | what for |
|----------------------|-----------------------------------------|----------|
| PLATFORM-build       | GitHub, default branch; home account    | push images, publish versions, wake the workers |
| PLATFORM-plan        | GitHub, pull requests                   | ``gh-*`` change sets that nobody executes |
| PLATFORM-release     | PLATFORM-worker of the home account     | ``bot-*`` change sets, undo, ECS rollouts |
| PLATFORM-execution   | CloudFormation                          | makes the resources of the platform's stacks |
| PLATFORM-bot-execution | CloudFormation; home account          | the same for the bot's stack, with its two roles |
"""

from typing import TYPE_CHECKING

from templates.foundation import boundary, budget, change_sets, execution, github, release, trail
from templates.stack import Stack

if TYPE_CHECKING:
    from troposphere import Template

    from templates.params.account import FoundationParams


def build(p: "FoundationParams") -> "Template":
    """The foundation stack: GitHub trust, roles, permission boundary, trail, budget.

    Gives ``BoundaryArn``, ``ExecutionRoleArn``, ``ReleaseRoleArn``, ``PlanRoleArn``, ``TrailLogGroup`` and, in the
    home account, ``BuildRoleArn``. Needs ``WorkerRoleArn`` and ``ArtifactBucket`` of home, and in the home account
    ``WakeQueueArn`` too.
    """
    s = Stack(
        p.scope,
        f"{p.scope.platform}: roles, permission boundary, audit trail and budget of account {p.scope.account}",
        architecture="CI plans, the worker releases, CloudFormation changes; each has its own role and none may change these roles.",
    )
    limit = boundary.add_boundary(s)
    made = execution.add_roles(s, p, limit)
    provider = github.add_provider(s, p)
    shared = change_sets.add_policy(s, p, made)
    github.add_plan_role(s, p, provider, made, shared)
    if p.is_home:
        github.add_build_role(s, p, provider)
    release.add_role(s, p, made, shared)
    trail.add_trail(s, p)
    budget.add_budget(s, p)
    return s.template
