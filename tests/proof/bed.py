"""What the proof stands on: a sandbox with an environment as `stacks/` describes it, and a service for each strategy."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import yaml
from botocore.config import Config

from bot.workspace.seed import default_seed
from generator.sandbox.process import Control, Endpoint, Options, foreground
from generator.sandbox.samples import digest
from tests.proof.engine import SAMPLES, Engine
from tests.sandbox.configurations import ROOT
from tests.sandbox.fleet import Fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

ENVIRONMENT = "dev"
STRATEGIES = ("rolling", "blue-green", "canary", "linear")
FAULTS = {
    "good": "", "better": "", "slow start": "slow-start:8", "crashes": "crash", "turns bad": "turns-bad:20",
    "turns slow": "turns-slow:20", "leaks": "leaks:200",
}  # fmt: skip
# Who has to agree: as in production, one other person.
_APPROVALS = {"default": {"people": 1, "by": ["releasers"]}, "create": {"people": 0, "by": ["releasers"]}}
_SERVICE = """port: 8080
cpu: 1024
memory: 2048
health_check: {{ path: /health, interval: 5, timeout: 4 }}
alarms: {{ latency_p99_seconds: 7 }} # some requests take five seconds on purpose
scaling: {{ min: 2, max: 2 }} # a busy machine is no reason for more tasks; the event of scaling sets its own range
rollout: {{ strategy: {strategy}{more} }}
"""
_MORE = {
    "rolling": "",
    "blue-green": ", bake_minutes: 10",
    "canary": ", bake_minutes: 10, canary_percent: 10, canary_bake_minutes: 5",
    "linear": ", bake_minutes: 10, step_percent: 25, step_bake_minutes: 2",
}


def key_of(strategy: str) -> str:
    """The stack of a strategy's service."""
    return f"{ENVIRONMENT}/service-{strategy}"


class Bed:
    """The sandbox with its services. `speed` is how many seconds one second of AWS takes, for AWS's own waits."""

    def __init__(self, endpoint: Endpoint, folder: Path, speed: float) -> None:
        self.endpoint, self.folder, self.speed = endpoint, folder, speed
        self.control = Control(endpoint.port)
        self._clients: dict[tuple[str, str, str], Any] = {}
        self.fleet = Fleet(self.client, str(folder / "stacks"))
        self.engine: Engine = None  # type: ignore[assignment] # before the environment is there

    def client(
        self, service: str, *, region: str = "eu-west-1", account: str = "111111111111", read_timeout: float = 60
    ) -> Any:
        """A client of the sandbox, as root of an account."""
        key = (service, region, account)
        if key not in self._clients:
            self._clients[key] = boto3.client(
                service, region_name=region, endpoint_url=self.endpoint.url, aws_access_key_id=account,
                aws_secret_access_key="sandbox",  # noqa: S106 - root of the sandbox, with any secret
                config=Config(retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=read_timeout),
            )  # fmt: skip
        return self._clients[key]

    def bring_up(self, strategies: tuple[str, ...], *, known: bool) -> None:
        """Deploy the environment and the services as an administrator does; `known` releases the good version to each."""
        fleet, control = self.fleet, self.control
        fleet.prepare(control)
        own = [key_of(name) for name in STRATEGIES]
        control.speed(0.0)
        # Dashboards are not asked for; home and its account's roles are there for the release engine.
        home = fleet.built.specs["home/home"].scope.account
        for key in fleet.needed("home", home, ENVIRONMENT):
            if key not in own and "/observability" not in key and "/edge" not in key:
                fleet.deploy(key)
        control.speed(self.speed)
        for strategy in STRATEGIES:
            for kind, sample in SAMPLES.items():
                image = f"*/{strategy}@{digest(strategy, sample)}"
                control.post("images", {"image": image, "behaviour": behaviour(FAULTS[kind])})
        self.engine = Engine(self.folder / "stacks", ENVIRONMENT)
        self.engine.publish(STRATEGIES)
        for strategy in strategies:
            fleet.deploy(key_of(strategy), ImageUri=self.engine.image(strategy, "good"))
        self.engine.start_worker()
        for strategy in strategies:
            # A new service begins with one task.
            self.engine.wait(lambda strategy=strategy: self.healthy(strategy) == 2, "two tasks")
            if known:
                self.engine.release(strategy, "good")

    def address(self) -> str:
        """Where the HTTPS listener answers."""
        rows = self.control.post("traffic", {})["listeners"]
        return str(next(row["url"] for row in rows if row["port"] == 443))

    def host(self, strategy: str) -> str:
        """The host that the service's rule asks for."""
        rule = self.fleet.built.bodies[key_of(strategy)]["Resources"]["ListenerRule"]["Properties"]
        for condition in rule["Conditions"]:
            if condition["Field"] == "host-header":
                return str(condition["HostHeaderConfig"]["Values"][0])
        return "localhost"

    def deployment(self, strategy: str) -> dict[str, Any]:
        """The newest service deployment."""
        ecs, (cluster, service) = self.client("ecs"), self.names(strategy)
        arns = ecs.list_service_deployments(cluster=cluster, service=service)["serviceDeployments"]
        found = ecs.describe_service_deployments(serviceDeploymentArns=[arns[0]["serviceDeploymentArn"]])
        return dict(found["serviceDeployments"][0])

    def names(self, strategy: str) -> tuple[str, str]:
        """(Cluster, service)."""
        arn = self.fleet.resources(key_of(strategy))["Service"]["PhysicalResourceId"]
        _, cluster, service = arn.split("/")
        return cluster, service

    def tasks(self, strategy: str) -> list[dict[str, Any]]:
        """The tasks that should run."""
        ecs, (cluster, service) = self.client("ecs"), self.names(strategy)
        arns = ecs.list_tasks(cluster=cluster, serviceName=service)["taskArns"]
        return list(ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]) if arns else []

    def healthy(self, strategy: str) -> int:
        """Healthy targets of a service's target groups."""
        elb = self.client("elbv2")
        groups = [
            r for r in self.fleet.resources(key_of(strategy)).values() if r["ResourceType"].endswith("::TargetGroup")
        ]
        found = [elb.describe_target_health(TargetGroupArn=group["PhysicalResourceId"]) for group in groups]
        return sum(
            row["TargetHealth"]["State"] == "healthy" for one in found for row in one["TargetHealthDescriptions"]
        )

    def both_run(self, strategy: str) -> bool:
        """Whether tasks of two versions run."""
        return len({t["taskDefinitionArn"] for t in self.tasks(strategy) if t["lastStatus"] == "RUNNING"}) == 2


