"""A command before the release: what the template gives for it, what its function does, and what is refused."""

import sys
from types import ModuleType
from typing import Any

import pytest

from generator.preview.change_context import ChangeContext
from generator.preview.rollout_estimate import expected_duration
from generator.release.model.change import ChangeSet, ResourceChange
from generator.release.model.preview import ResourceEffect
from templates.params.before_release import BeforeRelease
from templates.params.service import Rollout, ServiceSpec, faults
from templates.service.hook_code import CODE
from tests.unit.templates.built import findings
from tests.unit.templates.iam_judge import ACCOUNT, decide
from tests.unit.templates.service_cases import properties, statements, template
from tests.unit.templates.test_permissions import boundary

BEFORE = BeforeRelease(command=("python", "-m", "app.migrate"), timeout_minutes=20)
SPEC = ServiceSpec(port=8080, rollout=Rollout(strategy="blue-green"), before_release=BEFORE)
COMMIT, DIGEST = "1" * 40, "a" * 64
MARK = f"before-release/{COMMIT}/{DIGEST}"
REVISION = {
    "taskDefinition": "arn:td/app:7",
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s"]}},
    "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
}


class Aws:
    """ECS and CloudWatch Logs as the function sees them."""

    def __init__(self, *, streams: tuple[str, ...] = (), starts: bool = True) -> None:
        self.streams, self.starts = list(streams), starts
        self.started: list[dict[str, Any]] = []
        self.task: dict[str, Any] | None = {"lastStatus": "RUNNING", "containers": []}

    def describe_service_revisions(self, **asked: Any) -> dict[str, Any]:
        assert asked == {"serviceRevisionArns": ["arn:revision"]}
        return {"serviceRevisions": [REVISION]}

    def describe_task_definition(self, **asked: Any) -> dict[str, Any]:
        assert asked == {"taskDefinition": "arn:td/app:7"}
        main = {"name": "app", "image": f"r/app@sha256:{DIGEST}", "environment": [{"name": "RELEASE", "value": COMMIT}]}
        return {"taskDefinition": {"containerDefinitions": [{"name": "agent"}, main]}}

    def describe_log_streams(self, **asked: Any) -> dict[str, Any]:
        found = [name for name in self.streams if name.startswith(asked["logStreamNamePrefix"])]
        return {"logStreams": [{"logStreamName": name} for name in found]}

    def create_log_stream(self, **asked: Any) -> None:
        assert asked["logGroupName"] == "group"
        self.streams.append(asked["logStreamName"])

    def run_task(self, **asked: Any) -> dict[str, Any]:
        self.started.append(asked)
        return {"tasks": [{"taskArn": "arn:task"}] if self.starts else [], "failures": [{"reason": "RESOURCE:CPU"}]}

    def describe_tasks(self, **asked: Any) -> dict[str, Any]:
        assert asked == {"cluster": "slipway-prod", "tasks": ["arn:task"]}
        return {"tasks": [self.task] if self.task else []}


def call(monkeypatch: pytest.MonkeyPatch, aws: Aws, details: Any = None) -> dict[str, Any]:
    """The function's answer, with the variables that the template gives it."""
    variables = properties(template(SPEC), "BeforeReleaseFunction")["Environment"]["Variables"]
    for name, value in {**variables, "CLUSTER": "slipway-prod", "LOG_GROUP": "group"}.items():
        monkeypatch.setenv(name, value)
    boto3 = ModuleType("boto3")
    boto3.client = lambda _: aws  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "boto3", boto3)
    space: dict[str, Any] = {}
    exec(compile(CODE, "index.py", "exec"), space)  # noqa: S102 - the template's own code
    event = {"executionDetails": {"targetServiceRevisionArn": "arn:revision"}, "hookDetails": details}
    answer: dict[str, Any] = space["handler"](event, None)
    return answer


