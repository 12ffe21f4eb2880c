"""What an environment shows and says."""

import json
import re
from typing import Any

import pytest

from templates.observability import build
from templates.observability.audit import WATCHES
from templates.params.base import Scope
from templates.params.operations import (
    SERVICES_PER_OBSERVABILITY,
    Observability,
    ObservabilityParams,
    WatchedService,
)
from tests.unit.templates.built import Json, findings, of, plain

SCOPE = Scope(
    platform="slipway",
    environment="prod",
    account="123456789012",
    region="eu-west-1",
    owner="platform",
    cost_center="shared",
    stack="observability",
)


def watched(*names: str) -> tuple[WatchedService, ...]:
    """Services as the stack takes them."""
    return tuple(WatchedService(name=n, strategy="rolling", min_tasks=2, max_tasks=10) for n in names)


def params(**changes: Any) -> ObservabilityParams:
    """Parameters with everything on; ``changes`` replaces fields."""
    fields: Json = {
        "scope": SCOPE,
        "observability": Observability(),
        "services": watched("app", "web"),
        "functions": ("release-events",),
        "has_database": True,
        "has_nat": True,
        "audit_alarms": True,
    }
    return ObservabilityParams(**{**fields, **changes})


def made(**changes: Any) -> Json:
    """The built template."""
    return plain(build(params(**changes)))


def dashboard(template: Json) -> Json:
    """The dashboard's body as CloudWatch gets it, with the template's values left as they are written."""
    (board,) = of(template, "AWS::CloudWatch::Dashboard").values()
    text, values = board["DashboardBody"]["Fn::Sub"]
    for name in values:
        text = text.replace(f"${{{name}}}", f"<{name}>")
    body: Json = json.loads(text.replace("${!", "${"))
    return body


@pytest.mark.no_cover
def test_cfn_lint_has_nothing_to_say() -> None:
    """The stack passes cfn-lint with experimental and informational rules, whatever is switched on."""
    variants: tuple[Json, ...] = (
        {},
        {"part": 2},
        {"services": (), "functions": (), "has_database": False, "has_nat": False, "audit_alarms": False},
        {"observability": Observability(dashboard=False)},
    )
    assert findings(made(**v) for v in variants) == []


def test_one_alarm_stands_for_all_alarms_of_a_service() -> None:
    """A composite alarm over whatever alarms the service's stack names, however many they are."""
    alarm = of(made(), "AWS::CloudWatch::CompositeAlarm")["AppHealth"]
    joined = {"Fn::Join": ['") OR ALARM("', {"Fn::Split": [",", {"Ref": "AppAlarms"}]}]}
    assert alarm["AlarmRule"] == {"Fn::Sub": ['ALARM("${Names}")', {"Names": joined}]}
    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlertsTopicArn"}]
    assert alarm["AlarmName"] == "slipway-prod/app"


def test_alarm_names_never_meet_those_of_a_service() -> None:
    """A service may be called `database` or `audit`: its own alarms still have other names than this stack's."""
    template = made(services=watched("database", "audit"))
    for kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"):
        for alarm in of(template, kind).values():
            assert alarm["AlarmName"].startswith("slipway-prod/")


@pytest.mark.parametrize(
    ("title", "metric"),
    [
        ("prod: traffic", "RequestCount"),
        ("prod: errors", "HTTPCode_Target_5XX_Count"),
        ("prod: latency", "TargetResponseTime"),
        ("CPU", "CPUUtilization"),
        ("Memory", "MemoryUtilization"),
        ("Tasks behind the load balancer", "UnHealthyHostCount"),
        ("Functions: errors", "Errors"),
        ("Database: connections", "DatabaseConnections"),
        ("Cost of account 123456789012 this month (needs billing alerts)", "EstimatedCharges"),
        ("NAT traffic of the Region; each GB costs", "BytesOutToDestination"),
    ],
)
def test_the_dashboard_shows(title: str, metric: str) -> None:
    """Traffic, errors, latency, CPU, memory, tasks, functions, database, NAT traffic and cost each have a graph."""
    widgets = {w["properties"].get("title"): w for w in dashboard(made())["widgets"]}
    assert metric in json.dumps(widgets[title]["properties"]["metrics"])


