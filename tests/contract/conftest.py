"""The same tests on the fakes and on the embedded AWS. Tests share the sandbox's process and use names of their own."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator

import pytest
from botocore.retries.standard import ExponentialBackoff

from generator.aws.session import Keys, Limits, Session
from generator.sandbox.process import Control, Endpoint
from tests.sandbox.conftest import ACCOUNT, REGION, sandbox_process

__all__ = ["sandbox_process"]

_numbers = itertools.count(1)


def unique(stem: str) -> str:
    """A name that no other test uses."""
    return f"{stem}-{next(_numbers)}-{uuid.uuid4().hex[:6]}"


@pytest.fixture(autouse=True, scope="session")
def impatient() -> Iterator[None]:
    """Retries follow at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ExponentialBackoff, "delay_amount", lambda _self, _context: 0.0)
        yield


@pytest.fixture
def control(sandbox_process: Endpoint) -> Iterator[Control]:
    """Tells the sandbox what no AWS API can say; faults are gone afterwards."""
    channel = Control(sandbox_process.port)
    yield channel
    channel.faults(clear=True)


@pytest.fixture(scope="session")
def session(sandbox_process: Endpoint) -> Session:
    """As root of the account; few and quick tries, so that faults don't take long."""
    return Session(
        REGION,
        keys=Keys(ACCOUNT, "sandbox"),
        endpoint=sandbox_process.url,
        limits=Limits(attempts=2, connect=2.0, read=3.0),
    )
