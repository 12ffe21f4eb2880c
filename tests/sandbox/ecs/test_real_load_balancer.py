"""A load balancer with real targets: what callers of its address get while tasks come, go and die."""

from __future__ import annotations

import json
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from generator.sandbox.processes import task_networks
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
        with urllib.request.urlopen(url, timeout=120) as answer:  # noqa: S310 - an address of this machine
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def answering(url: str) -> str:
    """The version that answers; "" while a test listener leads to a group whose tasks come or go."""
    _, body = ask(f"{url}/x")
    return str(body["version"]) if isinstance(body, dict) else ""


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


def test_a_test_listener_shows_the_new_version_before_people_see_it(machine: Stage) -> None:
    """While a release waits after its test traffic moved, the test listener answers with the new version, the other with the old."""
    balancer = machine.balancer(HealthCheckIntervalSeconds=5, HealthCheckPath="/health")
    elb = machine.aws("elbv2")
    blue = {"Type": "forward", "TargetGroupArn": balancer["blue"]}
    listener = elb.create_listener(LoadBalancerArn=balancer["lb"], Port=8443, Protocol="HTTP", DefaultActions=[blue])
    rule = elb.create_rule(
        ListenerArn=listener["Listeners"][0]["ListenerArn"],
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=[blue],
    )["Rules"][0]["RuleArn"]
    hook = {
        "targetType": "PAUSE",
        "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
        "timeoutConfiguration": {"timeoutInMinutes": 60, "action": "ROLLBACK"},
    }
    more = behind(balancer, shifting=True)
    more["loadBalancers"][0]["advancedConfiguration"]["testListenerRule"] = rule
    config = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0, "lifecycleHooks": [hook]}
    assert machine.serve(define(machine, "1"), desiredCount=1, **more, deploymentConfiguration=config) == "SUCCESSFUL"
    machine.update(taskDefinition=define(machine, "2"))
    paused = machine.settle(paused=True)
    urls = {row["port"]: row["url"] for row in machine.control.post("traffic", {})["listeners"]}
    machine.until(lambda: answering(urls[8443]), lambda version: version == "2")
    assert ask(f"{urls[80]}/x")[1]["version"] == "1"
    machine.ecs.stop_service_deployment(serviceDeploymentArn=paused["serviceDeploymentArn"], stopType="ROLLBACK")
    machine.settle()
    machine.until(lambda: answering(urls[8443]), lambda version: version == "1")


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


def test_a_spot_interruption_sends_sigterm_and_the_service_starts_another_task(machine: Stage) -> None:
    """A task that Spot takes back ends with the stop code of AWS, is no failure, and is replaced."""
    balancer = machine.balancer(HealthCheckIntervalSeconds=5, HealthCheckPath="/health")
    assert machine.serve(define(machine, "1"), desiredCount=1, **behind(balancer)) == "SUCCESSFUL"
    first = machine.tasks()[0]["taskArn"]
    machine.control.post("interrupt", {"task": first, "lead": 0.1})

    def gone() -> dict[str, Any]:
        return dict(machine.ecs.describe_tasks(cluster="c", tasks=[first])["tasks"][0])

    ended = machine.until(gone, lambda row: row["lastStatus"] == "STOPPED")
    assert (ended["stopCode"], ended["stoppedReason"]) == ("SpotInterruption", "Your Spot Task was interrupted.")
    assert ended["containers"][0]["exitCode"] == 143
    machine.until(lambda: ask(f"{address(machine)}/x")[0], lambda code: code == 200)
    with pytest.raises(ValueError, match="is not a task that runs as a process"):
        machine.control.post("interrupt", {"task": first})


@pytest.mark.skipif(not task_networks.possible(), reason="only root may create network namespaces")
def test_two_tasks_listen_on_the_same_port_in_networks_of_their_own(machine: Stage) -> None:
    """A program that can't be told its port runs twice; the load balancer reaches both, and neither reaches the other's port."""
    code = ECHO.replace('("127.0.0.1", int(os.environ["PORT"]))', '("0.0.0.0", 8080)').replace(
        'os.environ["VERSION"]', "str(os.getpid())"
    )
    machine.behave("app:*", "process", argv=[sys.executable, "-u", "-c", code], port=8080)
    balancer = machine.balancer(HealthCheckIntervalSeconds=5, HealthCheckPath="/health")
    check = {
        "command": ["CMD", sys.executable, "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/')"],
        "interval": 5,
    }
    definition = machine.define("app:1", container={"healthCheck": check}, **ROLE)
    assert machine.serve(definition, desiredCount=2, **behind(balancer)) == "SUCCESSFUL"
    url = address(machine)
    seen = {ask(f"{url}/x")[1]["version"] for _ in range(8)}
    assert len(seen) == 2


