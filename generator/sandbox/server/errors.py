"""The error that every operation of the sandbox raises to answer as AWS does."""

from __future__ import annotations


class AwsError(Exception):
    """An error answer of an AWS API: the service's error code, its text and the HTTP status.

    Args:
        code: The code that boto3 shows as `Error.Code`, such as `ValidationError` or `AlreadyExistsException`.
        message: AWS's text. People read it.
        status: The HTTP status, 400 unless said.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def refused(what: str, instead: str) -> AwsError:
    """The answer to what the sandbox does not support: `The sandbox does not support X; ...` (HTTP 501).

    Args:
        what: What was asked for, such as `StackSets`.
        instead: What the caller does next, as a sentence without its full stop.
    """
    return AwsError("NotImplemented", f"The sandbox does not support {what}; {instead}.", 501)
