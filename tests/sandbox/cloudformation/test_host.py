"""The clients that providers get, without a network."""

from __future__ import annotations

from generator.sandbox.cloudformation.host import Loopback
from generator.sandbox.server.clock import CLOCK
from generator.sandbox.server.overlay import ENGINE
from tests.sandbox.cloudformation.calls import Cfn
from tests.sandbox.cloudformation.fake_providers import queue, template


def test_clients_are_made_once_and_know_where_they_belong() -> None:
    """One client for each service, account and region; the sandbox knows its own calls by the user agent."""
    host = Loopback(lambda: "http://127.0.0.1:1", CLOCK)
    one = host.client("sqs", "111122223333", "eu-west-1", "")
    assert host.client("sqs", "111122223333", "eu-west-1", "") is one
    assert host.client("sqs", "111122223333", "eu-west-2", "") is not one
    assert one.meta.endpoint_url == "http://127.0.0.1:1"
    assert ENGINE in one.meta.config.user_agent_extra
    host.forget()
    assert host.client("sqs", "111122223333", "eu-west-1", "") is one
    assert host.clock is CLOCK


def test_resources_carry_the_tags_of_their_stack(cfn: Cfn) -> None:
    """User Guide, "Resource tag": the stack's tags and the three `aws:cloudformation:` ones reach every provider."""
    seen: list[dict[str, str]] = []
    act = cfn.world.act

    def watch(ctx: object, name: str) -> None:
        seen.append(dict(ctx.tags))  # type: ignore[attr-defined] # a provider's context
        act(ctx, name)  # type: ignore[arg-type]

    cfn.world.act = watch  # type: ignore[method-assign] # the world of this test
    stack = cfn.create(template(Queue=queue()), Tags=[{"Key": "team", "Value": "a"}])
    assert seen == [
        {
            "team": "a",
            "aws:cloudformation:stack-name": "app",
            "aws:cloudformation:stack-id": stack["StackId"],
            "aws:cloudformation:logical-id": "Queue",
        }
    ]
