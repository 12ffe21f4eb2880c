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

from generator.apply.administrator_policy import administrator_policy
from generator.cli.output import Output
from generator.cli.parser import parse
from generator.config.starter import NewEnvironment, NewPlatform, platform_files
from generator.release.errors import Denied
from generator.sandbox.process import Control, Endpoint
from generator.sandbox.samples import digest, manifest
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
            environment=NewEnvironment(
                "dev", ACCOUNT, REGION, "dev.example.com", "Z0123456789ABCDEFGHIJ", protected=False
            ),
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
        place, do = ("platform_removal", "remove_platform") if "--everything" in options else (name, name)
        module = import_module(f"generator.cli.{place}")
        args = parse(name, ["--stacks", str(self.stacks), *options])
        stdout, stderr = io.StringIO(), io.StringIO()
        out = Output(stdout=stdout, stderr=stderr)
        application = compose(self.stacks, Options(worker=worker, pace=0.01), out.progress)
        try:
            code = getattr(module, do)(application, args, out)
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


def push(control: Control, service: str) -> str:
    """What `docker push` does for an image: the registry has it under its digest. Returns SERVICE=URI@DIGEST."""
    held = [{"manifest": manifest(service, "good"), "tag": "sample-good"}]
    place = {"account": ACCOUNT, "region": REGION, "repository": f"hello/{service}"}
    control.post("sample-images", {**place, "images": held})
    return f"{service}={ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/hello/{service}@{digest(service, 'good')}"


def first_worker(aws: Aws) -> str:
    """Who may run the first worker, by home's parameter."""
    (stack,) = aws("cloudformation").describe_stacks(StackName="hello-home-home")["Stacks"]
    return next(p["ParameterValue"] for p in stack["Parameters"] if p["ParameterKey"] == "FirstWorker")


@pytest.mark.parametrize("policy", ["everything", "documented"])
def test_from_nothing_to_a_first_release(  # noqa: PLR0917 - what an hour takes
    aws: Aws, sandbox: Endpoint, control: Control, hour: Hour, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    """An administrator who isn't root creates the account's stacks, publishes, runs the first worker, and loses that right.

    Once as a user who may do everything, once with the policy that ``bootstrap --policy`` prints.
    """
    allowed = EVERYTHING if policy == "everything" else administrator_policy("hello")
    user = sign_in(aws, sandbox, monkeypatch, allowed)
    hour.name(user)
    prepare(aws, control)
    looked = hour.run(f"bootstrap {ACCOUNT} --check")
    rows = {line[:24].strip(): line[24:].split(maxsplit=1) for line in looked.out.splitlines()}
    assert rows["you"] == ["passed", "me in platform.yaml"]
    assert rows["your rights"][0] == rows["templates"][0] == rows["addresses"][0] == "passed", looked.out
    # Access Analyzer is not in the sandbox: what nobody could look at has failed.
    assert rows["policies"][0] == "failed"
    assert looked.code == 1
    made = hour.run(f"bootstrap {ACCOUNT} --yes")
    assert made.code == 0, made.err
    assert "You (arn:aws:iam::111122223333:user/ada) may run the first worker as hello-worker" in made.err
    assert first_worker(aws) == user
    assert hour.run(f"publish --commit {COMMIT} --branch main").code == 0
    applied = hour.run("apply dev --yes", worker=True)
    assert applied.code == 0, applied.out + applied.err
    assert "dev/service-greeter was skipped" in applied.out
    images = [push(control, "greeter"), push(control, "bot")]
    assert hour.run(f"publish --commit {COMMIT[::-1]} --branch main --image {images[0]} --image {images[1]}").code == 0
    released = hour.run("apply dev --yes", worker=True)
    assert released.code == 0, released.out + released.err
    assert "dev-greeter-1 succeeded" in released.out
    assert "the right to run the first worker as hello-worker is closed" in released.err
    assert first_worker(aws) == "nobody"
    with pytest.raises(
        Denied, match="may not assume hello-worker: an administrator gets that right for the first release"
    ):
        hour.run("apply dev --yes", worker=True)
    again = hour.run(f"bootstrap {ACCOUNT} --yes")
    assert "The bot's worker runs: nobody else may work as hello-worker" in again.err
    assert first_worker(aws) == "nobody"
    gone = hour.run("destroy --everything --yes")
    assert gone.code == 0, gone.out + gone.err
    assert [s for s in aws("cloudformation").describe_stacks()["Stacks"] if s["StackStatus"] != "DELETE_COMPLETE"] == []
    assert "by Object Lock; empty and delete it then" in gone.out
    assert "is still there" not in gone.out
    assert hour.run("destroy --everything --yes").out == "nothing is left of the platform in this account\n"


def test_the_root_user_is_told_to_sign_in_as_somebody_else(
    sandbox: Endpoint, aws: Aws, control: Control, hour: Hour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root can't assume a role: bootstrap says who can instead, and opens nothing."""
    prepare(aws, control)
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    made = hour.run(f"bootstrap {ACCOUNT} --yes")
    assert made.code == 0, made.err
    assert "can't run the first worker, because the root user of an account can't assume a role" in made.err
    assert first_worker(aws) == "nobody"