def behaviour(fault: str) -> dict[str, Any]:
    """What the tasks of an image with a fault are: the board of this checkout, on the port that its environment names."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "app" / "backend")])
    environment = {
        "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", "HOST": "127.0.0.1", "METRICS_PORT": "0",
        "BOARD_ACCESS": "open", "FAULT": fault,
    }  # fmt: skip
    return {
        "kind": "process", "argv": [sys.executable, "-m", "tests.proof.version"], "folder": str(ROOT),
        "environment": environment, "port": 8080, "port_variable": "PORT",
    }  # fmt: skip


def write_stacks(folder: Path, bake_minutes: int) -> None:
    """The configuration of the repository, with a service for each strategy, and the people of the local Slack."""
    shutil.copytree(ROOT / "stacks", folder)
    for path in (folder / "services").iterdir():
        path.unlink()
    for strategy in STRATEGIES:
        text = _SERVICE.format(strategy=strategy, more=_MORE[strategy])
        (folder / "services" / f"{strategy}.yaml").write_text(text)
    seed = default_seed()
    ids = {person.handle: person.id for person in seed.people}
    deploys = next(channel.id for channel in seed.channels if channel.name == "deploys")
    change(
        folder / "platform.yaml",
        people={who: {"slack": ids[who]} for who in ("ana", "ben", "cleo")},
        slack={"team_id": seed.team_id, "app_id": seed.app.id, "default": [deploys]},
    )
    change(
        folder / "environments" / f"{ENVIRONMENT}.yaml",
        releases={"approvals": _APPROVALS, "bake_minutes": bake_minutes},
    )


def change(path: Path, **sections: Any) -> None:
    """Replace sections of a YAML file."""
    path.write_text(json.dumps(yaml.safe_load(path.read_text()) | sections))


@contextmanager
def bed(speed: float, strategies: tuple[str, ...], bake_minutes: int = 10, *, known: bool = True) -> Iterator[Bed]:
    """A bed for as long as the context lasts; nothing is left of it.

    Args:
        speed: Our seconds for one of AWS's.
        strategies: Services that are deployed.
        bake_minutes: Minutes of AWS for which a release must stay good.
        known: Whether the release log knows a version of each service, to which a release can go back.
    """
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="slipway-proof-")))
        write_stacks(folder / "stacks", bake_minutes)
        endpoint = parts.enter_context(foreground(folder, Options(port=0, speed=0.0, fresh=True, idle=0.0)))
        found = Bed(endpoint, folder, speed)
        parts.callback(lambda: found.engine.kill_worker() if found.engine else None)
        began = time.monotonic()
        found.bring_up(strategies, known=known)
        sys.stderr.write(f"the environment is there after {time.monotonic() - began:.0f} s\n")
        try:
            yield found
        finally:
            log = folder / ".cache" / "sandbox" / "log"
            if log.exists() and "ERROR" in (text := log.read_text()):
                sys.stderr.write(text[-4000:])
