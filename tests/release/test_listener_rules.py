"""A release that the load balancer's rules of now do not allow ends before anybody is asked, with what to do."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from generator.release.client import request_id
from generator.release.digests import template_digest
from generator.release.model.observed import ListenerRule
from generator.release.model.release import Release
from generator.release.model.requests import Answer, Opened, Propose, Refusal
from generator.release.model.settings import Releases
from generator.release.model.states import name
from tests.release.fake_platform import FakePlatform
from tests.release.platform_templates import service

LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:333333333333:listener/app/main/1/2"


def routed(priority: int, memory: str = "512", host: str = "a.example.com", tag: str = "a") -> dict[str, Any]:
    """The service's template with two target groups and a rule."""
    body = service(memory)
    groups = {
        name: {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": {}} for name in ("Blue", "Green")
    }
    weights = [{"TargetGroupArn": {"Ref": n}, "Weight": w} for n, w in (("Blue", 100), ("Green", 0))]
    rule = {
        "ListenerArn": LISTENER,
        "Priority": priority,
        "Tags": [{"Key": "k", "Value": tag}],
        "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": [host]}}],
        "Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}],
    }
    rules = {"Rule": {"Type": "AWS::ElasticLoadBalancingV2::ListenerRule", "Properties": rule}}
    return {**body, "Resources": body["Resources"] | groups | rules}


@pytest.fixture
def platform() -> FakePlatform:
    """Prod with app and web; the listener has the rule of each, which serves on its first side."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)}, ticks=2)
    platform.publish(1, app=routed(7))
    platform.created()
    assert platform.end(platform.apply("prod", "service-web")) == "succeeded"
    serve(platform, blue=100)
    return platform


def serve(platform: FakePlatform, *, blue: int) -> None:
    """Let the load balancer send that many percent of app's requests to Blue."""
    stacks, services = platform.aws("prod")
    app, web = (next(s for s in stacks.all if s.name == f"slipway-prod-service-{n}").physical for n in ("app", "web"))
    services.listener_rules[LISTENER] = [
        ListenerRule(arn=app["Rule"], priority=7, weights={app["Blue"]: blue, app["Green"]: 100 - blue}),
        ListenerRule(arn=web["Rule"], priority=8),
    ]


def released(platform: FakePlatform, template: dict[str, Any]) -> Release:
    """A release of app with this template: as it ended, or as it waits."""
    platform.publish(2, app=template)
    return platform.release(platform.apply("prod", "service-app"))


def test_a_priority_that_another_service_still_has(platform: FakePlatform) -> None:
    """Nobody is asked; it says who has the number, and that both go together."""
    release = released(platform, routed(8))
    assert (name(release.state), release.gate) == ("failed", None)
    cause = release.cause
    assert cause
    assert cause.sentence == "Rule: listener priority 8 is taken by prod/service-web"
    assert cause.fix == (
        "release both together, where prod/service-web is to give it up: slipway apply prod app web; or write another "
        "route.priority for one of the two"
    )


def spared(platform: FakePlatform, web: int) -> Answer | None:
    """An apply of version 2 in which app gets web's number 8, and web this one."""
    version = platform.publish(2, app=routed(8))
    body = routed(web)
    digest = template_digest(body)
    theirs = replace(version.stacks["prod/service-web"], digest=digest, key=f"versions/bodies/{digest}")
    platform.versions.withdraw(version.id)
    platform.versions.publish(
        replace(version, stacks={**version.stacks, "prod/service-web": theirs}),
        {f"versions/bodies/{digest}": json.dumps(body)},
    )
    return platform.ask(Propose(id=request_id(), stack="prod/service-app", version=version.id, spare=True))


