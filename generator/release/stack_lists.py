"""Lists of stacks from CloudFormation, and the deletion of one. A part of ``ports.Stacks``."""

from typing import Protocol


class StackLists(Protocol):
    """Stacks of an account and Region by their names, their exports, and the deletion of one."""

    def names(self, prefix: str) -> list[str]:
        """Names of the existing stacks that begin with this text, sorted."""

    def importers(self, export: str) -> list[str]:
        """Names of the stacks that import an export, sorted."""

    def delete_stack(self, stack_id: str, token: str) -> None:
        """Start to delete a stack with its own role.

        No error if it does not exist. Raises CannotUndo if it can't start.
        """
