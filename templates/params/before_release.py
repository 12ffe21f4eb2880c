"""A command that runs in the image of a new version before any of its tasks takes traffic, such as a migration."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from templates.params.base import Section, Text

if TYPE_CHECKING:
    from templates.params.service import ServiceSpec


class BeforeRelease(Section):
    """Runs once for each version and environment, with the service's image, network and rights; if it fails, so does the release."""

    command: Annotated[
        tuple[Text, ...],
        Meta(
            min_length=1,
            max_length=50,
            description="The command, in place of the image's own.",
            examples=[["python", "-m", "app.migrate"]],
        ),
    ]
    timeout_minutes: Annotated[
        int,
        Meta(
            ge=1,
            le=180,
            description="How long the release waits for it. The command itself is not ended, so that it may leave nothing half done.",
        ),
    ] = 30


def before_release_faults(spec: "ServiceSpec") -> Iterator[tuple[str, str]]:
    """What is wrong between the command and the rollout: ``(key.path, sentence that ends with what to write)``."""
    if spec.before_release is not None and spec.rollout.strategy == "rolling":
        # Amazon ECS Developer Guide, "Lifecycle hooks for Amazon ECS service deployments": the stages are described for a
        # blue and a green revision, and no page says which of them a rolling deployment passes.
        yield (
            "before_release",
            "needs a rollout that AWS documents to wait before new tasks; write rollout.strategy: blue-green, canary or linear",
        )
