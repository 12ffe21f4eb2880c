"""The bot's stack: two services without an inbound port, with the rights that home gives them."""

import json
from functools import cache
from typing import Any, get_args, get_type_hints

import pytest

from templates.bot import HEALTH_PORT, build
from templates.params.operations import Bot, BotParams
from tests.unit.templates.environment_cases import findings, ids, plain, properties
from tests.unit.templates.iam_judge import GIVEN, Json, decide, resolve, role_statements, scope

PARTS = ("Front", "Worker")


@cache
def bot(**more: Any) -> Json:
    where = scope("prod", "bot", service="bot")
    return plain(build(BotParams(scope=where, bot=Bot(environment="prod", **more), log_retention_days=30)))


def container(part: str, **more: Any) -> Json:
    found: Json = properties(bot(**more), f"{part}Task")["ContainerDefinitions"][0]
    return found


def test_takes_its_roles_and_stores_from_home() -> None:
    """It makes no role that could release: roles, table, queue, buckets and key are parameters that home feeds."""
    parameters = set(bot()["Parameters"])
    assert {
        "ArtifactBucket", "AuditBucket", "AuditKeyArn", "BotTaskRoleArn", "DeadLetterQueueArn", "ImageUri", "Release",
        "ReleaseQueueArn", "ReleaseQueueUrl", "ReleaseTable", "OpenRoleId", "WakeQueueUrl", "WorkerRoleArn",
    } <= parameters  # fmt: skip
    assert ids(bot(), "IAM::Role") == ["ExecutionRole"]
    assert properties(bot(), "FrontTask")["TaskRoleArn"] == {"Ref": "BotTaskRoleArn"}
    assert properties(bot(), "WorkerTask")["TaskRoleArn"] == {"Ref": "WorkerRoleArn"}


