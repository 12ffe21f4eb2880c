"""What the sandbox's proxy does with the actions of a listener rule."""

from __future__ import annotations

from typing import Any

import pytest

from generator.sandbox.balancer.ministack_alb import listener_rule

FORWARD = {"Type": "forward", "Order": 2, "TargetGroupArn": "group"}
HOST = {"Field": "host-header", "HostHeaderConfig": {"Values": ["web.example.com"]}}


@pytest.mark.parametrize(
    ("actions", "forward", "status"),
    [
        ([FORWARD], (("group", 1),), None),
        ([{"Type": "authenticate-oidc", "Order": 1}, FORWARD], (), 401),
        ([FORWARD, {"Type": "authenticate-cognito", "Order": 1}], (), 401),
        ([{"Type": "jwt-validation", "Order": 1}, FORWARD], (), 401),
    ],
)
def test_nobody_gets_past_a_login(actions: list[dict[str, Any]], forward: Any, status: int | None) -> None:
    """The proxy signs nobody in, so a rule with a login answers 401 and forwards nothing."""
    found = listener_rule("rule", [HOST], actions)
    assert (found.hosts, found.forward) == (("web.example.com",), forward)
    assert (found.answer[0] if found.answer else None) == status
