"""What the proof stands on: a sandbox with an environment as `stacks/` describes it, and a service for each strategy."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from generator.sandbox.process import Control, Endpoint, spawn
from tests.sandbox.configurations import ROOT
from tests.sandbox.fleet import Fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

ENVIRONMENT = "dev"
STRATEGIES = ("rolling", "blue-green", "canary", "linear")
FAULTS = {
    "good": "", "better": "", "slow start": "slow-start:8", "crashes": "crash", "turns bad": "turns-bad:20", "leaks": "leaks:100",
}  # fmt: skip
_SERVICE = """port: 8080
cpu: 1024
memory: 2048
health_check: {{ path: /health, interval: 5, timeout: 4 }}
alarms: {{ latency_p99_seconds: 30 }} # a hundredth of the requests takes five seconds on purpose
scaling: {{ min: 2, max: 6 }}
rollout: {{ strategy: {strategy}{more} }}
"""
_MORE = {
    "rolling": "",
    "blue-green": ", bake_minutes: 5",
    "canary": ", bake_minutes: 2, canary_percent: 10, canary_bake_minutes: 5",
    "linear": ", bake_minutes: 2, step_percent: 25, step_bake_minutes: 2",
}


def commit_of(version: str) -> str:
    """The commit that a version is from: 40 hexadecimal digits."""
    return hashlib.sha256(version.encode()).hexdigest()[:40]


def key_of(strategy: str) -> str:
    """The stack of a strategy's service."""
    return f"{ENVIRONMENT}/service-{strategy}"


class Bed:
    """The sandbox with its services. `speed` is how many seconds one second of AWS takes, for AWS's own waits."""

    def __init__(self, endpoint: Endpoint, folder: Path, speed: float) -> None:
        self.endpoint, self.speed = endpoint, speed
        self.control = Control(endpoint.port)
        self._clients: dict[tuple[str, str, str], Any] = {}
        self.fleet = Fleet(self.client, str(folder / "stacks"))

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

    def bring_up(self, strategies: tuple[str, ...]) -> None:
        """Deploy the environment, and each service with the good version."""
        fleet, control = self.fleet, self.control
        fleet.prepare(control)
        own = [key_of(name) for name in STRATEGIES]
        control.speed(0.0)
        for key in fleet.needed(ENVIRONMENT):
            if key not in own and "/observability" not in key and "/edge" not in key:
                fleet.deploy(key)
        control.speed(self.speed)
        for strategy in strategies:
            image = self.image(strategy, "good")
            fleet.deploy(key_of(strategy), ImageUri=image, Release=commit_of("good"))

    def image(self, strategy: str, version: str) -> str:
        """Publish a version for a strategy's service: the image's address with its digest."""
        image = self.fleet.publish(strategy, version.replace(" ", "-"))
        path = os.pathsep.join([str(ROOT), str(ROOT / "app" / "backend")])
        environment = {
            "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", "HOST": "127.0.0.1", "METRICS_PORT": "0",
            "BOARD_ACCESS": "open", "FAULT": FAULTS[version],
        }  # fmt: skip
        behaviour = {
            "kind": "process", "argv": [sys.executable, "-m", "tests.proof.version"], "folder": str(ROOT),
            "environment": environment, "port": 8080, "port_variable": "PORT",
        }  # fmt: skip
        self.control.post("images", {"image": f"*{image.partition('@')[2]}", "behaviour": behaviour})
        return image

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


@contextmanager
def bed(speed: float, strategies: tuple[str, ...]) -> Iterator[Bed]:
    """A bed for as long as the context lasts; nothing is left of it."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="slipway-proof-")))
        shutil.copytree(ROOT / "stacks", folder / "stacks")
        services = folder / "stacks" / "services"
        for path in services.iterdir():
            path.unlink()
        for strategy in STRATEGIES:
            text = _SERVICE.format(strategy=strategy, more=_MORE[strategy])
            (services / f"{strategy}.yaml").write_text(text)
        alive, held = os.pipe()
        log = parts.enter_context((folder / "log").open("wb"))
        child, ready = spawn(["--idle", "0"], port=0, log=log.fileno(), parent_fd=alive)
        os.close(alive)
        if ready is None:
            raise SystemExit(f"the sandbox did not start:\n{(folder / 'log').read_text()[-2000:]}")
        try:
            found = Bed(Endpoint(ready["port"], ready["pid"]), folder, speed)
            began = time.monotonic()
            found.bring_up(strategies)
            sys.stderr.write(f"the environment is there after {time.monotonic() - began:.0f} s\n")
            yield found
        finally:
            os.close(held)
            child.wait(60)
            text = (folder / "log").read_text()
            if "ERROR" in text:
                sys.stderr.write(text[-4000:])