def test_nothing_comes_in() -> None:
    """No ingress, no public address, no load balancer, no ECS Exec; out goes HTTPS alone."""
    group = properties(bot(), "SecurityGroup")
    assert not group.get("SecurityGroupIngress")
    assert [(r["FromPort"], r["ToPort"]) for r in group["SecurityGroupEgress"]] == [(443, 443)]
    for part in PARTS:
        service = properties(bot(), f"{part}Service")
        assert service["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == "DISABLED"
        assert service["EnableExecuteCommand"] is False
        assert "LoadBalancers" not in service
        assert "PortMappings" not in container(part)


def test_front_and_worker_run_apart() -> None:
    """Each has its own command; only the worker knows the audit store and whose word it takes, only the front holds the app-level token."""
    assert container("Front")["Command"] == ["python", "-m", "bot", "web"]
    assert container("Worker")["Command"] == ["python", "-m", "bot", "worker"]
    variables = {part: {e["Name"] for e in container(part)["Environment"]} for part in PARTS}
    assert variables["Worker"] - variables["Front"] == {
        "AUDIT_BUCKET", "AUDIT_KEY_ARN", "FRONT_SENDERS", "OPEN_SENDERS", "WAKE_QUEUE_URL",
    }  # fmt: skip
    assert {"RELEASE_TABLE", "RELEASE_QUEUE_URL", "RELEASE", "HEALTH_PORT"} <= variables["Front"]
    secrets = {part: {s["Name"] for s in container(part)["Secrets"]} for part in PARTS}
    assert secrets["Worker"] == {"SLACK_BOT_TOKEN"}
    assert secrets["Front"] == {"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"}


@pytest.mark.parametrize("part", PARTS)
def test_containers_are_locked_down(part: str) -> None:
    """Read-only, not root, no capability, the image by digest, a health check of its own."""
    found = container(part)
    assert found["ReadonlyRootFilesystem"] is True
    assert found["Privileged"] is False
    assert not found["User"].startswith(("0", "root"))
    assert found["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert found["Image"] == {"Ref": "ImageUri"}
    assert found["HealthCheck"]["Command"][0] == "CMD"
    assert f":{HEALTH_PORT}/healthz" in found["HealthCheck"]["Command"][-1]


@pytest.mark.parametrize("part", PARTS)
def test_a_bad_version_of_the_bot_goes_back_by_itself(part: str) -> None:
    """Rolling with room for the new tasks first, the circuit breaker and the error alarm; old revisions stay."""
    found = properties(bot(), f"{part}Service")["DeploymentConfiguration"]
    assert found["Strategy"] == "ROLLING"
    assert (found["MinimumHealthyPercent"], found["MaximumPercent"]) == (100, 200)
    assert found["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert found["Alarms"] == {"AlarmNames": [{"Ref": "ErrorsAlarm"}], "Enable": True, "Rollback": True}
    task = bot()["Resources"][f"{part}Task"]
    assert (task["DeletionPolicy"], task["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def names_of(value: Any) -> set[str]:
    """Parameters and resources that a value refers to."""
    text = json.dumps(value)
    return {name for name in (*bot()["Parameters"], *bot()["Resources"]) if f'"{name}"' in text or f"${{{name}" in text}


def test_a_release_changes_tasks_and_services_alone() -> None:
    """An image-only release of the bot touches two task definitions and, through them, two services."""
    changed = {"ImageUri", "Release"}
    for _ in range(5):
        changed |= {name for name, r in bot()["Resources"].items() if names_of(r.get("Properties", {})) & changed}
    assert changed - {"ImageUri", "Release"} == {"FrontTask", "WorkerTask", "FrontService", "WorkerService"}


@pytest.mark.parametrize("architecture", get_args(get_type_hints(Bot)["architecture"]))
@pytest.mark.parametrize("spot", [True, False])
def test_runs_where_and_as_often_as_asked(architecture: str, *, spot: bool) -> None:
    """Architecture, size, number of tasks and Spot follow the platform's file."""
    found = bot(architecture=architecture, spot=spot, fronts=2, workers=3, cpu=512, memory=1024)
    for part, count in (("Front", 2), ("Worker", 3)):
        service, task = properties(found, f"{part}Service"), properties(found, f"{part}Task")
        assert service["DesiredCount"] == count
        assert [c["CapacityProvider"] for c in service["CapacityProviderStrategy"]] == [
            "FARGATE_SPOT" if spot else "FARGATE"
        ]
        assert (task["Cpu"], task["Memory"]) == ("512", "1024")
        assert task["RuntimePlatform"]["CpuArchitecture"] == architecture


def test_the_tokens_are_in_no_template() -> None:
    """The secret starts empty, encrypted with the environment's key, and keeps what people fill in."""
    secret = properties(bot(), "SlackTokens")
    assert secret["Name"] == "slipway/prod/bot"
    assert secret["KmsKeyId"] == {"Ref": "KeyArn"}
    template = json.loads(secret["GenerateSecretString"]["SecretStringTemplate"])
    assert set(template) == {"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"}
    assert set(template.values()) == {""}
    assert secret["GenerateSecretString"]["GenerateStringKey"] not in template
    assert bot()["Resources"]["SlackTokens"]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_ecs_starts_tasks_with_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """The execution role pulls the bot's image, writes its log group and reads its secret, and nothing else."""
    for name in ("BotRepositoryArn", "KeyArn", "BoundaryArn"):
        monkeypatch.setitem(GIVEN, name, f"arn:{name}")
    monkeypatch.setitem(GIVEN, "SlackTokens", "arn:secret")
    statements = role_statements(bot(), "ExecutionRole")
    assert {s["Sid"]: s["Resource"] for s in statements} == {
        "Login": ["*"],
        "Pull": ["arn:BotRepositoryArn"],
        "Log": ["arn:aws:logs:eu-west-1:111111111111:log-group:/slipway/prod/bot:*"],
        "Tokens": ["arn:secret"],
        "Key": ["arn:KeyArn"],
    }
    via = {"kms__ViaService": "secretsmanager.eu-west-1.amazonaws.com"}
    assert decide(statements, "kms:Decrypt", "arn:KeyArn", **via) == "allow"
    assert decide(statements, "kms:Decrypt", "arn:KeyArn") == "silent"
    role = properties(bot(), "ExecutionRole")
    assert role["Path"] == "/workload/slipway/bot/"
    assert resolve(bot(), role["PermissionsBoundary"]) == "arn:BoundaryArn"


ALARMS = {
    "FrontGoneAlarm": ("CPUUtilization", "LessThanThreshold", 1, "breaching"),
    "WorkerGoneAlarm": ("CPUUtilization", "LessThanThreshold", 1, "breaching"),
    "ErrorsAlarm": ("bot-errors", "GreaterThanThreshold", 10, "notBreaching"),
    "RequestsWaitAlarm": ("ApproximateAgeOfOldestMessage", "GreaterThanThreshold", 120, "notBreaching"),
    "DeadLettersAlarm": ("ApproximateNumberOfMessagesVisible", "GreaterThanThreshold", 0, "notBreaching"),
}


def test_people_hear_of_a_bot_that_is_silent() -> None:
    """No task, waiting requests, dead letters and errors raise an alarm that says what to look at."""
    assert ids(bot(), "CloudWatch::Alarm") == sorted(ALARMS)
    for label, (metric, comparison, threshold, missing) in ALARMS.items():
        alarm = properties(bot(), label)
        found = (alarm["MetricName"], alarm["ComparisonOperator"], alarm["Threshold"], alarm["TreatMissingData"])
        assert found == (metric, comparison, threshold, missing), label
        assert alarm["AlarmActions"] == [{"Ref": "AlertsTopicArn"}]
        assert len(alarm["AlarmDescription"]) > 30


def test_alarms_watch_what_runs() -> None:
    """The dimension names the service that the template makes, the filter counts the group that the tasks write to."""
    for part in PARTS:
        dimensions = {d["Name"]: d["Value"] for d in properties(bot(), f"{part}GoneAlarm")["Dimensions"]}
        assert dimensions["ServiceName"] == properties(bot(), f"{part}Service")["ServiceName"]
        assert container(part)["LogConfiguration"]["Options"]["awslogs-group"] == {"Ref": "Logs"}
    assert properties(bot(), "ErrorFilter")["LogGroupName"] == {"Ref": "Logs"}


@pytest.mark.no_cover
def test_lints_clean() -> None:
    """cfn-lint has nothing to say, with informational and experimental rules on."""
    assert findings(bot()) == []
