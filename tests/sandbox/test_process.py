"""The sandbox is found, started, kept to one and ended, and what it held is there again."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from generator.cli.output import Output
from generator.errors import UsageError
from generator.sandbox import process
from generator.sandbox.process import Control, Endpoint, Options

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A checkout whose sandbox ends with the test."""
    (tmp_path / "stacks").mkdir()
    yield tmp_path
    process.stop(tmp_path)


def client(endpoint: Endpoint, service: str) -> Any:
    """A client as people make it: from what is exported."""
    found = endpoint.environment()
    return boto3.client(
        service,
        endpoint_url=found["AWS_ENDPOINT_URL"],
        region_name=found["AWS_REGION"],
        aws_access_key_id=found["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
    )


def command(root: Path, *arguments: str) -> subprocess.Popen[str]:
    """`slipway sandbox ...` in this checkout."""
    return subprocess.Popen(
        [sys.executable, "-m", "generator", "sandbox", *arguments],
        cwd=root, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(root: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, data and messages of `slipway sandbox ...`."""
    with command(root, *arguments) as running:
        data, stderr = running.communicate(timeout=120)
    return running.returncode, data, stderr


def test_a_checkout_has_one_and_it_outlives_the_command(root: Path) -> None:
    """The second command finds what the first one started; another checkout has its own."""
    assert process.find(root) is None
    first = process.ensure(root, Options(port=0))
    assert process.ensure(root) == first
    other = root / "other"
    other.mkdir()
    try:
        assert process.ensure(other, Options(port=first.port)).port != first.port
    finally:
        assert process.stop(other)
    assert process.find(root) == first
    assert process.stop(root)
    assert process.find(root) is None
    assert not process.stop(root)


def test_state_survives_a_restart_and_fresh_forgets_it(root: Path) -> None:
    """Queues, objects, roles and their sessions are there again, at the same address; --fresh starts empty."""
    first = process.ensure(root, Options(port=0))
    url = client(first, "sqs").create_queue(QueueName="work")["QueueUrl"]
    client(first, "sqs").send_message(QueueUrl=url, MessageBody="hello")
    client(first, "s3").create_bucket(Bucket="kept-1", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    client(first, "s3").put_object(Bucket="kept-1", Key="k", Body=b"value")
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
    role = client(first, "iam").create_role(RoleName="w", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    keys = client(first, "sts").assume_role(RoleArn=role, RoleSessionName="alice", SourceIdentity="alice")[
        "Credentials"
    ]
    process.stop(root)

    second = process.ensure(root)
    assert second.port == first.port
    assert client(second, "sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"
    assert client(second, "s3").get_object(Bucket="kept-1", Key="k")["Body"].read() == b"value"
    session = boto3.client(
        "sts", endpoint_url=second.url, region_name="eu-west-1", aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"],
    )  # fmt: skip
    assert session.get_caller_identity()["Arn"].endswith(":assumed-role/w/alice")
    assert Control(second.port).calls("sts")[-1]["source_identity"] == "alice"
    process.stop(root)

    third = process.ensure(root, Options(fresh=True))
    assert not client(third, "sqs").list_queues().get("QueueUrls")
    client(third, "sqs").create_queue(QueueName="again")
    assert process.ensure(root, Options(fresh=True)) == third
    assert not client(third, "sqs").list_queues().get("QueueUrls")


def test_a_busy_port_picks_another(root: Path) -> None:
    """Whatever listens there keeps its port; the sandbox says where it went."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = process.ensure(root, Options(port=port))
    assert found.port != port
    assert Control(found.port).status()["root"] == str(root.resolve())


def test_it_listens_on_this_machine_only(root: Path) -> None:
    """Neither the network nor other listeners: one socket, on 127.0.0.1."""
    found = process.ensure(root, Options(port=0))
    client(found, "sqs").list_queues()
    inodes = {str(path.readlink()) for path in Path(f"/proc/{found.pid}/fd").iterdir() if path.is_symlink()}
    listening = [
        fields[1]
        for table in ("tcp", "tcp6")
        for fields in (line.split() for line in Path(f"/proc/{found.pid}/net/{table}").read_text().splitlines()[1:])
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes
    ]
    assert listening == [f"0100007F:{found.port:04X}"]


def test_it_ends_when_nobody_calls(root: Path) -> None:
    """After the idle minutes the process is gone; asking for its status does not keep it alive."""
    found = process.ensure(root, Options(port=0, idle=0.01))
    assert Control(found.port).status()["idle_limit"] == 0.01
    assert process.gone(root, within=120)


def test_the_speed_can_be_changed_while_it_runs(root: Path) -> None:
    """A second command with a speed sets it; a senseless one says what to write."""
    found = process.ensure(root, Options(port=0))
    process.ensure(root, Options(speed=0.25))
    assert Control(found.port).status()["speed"] == 0.25
    with pytest.raises(ValueError, match="from 0"):
        Control(found.port).speed(7)


def test_code_that_changed_gets_a_new_process(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an upgrade nobody talks to the old code; the state goes on."""
    first = process.ensure(root, Options(port=0))
    client(first, "sqs").create_queue(QueueName="work")
    monkeypatch.setattr(process, "_code", lambda: "newer")
    second = process.ensure(root)
    assert second.pid != first.pid
    assert client(second, "sqs").list_queues()["QueueUrls"]


def test_a_start_that_fails_shows_why(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error holds what the process said, and where to read more; without ministack, what to install."""
    place = process.folder(root)
    (place / "state").mkdir(parents=True)
    (place / "state" / "parts").write_text("in the way")
    with pytest.raises(UsageError, match="parts"):
        process.ensure(root, Options(port=0))
    monkeypatch.setattr(process.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match="Slipway's extra `sandbox` installs"):
        process.ensure(root)


def test_a_damaged_endpoint_file_is_no_obstacle(root: Path) -> None:
    """Half a file, or one that names a foreign program, means that none runs."""
    place = process.folder(root)
    place.mkdir(parents=True)
    (place / "endpoint.json").write_text('{"port": 1')
    assert process.find(root) is None
    with socket.create_server(("127.0.0.1", 0)) as foreign:
        (place / "endpoint.json").write_text(json.dumps({"port": foreign.getsockname()[1], "pid": 1}))
        foreign.close()
        assert process.find(root) is None


def test_the_command_runs_until_it_is_interrupted(root: Path) -> None:
    """`slipway sandbox` prints what to export; a second one says that it runs; Ctrl-C ends it and keeps the state."""
    running = command(root, "--port", "0", "--json")
    try:
        assert running.stdout
        exported = json.loads("".join(iter_document(running)))
        endpoint = Endpoint(exported["port"], exported["pid"])
        assert exported["environment"]["AWS_ENDPOINT_URL"] == endpoint.url
        client(endpoint, "sqs").create_queue(QueueName="work")
        code, _, stderr = ended(root)
        assert (code, "slipway sandbox stop" in stderr) == (2, True)
        assert endpoint.url in ended(root, "status")[1]
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=120)
        assert running.returncode == 0
    finally:
        running.kill()
        running.communicate()
    assert not process.running(root)
    assert ended(root, "status")[0] == 1
    assert client(process.ensure(root), "sqs").list_queues()["QueueUrls"]


def iter_document(running: subprocess.Popen[str]) -> Iterator[str]:
    """The lines of one JSON object."""
    assert running.stdout
    for line in running.stdout:
        yield line
        if line == "}\n":
            return


def test_stop_ends_the_one_in_the_other_terminal(root: Path) -> None:
    """`slipway sandbox stop` ends it, and the command that ran it says so and returns 0."""
    running = command(root, "--port", "0")
    assert running.stdout
    assert running.stdout.readline().startswith("export AWS_ENDPOINT_URL=http://127.0.0.1:")
    assert ended(root, "stop")[0] == 0
    _, stderr = running.communicate(timeout=120)
    assert running.returncode == 0
    assert "the sandbox has stopped: on request" in stderr


def test_it_dies_with_the_command_that_runs_it(root: Path) -> None:
    """Killing the command leaves no process behind."""
    running = command(root, "--port", "0")
    assert running.stdout
    running.stdout.readline()
    running.kill()
    running.communicate()
    assert process.gone(root)


@pytest.mark.parametrize("arguments", [("--speed", "2"), ("--speed", "fast"), ("--port", "99999"), ("jump",)])
def test_senseless_options_say_what_to_write(root: Path, arguments: tuple[str, ...]) -> None:
    """Usage errors are one sentence and exit code 2."""
    code, _, stderr = ended(root, *arguments)
    assert code == 2
    assert "Traceback" not in stderr


def test_the_option_points_boto3_at_the_sandbox(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--sandbox` on a command starts the one of this checkout; nothing of a real account's environment is left."""
    from generator.cli import sandbox

    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_SQS", *Endpoint(1, 1).environment()):
        monkeypatch.setenv(name, "real")
    found = sandbox.use(argparse.Namespace(stacks=str(root / "stacks")), Output())
    assert found == process.find(root)
    assert os.environ["AWS_ENDPOINT_URL"] == found.url
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_SQS"} & os.environ.keys()
    assert boto3.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_the_option_starts_a_sandbox(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`slipway status --sandbox` starts the sandbox, says where it is, and does its work; the next one finds it, and is quiet."""
    from generator.cli.parser import run

    for name in Endpoint(1, 1).environment():
        monkeypatch.setenv(name, "real")
    monkeypatch.chdir(root)
    shutil.copytree(Path(__file__).parents[2] / "stacks", root / "stacks", dirs_exist_ok=True)
    assert run(["status", "--sandbox"]) == 1, "nothing is deployed yet"
    found = process.find(root)
    assert found is not None
    assert f"a sandbox was started at {found.url}" in capsys.readouterr().err
    assert run(["status", "--sandbox"]) == 1, "nothing is deployed yet"
    assert "a sandbox was started" not in capsys.readouterr().err
