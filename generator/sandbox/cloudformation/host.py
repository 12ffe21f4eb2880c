"""What the engine needs of the sandbox around it: time, and clients of the other services."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.cloudformation.model import Event, Stack
    from generator.sandbox.providers.base import Time


class Host(Protocol):
    """The sandbox as the engine sees it."""

    @property
    def clock(self) -> Time:
        """The time that stacks live by."""
        ...

    def client(self, service: str, account: str, region: str, role_arn: str) -> Any:
        """A botocore client of another service, as that role (or as the account's root if the role is empty)."""
        ...

    def happened(self, stack: Stack, event: Event) -> None:
        """A stack event was written: tell EventBridge and the stack's SNS topics."""
        ...


class Loopback:
    """A host whose other services answer at an address of this machine.

    Args:
        endpoint: Gives the address, such as `http://127.0.0.1:4566`.
        clock: The sandbox's clock.
    """

    def __init__(self, endpoint: Callable[[], str], clock: Time) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._lock = threading.RLock()
        self._session: Any = None
        self._clients: dict[tuple[str, str, str, str], Any] = {}

    @property
    def clock(self) -> Time:
        """The sandbox's clock."""
        return self._clock

    def happened(self, stack: Stack, event: Event) -> None:
        """Nobody is told."""

    def client(self, service: str, account: str, region: str, role_arn: str) -> Any:
        """A client, made once for each service, account, region and role; a role is assumed first.

        Raises:
            ClientError: The role can't be assumed.
        """
        key = (service, account, region, role_arn)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._make(service, region, self._credentials(account, region, role_arn))
            return self._clients[key]

    def forget(self) -> None:
        """Drop all clients, so that roles are assumed anew."""
        with self._lock:
            self._clients.clear()

    def _credentials(self, account: str, region: str, role_arn: str) -> dict[str, str]:
        # ministack takes a 12-digit access key for that account's root.
        keys = {"aws_access_key_id": account, "aws_secret_access_key": "sandbox"}
        if not role_arn:
            return keys
        sts = self._make("sts", region, keys)
        given = sts.assume_role(RoleArn=role_arn, RoleSessionName="AWSCloudFormation")["Credentials"]
        return {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }

    def _make(self, service: str, region: str, keys: dict[str, str]) -> Any:
        import botocore.session  # type: ignore[import-untyped]
        from botocore.config import Config  # type: ignore[import-untyped]

        if self._session is None:
            self._session = botocore.session.Session()
        config = Config(
            retries={"max_attempts": 1},
            max_pool_connections=32,
            s3={"addressing_style": "path"},
            parameter_validation=True,
        )
        return self._session.create_client(
            service, region_name=region, endpoint_url=self._endpoint(), config=config, **keys
        )
