"""What the engine asks of AWS about secrets that tasks were given; a part of ``ports.Services``."""

from typing import Protocol


class TaskSecrets(Protocol):
    """Secrets Manager and task definitions in one account and Region."""

    def given_secrets(self, task_definition: str) -> tuple[str, ...]:
        """ARNs of the secrets that the containers of a task definition get as variables, without key and version."""

    def rotated(self, secret: str) -> float:
        """When a secret (ARN) was rotated last, epoch seconds; 0.0 for one that is not there or never was."""
