"""How a task lets fault injection in."""

import subprocess

import msgspec
from troposphere import Template, ecs, iam

from templates.fault_agent import equip, role_name, statements
from templates.params.base import Scope
from templates.policies import document
from tests.unit.templates.built import Json, plain
from tests.unit.templates.built import statements as granted

SCOPE = Scope(
    platform="slipway",
    environment="staging",
    account="123456789012",
    region="eu-west-1",
    owner="platform",
    cost_center="shared",
    stack="service-app",
)
IMAGE = "public.ecr.aws/amazon-ssm-agent/amazon-ssm-agent@sha256:" + "0" * 64


def equipped() -> Json:
    """The properties of a task definition with the agent."""
    task = ecs.TaskDefinition("Task", ContainerDefinitions=[ecs.ContainerDefinition(Name="app", Image="a@sha256:b")])
    equip(task, SCOPE, IMAGE, ecs.LogConfiguration(LogDriver="awslogs"))
    template = Template()
    template.add_resource(task)
    properties: Json = plain(template)["Resources"]["Task"]["Properties"]
    return properties


def test_the_task_has_what_fis_asks_for() -> None:
    """Endpoints on, one process namespace, and the agent beside the application, which stays first."""
    task = equipped()
    assert (task["EnableFaultInjection"], task["PidMode"]) == (True, "task")
    assert [c["Name"] for c in task["ContainerDefinitions"]] == ["app", "fault-agent"]


def test_losing_the_agent_does_not_stop_the_task() -> None:
    """The application keeps serving when the agent can't start or ends; it is pinned by digest like every image."""
    agent = equipped()["ContainerDefinitions"][1]
    assert (agent["Essential"], agent["Privileged"], agent["Image"]) == (False, False, IMAGE)


def test_fis_finds_the_task_by_its_tags() -> None:
    """The agent registers with the tags by which FIS maps a task to a managed instance, and by which its role is held."""
    (script,) = equipped()["ContainerDefinitions"][1]["Command"]
    for tag in ("ECS_TASK_ARN", "ECS_TASK_AVAILABILITY_ZONE", "FAULT_INJECTION_SIDECAR,Value=true"):
        assert f"Key={tag}" in script


def test_the_start_script_is_valid_bash() -> None:
    """A typo would show up only in a running task."""
    (script,) = equipped()["ContainerDefinitions"][1]["Command"]
    result = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_task_may_pass_the_agents_role_alone() -> None:
    """Joining Systems Manager gives the task no other role than the one that the chaos stack makes for it."""
    template = Template()
    template.add_resource(
        iam.Role(
            "Role",
            AssumeRolePolicyDocument={},
            Policies=[iam.Policy(PolicyName="agent", PolicyDocument=document(*statements(SCOPE)))],
        )
    )
    found = granted(plain(template)["Resources"]["Role"]["Properties"])
    join, pass_role = found["JoinSystemsManager"], found["PassFaultAgent"]
    assert join["Action"] == ["ssm:CreateActivation", "ssm:AddTagsToResource"]
    (resource,) = pass_role["Resource"]
    assert resource["Fn::Sub"].endswith(f":role/workload/slipway/staging/{role_name(SCOPE)}")
    assert pass_role["Condition"] == {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}}
    named = {e["Name"]: e["Value"] for e in equipped()["ContainerDefinitions"][1]["Environment"]}
    assert named["MANAGED_INSTANCE_ROLE_NAME"] == f"workload/slipway/staging/{role_name(SCOPE)}"


def test_systems_manager_takes_the_longest_name_of_the_role() -> None:
    """With its path at most 64 characters, for any platform and environment; two environments never share a name."""
    longest = msgspec.structs.replace(SCOPE, platform="p" * 20, environment="e" * 20)
    assert len(f"{longest.role_path.lstrip('/')}{role_name(longest)}") == 64
    assert role_name(SCOPE) != role_name(msgspec.structs.replace(SCOPE, environment="prod"))
