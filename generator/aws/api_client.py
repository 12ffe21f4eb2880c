"""Every call to AWS goes through :class:`Api`: one place that counts calls and translates errors for the engine.

botocore retries what may pass (``standard`` mode: throttling, 5xx, lost connections), each time with the same
parameters and so with the same idempotency token. What still fails comes out as one of the errors of
:mod:`generator.release.errors`; what AWS refuses as :class:`ApiError`, which adapters look at.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    MetadataRetrievalError,
    NoCredentialsError,
    ParamValidationError,
    ResponseStreamingError,
)
from botocore.exceptions import ConnectionError as NotConnected

from generator.aws.budgets import Budgets
from generator.aws.clock_skew import ClockSkew
from generator.release.errors import Denied, Invalid, Unavailable

_CALLS = logging.getLogger("slipway.calls")
OnCall = Callable[[str, str], None]  # service and operation, before the call

# Common errors of the API References, and each service's own words for "not now".
_LATER = frozenset({
    "ConcurrentModification", "ConditionalRequestConflict", "EC2ThrottledException", "ExpiredToken",
    "ExpiredTokenException", "IDPCommunicationError", "InternalError", "InternalFailure", "InternalServerError",
    "KMSInternalException", "LimitExceeded.Throttling", "OperationAborted", "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException", "RequestExpired", "RequestLimitExceeded", "RequestThrottled",
    "RequestThrottledException", "RequestTimeout", "RequestTimeoutException", "ServerException", "ServiceUnavailable",
    "ServiceUnavailableException", "SlowDown", "Throttling", "ThrottlingException", "ThrottledException",
    "TooManyRequestsException", "TransactionInProgressException", "UpdateInProgressException",
})  # fmt: skip
# Of these, what says "too often" (botocore: retries/standard.py, ThrottledRetryableChecker).
_THROTTLED = frozenset({
    "BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException", "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled", "RequestThrottledException",
    "SlowDown", "ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException",
    "TransactionInProgressException",
})  # fmt: skip
_NO = frozenset({
    "AccessDenied", "AccessDeniedException", "AuthFailure", "AuthorizationError", "AuthorizationErrorException",
    "IncompleteSignature", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidSignatureException",
    "MissingAuthenticationToken", "NotAuthorized", "OptInRequired", "SignatureDoesNotMatch",
    "UnauthorizedOperation", "UnrecognizedClientException",
})  # fmt: skip
# An operation that this endpoint does not have: asking again changes nothing (Common errors of the API References; an HTTP
# status of 501 says the same).
_UNKNOWN = frozenset({
    "InvalidAction", "NotImplemented", "NotImplementedException", "UnknownOperation", "UnknownOperationException",
    "UnsupportedOperation",
})  # fmt: skip
# The last one: a task asked for its own credentials.
_NO_ANSWER = (HTTPClientError, IncompleteReadError, NotConnected, ResponseStreamingError, MetadataRetrievalError)


class ApiError(Invalid):
    """AWS refused a request in its own words.

    ``retried`` says that it was sent more than once, so that an earlier try may have had its effect.
    """

    def __init__(self, service: str, operation: str, error: ClientError) -> None:
        found = error.response.get("Error", {})
        self.code = str(found.get("Code", ""))
        self.message = str(found.get("Message", ""))
        self.response: Mapping[str, Any] = error.response
        self.retried = bool(error.response.get("ResponseMetadata", {}).get("RetryAttempts"))
        super().__init__(
            f"{service} refuses {operation}: {self.message.rstrip('.') or self.code}; correct that and try again"
        )


class CallLimits(NamedTuple):
    """What all calls in one account and Region share: their rate limits, and the time of AWS."""

    place: str
    budgets: Budgets | None
    skew: ClockSkew

    def record(self, service: str, operation: str, began: float, metadata: Mapping[str, Any], code: str = "") -> None:
        """Called after each answer, with its retries and its error, if there was one."""
        headers = metadata.get("HTTPHeaders", {})
        self.skew.record(began, headers)
        if code in _THROTTLED or (metadata.get("RetryAttempts") and not code):
            bucket = self.budgets.bucket(self.place, service, operation) if self.budgets is not None else None
            after = str(headers.get("retry-after", ""))
            if bucket is not None:
                bucket.throttled(float(after) if after.isdigit() else 0.0)


class Api:
    """A client of one service in one place, with one identity.

    Call it with the name of a boto3 method and its parameters: ``api("describe_stacks", StackName="app")``.
    """

    def __init__(
        self, client: Any, service: str, on_call: OnCall | None = None, limits: "CallLimits | None" = None
    ) -> None:
        self._client = client
        self._service = service
        self._on_call = on_call
        self._limits = limits

    def __call__(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """The answer of one call.

        Raises:
            Unavailable: throttled, a 5xx or no answer, after retries. The call may have taken effect. Denied: no
            permission for it, or no valid credentials.
            Said: refused in AWS's words.
        """
        found: dict[str, Any] = self._asked(operation, lambda: getattr(self._client, operation)(**parameters))
        return found

    def pages(self, operation: str, rows: str, /, *, token: str = "NextToken", **parameters: Any) -> list[Any]:  # noqa: S107
        """All rows of an operation that returns pages. Raises the same errors."""
        found: list[Any] = []
        more: dict[str, Any] = {}
        while True:
            page = self(operation, **parameters, **more)
            found += page.get(rows) or []
            if not page.get(token):
                return found
            more = {token: page[token]}

    def read(self, **parameters: Any) -> bytes:
        """The body of an object of S3; the same errors."""
        return self.read_version(**parameters)[0]

    def read_version(self, **parameters: Any) -> tuple[bytes, str]:
        """The body of an object of S3 and its version id, "" in a bucket without versions; the same errors."""

        def ask() -> tuple[bytes, str]:
            found = self._client.get_object(**parameters)
            return found["Body"].read(), str(found.get("VersionId") or "")

        whole: tuple[bytes, str] = self._asked("get_object", ask)
        return whole

    def _asked(self, operation: str, ask: Callable[[], Any]) -> Any:
        limits, service = self._limits, self._service
        if limits is not None and limits.budgets is not None:
            limits.budgets.wait(limits.place, service, operation)
        if self._on_call is not None:
            self._on_call(service, operation)
        began = limits.skew.clock() if limits is not None else 0.0
        sent = time.monotonic()
        try:
            answer = ask()
            _CALLS.debug("%s %s %.2f s", service, operation, time.monotonic() - sent)
        except (BotoCoreError, ClientError) as error:
            _CALLS.debug("%s %s %.2f s: %s", service, operation, time.monotonic() - sent, type(error).__name__)
            if limits is not None and isinstance(error, ClientError):
                found = error.response
                code = str(found.get("Error", {}).get("Code", ""))
                limits.record(service, operation, began, found.get("ResponseMetadata", {}), code)
            raise meaning(service, operation, error) from error
        if limits is not None and isinstance(answer, Mapping):
            limits.record(service, operation, began, answer.get("ResponseMetadata", {}))
        return answer


def meaning(service: str, operation: str, error: BotoCoreError | ClientError) -> Exception:
    """The engine's error for an error of botocore."""
    if isinstance(error, ClientError):
        return _said(service, operation, error)
    if isinstance(error, _NO_ANSWER):
        return Unavailable(f"{service} did not answer {operation} ({error}); try again")
    if isinstance(error, ParamValidationError):
        return Invalid(f"{service} can't be called for {operation}: {error}; correct that and try again")
    if isinstance(error, NoCredentialsError):
        how = "sign in (`aws sso login`, AWS_PROFILE) and try again, or use the embedded AWS with --sandbox"
        return Denied(f"there are no AWS credentials here for {operation}; {how}")
    # An expired sign-on, a Region that is missing: nothing was sent.
    return Denied(f"{service} can't be called for {operation}: {error}; sign in to AWS and try again")


def _said(service: str, operation: str, error: ClientError) -> Exception:
    found = ApiError(service, operation, error)
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if found.code in _NO:
        return Denied(f"AWS denies {operation} ({service}): {found.message}; give the role this permission")
    if status == 501 or found.code in _UNKNOWN:
        return found
    if found.code in _LATER or status >= 500 or status == 429:
        why = f"{found.code} {found.message}".strip()
        answer = why if status >= 500 and status != 503 and found.code not in _THROTTLED else ""
        return Unavailable(f"{service} did not answer {operation} ({why}); try again", answer)
    return found
