"""Errors that people can do something about: told in full, without a traceback."""


class UsageError(Exception):
    """The input or the call is wrong. The text names each problem, where it is and what to write instead; exit code 2."""


class BuildError(Exception):
    """A valid configuration that makes no valid template, such as one over 51,200 bytes; exit code 1."""
