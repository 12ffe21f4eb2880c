"""One mistake in the configuration, and the exception that carries all of them."""

from msgspec import Struct

from generator.errors import UsageError


class ConfigError(Struct, frozen=True, order=True):
    """One mistake: where it stands, what is wrong and what to write instead. Its text is one line.

    ``line`` and ``column`` count from 1; ``key`` is the path below the file's top level (``route.hosts[0]``) and empty
    for what concerns the file as a whole.
    """

    file: str
    line: int
    column: int
    key: str
    problem: str
    fix: str

    def __str__(self) -> str:
        """``file:line: key.path: what is wrong, what to write instead``."""
        key = f"{self.key}: " if self.key else ""
        return f"{self.file}:{self.line}: {key}{self.problem}, {self.fix}"


class ConfigurationError(UsageError):
    """Everything that is wrong with ``stacks/``; ``errors`` is sorted by file and line and never empty."""

    def __init__(self, errors: tuple[ConfigError, ...]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


def dotted(path: tuple[str | int, ...]) -> str:
    """``("route", "hosts", 0)`` as people write it: ``route.hosts[0]``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
