"""The sandbox killed with SIGKILL in the middle of its work, and started again: nothing is lost, and everything comes to an end."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.release.audit import check
from generator.release.model.requests import Decide, Opened, Propose
from generator.release.model.states import Closed, Executing, Waiting, Watching, name
from generator.release.worker import Worker
from generator.sandbox import process
from generator.sandbox.process import Control, Endpoint, Options
from tests.integration.engine_setup import KEY, NAME, EngineLocation, client, commit, prepare, session
from tests.integration.engine_setup import worker as make_worker
from tests.integration.without_coverage import unmeasured

# Measuring takes as long again, and shorter tests cover what these run.
pytestmark = pytest.mark.no_cover
LONG = 240.0


class Machine:
    """A checkout whose sandbox is killed and started."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = 0
        self.endpoint: Endpoint = self.start()

    def start(self) -> Endpoint:
        """Start it, on any port for the first time and on the same one from then on."""
        with unmeasured():
            self.endpoint = process.ensure(self.root, Options(port=None if self.port else 0, speed=0.0))
        self.port = self.port or self.endpoint.port
        assert self.endpoint.port == self.port
        return self.endpoint

    def kill(self) -> None:
        """SIGKILL; the next start uses the same port."""
        os.kill(self.endpoint.pid, signal.SIGKILL)
        assert process.gone(self.root)

    def restart(self) -> None:
        """Both; time passes at once from then on."""
        self.kill()
        self.start()

    @property
    def control(self) -> Control:
        return Control(self.endpoint.port)

    def call(self, service: str, operation: str, /, **given: Any) -> Any:
        return session(self.endpoint.url).api(service)(operation, **given)

    def saves(self) -> int:
        """How often the state was saved."""
        manifest = process.folder(self.root) / "state" / "manifest.json"
        return int(json.loads(manifest.read_text())["number"]) if manifest.exists() else 0


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Empty, and gone after the test."""
    found = Machine(tmp_path)
    yield found
    process.stop(tmp_path)


def until(holds: Callable[[], bool], act: Callable[[], object] = lambda: time.sleep(0.02)) -> None:
    """Act again and again until it holds.

    Raises:
        TimeoutError: It does not, after minutes.
    """
    end = time.monotonic() + LONG
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError
        act()


def test_a_busy_sandbox_saves(machine: Machine) -> None:
    """A caller who never pauses has its queues again: the state is saved by its age, not only in silence."""
    for number in range(3):
        machine.call("sqs", "create_queue", QueueName=f"work-{number}")
        saved = machine.saves()
        until(lambda saved=saved: machine.saves() > saved, lambda: machine.call("sqs", "list_queues"))  # type: ignore[misc]
    machine.restart()
    urls = machine.call("sqs", "list_queues")["QueueUrls"]
    assert [url.rpartition("/")[2] for url in urls] == ["work-0", "work-1", "work-2"]


def test_what_is_half_written_is_told(machine: Machine) -> None:
    """A state that somebody damaged is refused with what to do, and --fresh does it."""
    machine.call("sqs", "create_queue", QueueName="work")
    machine.control.save()
    machine.kill()
    [part] = (process.folder(machine.root) / "state" / "parts").glob("ministack-sqs.*")
    part.write_bytes(part.read_bytes()[:-1])
    with unmeasured(), pytest.raises(process.UsageError, match=r"sqs.*is damaged.*slipway sandbox --fresh") as refused:
        process.ensure(machine.root)
    assert "Traceback" not in str(refused.value)
    with unmeasured():
        process.ensure(machine.root, Options(fresh=True))
    assert not machine.call("sqs", "list_queues").get("QueueUrls")


def test_an_engine_that_cant_read_its_state_is_told(machine: Machine) -> None:
    """The same holds for what only the engine itself can judge, as after an upgrade."""
    machine.call("ecs", "create_cluster", clusterName="c")
    machine.control.save()
    machine.kill()
    with unmeasured():
        from generator.sandbox.server.snapshot import Snapshot

        Snapshot(process.folder(machine.root) / "state").write({"engines/ecs": b'{"state": {"clusters": 1}}'})
        with pytest.raises(process.UsageError, match=r"state of ecs .*slipway sandbox --fresh") as refused:
            process.ensure(machine.root)
    # The log's end is in the error; its whole says the same.
    assert process.folder(machine.root).joinpath("log").read_text() == str(refused.value).partition(":\n")[2]
    process.ensure(machine.root, Options(fresh=True))


def test_a_stack_update_in_flight_rolls_back(machine: Machine) -> None:
    """The stack comes to rest as documented, says why, and can be updated again, with the names that it had in mind."""
    body: dict[str, Any] = {"Resources": {"Work": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "work"}}}}
    machine.call("cloudformation", "create_stack", StackName="app", TemplateBody=json.dumps(body))

    def status() -> str:
        return str(machine.call("cloudformation", "describe_stacks", StackName="app")["Stacks"][0]["StackStatus"])

    until(lambda: status() == "CREATE_COMPLETE")
    body["Resources"]["Work"]["Properties"]["DelaySeconds"] = 5
    body["Resources"]["More"] = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "more"}}
    # So slow that it is in flight whenever it is killed.
    body["Resources"]["Last"] = {"Type": "AWS::RDS::DBInstance", "DependsOn": "More", "Properties": {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": "20", "MasterUsername": "app", "MasterUserPassword": "not-a-secret"}}  # fmt: skip
    machine.control.speed(0.1)
    machine.call("cloudformation", "update_stack", StackName="app", TemplateBody=json.dumps(body))
    until(lambda: len(machine.call("sqs", "list_queues")["QueueUrls"]) == 2)
    machine.control.speed(1)
    assert status() == "UPDATE_IN_PROGRESS"
    machine.control.save()
    machine.restart()
    until(lambda: status() == "UPDATE_ROLLBACK_COMPLETE")
    [url] = machine.call("sqs", "list_queues")["QueueUrls"]
    given = machine.call("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
    assert given == {"DelaySeconds": "0"}
    events = machine.call("cloudformation", "describe_stack_events", StackName="app")["StackEvents"]
    assert any("sandbox was restarted" in event.get("ResourceStatusReason", "") for event in events)
    del body["Resources"]["Last"]
    machine.call("cloudformation", "update_stack", StackName="app", TemplateBody=json.dumps(body))
    until(lambda: status() == "UPDATE_COMPLETE")


class Release:
    """A service of version 1, and version 2 on its way: a worker moves the release, and its rollout does not end."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.place: EngineLocation = prepare(machine.endpoint.url)
        self.people = client(self.place, session(machine.endpoint.url))
        self.said: list[str] = []
        self.agreed: set[str] = set()
        self.worker: Worker = make_worker(self.place, session(machine.endpoint.url), "w", failed=self.said.append)
        self.id = self.end("request-1", 1)

    def end(self, request: str, number: int) -> str:
        """Ask for a version, approve it, and move the release until it has ended; its id."""
        opened = self.ask(request, number)
        until(lambda: not self.people.log.open_ids(), self.turn)
        return opened

    def ask(self, request: str, number: int) -> str:
        """Ask for a version, approve it if somebody must, and move the release until it runs; its id."""
        self.people.send(Propose(id=request, stack=KEY, version=commit(number)), "U0000ANA")
        until(lambda: isinstance(self.people.log.answered(request), Opened), self.turn)
        answer = self.people.log.answered(request)
        assert isinstance(answer, Opened)
        until(lambda: self._state(answer.release, Executing | Watching | Closed), self.turn)
        return answer.release

    def turn(self) -> None:
        """One turn of the worker; a release that waits is approved."""
        self.worker.turn(0.0)
        for release_id in self.people.log.open_ids():
            found = self.people.release(release_id)
            if found is not None and isinstance(found.state, Waiting) and release_id not in self.agreed:
                self.agreed.add(release_id)
                decided = Decide(id=f"yes-{release_id}", release=release_id, verdict="approve", binding=found.binding)
                self.people.send(decided, "U0000000")

    def _state(self, release: str, kind: Any) -> bool:
        found = self.people.release(release)
        return found is not None and isinstance(found.state, kind)

    def service(self) -> dict[str, Any]:
        found = self.machine.call("ecs", "describe_services", cluster="slipway-prod", services=["app"])
        return dict(found["services"][0])

    def running(self) -> set[str]:
        """The tasks that run."""
        return set(self.machine.call("ecs", "list_tasks", cluster="slipway-prod", serviceName="app")["taskArns"])


