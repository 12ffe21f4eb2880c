"""With policies enforced, the worker's role is enough for every call that a release makes, and each is counted."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from generator.aws.accounts import AwsClouds
from generator.aws.session import Keys, Session
from generator.release.digests import canonical, template_digest
from generator.release.errors import Denied
from generator.release.model.observed import NewChangeSet, Pending, Ready
from generator.release.model.people import Actor
from generator.release.model.release import StackRef
from generator.release.model.version import Body, Commit, Version
from generator.release.ports import OPEN, Check, Cloud, Item, OpenItem, Put
from generator.sandbox.process import Control, Endpoint
from generator.wiring.adapters import Adapters, home_of
from tests.integration.without_coverage import sandbox_process
from tests.sandbox.conftest import REGION
from tests.sandbox.fleet import Fleet

__all__ = ["sandbox_process"]

HOME, DEV = "333333333333", "111111111111"
KEY = "dev/service-app"
BOB = Actor(channel="slack", id="U0BOB000", person="bob")


class Platform:
    """Home, an account and dev's stacks, made by administrators; a worker with nothing but its role."""

    def __init__(self, sandbox: Endpoint) -> None:
        self.control = Control(sandbox.port)
        self.fleet = Fleet(lambda *args, **more: self._client(sandbox, *args, **more))
        self.fleet.prepare(self.control)
        self.fleet.deploy_all(*self.fleet.needed("dev", HOME))
        keys = self.control.session(f"arn:aws:iam::{HOME}:role/slipway-worker", name="task")
        self.calls: Counter[str] = Counter()
        self.session = Session(
            REGION,
            keys=Keys(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]),
            endpoint=sandbox.url,
            on_call=lambda service, operation: self.calls.update([f"{service}:{operation}"]),
        )
        self.names = home_of(self.fleet.built.config)
        self.home = Adapters(self.session, self.names)
        self.queue = f"{sandbox.url}/{HOME}/{self.names.table}"
        self.wakes = f"{sandbox.url}/{HOME}/{self.names.wakes}"
        self.clouds = AwsClouds(self.session, "slipway")
        self.stack = StackRef(key=KEY, name=self.fleet.name(KEY), account=DEV, region=REGION, service="app")

    @staticmethod
    def _client(sandbox: Endpoint, service: str, *, account: str = HOME, region: str = REGION, **_: Any) -> Any:
        keys = {"aws_access_key_id": account, "aws_secret_access_key": "x"}
        return boto3.client(service, region_name=region, endpoint_url=sandbox.url, **keys)

    def make(self, cloud: Cloud, name: str, **parameters: str) -> Ready:
        """An image-only change set."""
        now = cloud.stacks.describe(self.stack.name)
        assert now is not None
        new = NewChangeSet(
            name=name,
            stack_name=self.stack.name,
            kind="UPDATE",
            template=None,
            parameters={key: parameters.get(key) for key in now.parameters},
            tags=now.tags,
            capabilities=now.capabilities,
            role=self.clouds.execution_role(self.stack),
        )
        cloud.stacks.create(new)
        for _ in range(6000):
            found = cloud.stacks.change_set(self.stack.name, name)
            if not isinstance(found, Pending):
                break
            time.sleep(0.02)
        assert isinstance(found, Ready), found
        return found


@pytest.fixture
def platform(sandbox_process: Endpoint) -> Iterator[Platform]:
    """Everything there, and from now on policies decide."""
    found = Platform(sandbox_process)
    found.control.enforce(on=True)
    yield found
    found.control.enforce(on=False)


def test_the_worker_can_do_its_work_and_nothing_else(platform: Platform) -> None:
    """One platform for both halves: a release with its calls counted, and what home remembers of it."""
    release(platform)
    remember(platform)


