"""What the engine needs of the sandbox around it: time, clients of the other services, and somebody to tell events."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

from generator.sandbox.cloudformation.template_values import invalid
from generator.sandbox.server import models
from generator.sandbox.server.overlay import ENGINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.cloudformation.model import Event, Stack
    from generator.sandbox.providers.provider import Time

_FRESH = 600.0  # seconds of ours that a role's credentials are used before it is assumed again


class Host(Protocol):
    """The sandbox as the engine sees it."""

    @property
    def clock(self) -> Time:
        """The time that stacks live by."""
        ...

    def client(self, service: str, account: str, region: str, role_arn: str) -> Any:
        """A botocore client of another service, as that role (or as the account's root if the role is empty)."""
        ...

    def assume(self, account: str, region: str, role_arn: str) -> None:
        """Assume a role again.

        Raises:
            AwsError: `ValidationError`: the role can't be assumed.
        """
        ...

    def happened(self, stack: Stack, event: Event) -> None:
        """A stack event was written: tell EventBridge and the stack's SNS topics. Must not wait for anything."""
        ...


class Loopback:
    """A host whose other services answer at an address of this machine.

    Args:
        endpoint: Gives the address, such as `http://127.0.0.1:4566`.
        clock: The sandbox's clock.
        agent: What the clients add to their user agent, so that the sandbox knows its own calls.
        tell: Told every event, in order.
    """

    def __init__(
        self,
        endpoint: Callable[[], str],
        clock: Time,
        agent: str = ENGINE,
        tell: Callable[[Stack, Event], None] = lambda _stack, _event: None,
    ) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._agent = agent
        self._tell = tell
        self._lock = threading.RLock()
        self._session: Any = None
        self._clients: dict[tuple[str, str, str, str], Any] = {}
        self._keys: dict[tuple[str, str, str], tuple[float, dict[str, str]]] = {}

    @property
    def clock(self) -> Time:
        """The sandbox's clock."""
        return self._clock

    def happened(self, stack: Stack, event: Event) -> None:
        """Tell anyone who listens."""
        self._tell(stack, event)

    def client(self, service: str, account: str, region: str, role_arn: str) -> Any:
        """A client, created once for each service, account, region and role; a role is assumed first.

        Raises:
            AwsError: `ValidationError`: the role can't be assumed.
        """
        key = (service, account, region, role_arn)
        with self._lock:
            since, _ = self._keys.get((account, region, role_arn), (0.0, {}))
            if role_arn and time.monotonic() - since > _FRESH:
                self.assume(account, region, role_arn)
            if key not in self._clients:
                keys = self._keys[account, region, role_arn][1] if role_arn else _root(account)
                self._clients[key] = self._make(service, region, keys)
            return self._clients[key]

    def assume(self, account: str, region: str, role_arn: str) -> None:
        """Assume a role again, and create its clients again."""
        sts = self.client("sts", account, region, "")
        try:
            given = sts.assume_role(RoleArn=role_arn, RoleSessionName="AWSCloudFormation")["Credentials"]
        except sts.exceptions.ClientError as error:
            raise invalid(f"Role {role_arn} is invalid or cannot be assumed") from error
        keys = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
        with self._lock:
            self._keys[account, region, role_arn] = (time.monotonic(), keys)
            self._clients = {key: client for key, client in self._clients.items() if key[3] != role_arn}

    def forget(self) -> None:
        """Forget the roles, which are others after a reset."""
        with self._lock:
            self._keys.clear()
            self._clients = {key: client for key, client in self._clients.items() if not key[3]}

    def _make(self, service: str, region: str, keys: dict[str, str]) -> Any:
        from botocore.config import Config

        if self._session is None:
            self._session = models.session()
        config = Config(
            retries={"max_attempts": 1},
            max_pool_connections=32,
            s3={"addressing_style": "path"},
            user_agent_extra=self._agent,
        )
        return self._session.create_client(
            service, region_name=region, endpoint_url=self._endpoint(), config=config, **keys
        )


def _root(account: str) -> dict[str, str]:
    # The sandbox takes a 12-digit access key for that account's root.
    return {"aws_access_key_id": account, "aws_secret_access_key": "sandbox"}
