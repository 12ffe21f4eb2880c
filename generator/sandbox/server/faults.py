"""Faults on request: what goes wrong on the way to AWS and back, for chosen calls.

    Control(port).faults([{"service": "cloudformation", "operation": "ExecuteChangeSet", "kind": "lost"}])

The rules are asked in their order; the first that hits decides. Calls that engines of the sandbox make are spared,
unless a rule says `internal`.
"""

from __future__ import annotations

import random
import threading
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, assert_never, get_args

from generator.sandbox.server.control import control
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.persistence import persisted

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request

Kind = Literal["throttle", "error", "latency", "reset", "timeout", "lost"]
# What each service calls throttling; those that are not here say ThrottlingException with 400.
# Sources: the "Common errors" page of each API Reference; S3 User Guide, "503 Slow Down".
_THROTTLED = {
    "cloudformation": ("Throttling", 400),
    "elasticloadbalancing": ("Throttling", 400),
    "monitoring": ("Throttling", 400),
    "iam": ("Throttling", 400),
    "sts": ("Throttling", 400),
    "sns": ("Throttled", 429),
    "s3": ("SlowDown", 503),
    "ec2": ("RequestLimitExceeded", 503),
    "dynamodb": ("ThrottlingException", 400),
}


class Rule:
    """One fault and the calls it hits.

    Args:
        kind: `throttle`, `error` (5xx), `latency` (late but right), `reset` (the connection, before the act), `timeout`
            (no answer, before the act) or `lost` (the act is done, its answer never comes).
        service: The signing name, such as `ecs`; `*` for all. Patterns are allowed.
        operation: Such as `DescribeServices`; `*` for all. Patterns are allowed.
        times: How often it hits; None for ever. The default is once, or for ever with a probability.
        after: How many calls pass before it hits.
        probability: Of hitting a call that fits, from 0 to 1.
        seed: Makes the draws repeatable.
        seconds: How late (`latency`), in seconds of ours.
        code: AWS's error code (`error`, `throttle`); by default what the service says.
        status: The HTTP status (`error`), 500 or 503 as a rule.
        message: AWS's text.
        how: How a `lost` answer is lost: `reset` the connection, `timeout`, or `error`, a 5xx.
        internal: Hit calls of the sandbox's own engines as well.

    Raises:
        ValueError: The rule makes no sense; the text says what to write.
    """

    def __init__(  # noqa: PLR0913 - one argument for each thing that can be asked for
        self,
        kind: Kind,
        *,
        service: str = "*",
        operation: str = "*",
        times: int | None = None,
        after: int = 0,
        probability: float | None = None,
        seed: int | None = None,
        seconds: float = 1.0,
        code: str = "",
        status: int = 500,
        message: str = "",
        how: str = "reset",
        internal: bool = False,
    ) -> None:
        if kind not in get_args(Kind):
            raise ValueError(f"{kind!r} is not a fault; write one of {', '.join(get_args(Kind))}")
        if how not in {"reset", "timeout", "error"}:
            raise ValueError(f"how: {how!r} is not a way to lose an answer; write reset, timeout or error")
        if probability is not None and not 0 <= probability <= 1:
            raise ValueError(f"probability: {probability} is not from 0 to 1")
        self.kind = kind
        self.how = how
        self.service, self.operation, self.internal = service, operation, internal
        self.seconds, self.code, self.status, self.message = seconds, code, status, message
        self.left = times if times is not None else None if probability is not None else 1
        self.after = after
        self.probability = probability
        self.hits = 0
        self._random = random.Random(seed)  # noqa: S311 - a repeatable draw, not a secret

    def hit(self, request: Request, *, internal: bool) -> bool:
        """Whether it hits this call; counts it."""
        if self.left == 0 or (internal and not self.internal):
            return False
        if not fnmatchcase(request.service, self.service) or not fnmatchcase(request.action, self.operation):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.probability is not None and self._random.random() >= self.probability:
            return False
        self.hits += 1
        if self.left is not None:
            self.left -= 1
        return True

    def error(self, request: Request) -> AwsError:
        """The error that it answers."""
        match self.kind:
            case "throttle":
                code, status = _THROTTLED.get(request.service, ("ThrottlingException", 400))
                return AwsError(self.code or code, self.message or "Rate exceeded", status)
            case "error" | "lost":
                internal = "ServiceUnavailable" if self.status == 503 else "InternalFailure"
                text = self.message or "The request failed because of a fault that was asked for"
                return AwsError(self.code or internal, text, self.status)
            case "latency" | "reset" | "timeout":
                raise TypeError(f"{self.kind} answers no error")
            case _:
                assert_never(self.kind)


class Faults:
    """The rules in force. Safe to use from several threads."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def add(self, rules: list[Rule]) -> None:
        """Add rules after those in force."""
        with self._lock:
            self._rules += rules

    def of(self, request: Request, *, internal: bool) -> Rule | None:
        """The first rule that hits this call, or None."""
        if not self._rules:
            return None
        with self._lock:
            return next((rule for rule in self._rules if rule.hit(request, internal=internal)), None)

    def hits(self) -> list[int]:
        """How often each rule has hit, in their order."""
        with self._lock:
            return [rule.hits for rule in self._rules]

    def dump(self) -> Any:
        """Faults do not outlive a restart."""
        return None

    def load(self, data: Any) -> None:
        """Faults do not outlive a restart."""

    def reset(self) -> None:
        """No faults."""
        with self._lock:
            self._rules = []


FAULTS = Faults()


@control("faults")
def faults(body: dict[str, Any]) -> dict[str, Any]:
    """Add `rules`; with `clear` drop those in force first. Answers the hits of those in force before."""
    before = FAULTS.hits()
    try:
        rules = [Rule(**rule) for rule in body.get("rules", [])]
    except TypeError as error:
        raise ValueError(f"a rule is not understood: {error}; see generator/sandbox/server/faults.py") from None
    if body.get("clear"):
        FAULTS.reset()
    FAULTS.add(rules)
    return {"hits": before}


def install() -> None:
    """Let a reset of the sandbox drop the faults."""
    persisted("faults", FAULTS)
