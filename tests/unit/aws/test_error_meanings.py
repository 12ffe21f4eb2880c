"""What an error of AWS is to the engine: not now, never, no right, or wrong."""

import pytest
from botocore.exceptions import ClientError

from generator.aws.api_client import ApiError, meaning
from generator.release.errors import Denied, Unavailable


def said(code: str, status: int) -> Exception:
    """An answer of AWS, as the engine reads it."""
    response = {"Error": {"Code": code, "Message": "as told"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return meaning("cloudformation", "create_change_set", ClientError(response, "CreateChangeSet"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "status", "kind", "answer"),
    [
        ("NotImplemented", 501, ApiError, None),
        ("Whatever", 501, ApiError, None),
        ("UnknownOperationException", 404, ApiError, None),
        ("InvalidAction", 400, ApiError, None),
        ("ValidationError", 400, ApiError, None),
        ("InternalFailure", 500, Unavailable, "InternalFailure as told"),
        ("Whatever", 502, Unavailable, "Whatever as told"),
        ("ServiceUnavailable", 503, Unavailable, ""),
        ("SlowDown", 503, Unavailable, ""),
        ("Throttling", 400, Unavailable, ""),
        ("ThrottlingException", 500, Unavailable, ""),
        ("TooMany", 429, Unavailable, ""),
        ("AccessDenied", 403, Denied, None),
    ],
)
def test_an_answer_is_not_now_or_never(code: str, status: int, kind: type[Exception], answer: str | None) -> None:
    """A 501 and an unknown operation never change; a server error says what it said; patience is no answer."""
    found = said(code, status)
    assert type(found) is kind
    if isinstance(found, Unavailable):
        assert found.answer == answer
    assert "as told" in str(found)