@pytest.fixture
def release(machine: Machine) -> Release:
    """Version 1 runs."""
    found = Release(machine)
    assert name(found.people.release(found.id).state) == "succeeded"  # type: ignore[union-attr]
    return found


def test_a_release_in_flight_ends(machine: Machine, release: Release) -> None:
    """Its worker goes on when the sandbox is there again: the stack rolls back, lost tasks are replaced, the log is whole."""
    before = release.running()
    image = release.place.images[1]
    machine.control.post("images", {"image": f"*{image.rpartition('/')[2]}", "behaviour": {"kind": "exits", "code": 1}})
    machine.control.speed(1)
    moving = release.ask("request-2", 2)
    until(lambda: len(release.service()["deployments"]) == 2, release.turn)
    machine.control.save()
    machine.kill()
    # Nobody answers: the worker says so, and lives.
    release.worker.turn(0.0)
    machine.start()
    until(lambda: not release.people.log.open_ids(), release.turn)
    ended = release.people.release(moving)
    assert ended
    assert name(ended.state) == "rolled back", ended
    chain = list(release.people.log.entries(f"release/{moving}"))
    assert list(check(f"release/{moving}", chain, {ended.chain: ended.head})) == []
    stack = machine.call("cloudformation", "describe_stacks", StackName=NAME)["Stacks"][0]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert {row["ParameterKey"]: row["ParameterValue"] for row in stack["Parameters"]}["Release"] == commit(1)
    until(lambda: release.service()["runningCount"] == 1)
    assert not release.running() & before
    machine.control.post("images", {"image": f"*{image.rpartition('/')[2]}", "behaviour": None})
    assert name(release.people.release(release.end("request-3", 2)).state) == "succeeded"  # type: ignore[union-attr]


