"""What the stack of a service gives to anyone who deploys one."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from templates.params.service import HealthCheck, Rollout, Route, Scaling, ServiceSpec, Uses, faults
from templates.service import build
from tests.unit.templates.built import findings
from tests.unit.templates.service_cases import EVERYTHING, container, params, properties, template, walk


def test_a_port_is_enough_for_a_task_that_is_hard_to_break_into() -> None:
    """Somebody who writes only a port gets a small, locked-down task."""
    body = template(has_ec2=False)
    task, only = properties(body, "TaskDefinition"), container(body)

    assert (task["Cpu"], task["Memory"], task["NetworkMode"]) == ("256", "512", "awsvpc")
    assert task["RequiresCompatibilities"] == ["FARGATE"]
    assert only["ReadonlyRootFilesystem"] is True
    assert only["Privileged"] is False
    assert only["User"] == "10001:10001"
    assert only["LinuxParameters"] == {
        "InitProcessEnabled": True,
        "Capabilities": {"Drop": ["ALL"]},
        "Tmpfs": [{"ContainerPath": "/tmp", "Size": 64, "MountOptions": ["noexec", "nosuid", "nodev"]}],  # noqa: S108
    }
    assert only["LogConfiguration"]["Options"]["mode"] == "non-blocking"
    assert not {"Secrets", "HealthCheck", "Command", "SystemControls"} & only.keys()


def test_old_revisions_stay_registered() -> None:
    """A rollback finds the task definition that it needs, and logs survive the stack."""
    resources = template()["Resources"]

    for kept in ("TaskDefinition", "Logs"):
        assert resources[kept]["UpdateReplacePolicy"] == "Retain"
        assert resources[kept]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_the_code_gets_what_it_needs_and_users_of_data_where_it_is() -> None:
    """Application code reads names, ports and secrets from its environment instead of guessing them."""
    body = template(EVERYTHING)
    variables = {e["Name"]: e["Value"] for e in container(body)["Environment"]}
    secret = {e["Name"]: e["ValueFrom"] for e in container(body)["Secrets"]}

    assert variables["RELEASE"] == {"Ref": "Release"}
    assert (variables["PORT"], variables["SERVICE"], variables["LOG_LEVEL"]) == ("80", "app", "info")
    assert variables["TABLE_ORDER_LINES"] == {"Ref": "TableOrderLinesName"}
    assert variables["BUCKET_ASSETS"] == {"Ref": "BucketAssetsName"}
    assert variables["DATABASE_HOST"] == {"Ref": "DatabaseEndpoint"}
    assert variables["DATABASE_PORT"] == "5432"
    prefix = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:slipway/prod"
    assert secret == {
        "TOKEN": {"Fn::Sub": f"{prefix}/vault"},
        "CARD_KEY": {"Fn::Sub": f"{prefix}/stripe:api-key::"},
        "DATABASE_PASSWORD": {"Fn::Sub": "${DatabaseSecretArn}:password::"},
        "DATABASE_USERNAME": {"Fn::Sub": "${DatabaseSecretArn}:username::"},
    }


def test_options_reach_the_container() -> None:
    """Commands, checks, low ports and ECS Exec work as written."""
    only = container(template(EVERYTHING))

    assert only["Command"] == ["serve"]
    assert only["HealthCheck"] == {
        "Command": ["CMD", "/bin/check"], "Interval": 30, "Timeout": 5, "Retries": 3, "StartPeriod": 60
    }  # fmt: skip
    assert only["SystemControls"] == [{"Namespace": "net.ipv4.ip_unprivileged_port_start", "Value": "0"}]
    assert only["ReadonlyRootFilesystem"] is False, "the agent of ECS Exec has to write"
    assert "Tmpfs" not in container(template(ServiceSpec(port=8080, tmp_mib=0)))["LinuxParameters"]


def test_the_load_balancer_asks_for_health_and_lets_requests_finish() -> None:
    """GET /health every 30 s; a stopping task keeps its requests for 30 s."""
    group = properties(template(), "TargetGroup")

    assert (group["HealthCheckPath"], group["HealthCheckIntervalSeconds"], group["TargetType"]) == ("/health", 30, "ip")
    assert group["TargetGroupAttributes"] == [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}]


def test_hosts_and_paths_pick_the_requests() -> None:
    """A service is found by host, by path, or by both."""
    rule = properties(template(hosts=("a.example.com",), paths=("/api/*",)), "ListenerRule")
    assert [c["Field"] for c in rule["Conditions"]] == ["host-header", "path-pattern"]
    assert rule["Priority"] == 100
    only_path = properties(template(hosts=(), paths=("/api/*",)), "ListenerRule")
    assert [c["Field"] for c in only_path["Conditions"]] == ["path-pattern"]


def test_outputs_keep_the_contract_with_other_stacks() -> None:
    """Dashboards, chaos experiments and the release engine find the service by these names."""
    assert template(name="web-shop")["Outputs"].keys() == {
        f"WebShop{part}"
        for part in (
            "ServiceName",
            "ServiceArn",
            "TargetGroup",
            "SecurityGroup",
            "LogGroup",
            "Alarm",
            "AlarmArn",
            "Alarms",
        )
    }


def test_everything_that_takes_tags_carries_them() -> None:
    """Costs can be assigned to platform, environment, service, owner and cost centre."""
    taggable = {
        n: r["Properties"].get("Tags")
        for n, r in template(EVERYTHING)["Resources"].items()
        if not r["Type"].startswith(("AWS::ApplicationAutoScaling", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"))
    }  # fmt: skip
    for name, tags in taggable.items():
        keys = {t["Key"] for t in tags}
        assert keys == {"platform", "environment", "service", "owner", "cost-center", "tier"}, name


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (ServiceSpec(port=1, environment={"RELEASE": "x"}), "environment.RELEASE"),
        (ServiceSpec(port=1, environment={"A": "x"}, secrets={"A": "b"}), "secrets.A"),
        (ServiceSpec(port=1, scaling=Scaling(min=5, max=2)), "raise max or lower min"),
        (ServiceSpec(port=1, scaling=Scaling(cpu_target=45)), "write one that is"),
        (ServiceSpec(port=1, health_check=HealthCheck(interval=5, timeout=5)), "write 4 or less"),
        (ServiceSpec(port=1, health_check=HealthCheck(command=("curl",))), "write CMD or CMD-SHELL"),
        (ServiceSpec(port=1, tmp_mib=512), "less than half"),
        (ServiceSpec(port=1, route=Route(hosts=("a", "b", "c"), paths=("/a", "/b", "/c"))), "a listener rule takes 5"),
    ],
)
def test_fields_that_contradict_each_other_are_named_with_a_way_out(spec: ServiceSpec, message: str) -> None:
    """Nobody gets a template that AWS would refuse; the message says what to write."""
    with pytest.raises(ValueError, match=message):
        build(params(spec))
    # The reader of stacks/ shows what is wrong and what to write in two places.
    assert all("; " in text for _, text in faults(spec))


def test_a_capacity_provider_must_exist() -> None:
    """Asking for Spot or EC2 in an environment without it says how to get it."""
    with pytest.raises(ValueError, match=r"add cluster\.spot"):
        build(params(ServiceSpec(port=1, launch="spot"), has_spot=False))
    with pytest.raises(ValueError, match=r"add cluster\.ec2"):
        build(params(ServiceSpec(port=1, launch="ec2"), has_ec2=False))


@pytest.mark.parametrize(
    ("launch", "strategy", "compatible"),
    [
        ("default", None, ["EC2", "FARGATE"]),
        ("fargate", "FARGATE", ["FARGATE"]),
        ("spot", "FARGATE_SPOT", ["FARGATE"]),
        ("ec2", {"Ref": "Ec2CapacityProvider"}, ["EC2"]),
    ],
)
def test_a_service_runs_where_it_asks_to(launch: str, strategy: Any, compatible: list[str]) -> None:
    """``default`` follows the cluster; anything else names one capacity provider, never a launch type too."""
    body = template(ServiceSpec(port=8080, launch=launch))  # type: ignore[arg-type]
    service = properties(body, "Service")

    assert service.get("CapacityProviderStrategy") == (
        None if strategy is None else [{"CapacityProvider": strategy, "Weight": 1}]
    )
    assert "LaunchType" not in service
    assert properties(body, "TaskDefinition")["RequiresCompatibilities"] == compatible


@settings(max_examples=40)
@given(
    spec=st.builds(
        ServiceSpec,
        port=st.sampled_from([80, 8080]),
        launch=st.sampled_from(["default", "fargate", "spot", "ec2"]),
        uses=st.builds(Uses, database=st.booleans(), tables=st.sampled_from([(), ("order-lines",)])),
        rollout=st.builds(Rollout, strategy=st.sampled_from(["rolling", "blue-green", "canary", "linear"])),
        secrets=st.dictionaries(st.sampled_from(["TOKEN", "PORT"]), st.sampled_from(["a", "b:c"])),
        scaling=st.builds(Scaling, min=st.integers(0, 10)),
        exec=st.booleans(),
    )
)
def test_any_combination_fits_inline_and_refers_only_to_what_exists(spec: ServiceSpec) -> None:
    """Whatever is switched on, the template travels inline and every reference has a target."""
    body = template(spec)
    text = json.dumps(body, separators=(",", ":"))

    assert len(text.encode()) < 51200
    known = {*body["Resources"], *body["Parameters"]}
    for node in walk(body["Resources"]):
        target = node.get("Ref") or (node.get("Fn::GetAtt") or [None])[0]
        assert target is None or target in known or target.startswith("AWS::")
    names = [e["Name"] for key in ("Environment", "Secrets") for e in container(body).get(key, [])]
    assert len(names) == len(set(names)), "ECS refuses a variable that is also a secret"


@pytest.mark.no_cover
def test_cfn_lint_finds_nothing() -> None:
    """The fullest service passes cfn-lint with its experimental and informational rules, nothing switched off."""
    assert findings([template(EVERYTHING)]) == []
