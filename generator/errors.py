"""Errors that people can correct, shown in full, without a traceback."""


class UsageError(Exception):
    """The input or the call is wrong. The text names each problem, its place, and what to write instead. Exit code 2."""


class BuildError(Exception):
    """A valid configuration from which no valid template can be built, such as one over 51,200 bytes. Exit code 1."""