def test_a_service_deployment_goes_on(machine: Machine, release: Release) -> None:
    """A deployment of ECS alone needs nobody: its lost tasks are replaced, and it ends."""
    definition = release.service()["taskDefinition"]
    [task] = release.running()
    machine.control.post("images", {"image": "*app@*", "behaviour": {"kind": "exits", "code": 1}})
    machine.control.speed(1)
    machine.call("ecs", "update_service", cluster="slipway-prod", service="app", taskDefinition=definition, forceNewDeployment=True)  # fmt: skip
    until(lambda: len(release.service()["deployments"]) == 2)
    machine.control.post("images", {"image": "*app@*", "behaviour": None})
    machine.control.save()
    machine.restart()
    until(lambda: [row["rolloutState"] for row in release.service()["deployments"]] == ["COMPLETED"])
    [lost] = machine.call("ecs", "describe_tasks", cluster="slipway-prod", tasks=[task])["tasks"]
    assert (lost["lastStatus"], lost["stopCode"]) == ("STOPPED", "TerminationNotice")
    assert task not in release.running()


def test_an_orderly_end_keeps_the_tasks(machine: Machine, release: Release) -> None:
    """`slipway sandbox stop` is no failure of a machine: the same tasks run after the next start."""
    before = release.running()
    process.stop(machine.root)
    machine.start()
    until(lambda: release.service()["runningCount"] == 1)
    assert release.running() == before
