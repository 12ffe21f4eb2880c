"""Tasks whose image is a program of this machine: what people see of it through ECS and CloudWatch Logs."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest

from tests.sandbox.ecs.conftest import Stage

# AWS's waits pass fifty times as fast; processes take the time that they take.
SPEED = 0.02
LOGGED = {
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {"awslogs-group": "app", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "x"},
    }
}
ROLE = {"executionRoleArn": "arn:aws:iam::111122223333:role/execution"}
FOREVER = "import time\nwhile True: time.sleep(60)"


@pytest.fixture
def machine(stage: Stage) -> Stage:
    stage.control.speed(SPEED)
    stage.aws("logs").create_log_group(logGroupName="app")
    return stage


def program(stage: Stage, image: str, code: str, **settings: Any) -> None:
    """Let an image be a Python program."""
    stage.behave(image, "process", argv=[sys.executable, "-u", "-c", code], **settings)


def run(stage: Stage, **definition: Any) -> str:
    """Run one task of the image app:1; its ARN."""
    arn = stage.define("app:1", container=LOGGED | definition.pop("container", {}), **ROLE, **definition)
    given = stage.ecs.run_task(cluster="c", taskDefinition=arn, networkConfiguration=stage.network)
    return str(given["tasks"][0]["taskArn"])


def task(stage: Stage, arn: str) -> dict[str, Any]:
    return dict(stage.ecs.describe_tasks(cluster="c", tasks=[arn])["tasks"][0])


def reach(stage: Stage, arn: str, status: str) -> dict[str, Any]:
    """Wait until a task has a status."""
    return stage.until(lambda: task(stage, arn), lambda row: row["lastStatus"] == status, 120)


def lines(stage: Stage, count: int = 1) -> list[str]:
    """What the log group holds, once it is that many lines."""

    def read() -> list[str]:
        events = stage.aws("logs").filter_log_events(logGroupName="app")["events"]
        return [str(event["message"]) for event in events]

    return stage.until(read, lambda found: len(found) >= count, 120)


def test_a_program_gets_the_environment_and_secrets_of_its_definition_and_nothing_of_ours(machine: Stage) -> None:
    """A developer's program sees what the task definition gives it, secrets as values, and nothing of who runs it."""
    secret = machine.aws("secretsmanager").create_secret(Name="db", SecretString='{"password": "s3cret"}')["ARN"]
    program(
        machine,
        "app:1",
        "import os\nfor k in sorted(os.environ): print(k, os.environ[k])",
        environment={"LANG": "C.UTF-8"},
    )
    container = {
        "environment": [{"name": "MODE", "value": "live"}],
        "secrets": [{"name": "DB_PASSWORD", "valueFrom": f"{secret}:password::"}],
    }
    ended = reach(machine, run(machine, container=container), "STOPPED")
    found = dict(line.partition(" ")[::2] for line in lines(machine, 5))
    assert found.pop("HOSTNAME").startswith("ip-10-0-")
    assert found == {"DB_PASSWORD": "s3cret", "LANG": "C.UTF-8", "MODE": "live", "PATH": os.defpath}
    assert (ended["stopCode"], ended["containers"][0]["exitCode"]) == ("EssentialContainerExited", 0)


def test_a_secret_that_is_missing_stops_the_task_before_it_starts(machine: Stage) -> None:
    """A developer who names a secret that does not exist reads ECS's own words, and the program never runs."""
    program(machine, "app:1", "print('ran')")
    missing = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:none-AbCdEf"
    ended = reach(machine, run(machine, container={"secrets": [{"name": "X", "valueFrom": missing}]}), "STOPPED")
    assert ended["stopCode"] == "TaskFailedToStart"
    assert ended["stoppedReason"].startswith("ResourceInitializationError: unable to pull secrets")


@pytest.mark.parametrize(
    ("code", "exit_code", "reason"),
    [
        ("raise SystemExit(3)", 3, None),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", 139, None),
        ("held = []\nwhile True: held.append(bytearray(8_000_000))", 137, "OutOfMemoryError: Container killed due to memory usage"),
    ],
    ids=["its own code", "a signal", "its memory"],
)  # fmt: skip
def test_how_a_program_ended_stands_in_the_task(machine: Stage, code: str, exit_code: int, reason: str | None) -> None:
    """Whoever looks at a stopped task reads the exit code, 128 and the signal for one that was killed, and why."""
    program(machine, "app:1", code)
    ended = reach(machine, run(machine), "STOPPED")
    assert ended["stopCode"] == "EssentialContainerExited"
    container = ended["containers"][0]
    assert (container["exitCode"], container.get("reason")) == (exit_code, reason)