@pytest.mark.parametrize(
    ("web", "taken", "spare"),
    [(7, [], 9), (20, [], 7), (7, [9], 7), (20, [7], 9), (20, [7, 9], None), (8, [], None)],
)
def test_a_spare_number_is_beside_the_own_one(
    platform: FakePlatform, web: int, taken: list[int], spare: int | None
) -> None:
    """On the side of the holder on which it stays, else on the other one; without one, or if nobody leaves, it is refused."""
    _, services = platform.aws("prod")
    rows = services.listener_rules[LISTENER]
    services.listener_rules[LISTENER] = [
        *(replace(row, priority=6) if row.priority == 7 else row for row in rows),
        *(ListenerRule(arn=f"arn:other-{number}", priority=number) for number in taken),
    ]
    answer = spared(platform, web)
    assert isinstance(answer, Opened)
    release = platform.release(answer.release)
    if spare is None:
        assert name(release.state) == "failed"
        return
    assert release.change_set is not None
    assert release.after.deferred == f'{{"Rule":{{"Priority":{spare}}}}}'
    note = next(check.text for check in release.checks if check.name == "part")
    assert note.endswith(f"Rule gets listener priority {spare} until 8 is free, then 8")


def test_a_rule_with_its_spare_number_waits_for_the_holder(platform: FakePlatform) -> None:
    """It takes no second spare number: it says which stack is released first. Once that is, it gets its own."""
    answer = spared(platform, 7)
    assert isinstance(answer, Opened)
    platform.decide(answer.release, "approve")
    assert platform.end(answer.release) == "succeeded"
    _, services = platform.aws("prod")
    app, web = services.listener_rules[LISTENER]
    services.listener_rules[LISTENER] = [replace(app, priority=9), web]
    again = Propose(id=request_id(), stack="prod/service-app", version="2" * 40, spare=True)
    refused = platform.ask(again)
    assert isinstance(refused, Refusal)
    assert refused.why == (
        "Rule has listener priority 9 until prod/service-web is released, which frees 8; release that first: slipway "
        "apply prod"
    )
    services.listener_rules[LISTENER] = [replace(app, priority=9), replace(web, priority=7)]
    last = platform.ask(Propose(id=request_id(), stack="prod/service-app", version="2" * 40, spare=True))
    assert isinstance(last, Opened)
    assert platform.release(last.release).after.deferred == ""
    assert name(platform.release(last.release).state) == "waiting for approval"


def test_a_priority_that_a_rule_of_nobody_has(platform: FakePlatform) -> None:
    """Somebody wrote a rule by hand: it is named by its ARN, and no service is blamed."""
    _, services = platform.aws("prod")
    by_hand = f"{LISTENER.replace(':listener/', ':listener-rule/')}/9"
    services.listener_rules[LISTENER].append(ListenerRule(arn=by_hand, priority=9))
    cause = released(platform, routed(9)).cause
    assert cause
    assert cause.sentence == f"Rule: listener priority 9 is taken by the rule {by_hand}"
    assert cause.fix == "delete that rule, or write another route.priority for one of the two"


def test_tags_of_a_rule_move_no_requests(platform: FakePlatform) -> None:
    """They are set by a call of their own, whichever side serves."""
    serve(platform, blue=0)
    assert name(released(platform, routed(7, tag="b")).state) == "waiting for approval"


@pytest.mark.parametrize(("priority", "blue"), [(9, 100), (9, 50), (9, 0)])
def test_a_rule_is_changed_only_where_its_first_side_serves(platform: FakePlatform, priority: int, blue: int) -> None:
    """An update sets the weights of the template: where tasks are on the other side, it is refused with what to do."""
    serve(platform, blue=blue)
    release = released(platform, routed(priority))
    refused = name(release.state) == "failed"
    assert refused is (blue < 100)
    if refused:
        assert release.cause
        assert "takes all requests away from Green, which serves now" in release.cause.sentence
        assert release.cause.fix.startswith(
            "restart the service first, which moves it to its other side: slipway restart app prod"
        )


def test_what_leaves_the_rule_alone_is_released_on_either_side(platform: FakePlatform) -> None:
    """Other changes of the template do not touch the weights, so they are asked for as ever."""
    serve(platform, blue=0)
    assert name(released(platform, routed(7, memory="1024")).state) == "waiting for approval"


def test_a_rule_that_keeps_its_priority_is_in_nobodys_way(platform: FakePlatform) -> None:
    """Other hosts with the number that the rule has itself are asked for as ever."""
    assert name(released(platform, routed(7, host="b.example.com")).state) == "waiting for approval"
