"""`app` as real processes behind a real load balancer: what the demo does with `--real`, where HAProxy is installed."""

import contextlib
import http.client
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from bot.demo.board import NEEDS
from bot.demo.folder import ENVIRONMENT, SERVICE, Folder
from generator.aws.api_client import ApiError
from generator.config.model import Configuration
from generator.sandbox.balancer.haproxy import program
from generator.sandbox.endpoint import Control, Endpoint
from generator.sandbox.samples import digest
from generator.wiring.application import Tools

# Samples of the story that are a working version of the board; the others stay scripts.
_WORKING = ("good", "better")
# How often somebody asks for the page, so that the graph has something to show; in seconds.
_EVERY = 0.2


class RealTasks(NamedTuple):
    """What runs.

    ``why`` says why nothing does; ``control`` tells what the load balancers carry; ``path`` is what of the application a
    browser can show, ``/`` where its page is built.
    """

    control: Control | None = None
    why: str = ""
    path: str = "/"

    def address(self) -> str:
        """Where people reach the service through its load balancer; "" before its first task is healthy."""
        if self.control is None:
            return ""
        hosts: dict[str, str] = self.control.post("traffic", {})["hosts"]
        return next(
            (url for host, url in hosts.items() if host.split(".")[0] in {SERVICE, f"{SERVICE}-{ENVIRONMENT}"}), ""
        )


def missing(checkout: Path) -> str:
    """Why this machine can't run them, with what to do; "" if it can."""
    if not program():
        return "HAProxy is not installed; install it with: apt-get install haproxy"
    if not (checkout / "app" / "backend" / "board").is_dir():
        return "this checkout has no app/backend"
    if any(find_spec(name) is None for name in NEEDS):
        return "the board's packages are not installed; run: make setup"
    return ""


def image(checkout: Path, stacks: Path, endpoint: str, account: str) -> dict[str, Any]:
    """What the working versions do: the board of this checkout, on the port that its environment names."""
    backend, page = checkout / "app" / "backend", checkout / "app" / "frontend" / "dist"
    environment = {
        "PYTHONPATH": os.pathsep.join([str(backend), *filter(None, sys.path)]),
        "LANG": "C.UTF-8",
        "HOST": "127.0.0.1",
        "METRICS_PORT": "0",
        "BOARD_ACCESS": "open",
        "SLIPWAY_STACKS": str(stacks),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "demo",
        **({"BOARD_PAGE": str(page)} if (page / "index.html").is_file() else {}),
    }
    return {
        "kind": "process", "argv": [sys.executable, "-m", "board"], "folder": str(checkout),
        "environment": environment, "port": 8080, "port_variable": "PORT",
    }  # fmt: skip


def replace_tasks(tools: Tools, config: Configuration) -> None:
    """Stop the scripted tasks of the service: it starts others, and those are processes."""
    place = config.environments[ENVIRONMENT]
    ecs = tools.calls("ecs", place.account, place.region)
    for cluster in ecs("list_clusters")["clusterArns"]:
        names: Sequence[str] = [arn.rpartition("/")[2] for arn in ecs("list_services", cluster=cluster)["serviceArns"]]
        for name in names:
            if name == SERVICE:
                for task in ecs("list_tasks", cluster=cluster, serviceName=name)["taskArns"]:
                    ecs("stop_task", cluster=cluster, task=task, reason="The demo replaces it by a process")


@contextmanager
def running(folder: Folder, endpoint: Endpoint, tools: Tools, config: Configuration) -> Iterator[RealTasks]:
    """Tasks that are processes, and somebody who asks for their page, for as long as the context lasts."""
    why, control = missing(folder.checkout), Control(endpoint.port)
    if why:
        yield RealTasks(why=why)
        return
    what = image(
        folder.checkout, folder.stacks, endpoint.url, config.environments[config.platform.bot.environment].account
    )
    for sample in _WORKING:
        control.post("images", {"image": f"*/{SERVICE}@{digest(SERVICE, sample)}", "behaviour": what})
    replace_tasks(tools, config)
    # Without its page there is what the load balancer asks, too.
    found = RealTasks(control, path="/" if "BOARD_PAGE" in what["environment"] else "/health")
    over = threading.Event()

    def ready() -> bool:
        return healthy(tools, config)

    visitor = threading.Thread(target=_visit, args=(found, ready, over), name="visitor", daemon=True)
    visitor.start()
    try:
        yield found
    finally:
        over.set()
        visitor.join()


def healthy(tools: Tools, config: Configuration) -> bool:
    """Whether the load balancer has a healthy target of the service."""
    place = config.environments[ENVIRONMENT]
    ecs = tools.calls("ecs", place.account, place.region)
    elb = tools.calls("elbv2", place.account, place.region)
    for cluster in ecs("list_clusters")["clusterArns"]:
        for service in ecs("describe_services", cluster=cluster, services=[SERVICE])["services"]:
            for balancer in service.get("loadBalancers", ()):
                rows = elb("describe_target_health", TargetGroupArn=balancer["targetGroupArn"])[
                    "TargetHealthDescriptions"
                ]
                if any(row["TargetHealth"]["State"] == "healthy" for row in rows):
                    return True
    return False


def _visit(tasks: RealTasks, ready: Callable[[], bool], over: threading.Event) -> None:
    """Ask for the page again and again, each time over a new connection; the load balancer counts what fails.

    Nobody asks before the first task is healthy: those requests would count as failed.
    """
    while not over.wait(1):
        # The sandbox may be busy with what it sets up.
        with contextlib.suppress(ApiError, OSError):
            if ready():
                break
    while not over.wait(_EVERY):
        try:
            url = urlsplit(tasks.address())
            if url.hostname and url.port:
                connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
                connection.request("GET", "/health")
                connection.getresponse().read()
                connection.close()
        except (OSError, ValueError, http.client.HTTPException):
            over.wait(1)
