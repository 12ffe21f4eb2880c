"""A lifecycle hook that calls a function: the deployment waits for it, and goes on or goes back by its answer."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
# It starts the command in the first call, and looks after it in the next ones.
TWICE = """
import os
import boto3

def handler(event, context):
    arn = event["executionDetails"]["targetServiceRevisionArn"]
    revision = boto3.client("ecs").describe_service_revisions(serviceRevisionArns=[arn])["serviceRevisions"][0]
    calls = (event["hookDetails"] or {}).get("calls", 0) + 1
    print(event["lifecycleStage"], calls)
    status = os.environ["ANSWER"] if calls == 2 else "IN_PROGRESS"
    return {"hookStatus": status, "callBackDelay": 600, "hookDetails": {"calls": calls}}
"""


def function(stage: Any, code: str, answer: str) -> dict[str, Any]:
    """A hook that calls a new function."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("index.py", code)
    role = stage.aws("iam").create_role(RoleName="hook", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    stage.aws("logs").create_log_group(logGroupName="hooks")
    arn = stage.aws("lambda").create_function(
        FunctionName="hook", Runtime="python3.13", Role=role, Handler="index.handler", Code={"ZipFile": held.getvalue()},
        Environment={"Variables": {"ANSWER": answer}}, LoggingConfig={"LogGroup": "hooks"},
    )["FunctionArn"]  # fmt: skip
    return {"targetType": "AWS_LAMBDA", "hookTargetArn": arn, "roleArn": role, "lifecycleStages": ["PRE_SCALE_UP"]}


def start(stage: Any, hook: dict[str, Any]) -> None:
    """The service under blue/green with this hook."""
    ways = stage.balancer()
    balancer = {
        "targetGroupArn": ways["blue"], "containerName": "app", "containerPort": 8080,
        "advancedConfiguration": {
            "alternateTargetGroupArn": ways["green"], "productionListenerRule": ways["rule"], "roleArn": "r",
        },
    }  # fmt: skip
    config = {"strategy": "BLUE_GREEN", "lifecycleHooks": [hook]}
    stage.start(stage.define(), loadBalancers=[balancer], deploymentConfiguration=config)


def test_a_function_is_called_until_it_has_succeeded(stage: Any) -> None:
    """A first deployment and the next one start their tasks only then; what the function prints is in its log group."""
    start(stage, function(stage, TWICE, "SUCCEEDED"))
    assert stage.settle(seconds=600)["status"] == "SUCCESSFUL"
    stage.update(taskDefinition=stage.define("app:2"))
    row = stage.settle(seconds=600)
    assert (row["status"], row["lifecycleHookDetails"][0]["status"]) == ("SUCCESSFUL", "SUCCEEDED")
    assert row["lifecycleHookDetails"][0]["targetType"] == "AWS_LAMBDA"
    lines = stage.aws("logs").filter_log_events(logGroupName="hooks")["events"]
    assert sorted(line["message"] for line in lines) == ["PRE_SCALE_UP 1"] * 2 + ["PRE_SCALE_UP 2"] * 2


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (TWICE, "FAILED"),
        ("def handler(event, context):\n    raise ValueError\n", ""),
        ("def handler(event, context):\n    return 1\n", ""),
    ],
)
def test_a_function_that_fails_rolls_back(stage: Any, code: str, answer: str) -> None:
    """FAILED, an exception and an answer that is none end the deployment before any task of it started."""
    start(stage, function(stage, code, answer))
    row = stage.settle(seconds=600)
    assert row["status"] == "STOPPED"
    assert "lifecycle hook execution failure(s)" in row["statusReason"]
    assert stage.tasks() == stage.tasks("STOPPED") == []


def test_a_task_with_a_command_ends(stage: Any) -> None:
    """RunTask with a command runs it to its end, as scripted; the same token starts it once."""
    stage.behave("app:1#boom*", "exits", code=3, lines=["migration 7 failed"])
    definition, found = stage.define(), {}
    for command in (["migrate"], ["boom", "now"]):
        asked = {
            "cluster": "c", "taskDefinition": definition, "clientToken": command[0],
            "networkConfiguration": stage.network,
            "overrides": {"containerOverrides": [{"name": "app", "command": command}]},
        }  # fmt: skip
        [task] = stage.ecs.run_task(**asked)["tasks"]
        assert stage.ecs.run_task(**asked)["tasks"][0]["taskArn"] == task["taskArn"]
        done = stage.until(
            lambda arn=task["taskArn"]: stage.ecs.describe_tasks(cluster="c", tasks=[arn])["tasks"][0],
            lambda row: row["lastStatus"] == "STOPPED",
        )
        found[command[0]] = done["containers"][0]["exitCode"]
    assert found == {"migrate": 0, "boom": 3}
