"""What the engine reads from AWS about the secrets of tasks. A part of ``ports.Services``."""

from typing import Protocol


class TaskSecrets(Protocol):
    """Secrets Manager and task definitions in one account and Region."""

    def given_secrets(self, task_definition: str) -> tuple[str, ...]:
        """ARNs of the secrets that the containers of a task definition get as variables, without key and version."""

    def rotated(self, secret: str) -> float:
        """When a secret (ARN) was rotated last, epoch seconds. 0.0 if it does not exist or never was."""
