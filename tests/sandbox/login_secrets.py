"""The client secrets of a configuration's logins, as `slipway sandbox prepare` puts them into the sandbox."""

from collections.abc import Callable
from typing import Any

from generator.config.model import Configuration
from generator.wiring.application import Tools
from generator.wiring.sandbox_preparation import make_login_secrets
from tests.sandbox.conftest import Aws


def prepare_logins(aws: Aws, config: Configuration) -> None:
    """Put them there with a root's own rights."""

    def calls(service: str, account: str, region: str) -> Callable[..., Any]:
        client = aws(service, account=account, region=region)
        return lambda operation, **said: getattr(client, operation)(**said)

    make_login_secrets(config, Tools(calls, None))
