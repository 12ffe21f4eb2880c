"""Accounts, Regions and people: who acts, and that a call more than needed is not made."""

from __future__ import annotations

import json
import threading

import pytest

from generator.aws.accounts import AwsClouds
from generator.aws.api_client import Api
from generator.aws.session import Keys, Limits, Role, Session, person_name
from generator.release.errors import Denied, Invalid, ReleaseError, Unavailable
from generator.release.model.people import ENGINE, Actor
from generator.release.model.release import StackRef
from generator.sandbox.process import Control, Endpoint
from tests.contract.conftest import unique
from tests.fakes.clock import FakeClock
from tests.fakes.clouds import FakeClouds
from tests.sandbox.conftest import ACCOUNT, REGION

DEV = "222233334444"
ALICE = Actor(channel="cli", id="AROAX:alice", person="alice")


def stack(name: str, region: str = REGION) -> StackRef:
    return StackRef(key=f"dev/{name}", name=f"slipway-dev-{name}", account=DEV, region=region)


@pytest.fixture
def platform(sandbox_process: Endpoint) -> str:
    """A platform whose release role is there; its name."""
    name = unique("p")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}]}  # fmt: skip
    root = Session(REGION, keys=Keys(DEV, "sandbox"), endpoint=sandbox_process.url)
    root.api("iam")("create_role", RoleName=f"{name}-release", AssumeRolePolicyDocument=json.dumps(trust))
    return name


def counted(sandbox: Endpoint, calls: list[tuple[str, str]]) -> Session:
    return Session(
        REGION,
        on_call=lambda service, operation: calls.append((service, operation)),
        keys=Keys(ACCOUNT, "sandbox"),
        endpoint=sandbox.url,
        limits=Limits(attempts=2, connect=2.0, read=5.0),
    )


def test_a_person_is_seen_in_another_account(sandbox_process: Endpoint, control: Control, platform: str) -> None:
    """The release role is assumed once for each person, and CloudTrail shows the person with each call."""
    calls: list[tuple[str, str]] = []
    clouds = AwsClouds(counted(sandbox_process, calls), platform)
    for actor in (ALICE, ENGINE):
        for region in (REGION, "us-east-1"):
            for _ in range(2):
                assert clouds.at(stack("network", region), actor).stacks.describe("none") is None
    assert calls.count(("sts", "assume_role")) == 2
    assert calls.count(("cloudformation", "describe_stacks")) == 8
    seen = control.calls("cloudformation", "DescribeStacks")[-8:]
    assert [call["source_identity"] for call in seen] == ["alice"] * 4 + ["slipway"] * 4
    assert {call["caller"] for call in seen[:4]} == {f"arn:aws:sts::{DEV}:assumed-role/{platform}-release/alice"}
    assert clouds.at(stack("network"), ALICE) is clouds.at(stack("other"), ALICE)
    assert clouds.execution_role(stack("network")) == f"arn:aws:iam::{DEV}:role/{platform}-execution-dev"
    bot = StackRef(key="dev/bot", name="bot", account=DEV, region=REGION)
    assert clouds.execution_role(bot) == f"arn:aws:iam::{DEV}:role/{platform}-execution-bot"


def test_many_threads_assume_a_role_once(sandbox_process: Endpoint, platform: str) -> None:
    """200 releases that begin at once share clients and credentials."""
    calls: list[tuple[str, str]] = []
    clouds = AwsClouds(counted(sandbox_process, calls), platform)
    failed: list[Exception] = []
    ready = threading.Barrier(16)

    def run() -> None:
        ready.wait()
        try:
            clouds.at(stack("network"), ALICE).stacks.describe("none")
        except ReleaseError as error:
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert calls.count(("sts", "assume_role")) == 1


@pytest.mark.parametrize(("kind", "error"), [("throttle", None), ("lost", None), ("down", Unavailable)])
def test_faults_while_assuming(
    sandbox_process: Endpoint, control: Control, platform: str, kind: str, error: type[Exception] | None
) -> None:
    """STS that stumbles is asked again; STS that is down is unavailable, and fine again later."""
    clouds = AwsClouds(counted(sandbox_process, []), platform)
    cloud = clouds.at(stack("network"), ALICE)
    control.faults(
        {"service": "sts", "operation": "AssumeRole", "kind": "error" if error else kind, "times": 9 if error else 1},
        clear=True,
    )
    if error:
        with pytest.raises(error, match="try again"):
            cloud.stacks.describe("none")
        control.faults(clear=True)
    assert cloud.stacks.describe("none") is None


