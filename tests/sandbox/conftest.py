"""A sandbox for each test process, empty at the start of each test."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config

from generator.sandbox.process import Control, Endpoint, spawn

# What most tests use; any other 12 digits are another account.
ACCOUNT = "111122223333"
REGION = "eu-west-1"
Aws = Callable[..., Any]


@contextmanager
def running() -> Iterator[Endpoint]:
    """A sandbox on a free port; it ends with the context, and with this process."""
    alive, held = os.pipe()
    with tempfile.TemporaryFile() as log:
        child, ready = spawn(["--idle", "0"], port=0, log=log.fileno(), parent_fd=alive)
        os.close(alive)
        if ready is None:
            log.seek(0)
            pytest.fail(log.read().decode())
        yield Endpoint(ready["port"], ready["pid"])
        os.close(held)
        child.wait(120)


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Endpoint]:
    """The sandbox of this test process (with xdist: of this worker)."""
    with running() as found:
        yield found


@pytest.fixture
def sandbox(sandbox_process: Endpoint) -> Endpoint:
    """The sandbox, without anything that an earlier test made, at instant speed."""
    Control(sandbox_process.port).reset()
    return sandbox_process


@pytest.fixture
def control(sandbox: Endpoint) -> Control:
    """Tells the sandbox what no AWS API can say: faults, speed, enforcement."""
    return Control(sandbox.port)


@pytest.fixture(scope="session")
def _clients() -> dict[tuple[Any, ...], Any]:
    return {}


@pytest.fixture
def aws(sandbox: Endpoint, _clients: dict[tuple[Any, ...], Any]) -> Aws:
    """`aws("s3", region="eu-west-1", account="111122223333")`: a boto3 client of the sandbox; `keys` for a role session."""

    def client(
        service: str,
        *,
        region: str = REGION,
        account: str = ACCOUNT,
        keys: dict[str, str] | None = None,
        retries: int = 0,
        read_timeout: float = 30.0,
    ) -> Any:
        named = keys or {"AccessKeyId": account, "SecretAccessKey": "sandbox"}
        key = (sandbox.port, service, region, named["AccessKeyId"], retries, read_timeout)
        if key not in _clients:
            _clients[key] = boto3.client(
                service,
                region_name=region,
                endpoint_url=sandbox.url,
                aws_access_key_id=named["AccessKeyId"],
                aws_secret_access_key=named["SecretAccessKey"],
                aws_session_token=named.get("SessionToken"),
                config=Config(
                    retries={"total_max_attempts": retries + 1, "mode": "standard"}, read_timeout=read_timeout
                ),
            )
        return _clients[key]

    return client
