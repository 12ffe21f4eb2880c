"""What the listener's rules of now allow of a change set, and which databases it may bring: causes word for word."""

from __future__ import annotations

from typing import Any

import pytest

from generator.release.errors import Denied
from generator.release.model.change import Detail, ResourceChange
from generator.release.model.observed import ListenerRule
from generator.release.model.people import ENGINE
from generator.release.model.release import Cause
from generator.release.steps.database_versions import older_version
from generator.release.steps.listener_conflicts import ChangeTarget, refused_rule
from tests.release.fake_platform import FakePlatform
from tests.release.platform_templates import service
from tests.release.test_database_versions import kept
from tests.release.test_listener_rules import LISTENER, routed
from tests.release.values import change_set

RULE, PRIORITY = (
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    Detail(attribute="Properties", path="/Properties/Priority"),
)
ACTIONS = Detail(attribute="Properties", path="/Properties/Actions/0/ForwardConfig")
TAGS = Detail(attribute="Properties", path="/Properties/Tags/0")


def rule(name: str = "Rule", action: Any = "Modify", *details: Detail, kind: str = RULE) -> ResourceChange:
    """The change of a listener rule; of its priority, where nothing else is named."""
    return ResourceChange(logical_id=name, type=kind, action=action, details=details or (PRIORITY,))


@pytest.fixture(scope="module")
def platform() -> FakePlatform:
    """Prod with app, web and api; app's rule has 7 and serves on Blue alone, web's has 8; 9 is a rule of nobody."""
    platform = FakePlatform(apps=("app", "web", "api"))
    platform.publish(1, app=routed(7))
    for stack in ("network", "service-app", "service-web"):
        platform.end(platform.apply("prod", stack))
    stacks, services = platform.aws("prod")
    app, web = (next(s for s in stacks.all if s.name == f"slipway-prod-service-{n}").physical for n in ("app", "web"))
    services.listener_rules[LISTENER] = [
        ListenerRule(arn=web["Rule"], priority=8),
        ListenerRule(arn="arn:by-hand", priority=9),
        ListenerRule(arn=app["Rule"], priority=7, weights={app["Blue"]: 99, app["Green"]: 1}),
    ]
    return platform


def target(platform: FakePlatform, key: str = "prod/service-app") -> ChangeTarget:
    """A stack and its AWS."""
    facts = platform.facts.stacks[key]
    return ChangeTarget(facts.ref, platform.clouds.at(facts.ref, ENGINE), platform.clouds, platform.facts)


def taken(priority: int, by: str, first: str, name: str = "Rule") -> Cause:
    """The cause where a number is taken."""
    return Cause(
        stage="change-set",
        sentence=f"{name}: listener priority {priority} is taken by {by}",
        fix=f"{first}, or write another route.priority for one of the two",
    )


def by_web(app: str) -> Cause:
    """Web has the number that a service wants."""
    first = f"release both together, where prod/service-web is to give it up: slipway apply prod {app} web"
    return Cause(
        stage="change-set", sentence="Rule: listener priority 8 is taken by prod/service-web",
        fix=f"{first}; or write another route.priority for one of the two",
    )  # fmt: skip


BY_WEB = by_web("app")
BY_HAND = taken(9, "the rule arn:by-hand", "delete that rule")
OTHER_SIDE = Cause(
    stage="change-set",
    sentence="Rule: an update of the rule takes all requests away from Green, which serves now",
    fix="restart the service first, which moves it to its other side: slipway restart app prod; then release this",
)


def body(priority: int = 10, green: int = 100, listener: Any = LISTENER) -> dict[str, Any]:
    """App's template with this rule; by default Green has a share of the requests in it."""
    made = routed(priority)
    properties = made["Resources"]["Rule"]["Properties"]
    properties["ListenerArn"] = listener
    properties["Actions"][0]["ForwardConfig"]["TargetGroups"][1]["Weight"] = green
    return made


@pytest.mark.parametrize(
    ("changes", "template", "found"),
    [
        ([rule()], body(8), BY_WEB),
        ([rule("Rule", "Add", TAGS)], body(8), BY_WEB),
        ([rule()], body(9), BY_HAND),
        ([rule()], body(10), None),
        ([rule()], body(7), None),  # its own number
        ([rule("Rule", "Add")], body(7), taken(7, "the rule OWN", "delete that rule")),
        ([rule("Rule", "Remove")], body(8), None),
        ([rule("Rule", "Modify", TAGS)], body(8), None),
        ([rule("Rule", "Modify", TAGS, PRIORITY)], body(8), BY_WEB),
        ([rule("Rule", "Modify", Detail(attribute="Properties", name="Conditions"))], body(8), BY_WEB),
        ([rule(kind="AWS::EC2::VPC")], body(8), None),
        ([rule("Blue", kind="AWS::EC2::VPC"), rule()], body(8), BY_WEB),
        ([rule("Rule", "Modify", TAGS), rule("Second", "Add")], body(8), taken(9, "the rule arn:by-hand", "delete that rule", "Second")),
        ([rule()], body(8, listener={"Ref": "Listener"}), BY_WEB),
        ([rule()], body(8, listener={"Ref": "Other"}), None),
        ([rule()], body(8, listener={"Fn::GetAtt": ["L", "Arn"]}), None),
        ([rule()], body(8, listener=3), None),
        ([rule("Rule", "Modify", ACTIONS)], body(7, green=0), OTHER_SIDE),
        ([rule("Rule", "Modify", ACTIONS)], body(7, green=1), None),
        ([rule("Rule", "Add", ACTIONS)], body(10, green=0), None),
    ],
)  # fmt: skip
def test_what_the_listener_allows(
    platform: FakePlatform, changes: list[ResourceChange], template: dict[str, Any], found: Cause | None
) -> None:
    """A number of another rule is refused with who has it; so is taking requests away from the side that serves."""
    second = {**template["Resources"]["Rule"]["Properties"], "Priority": 9, "ListenerArn": LISTENER}
    template["Resources"]["Second"] = {"Type": RULE, "Properties": second}
    made = change_set(*changes, parameters={"Listener": LISTENER})
    own = next(s for s in platform.aws("prod")[0].all if s.name == "slipway-prod-service-app").physical["Rule"]
    answer = refused_rule(target(platform), made, template)
    if found is not None and "OWN" in found.sentence:
        assert answer is not None
        assert answer.sentence == found.sentence.replace("OWN", own)
        return
    assert answer == found


