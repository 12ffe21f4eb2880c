"""A load balancer with real targets: what callers of its address get while tasks come, go and die."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.ecs.conftest import Stage
from tests.sandbox.installed import need

ROLE = {"executionRoleArn": "arn:aws:iam::111122223333:role/execution"}
# Answers with what it was asked, and dies when it is told to.
ECHO = """
import http.server, json, os, signal, socketserver
class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path == "/die": os._exit(9)
        body = json.dumps({"version": os.environ["VERSION"], "headers": dict(self.headers)}).encode()
        self.send_response(500 if self.path == "/fail" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads, request_queue_size = True, 128
    def handle_error(self, *_): pass
Server(("127.0.0.1", int(os.environ["PORT"])), Echo).serve_forever()
"""


@pytest.fixture
def machine(stage: Stage) -> Iterator[Stage]:
    """A stage whose images are programs; HAProxy is needed in CI."""
    need("haproxy", "haproxy")
    stage.control.speed(0.02)
    argv = [sys.executable, "-u", "-c", ECHO]
    stage.behave("app:*", "process", argv=argv, port=8080, port_variable="PORT")
    yield stage
    stage.control.reset()


def define(stage: Stage, version: str) -> str:
    environment = [{"name": "VERSION", "value": version}]
    return stage.define(f"app:{version}", container={"environment": environment}, **ROLE)


def behind(balancer: dict[str, Any], *, shifting: bool = False) -> dict[str, Any]:
    """What connects the service `app` with the load balancer."""
    row: dict[str, Any] = {"targetGroupArn": balancer["blue"], "containerName": "app", "containerPort": 8080}
    if shifting:
        row["advancedConfiguration"] = {
            "alternateTargetGroupArn": balancer["green"],
            "productionListenerRule": balancer["rule"],
            "roleArn": "arn:aws:iam::111122223333:role/traffic",
        }
    return {"loadBalancers": [row], "healthCheckGracePeriodSeconds": 60}


def address(stage: Stage) -> str:
    return str(stage.control.post("traffic", {})["listeners"][0]["url"])


def ask(url: str) -> tuple[int, Any]:
    """Status and body of an answer."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - an address of this machine
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_requests_reach_tasks_and_failures_are_those_of_the_load_balancer(machine: Stage) -> None:
    """A target sees who asked and how; 502 is a target that died of the request, 503 a group without targets."""
    balancer = machine.balancer(HealthCheckIntervalSeconds=5, HealthCheckPath="/health")
    assert machine.serve(define(machine, "1"), desiredCount=1, **behind(balancer)) == "SUCCESSFUL"
    url = address(machine)
    status, answer = ask(f"{url}/x")
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    assert (status, answer["version"]) == (200, "1")
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert (headers["x-forwarded-proto"], headers["x-forwarded-port"]) == ("http", "80")
    assert ask(f"{url}/fail")[0] == 500
    assert ask(f"{url}/die")[0] == 502
    machine.update(desiredCount=0)
    machine.until(lambda: ask(f"{url}/x")[0], lambda code: code == 503)


def test_a_blue_green_release_moves_the_requests_and_loses_none(machine: Stage) -> None:
    """Whoever asks during a blue/green release gets an answer each time, first of the old version and then of the new one."""
    balancer = machine.balancer(HealthCheckIntervalSeconds=5, HealthCheckPath="/health")
    config = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1}
    more = behind(balancer, shifting=True) | {"deploymentConfiguration": config}
    assert machine.serve(define(machine, "1"), desiredCount=1, **more) == "SUCCESSFUL"
    url = address(machine)
    machine.update(taskDefinition=define(machine, "2"))
    seen: list[str] = []

    def over() -> str:
        status, answer = ask(f"{url}/x")
        assert status == 200, answer
        seen.append(answer["version"])
        return str(machine.deployment()["status"])

    assert machine.until(over, lambda status: status not in {"PENDING", "IN_PROGRESS"}) == "SUCCESSFUL"
    assert sorted(set(seen)) == ["1", "2"]
    assert seen == sorted(seen)