def test_the_command_runs_as_the_service_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """One task of the new revision, in its network, with the command in place of the image's own; then the function waits."""
    aws = Aws()
    found = call(monkeypatch, aws)
    [asked] = aws.started
    assert (found["hookStatus"], found["hookDetails"]["task"]) == ("IN_PROGRESS", "arn:task")
    assert asked["overrides"] == {"containerOverrides": [{"name": "app", "command": ["python", "-m", "app.migrate"]}]}
    assert {name: asked[name] for name in REVISION} == REVISION
    assert asked["cluster"] == "slipway-prod"
    assert len(asked["clientToken"]) == 64
    call(monkeypatch, aws)
    assert aws.started[1]["clientToken"] == asked["clientToken"], "a call that ECS repeats starts no second task"


@pytest.mark.parametrize(
    ("task", "minutes", "status", "ran"),
    [
        ({"lastStatus": "PENDING", "containers": []}, 0, "IN_PROGRESS", False),
        ({"lastStatus": "RUNNING", "containers": []}, 19, "IN_PROGRESS", False),
        ({"lastStatus": "RUNNING", "containers": []}, 21, "FAILED", False),
        ({"lastStatus": "STOPPED", "containers": [{"name": "app", "exitCode": 0}]}, 21, "SUCCEEDED", True),
        ({"lastStatus": "STOPPED", "containers": [{"name": "app", "exitCode": 1}]}, 0, "FAILED", False),
        ({"lastStatus": "STOPPED", "containers": [{"name": "app"}]}, 0, "FAILED", False),
        ({"lastStatus": "STOPPED", "containers": [{"name": "agent", "exitCode": 0}]}, 0, "FAILED", False),
        (None, 0, "FAILED", False),
    ],
)
def test_how_the_command_ended(
    monkeypatch: pytest.MonkeyPatch, task: dict[str, Any] | None, minutes: int, status: str, ran: bool
) -> None:
    """Only exit code 0 of the service's own container lets the release go on, and only that is remembered."""
    import time

    aws = Aws()
    aws.task = task
    found = call(monkeypatch, aws, {"task": "arn:task", "since": int(time.time()) - minutes * 60})
    assert found["hookStatus"] == status
    assert aws.streams == ([MARK] if ran else [])
    assert aws.started == []


