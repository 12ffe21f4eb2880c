"""What CloudFormation tells of many stacks, and how one goes that none of them needs: a part of ``ports.Stacks``."""

from typing import Protocol


class StackLists(Protocol):
    """Stacks of an account and Region by their names, their exports, and the end of one."""

    def names(self, prefix: str) -> list[str]:
        """Names of the stacks that are there and begin so, sorted."""

    def importers(self, export: str) -> list[str]:
        """Names of the stacks that import an export, sorted."""

    def delete_stack(self, stack_id: str, token: str) -> None:
        """Begin to delete a stack with the role that it has; no error if it is gone. Raises CannotUndo if it can't begin."""
