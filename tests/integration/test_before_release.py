"""A command before the release, on the embedded AWS: the template's own function runs it, and the engine tells how it ended."""

from __future__ import annotations

import json
import time
from typing import Any, NamedTuple

import pytest

from generator.aws.session import Session
from generator.release.client import Client
from generator.release.model.release import Release
from generator.release.model.requests import Decide, Propose, RestartService, RollBack
from generator.release.model.states import Closed, Waiting, name
from generator.release.worker import Worker
from generator.sandbox.process import Control, Endpoint
from templates.params.before_release import BeforeRelease
from templates.params.service import Rollout, ServiceSpec
from tests.integration.engine_setup import KEY, TEMPLATE, client, commit, prepare, session, worker
from tests.integration.without_coverage import sandbox_process
from tests.unit.templates.service_cases import template as service_template

__all__ = ["sandbox_process"]

pytestmark = pytest.mark.no_cover

SPEC = ServiceSpec(
    port=8080,
    rollout=Rollout(strategy="blue-green", bake_minutes=0),
    before_release=BeforeRelease(command=("python", "-m", "app.migrate")),
)


def template() -> dict[str, Any]:
    """The engine's small service, with the hook, the function and the roles that the real template gives a service."""
    # The service's family is called `app` here.
    real = json.loads(json.dumps(service_template(SPEC)).replace("slipway-prod-app", "app"))
    made: dict[str, Any] = json.loads(json.dumps(TEMPLATE))
    made["Parameters"]["ClusterName"] = {"Type": "String", "Default": "slipway-prod"}
    made["Parameters"]["Restart"] = {"Type": "String", "Default": "none"}
    made["Conditions"] = {"Restarted": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Restart"}, "none"]}]}}
    resources = made["Resources"]
    for title in ("BeforeReleaseFunction", "BeforeReleaseRole", "BeforeReleaseHookRole"):
        resources[title] = real["Resources"][title]
        resources[title]["Properties"].pop("PermissionsBoundary", None)
    resources["Logs"] = {"Type": "AWS::Logs::LogGroup"}
    for title in ("ExecutionRole", "TaskRole"):
        trust = real["Resources"][title]["Properties"]["AssumeRolePolicyDocument"]
        resources[title] = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
    task, service = (resources[title]["Properties"] for title in ("TaskDefinition", "Service"))
    task["ContainerDefinitions"][0]["LogConfiguration"] = {
        "LogDriver": "awslogs",
        "Options": {"awslogs-group": {"Ref": "Logs"}, "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "app"},
    }
    service["ServiceConnectConfiguration"] = {"Enabled": True, "Namespace": "slipway-prod"}
    given = real["Resources"]["Service"]["Properties"]["DeploymentConfiguration"]
    service["DeploymentConfiguration"] = {
        key: given[key] for key in ("Strategy", "LifecycleHooks", "BakeTimeInMinutes")
    }
    service["ForceNewDeployment"] = real["Resources"]["Service"]["Properties"]["ForceNewDeployment"]
    return made


class Story(NamedTuple):
    """A worker, people, and the embedded AWS under them."""

    moving: Worker
    people: Client
    control: Control
    over: Session

    def run(self, request: Any) -> Release:
        """Ask for it, approve it where that is asked, and turn until it is over."""
        before = {row.id for row in self.people.history(KEY)}
        self.people.send(request, "U0000ANA")
        end, found = time.monotonic() + 900, None
        while found is None or not isinstance(found.state, Closed):
            assert time.monotonic() < end, found
            if not self.moving.turn(0.0):
                time.sleep(0.02)
            new = [row.id for row in self.people.history(KEY) if row.id not in before]
            found = self.people.release(new[0]) if new else None
            if found is not None and isinstance(found.state, Waiting):
                yes = Decide(id=f"yes-{found.id}", release=found.id, verdict="approve", binding=found.binding)
                self.people.send(yes, "U0000001")
        return found

    def scale(self, tasks: int) -> None:
        """Set the number of tasks, as Application Auto Scaling does, and wait until they run."""
        ecs, where = self.over.api("ecs"), {"cluster": "slipway-prod"}
        ecs("update_service", **where, service="app", desiredCount=tasks)
        end = time.monotonic() + 300
        while ecs("describe_services", **where, services=["app"])["services"][0]["runningCount"] != tasks:
            assert time.monotonic() < end
            time.sleep(0.02)

    def runs(self) -> int:
        """How often a task was started with the command."""
        return len([call for call in self.control.calls("ecs", "RunTask") if call["outcome"] == "200"])


@pytest.fixture
def story(sandbox_process: Endpoint) -> Story:
    """An account with IAM enforced: people and worker are its root, the function has its own role."""
    control = Control(sandbox_process.port)
    control.reset()
    over: Session = session(sandbox_process.url)
    place = prepare(sandbox_process.url, template=template())
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    over.api("iam")(
        "put_role_policy", RoleName="slipway-execution-prod", PolicyName="all", PolicyDocument=json.dumps(everything)
    )
    made = Story(worker(place, over, "w1"), client(place, over), control, over)
    control.enforce(on=True)
    return made


def test_a_command_runs_once_for_each_version(story: Story) -> None:
    """It runs before the first tasks and for the next version, and not on the way back, after a restart, when it scales or a second time.

    When it fails the release has failed with the command's last lines, nothing of the new version ran, and no rollback
    runs it; the next release of that version runs it again.
    """
    first = story.run(Propose(id="request-1", stack=KEY, version=commit(1)))
    assert (name(first.state), story.runs()) == ("succeeded", 1), first.cause

    lines = ["migration 7", 'ERROR: column "at" already exists']
    broken = {"kind": "exits", "code": 3, "lines": lines}
    story.control.post("images", {"image": "*#python -m app.migrate", "behaviour": broken})
    failed = story.run(Propose(id="request-2", stack=KEY, version=commit(2)))
    assert (name(failed.state), story.runs()) == ("rolled back", 2), failed.state
    assert failed.cause is not None
    assert failed.cause.sentence == f"the container app ended with exit code 3: {lines[1]}"
    assert [line.split(" ", 2)[2] for line in failed.cause.log][-2:] == lines

    story.control.post("images", {"image": "*#python -m app.migrate", "behaviour": None})
    second = story.run(Propose(id="request-3", stack=KEY, version=commit(2)))
    assert (name(second.state), story.runs()) == ("succeeded", 3), second.cause

    back = story.run(RollBack(id="request-4", stack=KEY, version=commit(1)))
    assert (name(back.state), story.runs()) == ("succeeded", 3), back.cause
    again = story.run(RestartService(id="request-5", stack=KEY))
    assert (name(again.state), story.runs()) == ("succeeded", 3), again.cause

    story.scale(3)
    story.scale(1)
    assert story.runs() == 3