def test_a_program_that_is_not_there_fails_its_task(machine: Stage) -> None:
    """A developer whose image names no program reads that the container can't be started."""
    machine.behave("app:1", "process", argv=["/nowhere/app"])
    ended = reach(machine, run(machine), "STOPPED")
    assert ended["stopCode"] == "TaskFailedToStart"
    assert "CannotStartContainerError" in ended["stoppedReason"]
    assert "/nowhere/app" in ended["stoppedReason"]


@pytest.mark.parametrize(
    ("handler", "stop_timeout", "exit_code"),
    [("lambda *_: sys.exit(0)", 60, 0), ("signal.SIG_IGN", 2, 137), ("signal.SIG_DFL", 60, 143)],
    ids=["ends in order", "does not listen", "has no handler"],
)
def test_a_task_that_is_stopped_gets_sigterm_and_after_its_stop_timeout_sigkill(
    machine: Stage, handler: str, stop_timeout: int, exit_code: int
) -> None:
    """An application that ends on SIGTERM ends with its own code; one that does not is killed."""
    program(machine, "app:1", f"import signal, sys\nsignal.signal(signal.SIGTERM, {handler})\nprint('up')\n{FOREVER}")
    arn = run(machine, container={"stopTimeout": stop_timeout})
    assert lines(machine) == ["up"]
    machine.ecs.stop_task(cluster="c", task=arn, reason="for a test")
    ended = reach(machine, arn, "STOPPED")
    assert (ended["stopCode"], ended["stoppedReason"]) == ("UserInitiated", "for a test")
    assert ended["containers"][0]["exitCode"] == exit_code


def test_containers_start_in_their_order_and_one_that_is_not_essential_may_end(machine: Stage) -> None:
    """A container waits for what it depends on, the task outlives one that is not essential, and ends with one that is."""
    program(machine, "migrate:1", "print('migrated')")
    program(machine, "check:1", f"print('checked')\n{FOREVER}")
    program(machine, "app:1", "print('served')")
    migrate = {"name": "migrate", "image": "migrate:1", "essential": False, **LOGGED}
    check = {
        "name": "check", "image": "check:1", "essential": False, **LOGGED,
        "dependsOn": [{"containerName": "migrate", "condition": "SUCCESS"}],
        "healthCheck": {"command": ["CMD-SHELL", "exit 0"], "interval": 5},
    }  # fmt: skip
    app = {
        "name": "app", "image": "app:1", **LOGGED,
        "dependsOn": [{"containerName": "check", "condition": "HEALTHY"}],
    }  # fmt: skip
    definition = machine.define(containerDefinitions=[app, check, migrate], **ROLE)
    given = machine.ecs.run_task(cluster="c", taskDefinition=definition, networkConfiguration=machine.network)
    ended = reach(machine, given["tasks"][0]["taskArn"], "STOPPED")
    assert lines(machine, 3) == ["migrated", "checked", "served"]
    codes = {row["name"]: row["exitCode"] for row in ended["containers"]}
    assert codes == {"migrate": 0, "check": 143, "app": 0}


def test_a_container_health_check_decides_over_the_task_of_a_service(machine: Stage) -> None:
    """A service replaces a task whose own health check fails, in ECS's words."""
    program(machine, "app:1", FOREVER)
    check = {"command": ["CMD", "/bin/false"], "interval": 5, "retries": 1}
    machine.start(machine.define("app:1", container={"healthCheck": check}, **ROLE), desiredCount=1)

    def stopped() -> list[dict[str, Any]]:
        arns = machine.ecs.list_tasks(cluster="c", desiredStatus="STOPPED")["taskArns"]
        return [task(machine, arn) for arn in arns]

    first = machine.until(stopped, bool, 120)[-1]
    assert first["stoppedReason"] == "Task failed container health checks"