def test_a_request_that_takes_longer_than_the_deregistration_delay_is_cut(machine: Stage) -> None:
    """A user whose request outlives the draining of its target gets 502, as lint rule W9571 warns."""
    code = ECHO.replace(
        "        body = json", "        if self.path == '/slow': threading.Event().wait(600)\n        body = json"
    )
    code = code.replace("signal, socketserver", "signal, socketserver, threading")
    machine.behave("app:*", "process", argv=[sys.executable, "-u", "-c", code], port=8080, port_variable="PORT")
    balancer = machine.balancer(HealthCheckIntervalSeconds=5, HealthCheckPath="/health")
    delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "1"}]
    machine.aws("elbv2").modify_target_group_attributes(TargetGroupArn=balancer["blue"], Attributes=delay)
    assert machine.serve(define(machine, "1"), desiredCount=1, **behind(balancer)) == "SUCCESSFUL"
    url, answers = address(machine), []
    user = threading.Thread(target=lambda: answers.append(ask(f"{url}/slow")[0]))
    user.start()
    # The request is on its way once the load balancer has heard of it: this one comes after it, and is answered.
    assert ask(f"{url}/x")[0] == 200
    machine.update(desiredCount=0)
    user.join()
    assert answers in ([502], [503])


def test_a_task_with_a_short_stop_timeout_is_killed_before_its_target_is_drained(machine: Stage) -> None:
    """A user whose request outlives the stop timeout gets 502 where SIGTERM comes with draining, as lint rule W9562 warns."""
    machine.control.post("death", {"order": "early"})
    slow = ECHO.replace(
        "        body = json", "        if self.path == '/slow': time.sleep(600)\n        body = json", 1
    )
    slow = slow.replace("signal, socketserver", "signal, socketserver, time")
    stubborn = slow.replace("Server((", "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nServer((")
    machine.behave("app:*", "process", argv=[sys.executable, "-u", "-c", stubborn], port=8080, port_variable="PORT")
    balancer = machine.balancer(HealthCheckIntervalSeconds=5, HealthCheckPath="/health")
    environment = [{"name": "VERSION", "value": "1"}]
    definition = machine.define("app:1", container={"environment": environment, "stopTimeout": 2}, **ROLE)
    assert machine.serve(definition, desiredCount=1, **behind(balancer)) == "SUCCESSFUL"
    url, answers = address(machine), []
    task = machine.tasks()[0]["taskArn"]
    user = threading.Thread(target=lambda: answers.append(ask(f"{url}/slow")[0]))
    user.start()
    assert ask(f"{url}/x")[0] == 200
    machine.update(desiredCount=0)
    user.join()
    assert answers == [502]

    def gone() -> dict[str, Any]:
        return dict(machine.ecs.describe_tasks(cluster="c", tasks=[task])["tasks"][0])

    assert machine.until(gone, lambda row: row["lastStatus"] == "STOPPED")["containers"][0]["exitCode"] == 137


@pytest.mark.parametrize(("grace", "replaced"), [(0, True), (7200, False)])
def test_without_a_grace_period_a_task_that_starts_slowly_is_replaced(
    machine: Stage, grace: int, *, replaced: bool
) -> None:
    """A program that is not ready when its checks have failed is ended without a grace period, as lint rule W9563 warns."""
    argv = [sys.executable, "-c", "import time; time.sleep(600)"]
    machine.behave("app:*", "process", argv=argv, port=8080, port_variable="PORT")
    balancer = machine.balancer(HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=2, HealthCheckPath="/health")
    machine.start(define(machine, "1"), desiredCount=1, **behind(balancer) | {"healthCheckGracePeriodSeconds": grace})
    elb = machine.aws("elbv2")

    def states() -> list[str]:
        rows = elb.describe_target_health(TargetGroupArn=balancer["blue"])["TargetHealthDescriptions"]
        return [row["TargetHealth"]["State"] for row in rows]

    if replaced:
        stopped = machine.until(lambda: machine.tasks("STOPPED"), bool)
        assert "failed ELB health checks" in stopped[0]["stoppedReason"]
    else:
        machine.until(states, lambda found: found == ["unhealthy"])
        assert machine.tasks("STOPPED") == []


@pytest.mark.parametrize(("low", "high", "code"), [(0, 100, 503), (100, 200, 200)])
def test_a_minimum_of_0_per_cent_leaves_nobody_to_answer(machine: Stage, low: int, high: int, code: int) -> None:
    """While a version that never gets ready is released, users get 503 with a minimum of 0 %, as lint rule W9564 warns."""
    balancer = machine.balancer(HealthCheckIntervalSeconds=5, HealthCheckPath="/health")
    config = {"minimumHealthyPercent": low, "maximumPercent": high}
    more = behind(balancer) | {"deploymentConfiguration": config}
    assert machine.serve(define(machine, "1"), desiredCount=1, **more) == "SUCCESSFUL"
    argv = [sys.executable, "-c", "import time; time.sleep(600)"]
    machine.behave("app:2", "process", argv=argv, port=8080, port_variable="PORT")
    machine.update(taskDefinition=define(machine, "2"))
    url, new = address(machine), {"RUNNING"}
    machine.until(
        lambda: {t["lastStatus"] for t in machine.tasks() if t["taskDefinitionArn"].endswith(":2")}, new.__eq__
    )
    machine.until(lambda: ask(f"{url}/x")[0], lambda found: found == code)