def test_rules_without_target_groups_take_nothing_away(platform: FakePlatform) -> None:
    """A redirect, an action without groups and a group without a weight are changed as ever."""
    template = body(7)
    groups = [{"TargetGroupArn": {"Ref": "Green"}}, {"TargetGroupArn": "arn:elsewhere", "Weight": 0}, {"Weight": 0}]
    actions = [{"Type": "redirect"}, {"ForwardConfig": {}}, {"ForwardConfig": {"TargetGroups": groups}}]
    for some in (None, actions):
        template["Resources"]["Rule"]["Properties"]["Actions"] = some
        assert refused_rule(target(platform), change_set(rule("Rule", "Modify", ACTIONS)), template) is None


def test_a_rule_that_the_listener_lacks_serves_nobody(platform: FakePlatform) -> None:
    """Somebody deleted the rule by hand, or took a side out of it: there are no requests to take away."""
    services = platform.aws("prod")[1]
    there = services.listener_rules[LISTENER]
    whole = next(row for row in there if row.priority == 7)
    changes, template = change_set(rule("Rule", "Modify", ACTIONS)), body(7, green=0)
    blue = max(whole.weights, key=lambda group: whole.weights[group])
    for rows in ([], [ListenerRule(arn=whole.arn, priority=7, weights={blue: 100})]):
        services.listener_rules[LISTENER] = rows
        assert refused_rule(target(platform), changes, template) is None
    services.listener_rules[LISTENER] = there
    assert refused_rule(target(platform), changes, template) == OTHER_SIDE


def test_a_stack_that_is_not_there_has_no_rules(platform: FakePlatform) -> None:
    """The first release of api brings its rule: its own stack and those of other environments are not in the way."""
    made = change_set(rule("Rule", "Add"))
    assert refused_rule(target(platform, "prod/service-api"), made, body(10)) is None
    assert refused_rule(target(platform, "prod/service-api"), made, body(8)) == by_web("api")
    assert refused_rule(target(platform, "prod/service-web"), made, body(9)) == BY_HAND
    assert refused_rule(target(platform, "prod/service-api"), change_set(rule()), body(9)) == BY_HAND


VERSION = Detail(attribute="Properties", name="EngineVersion")


def database(name: str = "Db", *details: Detail, kind: str = "AWS::RDS::DBInstance", **more: Any) -> ResourceChange:
    """A change of a database; of its version, where nothing else is named."""
    made = {"action": "Modify", "replacement": "False", **more}
    return ResourceChange(logical_id=name, type=kind, details=details or (VERSION,), **made)


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ([database()], True),
        ([database("Db", Detail(attribute="Properties", path="/Properties/EngineVersion"))], True),
        ([database("Db", Detail(attribute="Properties", name="Engine"))], False),
        ([database("Db", Detail(attribute="Properties", path="/Properties/EngineVersion/x"))], False),
        ([database(action="Add")], False),
        ([database(replacement="True")], False),
        ([database(kind="AWS::EC2::VPC")], False),
        ([database("New"), database()], True),
        ([database("Unset"), database()], True),
        ([database("Denied"), database()], True),
        ([database(kind="AWS::EC2::VPC"), database()], True),
    ],
)
def test_which_changes_of_a_database_are_held_to_its_version(changes: list[ResourceChange], refused: bool) -> None:
    """The version of an instance that stays; the others of a change set are looked at as well."""
    platform = FakePlatform()
    template = kept("15.7")
    resources = template["Resources"]
    resources |= {"Unset": {"Type": "AWS::RDS::DBInstance", "Properties": {}}, "Denied": resources["Db"]}
    platform.publish(1, net=template)
    platform.end(platform.apply())
    stacks, services = platform.aws("prod")
    physical = stacks.all[0].physical
    services.database_versions |= {physical["Db"]: "15.10", physical["Unset"]: "15.10"}
    read = services.database_version

    def looked(instance: str) -> str:
        if instance == physical["Denied"]:
            raise Denied("no right")
        return read(instance)

    services.database_version = looked  # type: ignore[method-assign]
    resources["New"] = resources["Db"]
    cause = older_version(target(platform, "prod/network"), change_set(*changes), template)
    assert (cause is not None) is refused
    if cause is not None:
        assert cause.stage == "change-set"
        assert cause.sentence == "Db: it runs 15.10 now, and RDS upgrades to newer versions only, not to 15.7"
        assert cause.fix == "write data.database.version: 15.10, which changes nothing, or a newer one"


def test_a_version_that_is_no_text_is_left_to_rds() -> None:
    """A parameter's value is not known here: RDS itself refuses what is too old."""
    platform = FakePlatform()
    template = kept("15.4")
    platform.publish(1, net=template)
    platform.end(platform.apply())
    template["Resources"]["Db"]["Properties"]["EngineVersion"] = {"Ref": "Version"}
    assert older_version(target(platform, "prod/network"), change_set(database()), template) is None
    assert (
        older_version(target(platform, "prod/service-app"), change_set(database()), {**service(), **kept("1")}) is None
    )