def test_a_version_runs_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rollback to it, a restart and a second release start nothing; another commit or image is another version."""
    aws = Aws(streams=(MARK,))
    assert call(monkeypatch, aws) == {"hookStatus": "SUCCEEDED"}
    assert aws.started == []
    for other in (MARK.replace("1", "2"), MARK.replace("a" * 64, "b" * 64), "app/app/task"):
        again = Aws(streams=(other,))
        assert call(monkeypatch, again)["hookStatus"] == "IN_PROGRESS"
    assert call(monkeypatch, Aws(starts=False))["hookStatus"] == "FAILED"


def test_the_function_may_run_that_one_family() -> None:
    """RunTask of the service's own family in its cluster, passing the service's own two roles to tasks, and no more."""
    body = template(SPEC)
    rights = statements(body, "BeforeReleaseRole")
    here = "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}"
    assert rights["Run"]["Action"] == ["ecs:RunTask"]
    assert rights["Run"]["Resource"] == [{"Fn::Sub": f"{here}:task-definition/slipway-prod-app:*"}]
    assert rights["Run"]["Condition"] == {"ArnEquals": {"ecs:cluster": {"Fn::Sub": f"{here}:cluster/${{ClusterName}}"}}}
    assert rights["Pass"]["Resource"] == [{"Fn::GetAtt": [name, "Arn"]} for name in ("ExecutionRole", "TaskRole")]
    assert rights["Pass"]["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    every = {action for row in rights.values() for action in row["Action"]}
    assert every == {
        "ecs:RunTask", "ecs:DescribeTasks", "ecs:DescribeServiceRevisions", "ecs:DescribeTaskDefinition", "iam:PassRole",
        "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams",
    }  # fmt: skip
    [hook] = properties(body, "Service")["DeploymentConfiguration"]["LifecycleHooks"]
    assert (hook["TargetType"], hook["LifecycleStages"]) == ("AWS_LAMBDA", ["PRE_SCALE_UP"])
    assert statements(body, "BeforeReleaseHookRole")["Call"]["Resource"] == [hook["HookTargetArn"]]
    assert findings([body]) == []
    assert len(CODE) <= 4096


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary", "linear"])
def test_where_aws_documents_no_hook_it_is_refused(strategy: Any) -> None:
    """A rolling service is told which strategies take a command before the release."""
    spec = ServiceSpec(port=1, rollout=Rollout(strategy=strategy), before_release=BEFORE)
    found = [text for key, text in faults(spec) if key == "before_release"]
    said = "needs a rollout that AWS documents to wait before new tasks; write rollout.strategy: blue-green, canary or linear"
    assert found == ([said] if strategy == "rolling" else [])


def test_a_preview_tells_the_command() -> None:
    """Whoever approves reads that the command runs first."""
    body = template(SPEC)
    change = ResourceChange(logical_id="Service", type="AWS::ECS::Service", action="Modify", replacement="False")
    change_set = ChangeSet(
        arn="arn:cs", name="cs", stack_id="arn:aws:cloudformation:eu-west-1:1:stack/app/1", stack_name="app",
        kind="UPDATE", changes=(change,),
    )  # fmt: skip
    context = ChangeContext(change_set, body, body, region="eu-west-1", before_parameters={})
    effect = ResourceEffect(logical_id="Service", type="AWS::ECS::Service", action="Modify", effect="restart", why="")
    for last in ((), (300.0,)):
        expected = expected_duration(context, [effect], last)
        assert expected is not None
        assert expected.source.endswith("; python -m app.migrate runs once before new tasks start")
        first, second = expected.phases[:2]
        assert (first.name, first.new_tasks, first.new_traffic_percent) == ("python -m app.migrate runs once", 0, 0.0)
        assert second.name == "new tasks start"


@pytest.mark.parametrize(
    ("action", "on", "to", "said"),
    [
        ("ecs:RunTask", "ecs:eu-west-1:{}:task-definition/slipway-prod-app:7", "", "allow"),
        ("ecs:RunTask", "ecs:eu-west-1:{}:task-definition/others-prod-app:7", "", "silent"),
        ("iam:PassRole", "iam::{}:role/workload/slipway/prod/app-TaskRole-1", "ecs-tasks.amazonaws.com", "allow"),
        ("iam:PassRole", "iam::{}:role/workload/slipway/prod/app-TaskRole-1", "lambda.amazonaws.com", "silent"),
        ("iam:PassRole", "iam::{}:role/slipway-worker", "ecs-tasks.amazonaws.com", "silent"),
    ],
)
def test_a_command_before_a_release_stays_within_the_platform(action: str, on: str, to: str, said: str) -> None:
    """A workload may be given the right to run tasks of the platform, as roles of workloads, and no others."""
    passed = {"iam__PassedToService": to} if to else {}
    assert decide(boundary(), action, f"arn:aws:{on.format(ACCOUNT)}", **passed) == said


@pytest.mark.parametrize(
    ("action", "context", "expected"),
    [
        ("iam:CreateUser", {}, "deny"),
        ("iam:PutRolePolicy", {}, "deny"),
        ("iam:PassRole", {}, "silent"),
        ("sts:AssumeRole", {}, "deny"),
        ("cloudformation:ExecuteChangeSet", {}, "deny"),
        ("cloudtrail:StopLogging", {}, "deny"),
        ("organizations:LeaveOrganization", {}, "deny"),
        ("ec2:RunInstances", {}, "silent"),
        ("ecs:UpdateService", {}, "silent"),
        ("s3:PutBucketPolicy", {}, "silent"),
        ("kms:PutKeyPolicy", {}, "silent"),
        ("lambda:UpdateFunctionCode", {}, "silent"),
        ("s3:GetObject", {}, "allow"),
        ("secretsmanager:GetSecretValue", {}, "allow"),
    ],
)
def test_what_a_workload_can_never_do(action: str, context: dict[str, str], expected: str) -> None:
    """A role of a workload runs; it never administers, whatever its own policies say."""
    assert decide(boundary(), action, f"arn:aws:iam::{ACCOUNT}:role/workload/slipway/prod/x", **context) == expected
