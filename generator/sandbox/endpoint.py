"""What a started sandbox is to its users: where it answers, and what it can be told. Imports no AWS library."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The account, region and keys that people without an account use. Keys are never checked; 12 digits are an account.
ACCOUNT = "123456789012"
REGION = "eu-west-1"


class Endpoint(NamedTuple):
    """Where a sandbox answers.

    Attributes:
        port: Of 127.0.0.1.
        pid: The process.
        log: Its error messages, or None.
    """

    port: int
    pid: int
    log: Path | None = None

    @property
    def url(self) -> str:
        """Such as `http://127.0.0.1:4566`: the `endpoint_url` of boto3."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """What to export, so that the AWS CLI, boto3 and Slipway use the sandbox."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }


class Control:
    """Tells a sandbox what no AWS API can say.

    Args:
        port: Of 127.0.0.1.
    """

    def __init__(self, port: int) -> None:
        self._port = port

    def post(self, name: str, body: Mapping[str, Any] | None = None, *, within: float = 30.0) -> dict[str, Any]:
        """`POST /_slipway/NAME`; the answer.

        Raises:
            OSError: Nothing answers there.
            ValueError: It said no; the text says why.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=within)
        try:
            connection.request("POST", f"/_slipway/{name}", json.dumps(body or {}).encode(), {"x-slipway-control": "1"})
            answer = connection.getresponse()
            raw = answer.read()
        except http.client.HTTPException as error:
            raise OSError(f"127.0.0.1:{self._port} does not speak HTTP: {error!r}") from error
        finally:
            connection.close()
        found = json.loads(raw) if raw.startswith(b"{") else {}
        if answer.status != 200:
            raise ValueError(str(found.get("message", f"HTTP {answer.status}")))
        return dict(found)

    def status(self, within: float = 2.0) -> dict[str, Any]:
        """Process, port, checkout, speed, calls so far, seconds without a call."""
        return self.post("status", within=within)

    def reset(self) -> None:
        """Forget everything: all accounts, faults and what is running."""
        self.post("reset")

    def stop(self) -> None:
        """Save and end."""
        self.post("stop")

    def save(self) -> None:
        """Write the state now."""
        self.post("save")

    def faults(self, *rules: Mapping[str, Any], clear: bool = False) -> list[int]:
        """Let calls go wrong: `faults({"service": "ecs", "operation": "Describe*", "kind": "throttle", "times": 2})`.

        `generator.sandbox.server.faults.Rule` says what a rule may hold. Answers how often the rules in force before have hit.
        """
        found: list[int] = self.post("faults", {"rules": list(rules), "clear": clear})["hits"]
        return found

    def enforce(self, *, on: bool) -> None:
        """Let IAM policies decide about every call, or let everybody do everything."""
        self.post("iam", {"enforce": on})

    def session(self, role_arn: str, *, name: str = "task", source_identity: str = "") -> dict[str, str]:
        """Credentials of a role as a service gets them, such as an ECS task: its trust policy is not asked."""
        return self.post("session", {"role": role_arn, "name": name, "source_identity": source_identity})

    def calls(self, service: str = "", action: str = "") -> list[dict[str, Any]]:
        """The last calls with who made them, oldest first: what CloudTrail would show."""
        found: list[dict[str, Any]] = self.post("calls", {"service": service, "action": action})["calls"]
        return found

    def speed(self, speed: float) -> None:
        """Our seconds for one of AWS's, from 0 (instant) to 1 (realistic)."""
        self.post("speed", {"speed": speed})