def test_the_dashboard_lists_deployments() -> None:
    """The history of deployments stands on the dashboard, read from the group that the event rules fill."""
    template = made()
    (widget,) = [w for w in dashboard(template)["widgets"] if w["type"] == "log"]
    (group,) = of(template, "AWS::Logs::LogGroup").values()
    assert f"SOURCE '{group['LogGroupName']}'" in widget["properties"]["query"]
    written = [r for r in of(template, "AWS::Events::Rule").values() if "logs" in json.dumps(r["Targets"])]
    assert {r["EventPattern"]["source"][0] for r in written} == {"aws.ecs", "aws.cloudformation"}


def test_widgets_lie_side_by_side_without_overlap() -> None:
    """No widget covers another and none leaves the 24 columns."""
    taken: set[tuple[int, int]] = set()
    for w in dashboard(made())["widgets"]:
        cells = {(x, y) for x in range(w["x"], w["x"] + w["width"]) for y in range(w["y"], w["y"] + w["height"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_new_services_appear_on_the_graphs_by_themselves() -> None:
    """Graphs search by load balancer and cluster, so that the stack needs nothing of a service but its alarms."""
    needs = set(made(services=watched("app"))["Parameters"]) - set(made(services=())["Parameters"])
    assert needs == {"AppAlarms"}


def test_the_dashboard_can_be_left_out() -> None:
    """Without the dashboard its parameters go too."""
    template = made(observability=Observability(dashboard=False))
    assert not of(template, "AWS::CloudWatch::Dashboard")
    assert "LoadBalancerFullName" not in template["Parameters"]


@pytest.mark.parametrize(
    ("rule", "detail"),
    [
        ("DeploymentFailedRule", {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]}),
        (
            "TaskStoppedRule",
            {
                "clusterArn": [{"Ref": "ClusterArn"}],
                "lastStatus": ["STOPPED"],
                "stopCode": ["EssentialContainerExited", "TaskFailedToStart"],
            },
        ),
    ],
)
def test_people_hear_of_failures_in_ecs(rule: str, detail: Json) -> None:
    """A failed deployment and a task that stops abnormally reach the alerts topic; a task that Spot takes does not."""
    properties = of(made(), "AWS::Events::Rule")[rule]
    assert properties["EventPattern"]["detail"] == detail
    assert [t["Arn"] for t in properties["Targets"]] == [{"Ref": "AlertsTopicArn"}]


def test_only_this_environments_events_count() -> None:
    """Every rule names the environment's cluster or the prefix of its stacks."""
    for name, rule in of(made(), "AWS::Events::Rule").items():
        text = json.dumps(rule["EventPattern"])
        assert '"ClusterArn"' in text or '"ClusterName"' in text or "stack/slipway-prod-" in text, name


def test_every_message_uses_only_fields_that_it_takes_from_the_event() -> None:
    """EventBridge refuses a sentence with an unknown <field>, and no field is taken for nothing."""
    for name, rule in of(made(), "AWS::Events::Rule").items():
        for target in rule["Targets"]:
            if "InputTransformer" in target:
                change = target["InputTransformer"]
                assert set(re.findall(r"<(\w+)>", change["InputTemplate"])) == set(change["InputPathsMap"]), name
                assert change["InputTemplate"].rstrip('"').endswith("."), name


def test_only_the_two_rules_write_the_deployment_log() -> None:
    """The log group's policy lets EventBridge write for these rules, not for any rule of the account."""
    (policy,) = of(made(), "AWS::Logs::ResourcePolicy").values()
    text, values = policy["PolicyDocument"]["Fn::Sub"]
    opens, writes = json.loads(text)["Statement"]
    assert opens["Action"] == ["logs:CreateLogStream"]
    assert writes["Action"] == ["logs:PutLogEvents"]
    assert writes["Condition"] == {"ArnEquals": {"aws:SourceArn": ["${Rule0}", "${Rule1}"]}}
    assert opens["Resource"] == writes["Resource"] == ["${Group}"]
    assert values["Rule0"] == {"Fn::GetAtt": ["EcsDeploymentsRule", "Arn"]}


def test_the_trail_is_watched() -> None:
    """Root use, login without MFA, denied calls, policy changes and changes of the trail each have filter and alarm."""
    template = made()
    filters, alarms = of(template, "AWS::Logs::MetricFilter"), of(template, "AWS::CloudWatch::Alarm")
    for key in ("RootUse", "LoginWithoutMfa", "DeniedCalls", "PolicyChange", "TrailChange"):
        (metric,) = filters[f"{key}Filter"]["MetricTransformations"]
        alarm = alarms[f"{key}Alarm"]
        assert (alarm["Namespace"], alarm["MetricName"]) == (metric["MetricNamespace"], metric["MetricName"])
        assert filters[f"{key}Filter"]["LogGroupName"] == {"Ref": "TrailLogGroup"}
        assert alarm["TreatMissingData"] == "notBreaching"


def test_what_a_release_does_to_policies_raises_no_alarm() -> None:
    """Releases change roles through CloudFormation all the time; only changes past it are news."""
    pattern = of(made(), "AWS::Logs::MetricFilter")["PolicyChangeFilter"]["FilterPattern"]
    assert '$.sourceIPAddress != "cloudformation.amazonaws.com"' in pattern
    assert "PutRolePolicy" in pattern


@pytest.mark.parametrize("watch", WATCHES, ids=lambda w: w.key)
def test_filter_patterns_fit(watch: Any) -> None:
    """CloudWatch Logs takes patterns of at most 1,024 characters, with balanced brackets."""
    assert len(watch.pattern) <= 1024
    assert watch.pattern.count("(") == watch.pattern.count(")")
    assert watch.pattern.startswith("{ ")
    assert watch.pattern.endswith(" }")


def test_audit_alarms_stand_once_an_account() -> None:
    """An environment that shares its account with the one that watches the trail needs nothing of the trail."""
    template = made(audit_alarms=False)
    assert not of(template, "AWS::Logs::MetricFilter")
    assert "TrailLogGroup" not in template["Parameters"]


def test_a_further_part_holds_composite_alarms_alone() -> None:
    """What an environment has once is not made again for services beyond the first stack's."""
    template = made(part=2, services=watched("late"))
    assert {r["Type"] for r in template["Resources"].values()} == {"AWS::CloudWatch::CompositeAlarm"}
    assert set(template["Parameters"]) == {"AlertsTopicArn", "LateAlarms"}


def test_as_many_services_as_a_stack_takes_fit_its_size() -> None:
    """A full stack with the longest names and everything on stays under 51,200 bytes and 200 parameters."""
    names = [f"service-name-long-{i:02}" for i in range(SERVICES_PER_OBSERVABILITY)]
    functions = tuple(f"function-name-long-{i}" for i in range(5))
    scope = Scope(
        platform="p" * 12,
        environment="e" * 20,
        account="123456789012",
        region="ap-southeast-2",
        owner="o" * 60,
        cost_center="c" * 60,
        stack="observability",
    )
    template = made(scope=scope, services=watched(*names), functions=functions)
    assert len(json.dumps(template, separators=(",", ":"))) <= 51_200
    assert len(template["Parameters"]) <= 200


def test_too_many_services_are_an_error() -> None:
    """Services beyond the limit are never dropped in silence."""
    names = [f"s{i}" for i in range(SERVICES_PER_OBSERVABILITY + 1)]
    with pytest.raises(ValueError, match="further part"):
        build(params(services=watched(*names)))
