"""The first hour in an account of one's own: from nothing to a first release, by an administrator, with IAM enforced.

Nobody here is root: everything is done by an IAM user, through the composition that commands use in AWS.
"""

from __future__ import annotations

import io
import json
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from generator.cli.output import Output
from generator.cli.parser import parse
from generator.config.starter import NewEnvironment, NewPlatform, platform_files
from generator.release.errors import Denied
from generator.sandbox.process import Control, Endpoint
from generator.wiring.composition import Options, compose
from tests.integration.without_coverage import sandbox_process
from tests.sandbox.conftest import ACCOUNT, REGION, Aws

__all__ = ["sandbox_process"]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class Said(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


class Hour:
    """A repository as ``slipway init`` begins it, and commands of one IAM user in it."""

    def __init__(self, folder: Path) -> None:
        self.stacks = folder / "stacks"
        new = NewPlatform(
            name="hello",
            owner="me",
            repository="acme/hello",
            repository_id=1,
            owner_id=2,
            people=("me",),
            environment=NewEnvironment("dev", ACCOUNT, REGION, "dev.example.com", "Z0123456789ABCDEFGHIJ", protected=False),
            service="greeter",
            port=8080,
            pin="",
        )
        for path, text in platform_files(new, {}).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        self.folder = folder

    def name(self, user_id: str) -> None:
        """Write the administrator's id below ``people:``, as bootstrap asks for."""
        file = self.stacks / "platform.yaml"
        file.write_text(file.read_text().replace("me: {}", f"me: {{ aws: [{user_id}] }}"))

    def run(self, line: str, *, worker: bool = False) -> Said:
        """Run a command, waiting next to nothing where AWS takes its time."""
        name, *options = line.split()
        module = import_module(f"generator.cli.{name}")
        args = parse(name, ["--stacks", str(self.stacks), *options])
        stdout, stderr = io.StringIO(), io.StringIO()
        out = Output(stdout=stdout, stderr=stderr)
        application = compose(self.stacks, Options(worker=worker, pace=0.01), out.progress)
        try:
            code = getattr(module, name)(application, args, out)
        finally:
            application.close()
        return Said(code, stdout.getvalue(), stderr.getvalue())


@pytest.fixture
def hour(tmp_path: Path) -> Hour:
    """A repository whose Region and account are the sandbox's."""
    return Hour(tmp_path)


def sign_in(aws: Aws, endpoint: Endpoint, patch: pytest.MonkeyPatch, policy: dict[str, Any]) -> str:
    """Work as an IAM user with this policy from now on. Returns the user's id."""
    iam = aws("iam")
    user: str = iam.create_user(UserName="ada")["User"]["UserId"]
    iam.put_user_policy(UserName="ada", PolicyName="may", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    patch.setenv("AWS_ENDPOINT_URL", endpoint.url)
    patch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    patch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    patch.delenv("AWS_SESSION_TOKEN", raising=False)
    return user


def prepare(aws: Aws, control: Control) -> None:
    """What is there before: the hosted zone of the environment. From then on policies decide."""
    aws("route53").list_hosted_zones()
    control.post("hosted-zone", {"id": "Z0123456789ABCDEFGHIJ", "name": "dev.example.com", "account": ACCOUNT})
    control.enforce(on=True)


def test_from_nothing_to_a_first_release(
    aws: Aws, sandbox: Endpoint, control: Control, hour: Hour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An administrator who isn't root creates the account's stacks, publishes the first version and runs the first worker."""
    hour.name(sign_in(aws, sandbox, monkeypatch, EVERYTHING))
    prepare(aws, control)
    made = hour.run(f"bootstrap {ACCOUNT} --yes")
    assert made.code == 0, made.err
    assert "You (arn:aws:iam::111122223333:user/ada) may run the first worker as hello-worker" in made.err
    published = hour.run(f"publish --commit {COMMIT} --branch main")
    assert published.code == 0, published.err
    applied = hour.run("apply dev --yes", worker=True)
    assert applied.code == 0, applied.out + applied.err
