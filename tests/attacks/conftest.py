"""One platform for all attacks: home, an account and dev in the embedded AWS, with IAM enforced from the start."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from msgspec.structs import replace

from generator.aws.session import Keys, Session
from generator.catalog.release_facts import facts
from generator.release.audit_verification import Verified, verified
from generator.release.client import request_id
from generator.release.log import Log
from generator.release.model.evidence import SlackAct
from generator.release.model.platform import PlatformFacts
from generator.release.origins import Origins
from generator.release.reception import Senders
from generator.sandbox.process import Control, Endpoint
from generator.wiring.adapters import Adapters, home_of
from generator.wiring.worker import Access, WorkerOptions, worker
from tests.fakes.small_ports import FakeDirectory
from tests.integration.without_coverage import unmeasured
from tests.release.slack_acts import SLACK, kept
from tests.sandbox.conftest import REGION, running
from tests.sandbox.fleet import Fleet

HOME, DEV = "333333333333", "111111111111"
# Slack ids of people: the bot's front speaks for them.
PEOPLE = {"U0000ANA": "ana", "U0000BEN": "ben"}


class AttackedPlatform:
    """Everything that administrators created. ``session`` is AWS as one role may use it, ``root`` is an administrator's."""

    def __init__(self, sandbox: Endpoint) -> None:
        self.sandbox = sandbox
        self.control = Control(sandbox.port)
        self.fleet = Fleet(self._client)
        self.fleet.prepare(self.control)
        self.fleet.deploy_all(*self.fleet.needed("dev", HOME))
        self.control.enforce(on=True)
        shipped = self.fleet.built.config
        self.config = replace(shipped, platform=replace(shipped.platform, slack=SLACK))
        self.facts = facts(self.config)
        self.names = home_of(self.config)
        self.queue_url = f"{sandbox.url}/{HOME}/{self.names.table}"
        self.log = Log(self.adapters("worker").table, time.time)
        self.failed: list[str] = []

    def _client(self, service: str, *, account: str = HOME, region: str = REGION, **_: Any) -> Any:
        keys = {"aws_access_key_id": account, "aws_secret_access_key": "x"}
        return boto3.client(service, region_name=region, endpoint_url=self.sandbox.url, **keys)

    def root(self, service: str, account: str = HOME) -> Any:
        """A boto3 client of an account's administrator, whom no policy of IAM binds."""
        return self._client(service, account=account)

    def session(self, role: str, account: str = HOME) -> Session:
        """As ``PLATFORM-ROLE``."""
        return self.session_of(f"arn:aws:iam::{account}:role/slipway-{role}")

    def session_of(self, arn: str) -> Session:
        """As any role."""
        keys = self.control.session(arn, name="attacker")
        return Session(
            REGION,
            keys=Keys(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]),
            endpoint=self.sandbox.url,
        )

    def adapters(self, role: str) -> Adapters:
        """Home as a role may use it."""
        return Adapters(self.session(role), self.names)

    def worker(self, facts: PlatformFacts | None = None, ids: Mapping[tuple[str, str], str] | None = None) -> Any:
        """A worker with nothing but its role; the bot's front speaks for :data:`PEOPLE`. ``ids`` are people beside them."""
        mine, facts = self.adapters("worker"), facts or self.facts
        teams = {person: facts.static_groups(person) for person in PEOPLE.values()}
        known = FakeDirectory({("slack", id_): person for id_, person in PEOPLE.items()} | dict(ids or {}), teams)
        front = self.fleet.outputs("home/home")["BotTaskRoleId"]
        access = Access(self.config, facts, mine, mine.queue(self.queue_url), 0.0, (front,))
        found = worker(access, known, WorkerOptions("w1", failed=self.failed.append))
        assert found.senders == Senders(fronts=(front,), origins=Origins(access.slack, found.service.context.log))
        return found

    def command(self, who: str, environment: str) -> SlackAct:
        """Somebody types a command in the channel of an environment, as Slack sends it to the front."""
        slack = self.config.platform.slack
        assert slack is not None
        fields = {"command": "/deploy", "team_id": slack.team_id, "api_app_id": slack.app_id, "user_id": who}
        where = slack.allowed(environment)[0]
        return kept(urlencode(fields | {"channel_id": where, "trigger_id": request_id()}))

    def verified(self) -> Verified:
        """What ``slipway audit verify`` finds, with the worker's role."""
        return verified(self.log, self.adapters("worker").seal, self.facts)


@pytest.fixture(scope="session")
def platform() -> Iterator[AttackedPlatform]:
    """The platform that all attacks share; each of them uses stacks, environments and names of its own."""
    with unmeasured(), running() as sandbox:
        yield AttackedPlatform(sandbox)
