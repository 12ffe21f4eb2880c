"""Breaking an environment on purpose."""

import json
from typing import Any

import pytest

from templates.chaos import build
from templates.fault_agent import role_name
from templates.params.base import Scope
from templates.params.operations import Chaos, ChaosParams, Experiment
from tests.unit.templates.built import Json, findings, of, plain, statements

SCOPE = Scope(
    platform="slipway",
    environment="staging",
    account="123456789012",
    region="eu-west-1",
    owner="platform",
    cost_center="shared",
    stack="chaos",
)
ALL: tuple[Experiment, ...] = ("kill-tasks", "zone-loss", "database-latency")


def params(*experiments: Experiment, **changes: Any) -> ChaosParams:
    """Parameters of a chaos stack with two services, one of which uses the database."""
    settings = changes.pop("settings", {})
    fields: Json = {
        "scope": SCOPE,
        "chaos": Chaos(experiments=experiments or ALL, **settings),
        "services": ("app", "web"),
        "database_services": ("app",),
    }
    return ChaosParams(**{**fields, **changes})


def made(*experiments: Experiment, **changes: Any) -> Json:
    """The built template."""
    return plain(build(params(*experiments, **changes)))


def templates_of(template: Json) -> dict[str, Json]:
    """The experiment templates."""
    return of(template, "AWS::FIS::ExperimentTemplate")


@pytest.mark.no_cover
def test_cfn_lint_has_nothing_to_say() -> None:
    """The stack passes cfn-lint with experimental and informational rules, whatever is switched on."""
    assert findings([made(), *(made(experiment) for experiment in ALL)]) == []


def test_killing_tasks_stops_a_share_of_one_service() -> None:
    """Each service has its own experiment, which stops the share of tasks that the configuration names."""
    found = templates_of(made("kill-tasks", settings={"percent_of_tasks": 30, "minutes": 7}))
    assert set(found) == {"AppKillTasks", "WebKillTasks"}
    app = found["AppKillTasks"]
    assert app["Targets"]["tasks"] == {
        "ResourceType": "aws:ecs:task",
        "SelectionMode": "PERCENT(30)",
        "Parameters": {"cluster": {"Ref": "ClusterName"}, "service": {"Ref": "AppServiceName"}},
    }
    assert app["Actions"]["stop"] == {"ActionId": "aws:ecs:stop-task", "Targets": {"Tasks": "tasks"}}
    assert app["Actions"]["watch"]["StartAfter"] == ["stop"]
    assert app["Actions"]["watch"]["Parameters"] == {"duration": "PT7M"}


def test_losing_a_zone_cuts_all_its_subnets_in_this_vpc() -> None:
    """Every subnet of the first zone is cut off in both directions, in this environment's VPC alone."""
    (zone,) = templates_of(made("zone-loss", settings={"minutes": 3})).values()
    (target,) = zone["Targets"].values()
    assert (target["ResourceType"], target["SelectionMode"]) == ("aws:ec2:subnet", "ALL")
    assert target["Parameters"]["vpc"] == {"Ref": "VpcId"}
    assert target["Parameters"]["availabilityZoneIdentifier"] == {"Fn::Select": [0, {"Fn::GetAZs": ""}]}
    assert zone["Actions"]["cut"] == {
        "ActionId": "aws:network:disrupt-connectivity",
        "Parameters": {"scope": "all", "duration": "PT3M"},
        "Targets": {"Subnets": "subnets"},
    }


def test_the_database_slows_down_for_the_services_that_use_it() -> None:
    """Only packets to the database's address are delayed, only in services that use it, by the time configured."""
    found = templates_of(made("database-latency", settings={"latency_ms": 400}))
    assert set(found) == {"AppDatabaseLatency"}
    action = found["AppDatabaseLatency"]["Actions"]["delay"]
    assert action["ActionId"] == "aws:ecs:task-network-latency"
    assert action["Parameters"] == {
        "duration": "PT5M",
        "delayMilliseconds": "400",
        "jitterMilliseconds": "20",
        "sources": {"Ref": "DatabaseEndpoint"},
        "useEcsFaultInjectionEndpoints": "true",
    }


def test_every_experiment_stops_by_itself() -> None:
    """Each has the environment's guard alarm and the alarm of what it hits as stop conditions, never `none`."""
    for name, template in templates_of(made()).items():
        sources = {c["Source"] for c in template["StopConditions"]}
        values = [c["Value"] for c in template["StopConditions"]]
        assert sources == {"aws:cloudwatch:alarm"}, name
        assert values[0] == {"Fn::GetAtt": ["Guard", "Arn"]}, name
        assert {"Ref": "AppAlarmArn"} in values or "Web" in name, name


def test_a_large_environment_keeps_to_five_stop_conditions() -> None:
    """FIS takes five: the guard, which covers every service, and four services' alarms."""
    services = tuple(f"service-{i}" for i in range(12))
    (zone,) = templates_of(made("zone-loss", services=services)).values()
    assert len(zone["StopConditions"]) == 5


