"""What callers of a load balancer get while its targets are slow, ill, new or leaving: HAProxy does as AWS's pages say."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from generator.sandbox.balancer import haproxy_config
from generator.sandbox.balancer.proxied_target import Target, Wanted
from generator.sandbox.balancer.routes_of_traffic import Listener, Rule, Traffic
from tests.sandbox.balancer.real_targets import GROUP, Balancer, Server, balancer, request, until
from tests.sandbox.installed import need

# Of RFC 6455, which HAProxy asks for.
KEY = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"


@pytest.fixture
def lb() -> Iterator[Balancer]:
    """Load balancers over HAProxy, which is needed in CI."""
    need("haproxy", "haproxy")
    with balancer() as found:
        yield found


def test_a_target_that_says_nothing_for_the_idle_timeout_is_504(lb: Balancer) -> None:
    """A user gets 504 when the target does not answer within the load balancer's idle timeout, and the load balancer counts it."""
    lb.traffic = lb.routes(GROUP, 2)
    server = Server("a")
    lb.add("a", server.address)
    assert lb.ask("/hang")[0] == 504
    server.released.set()
    assert lb.ask() == (200, "a")
    assert lb.counted(2)["HTTPCode_ELB_504_Count"] == 1


def test_a_target_that_can_not_be_connected_to_is_504_and_one_that_refuses_502(
    lb: Balancer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user gets 504 when no connection to the target comes about in time (10 s at AWS), and 502 when it is refused."""
    monkeypatch.setattr(haproxy_config, "CONNECT", 1)
    # So many failed checks are allowed that it stays healthy for as long as this test takes.
    lb.traffic = lb.routes(GROUP._replace(check=GROUP.check._replace(unhealthy=1000)))
    server = Server("a")
    lb.add("a", server.address)
    server.shutdown()
    # Its queue of connections is full, so that the next one is neither accepted nor refused.
    server.socket.listen(0)
    waiting = [socket.socket() for _ in range(4)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(server.server_address)
    until(lambda: lb.ask()[0] == 504)
    server.server_close()
    for one in waiting:
        one.close()
    until(lambda: lb.ask()[0] == 502)


def test_a_group_whose_targets_are_all_ill_gets_the_requests_all_the_same(lb: Balancer) -> None:
    """Users are served by targets that fail their checks while none is healthy (fail open), and by healthy ones as soon as one is."""
    ill, second = Server("ill"), Server("second")
    lb.add("ill", ill.address)
    lb.add("second", second.address)
    ill.sick = second.sick = True
    until(lambda: set(lb.states.values()) == {"unhealthy"})
    assert {lb.ask() for _ in range(6)} == {(200, "ill"), (200, "second")}
    second.sick = False
    until(lambda: lb.states["second"] == "healthy")
    assert {lb.ask() for _ in range(6)} == {(200, "second")}
    # A target that was never healthy is one of all targets, too.
    lb.balancers.remove("second")
    lb.balancers.remove("ill")
    until(lambda: lb.ask()[0] == 503)
    lb.add("late", ill.address, "unhealthy")
    assert lb.ask() == (200, "ill")


def test_a_new_target_gets_few_requests_while_it_starts_slowly(lb: Balancer) -> None:
    """A new target of a group with slow start gets less than its share, also after new rules; without slow start the half."""
    lb.traffic = lb.routes(GROUP._replace(slow_start=900))
    old, new, third = Server("old"), Server("new"), Server("third")
    lb.add("old", old.address)
    lb.add("new", new.address)
    shares = Counter(lb.ask()[1] for _ in range(40))
    assert shares["new"] < shares["old"] / 2
    rule = Rule("r", paths=("/rule",), answer=(200, "text/plain", "new rule"))
    lb.traffic = lb.routes(GROUP._replace(slow_start=900), 60, rule)
    until(lambda: lb.ask("/rule") == (200, "new rule"))
    until(lambda: Counter(lb.ask()[1] for _ in range(40))["new"] < 10)
    lb.balancers.remove("new")
    lb.traffic = lb.routes(GROUP)
    lb.add("third", third.address)
    until(lambda: Counter(lb.ask()[1] for _ in range(10)) == {"old": 5, "third": 5})


@pytest.mark.parametrize(
    ("seconds", "beside", "after", "weight"),
    [
        (30, True, 0, 1),
        (30, True, 15, 50),
        (30, True, 29.9, 99),
        (30, True, 30, 100),
        (0, True, 0, 100),
        (30, False, 0, 100),
    ],
)
def test_a_slow_start_grows_linearly_beside_a_target_that_is_warm(
    seconds: float, beside: bool, after: float, weight: int
) -> None:
    """A target reaches its full share after the time of its slow start; the first of a group has it at once."""
    warm, found = (Target(Wanted(name, "blue", "", "", lambda _: None), 0) for name in ("warm", "found"))
    warm.state = "healthy" if beside else "initial"
    found.begin_slowly(seconds, [warm, found], 1000.0)
    assert found.weight(1000.0 + after) == weight


def test_new_rules_cost_nobody_a_request_and_no_count(lb: Balancer) -> None:
    """Users with kept and with new connections get an answer each time while rules change, and every request is counted."""
    server, over = Server("a"), threading.Event()
    lb.add("a", server.address)
    seen: list[tuple[int, str]] = []

    def kept() -> None:
        with contextlib.closing(lb.connect()) as connection:
            while not over.is_set():
                seen.append(request(connection))

    def fresh() -> None:
        while not over.is_set():
            seen.append(lb.ask())

    users = [threading.Thread(target=user) for user in (kept, kept, fresh)]
    for user in users:
        user.start()
    told: list[tuple[int, str]] = []
    for number in range(4):
        answer = f"rule {number}"
        lb.traffic = lb.routes(GROUP, 60, Rule("r", paths=("/rule",), answer=(200, "text/plain", answer)))
        while not told or told[-1] != (200, answer):
            told.append(lb.ask("/rule"))
    over.set()
    for user in users:
        user.join()
    assert set(seen) == {(200, "a")}
    assert lb.counted(len(seen) + len(told))["HTTPCode_Target_2XX_Count"] == server.asked


def test_what_outlives_the_draining_is_cut_and_what_is_over_before_is_not(lb: Balancer) -> None:
    """A WebSocket that is still open when the deregistration delay is over is cut; without requests a target leaves at once."""
    server, idle = Server("a"), Server("b")
    lb.add("a", server.address)
    with socket.create_connection(("127.0.0.1", int(lb.balancers.doors()[0]["url"].rpartition(":")[2])), 60) as tunnel:
        tunnel.sendall(b"GET /tunnel HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + KEY)
        assert b"101" in tunnel.recv(1000)
        lb.add("b", idle.address)
        gone: list[str] = []
        lb.balancers.drain("a", 2, lambda: gone.append("a"))
        lb.balancers.drain("b", 600, lambda: gone.append("b"))
        assert tunnel.recv(1000) == b""
    until(lambda: len(gone) == 2)


def test_a_target_that_drains_while_rules_change_is_drained_all_the_same(lb: Balancer) -> None:
    """A task whose draining meets a change of rules ends when its delay is over, and not never."""
    server, gone = Server("a"), threading.Event()
    lb.add("a", server.address)
    user = threading.Thread(target=lb.ask, args=("/hang",))
    user.start()
    lb.balancers.drain("a", 2, gone.set)
    lb.traffic = lb.routes(GROUP, 60, Rule("r", paths=("/rule",), answer=(200, "text/plain", "new")))
    until(lambda: lb.ask("/rule") == (200, "new"))
    until(gone.is_set)
    server.released.set()
    user.join()


def test_traffic_that_moves_leaves_before_its_targets_do(lb: Balancer) -> None:
    """Nobody gets 503 when a deployment goes back: weights move to the old group before the new one is drained."""

    def weighted(blue: int, green: int) -> Traffic:
        rule = Rule("", forward=(("blue", blue), ("green", green)))
        groups = (GROUP, GROUP._replace(arn="green", name="targetgroup/green/1"))
        return Traffic((Listener("l", "lb", 80, False, 60, (rule,)),), groups)

    lb.traffic = weighted(0, 100)
    old, new, over = Server("old"), Server("new"), threading.Event()
    lb.add("old", old.address)
    lb.add("new", new.address, group="green")
    seen: list[tuple[int, str]] = []

    def user() -> None:
        while not over.is_set():
            seen.append(lb.ask())

    asking = threading.Thread(target=user)
    asking.start()
    until(lambda: (200, "new") in seen)
    gone = threading.Event()
    lb.traffic = weighted(100, 0)
    lb.balancers.drain("new", 30, gone.set)
    until(gone.is_set)
    until(lambda: seen[-1] == (200, "old"))
    over.set()
    asking.join()
    assert set(seen) == {(200, "new"), (200, "old")}