def test_no_right_is_denied(sandbox_process: Endpoint, control: Control, platform: str) -> None:
    """A role without the right, and one that is not there: said as such, not as something that passes."""
    control.enforce(on=True)
    try:
        session = counted(sandbox_process, [])
        with pytest.raises(Denied, match="give the role this permission"):
            AwsClouds(session, platform).at(stack("network"), ALICE).stacks.describe("none")
        with pytest.raises(Denied):
            AwsClouds(session, "nobody").at(stack("network"), ALICE).stacks.describe("none")
    finally:
        control.enforce(on=False)


def test_nothing_answers_at_all() -> None:
    """An endpoint that is not there is unavailable; a call that makes no sense, or no credentials, is told as that."""
    session = Session(
        REGION, keys=Keys(ACCOUNT, "x"), endpoint="http://127.0.0.1:9", limits=Limits(attempts=1, connect=0.5)
    )
    with pytest.raises(Unavailable, match="try again"):
        session.api("sqs")("list_queues")
    with pytest.raises(Invalid, match="Missing required parameter"):
        session.api("sqs")("send_message")


def test_no_credentials_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who is not signed in reads what to do."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(Denied, match=r"there are no AWS credentials here .*aws sso login.*--sandbox"):
        Session(REGION, endpoint="http://127.0.0.1:9").api("sqs")("list_queues")


def test_the_sandbox_is_found_in_the_environment(monkeypatch: pytest.MonkeyPatch, sandbox_process: Endpoint) -> None:
    """What `slipway sandbox` prints is all that is needed."""
    for name, value in sandbox_process.environment().items():
        monkeypatch.setenv(name, value)
    assert (
        Session(REGION).api("sts")("get_caller_identity")["Account"]
        == sandbox_process.environment()["AWS_ACCESS_KEY_ID"]
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("alice", "alice"),
        ("Jürgen Müller", "J-rgen-M-ller"),
        ("a", "a-"),
        ("", "--"),
        ("x" * 80, "x" * 64),
        ("a@b.c", "a@b.c"),
    ],
)
def test_people_are_named_as_sts_takes_it(name: str, expected: str) -> None:
    """Whatever a person is called, the session can be named after them."""
    assert person_name(name) == expected


def test_identities_are_forgotten_when_there_are_too_many(sandbox_process: Endpoint) -> None:
    """Memory stays flat however many people act; one who comes back is assumed again."""
    session = Session(REGION, keys=Keys(ACCOUNT, "x"), endpoint=sandbox_process.url, limits=Limits(identities=3))

    def sts(person: str) -> Api:
        return session.api("sts", role=Role("arn:aws:iam::1:role/x", person))

    first = sts("p0")
    assert sts("p0") is first
    for number in range(3):
        sts(f"p{number + 1}")
    assert sts("p0") is not first
    assert (len(session._identities), len(session._clients)) == (3, 3)


def test_fake_clouds_keep_accounts_apart() -> None:
    """What happens in one account and Region is not seen in another, and who acted is remembered."""
    clouds = FakeClouds(FakeClock())
    here, there = clouds.at(stack("network"), ALICE), clouds.at(stack("network", "us-east-1"), ENGINE)
    clouds.cloud(DEV, REGION)[0].put("slipway-dev-network", {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}})
    assert here.stacks.describe("slipway-dev-network") is not None
    assert there.stacks.describe("slipway-dev-network") is None
    assert clouds.seen == [("dev/network", "alice"), ("dev/network", "slipway")]


def test_a_worker_in_a_terminal_acts_for_everybody(sandbox_process: Endpoint, control: Control, platform: str) -> None:
    """Anyone who may assume the worker's role runs a worker: its release sessions still carry the person who decided."""
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}]}  # fmt: skip
    calls: list[tuple[str, str]] = []
    operator = counted(sandbox_process, calls)
    operator.api("iam")("create_role", RoleName=f"{platform}-worker", AssumeRolePolicyDocument=json.dumps(trust))
    worker = operator.assumed(f"arn:aws:iam::{ACCOUNT}:role/{platform}-worker", "Carol C.")
    assert worker.api("sts")("get_caller_identity")["Arn"].endswith(f"{platform}-worker/Carol-C.")
    clouds = AwsClouds(worker, platform)
    for actor in (ALICE, ENGINE):
        assert clouds.at(stack("network"), actor).stacks.describe("none") is None
    assert [call["source_identity"] for call in control.calls("cloudformation", "DescribeStacks")[-2:]] == [
        "alice",
        "slipway",
    ]
    assert calls.count(("sts", "assume_role")) == 3