def release(platform: Platform) -> None:
    """An image-only release from proposal to verified: every port is used with the worker's role alone.

    The counts are what `make bench` states; a call that is made for nothing shows here.
    """
    image = platform.fleet.publish("app", "next")
    repository, digest = image.partition("@")[0].partition("/")[2], image.partition("@")[2]
    platform.calls.clear()
    cloud = platform.clouds.at(platform.stack, BOB)
    brought = {"ImageUri": image, "Release": "f" * 40}
    ready = platform.make(cloud, "bot-prod-1", **brought)
    assert {change.logical_id for change in ready.change_set.changes} == {"TaskDefinition", "Service"}
    stack_id = ready.change_set.stack_id
    assert template_digest(cloud.stacks.template(stack_id)) == ready.change_set.template
    again = cloud.stacks.change_set(platform.stack.name, "bot-prod-1", ready.change_set.arn)
    assert again == ready
    assert cloud.stacks.resolve(stack_id, "bot-prod-1") == ready.change_set.arn
    found = platform.home.images.image(repository, digest)
    assert found is not None
    platform.home.images.keep(repository, digest, "keep-prod-1")
    cloud.stacks.execute(stack_id, "bot-prod-1", "token-1")
    for _ in range(6000):
        now = cloud.stacks.describe(stack_id)
        assert now is not None
        if now.is_settled:
            break
        time.sleep(0.02)
    assert now.status == "UPDATE_COMPLETE", cloud.stacks.events(stack_id, "token-1")
    assert cloud.stacks.events(stack_id, "token-1")[-1].status == "UPDATE_COMPLETE"
    arn = next(row.physical_id for row in cloud.stacks.resources(stack_id) if row.logical_id == "Service")
    service, deployment = cloud.services.service(arn), cloud.services.deployment(arn)
    assert service is not None
    assert deployment is not None
    assert (deployment.status, digest in deployment.images) == ("SUCCESSFUL", True)
    assert {target.state for target in cloud.services.targets(service.target_groups)} == {"healthy"}
    assert cloud.services.alarms(service.alarms) is not None
    cloud.services.stopped_tasks(service)
    cloud.services.logs("/slipway/dev/app", 0.0, 5)
    assert cloud.services.missing_secrets(["slipway/dev/none"]) == ["slipway/dev/none"]
    cloud.stacks.delete(platform.stack.name, "bot-prod-2")
    # What may vary is how often somebody has to look; what is asked once stays once.
    looks = {"cloudformation:describe_stacks", "cloudformation:describe_change_set"}
    once = {call: count for call, count in platform.calls.items() if call not in looks}
    assert once.pop("cloudformation:get_template") == 2  # the stack's own, and the change set's
    assert once.pop("ecr:describe_images") == 1
    assert once.pop("ecs:describe_service_revisions") == 2  # the version that takes over, and the one before it
    assert {c: n for c, n in once.items() if n != 1} == {}
    assert platform.control.calls("cloudformation", "ExecuteChangeSet")[-1]["source_identity"] == "bob"


def remember(platform: Platform) -> None:
    """Table, queue, versions and seal of home: what the worker writes is there, what it must not do is denied."""
    mine, queue = platform.home, platform.home.queue(platform.queue)
    state = Item("release/dev-app-1", "state", 1, b"{}", OPEN, "2026-01-01")
    assert mine.table.write(Put(state))
    assert mine.table.write(Put(state._replace(rev=2)), Put(state._replace(sk="audit#1")), Check("lock", "dev", 0))
    assert mine.table.get(state.pk, "state") == state._replace(rev=2)
    assert list(mine.table.many([(state.pk, "state"), (state.pk, "none")])) == [(state.pk, "state")]
    assert [row.sk for row in mine.table.query(state.pk)] == ["audit#1", "state"]
    assert OpenItem(state.pk, "state", state.due) in mine.table.due("2027", 10)
    queue.send('{"mine":1}')
    received = [message for _ in range(10) for message in queue.receive(0)]
    mine_again = [message for message in received if message.body == '{"mine":1}']
    assert [message.sender.rpartition(":")[2] for message in mine_again] == ["task"]
    assert len(received) == 1  # no function sends here
    queue.done(received[0].receipt)
    wakes = mine.queue(platform.wakes)
    messages = [message for _ in range(10) for message in wakes.receive(0)]
    assert messages  # EventBridge told of the release: that is what wakes workers
    wakes.done(*(message.receipt for message in messages))
    mine.seal.seal("release/dev-app-1", 1, "a" * 64, 1.0)
    assert [(head.number, fault) for head, fault in mine.seal.heads()] == [(1, "")]
    body = canonical({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}})
    digest = template_digest(json.loads(body))
    made = Version(
        commit=Commit(id="a" * 40),
        published=1.0,
        stacks={KEY: Body(digest=digest, key=f"versions/bodies/{digest.removeprefix('sha256:')}.json")},
    )
    with pytest.raises(Denied):  # the worker reads what CI published, and publishes nothing
        mine.publisher.publish(made, {KEY: body})
    keys = platform.control.session(f"arn:aws:iam::{HOME}:role/slipway-publish", name="ci")
    build = Session(
        REGION,
        keys=Keys(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]),
        endpoint=platform.session._endpoint,
    )
    for _ in range(2):
        Adapters(build, platform.names).publisher.publish(made, {KEY: body})
    Adapters(build, platform.names).queue(platform.wakes).send("{}")
    with pytest.raises(Denied):  # a build wakes, and asks for nothing
        Adapters(build, platform.names).queue(platform.queue).send("{}")
    assert list(mine.versions.newest()) == [made]
    assert mine.versions.body(made.stacks[KEY].key) == body.decode()
