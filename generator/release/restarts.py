"""Restarts: new tasks of the running version, by a new value of the parameter that ForceNewDeployment reads.

When ``ForceNewDeploymentNonce`` changes, ECS starts a new deployment although nothing else of the service changes
(CloudFormation Template Reference: AWS::ECS::Service ForceNewDeployment). The nonce is the id of the release.
"""

from collections.abc import Mapping
from typing import Any

from generator.release.model.observed import NewChangeSet, StackNow
from generator.release.model.release import Cause, Release, Restart

# The parameter of a service's template (templates.service.rollout).
RESTART = "Restart"


def is_restart(release: Release) -> bool:
    """Whether a release brings no version and only starts new tasks."""
    return isinstance(release.purpose, Restart)


def kept_nonce(stack: StackNow | None, template: Mapping[str, Any]) -> dict[str, str | None]:
    """Keep the nonce when another template replaces the stack's. Without it, every task would be replaced."""
    takes = RESTART in template.get("Parameters", {})
    return {RESTART: None} if takes and stack is not None and stack.parameters.get(RESTART) else {}


def restarting(release: Release, stack: StackNow | None, name: str, role: str) -> NewChangeSet | Cause:
    """The change set of a restart: the stack as it is, with this release as its nonce.

    ``stack`` is None where it does not have the template of the version that runs.
    """
    if stack is None or RESTART not in stack.parameters:
        return Cause(
            stage="change-set",
            sentence=f"the stack no longer has the template of {release.after.commit[:12]}, so a restart would change "
            "more",
            fix="request the restart again",
        )
    return NewChangeSet(
        name=name, stack_name=release.stack.name, kind="UPDATE", template=None,
        parameters={**dict.fromkeys(stack.parameters), RESTART: release.id},
        tags=stack.tags, capabilities=stack.capabilities, role=role,
        description=f"{release.id}: restart for {release.requester.name}",
    )  # fmt: skip
