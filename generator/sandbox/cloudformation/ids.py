"""Random ids and ARNs of stacks and change sets, in AWS's form."""

from __future__ import annotations

import uuid


def new_id() -> str:
    """A random id in AWS's form."""
    return str(uuid.uuid4())


def arn(kind: str, stack: tuple[str, str], name: str) -> str:
    """`arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/ID`, or `changeSet/NAME/ID`.

    Args:
        kind: `stack` or `changeSet`.
        stack: Account and region.
        name: The name.
    """
    account, region = stack
    return f"arn:aws:cloudformation:{region}:{account}:{kind}/{name}/{new_id()}"