def test_the_guard_counts_what_people_get() -> None:
    """Answers that fail in a service and those that no service could give both count against all requests."""
    guard = of(made("zone-loss"), "AWS::CloudWatch::Alarm")["Guard"]
    metrics = {m["MetricStat"]["Metric"]["MetricName"] for m in guard["Metrics"] if "MetricStat" in m}
    assert metrics == {"HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "RequestCount"}
    assert [m["Id"] for m in guard["Metrics"] if m["ReturnData"]] == ["failed"]
    assert (guard["Threshold"], guard["EvaluationPeriods"], guard["TreatMissingData"]) == (10, 1, "notBreaching")


def test_every_experiment_is_recorded_and_stays_in_this_account() -> None:
    """What an experiment found and did stands in an encrypted log group; without targets it fails."""
    template = made()
    (group,) = of(template, "AWS::Logs::LogGroup").values()
    assert group["KmsKeyId"] == {"Ref": "KeyArn"}
    for properties in templates_of(template).values():
        logging = properties["LogConfiguration"]
        assert logging["CloudWatchLogsConfiguration"] == {"LogGroupArn": {"Fn::GetAtt": ["ExperimentLog", "Arn"]}}
        assert properties["ExperimentOptions"] == {
            "AccountTargeting": "single-account",
            "EmptyTargetResolutionMode": "fail",
        }
        assert properties["Tags"]["environment"] == "staging"


def test_only_experiments_of_this_account_use_the_role() -> None:
    """FIS may act as the role for experiments of this account, and for no other account's."""
    (trust,) = of(made("kill-tasks"), "AWS::IAM::Role")["ExperimentRole"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "fis.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert "experiment/*" in json.dumps(trust["Condition"]["ArnLike"])


@pytest.mark.parametrize(
    ("experiment", "granted"),
    [
        ("kill-tasks", {"ecs:ListTasks", "ecs:DescribeTasks", "ecs:StopTask"}),
        (
            "zone-loss",
            {
                "ec2:DescribeVpcs",
                "ec2:DescribeSubnets",
                "ec2:DescribeNetworkAcls",
                "ec2:DescribeManagedPrefixLists",
                "ec2:CreateNetworkAcl",
                "ec2:CreateTags",
                "ec2:CreateNetworkAclEntry",
                "ec2:DeleteNetworkAcl",
                "ec2:ReplaceNetworkAclAssociation",
            },
        ),
        (
            "database-latency",
            {
                "ecs:ListTasks",
                "ecs:DescribeTasks",
                "ssm:SendCommand",
                "ssm:ListCommands",
                "ssm:CancelCommand",
                "ec2:DescribeInstances",
                "ec2:DescribeSubnets",
            },
        ),
    ],
)
def test_the_role_can_do_what_its_experiments_need_and_no_more(experiment: Experiment, granted: set[str]) -> None:
    """Rights come with the experiment that needs them."""
    found = statements(of(made(experiment), "AWS::IAM::Role")["ExperimentRole"])
    delivery = set(found.pop("LogDelivery")["Action"])
    assert all(action.startswith("logs:") for action in delivery)
    assert {action for s in found.values() for action in s["Action"]} == granted


def test_tasks_of_other_clusters_are_out_of_reach() -> None:
    """StopTask names the cluster in its resource; ListTasks, which can't, has it as a condition."""
    found = statements(of(made("kill-tasks"), "AWS::IAM::Role")["ExperimentRole"])
    (resource,) = found["StopTasks"]["Resource"]
    assert resource["Fn::Sub"][0].endswith(":task/${Cluster}/*")
    assert found["ListTasks"]["Condition"] == {"ArnEquals": {"ecs:cluster": {"Ref": "ClusterArn"}}}


def test_network_acls_that_fis_did_not_make_stay_as_they_are() -> None:
    """The role changes and deletes only ACLs that FIS tagged as its own, and swaps them in this VPC alone."""
    found = statements(of(made("zone-loss"), "AWS::IAM::Role")["ExperimentRole"])
    assert found["ChangeOwnAcl"]["Condition"] == {"StringEquals": {"ec2:ResourceTag/managedByFIS": "true"}}
    assert found["CreateOwnAcl"]["Condition"] == {"StringEquals": {"aws:RequestTag/managedByFIS": "true"}}
    assert list(found["SwapAcls"]["Condition"]["ArnEquals"]) == ["ec2:Vpc"]


def test_commands_run_only_in_tasks_that_let_fis_in() -> None:
    """SendCommand reaches the one document of FIS, on instances that the agent in a task registered."""
    found = statements(of(made("database-latency"), "AWS::IAM::Role")["ExperimentRole"])
    (document,) = found["RunLatencyDocument"]["Resource"]
    assert document["Fn::Sub"].endswith("document/AWSFIS-Run-Network-Latency-ECS")
    assert found["RunInsideTasks"]["Condition"] == {"StringEquals": {"ssm:resourceTag/FAULT_INJECTION_SIDECAR": "true"}}


def test_the_agents_role_has_the_name_that_tasks_know() -> None:
    """Tasks name the role before it exists, so that services need nothing of the chaos stack."""
    role = of(made("database-latency"), "AWS::IAM::Role")["FaultAgentRole"]
    assert role["RoleName"] == role_name(SCOPE)
    assert role["Path"] == "/workload/slipway/staging/"
    assert role["PermissionsBoundary"] == {"Ref": "BoundaryArn"}
    assert "FaultAgentRole" not in made("kill-tasks")["Resources"]


@pytest.mark.parametrize(
    ("experiment", "changes", "message"),
    [
        ("kill-tasks", {"services": ()}, "needs a service"),
        ("database-latency", {"database_services": ()}, "uses: {database: true}"),
    ],
)
def test_an_experiment_without_anything_to_hit_is_an_error(experiment: Experiment, changes: Json, message: str) -> None:
    """What was asked for is never left out in silence."""
    with pytest.raises(ValueError, match=message):
        build(params(experiment, **changes))


def test_all_tasks_can_be_hit() -> None:
    """A hundred percent is every task."""
    found = templates_of(made("kill-tasks", settings={"percent_of_tasks": 100}))
    assert found["WebKillTasks"]["Targets"]["tasks"]["SelectionMode"] == "ALL"
