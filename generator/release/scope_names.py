"""What people call a stack, or what a lock holds. Pure."""


def call_scope(scope: str) -> str:
    """A stack, or what a lock holds, as people name it: ``prod/app`` for ``prod/service-app``, ``all of prod`` for ``prod/*``."""
    environment, _, stack = scope.partition("/")
    if stack in {"", "*"}:
        return f"all of {environment}"
    return f"{environment}/{stack.removeprefix('service-').removeprefix('function-')}"


def command_scope(scope: str) -> str:
    """The same as arguments of a command: ``prod app``, or ``prod`` for all of it."""
    environment, _, name = call_scope(scope).removeprefix("all of ").partition("/")
    return f"{environment} {name}".strip()
